//go:build linux

package samba

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/smb"
)

// The account of the server: samba maps it to the system's own root.
const (
	account  = "root"
	password = "Correct-Horse 表 7"
)

// server is a samba server on loopback with its own folder and registry.
type server struct {
	dir, conf string
	port      int
	smbd      *exec.Cmd
}

var shared = sync.OnceValues(start)

// dirVariable hands the folder of the server from TestMain to start.
const dirVariable = "TLSREADY_SAMBA_DIR"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "samba-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv(dirVariable, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if _, err := os.Stat(filepath.Join(dir, "smb.conf")); err == nil {
		if s, err := shared(); err == nil {
			s.stop()
		}
	}
	return code
}

// needServer gives the server, started at the first call.
func needServer(t testing.TB) *server {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("smbd needs root")
	}
	for _, program := range []string{"smbd", "smbpasswd", "net"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("samba is not installed: apt-get install --no-install-recommends samba smbclient samba-common-bin")
		}
	}
	s, err := shared()
	if err != nil {
		t.Fatalf("start samba: %v", err)
	}
	return s
}

// confText: every path is absolute, since samba's RPC servers start in another
// folder.
const confText = `[global]
server role = standalone server
interfaces = lo 127.0.0.1
bind interfaces only = yes
smb ports = %[2]d
disable netbios = yes
private dir = %[1]s/private
lock directory = %[1]s/lock
state directory = %[1]s/state
cache directory = %[1]s/cache
ncalrpc dir = %[1]s/ncalrpc
pid directory = %[1]s/pid
log file = %[1]s/log/%%m
passdb backend = tdbsam:%[1]s/private/passdb.tdb
rpc start on demand helpers = yes
load printers = no
printing = bsd
printcap name = /dev/null
max smbd processes = 0
`

func start() (*server, error) {
	s := &server{dir: os.Getenv(dirVariable)}
	for _, sub := range []string{"private", "lock", "state", "cache", "ncalrpc", "pid", "log"} {
		if err := os.MkdirAll(filepath.Join(s.dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	var err error
	if s.port, err = freePort(); err != nil {
		return nil, err
	}
	s.conf = filepath.Join(s.dir, "smb.conf")
	if err := os.WriteFile(s.conf, fmt.Appendf(nil, confText, s.dir, s.port), 0o600); err != nil {
		return nil, err
	}
	if out, err := s.tool(password+"\n"+password+"\n", "smbpasswd", "-c", s.conf, "-a", "-s", account); err != nil {
		return nil, fmt.Errorf("smbpasswd: %w\n%s", err, out)
	}
	s.smbd = exec.Command("smbd", "-s", s.conf, "-F", "--no-process-group", "-l", filepath.Join(s.dir, "log"))
	s.smbd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its children share the group, so that all can be ended
	if err := s.smbd.Start(); err != nil {
		return nil, err
	}
	return s, s.await()
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// await returns when the server takes connections.
func (s *server) await() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port)); err == nil {
			return c.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.New("smbd takes no connections")
		}
	}
}

// stop ends the server: its process group, then the RPC servers that left the
// group, which are known by the test's own folder among their arguments.
func (s *server) stop() {
	_ = syscall.Kill(-s.smbd.Process.Pid, syscall.SIGTERM)
	_ = s.smbd.Wait()
	_ = syscall.Kill(-s.smbd.Process.Pid, syscall.SIGKILL)
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		args, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(args, []byte("\x00--configfile="+s.conf+"\x00")) {
			continue
		}
		if id, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			_ = syscall.Kill(id, syscall.SIGTERM)
		}
	}
}

// tool runs a program of samba with text on its standard input.
func (s *server) tool(input, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// registry runs "net registry …" on the server's own files.
func (s *server) registry(t testing.TB, args ...string) string {
	t.Helper()
	out, err := s.tool("", "net", append([]string{"-s", s.conf, "registry"}, args...)...)
	if err != nil {
		t.Fatalf("net registry %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (s *server) target() peer.Target {
	return peer.Target{Scheme: "smb", User: account, Host: "127.0.0.1", Port: s.port}
}

// open opens the server's registry.
func (s *server) open(t testing.TB) *smb.Conn {
	t.Helper()
	c, err := smb.Open(t.Context(), s.target(), smb.Options{Password: peer.NewSecret(password)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
