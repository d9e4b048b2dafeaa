//go:build unix

// Package postgreskit starts a PostgreSQL server of its own for a test.
package postgreskit

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tlsready/internal/testkit/loopback"
	"tlsready/internal/testkit/parts"
)

// Server is a running server. It listens on the loopback address alone, and trusts
// whoever comes.
type Server struct {
	dir, postgres string
	port          int
	cmd           *exec.Cmd
	places        int
}

// Start makes a server in a folder of its own and starts it; it ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "postgres-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return StartIn(t, dir)
}

// StartIn starts the server that an earlier test left in a folder, or makes one there. It
// ends with the test, and what is in it stays.
func StartIn(t testing.TB, dir string) *Server {
	t.Helper()
	s := &Server{dir: filepath.Join(dir, "data"), postgres: look(t, "postgres"), port: freePort(t)}
	must(t, os.MkdirAll(dir, 0o755))
	if os.Geteuid() == 0 {
		uid, gid := account(t)
		must(t, os.Chown(dir, int(uid), int(gid)))
	}
	if _, err := os.Stat(s.dir); err != nil {
		s.make(t)
	}
	s.Run(t)
	t.Cleanup(func() { s.Stop(t) })
	return s
}

func (s *Server) make(t testing.TB) {
	t.Helper()
	out, err := s.as(t, exec.Command(look(t, "initdb"), "-N", "-A", "trust", "-U", "postgres", "--no-instructions", "--no-locale", "-E", "UTF8", "-D", s.dir)).CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// look finds a program of PostgreSQL, which Debian has in folders of their own.
func look(t testing.TB, program string) string {
	t.Helper()
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + program)
	if len(found) == 0 {
		parts.Missing(t, program, "postgresql")
	}
	return found[0]
}

func freePort(t testing.TB) int {
	t.Helper()
	ports, err := loopback.FreePorts(1)
	must(t, err)
	return ports[0]
}

// account is who the server runs as where the test is root, which PostgreSQL refuses.
func account(t testing.TB) (uid, gid uint32) {
	u, err := user.Lookup("postgres")
	must(t, err)
	number := func(s string) uint32 {
		n, err := strconv.ParseUint(s, 10, 32)
		must(t, err)
		return uint32(n)
	}
	return number(u.Uid), number(u.Gid)
}

func (s *Server) as(t testing.TB, cmd *exec.Cmd) *exec.Cmd {
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		uid, gid := account(t)
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return cmd
}

// patience is how long a server may take until it answers: after Stop it reads its log
// first, and a busy machine takes its time.
const patience = 2 * time.Minute

// Run starts the server, again after Stop, and waits until it answers.
func (s *Server) Run(t testing.TB) {
	t.Helper()
	s.cmd = s.as(t, exec.Command(s.postgres, "-D", s.dir, "-F", "-c", "listen_addresses=127.0.0.1", "-c", fmt.Sprintf("port=%d", s.port), "-c", "unix_socket_directories="))
	must(t, s.cmd.Start())
	for deadline := time.Now().Add(patience); ; {
		conn, err := pgx.Connect(context.Background(), s.URL(""))
		if err == nil {
			_ = conn.Close(context.Background())
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL does not answer: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Stop ends the server at once, as "pg_ctl stop -m immediate" does: it recovers from its
// log when it is started again.
func (s *Server) Stop(testing.TB) {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Processor is the time of the processor that the processes of the server have used, in
// clock ticks of the system: hundredths of a second.
func (s *Server) Processor() time.Duration {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	ticks := 0
	for _, name := range files {
		text, _ := os.ReadFile(name) // a process may have ended
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest) // from the third on, see proc_pid_stat(5)
		pid := strconv.Itoa(s.cmd.Process.Pid)
		if len(fields) < 15 {
			continue
		}
		used := fields[:0]
		if fields[1] == pid {
			used = fields[11:13] // utime and stime
		} else if filepath.Dir(name) == "/proc/"+pid {
			used = fields[13:15] // cutime and cstime: of those that have ended
		}
		for _, field := range used {
			n, _ := strconv.Atoi(field)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// URL is that of a place that New made; "" is the server's own.
func (s *Server) URL(place string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?search_path=%s", s.port, place)
}

// Exec runs a statement in a place.
func (s *Server) Exec(t testing.TB, place, text string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.URL(place))
	must(t, err)
	defer conn.Close(context.Background()) //nolint:errcheck // a test's
	_, err = conn.Exec(context.Background(), text)
	must(t, err)
}

// New makes an empty place and gives its name: a schema, for a database of its own takes
// the server a hundred times as long.
func (s *Server) New(t testing.TB) string {
	t.Helper()
	s.places++
	name := fmt.Sprintf("place%d", s.places)
	s.Exec(t, "", "CREATE SCHEMA "+name)
	return name
}
