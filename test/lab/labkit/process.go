//go:build linux

package labkit

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/testkit/loopback"
	"tlsready/internal/testkit/parts"
)

// startup is how long a server may take until it answers; a loaded machine takes
// its time.
const startup = 60 * time.Second

// lastWords is how many bytes of a server's output a failed test shows.
const lastWords = 1000

// Need asks for a program of a Debian package (see [parts.Need]) and returns its path. Daemons are in folders that are not in everybody's PATH.
func Need(t testing.TB, program, debian string, folders ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	for _, folder := range append(folders, "/usr/sbin") {
		if err != nil {
			path, err = exec.LookPath(folder + "/" + program)
		}
	}
	if err != nil {
		parts.Missing(t, program, debian)
	}
	return path
}

// NeedRoot skips the test if it does not run as root: these daemons start as root and
// then give root up.
func NeedRoot(t testing.TB) {
	t.Helper()
	parts.Root(t, "this server")
}

// Dir makes a folder that every account may enter, which goes when the test ends.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lab-")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Ports gives n ports of loopback that are free now.
func Ports(t testing.TB, n int) []int {
	t.Helper()
	ports, err := loopback.FreePorts(n)
	must(t, err)
	return ports
}

// At is the address of a port of loopback.
func At(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Run runs a command to its end.
func Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Process is a server that runs until the test ends.
type Process struct {
	cmd *exec.Cmd
	out *output
	end chan struct{}
}

// output keeps what a process prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String is what was printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// As makes a command run under an account.
func As(t testing.TB, cmd *exec.Cmd, account string) *exec.Cmd {
	t.Helper()
	u, err := user.Lookup(account)
	must(t, err)
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	must(t, err)
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	must(t, err)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return cmd
}

// Start starts a server in the foreground and waits until every address accepts
// connections. When the test ends the server is told to stop, and what is left of
// its process group is killed.
func Start(t testing.TB, cmd *exec.Cmd, addresses ...string) *Process {
	t.Helper()
	p := &Process{cmd: cmd, out: &output{}, end: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.WaitDelay = time.Second // children may hold the pipe longer than their parent lives
	must(t, cmd.Start())
	go func() { _ = cmd.Wait(); close(p.end) }()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			text := p.out.String()
			t.Logf("%s printed at the end:\n%s", cmd.Path, text[max(0, len(text)-lastWords):])
		}
	})
	for _, address := range addresses {
		if err := p.wait(address); err != nil {
			t.Fatalf("%s: %v\n%s", cmd.Path, err, p.out)
		}
	}
	return p
}

// wait tries to connect until it works, the process ends, or time is up.
func (p *Process) wait(address string) error {
	limit := time.After(startup)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-p.end:
			return fmt.Errorf("it ended before it listened on %s", address)
		case <-limit:
			return err
		case <-again.C:
		}
	}
}

// stop ends the server, and what it started.
func (p *Process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.end:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // its own group, see Setpgid
	<-p.end
}

// Output is what the process printed so far.
func (p *Process) Output() string { return p.out.String() }
