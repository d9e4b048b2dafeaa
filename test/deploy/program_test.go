//go:build unix

// Package deploy_test runs the built program as docs/deploy.md says, in processes of its
// own: with PostgreSQL that goes away, with signals, as a container, as a service.
package deploy_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/testkit/built"
	"tlsready/internal/testkit/heard"
)

// patience is how long anything may take on a busy machine.
const patience = time.Minute

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// until tries something until it is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// running is a program that goes on.
type running struct {
	*exec.Cmd
	said  heard.Text
	ended chan struct{}
}

// environment is one with nothing of the user's in it.
func environment(home string, more ...string) []string {
	return append([]string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "LANG=C"}, more...)
}

// begin starts a program, which is killed with its children when the test has ended.
func begin(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	r := &running{Cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &r.said, &r.said
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	must(t, cmd.Start())
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		close(r.ended)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended
		<-r.ended
		if t.Failed() {
			t.Logf("%q said:\n%s", cmd.Args, r.said.String())
		}
	})
	return r
}

// serve starts a server and gives its address.
func serve(t *testing.T, home string, args ...string) (r *running, base string) {
	t.Helper()
	r = begin(t, serving(t, home, append([]string{"--listen", "127.0.0.1:0"}, args...)...))
	return r, r.address(t)
}

// serving is a server that is not started yet.
func serving(t *testing.T, home string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(built.Program(t), append([]string{"serve"}, args...)...)
	cmd.Env = environment(home)
	return cmd
}

// address is where a server says that it is.
func (r *running) address(t *testing.T) string {
	t.Helper()
	form := regexp.MustCompile(`The console is at (https?://[^/\s]+)/`)
	until(t, "the server says where it is", func() bool { return form.MatchString(r.said.String()) || r.over() })
	if at := form.FindStringSubmatch(r.said.String()); at != nil {
		return at[1]
	}
	t.Fatalf("%q ended: %s", r.Args, r.said.String())
	return ""
}

func (r *running) over() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// stop sends a signal and gives how long the program took to end, and its status.
func (r *running) stop(t *testing.T, s syscall.Signal) (took time.Duration, status int) {
	t.Helper()
	begun := time.Now()
	must(t, r.Process.Signal(s))
	until(t, "the program ends", r.over)
	return time.Since(begun), r.ProcessState.ExitCode()
}

// get asks for something, and gives the status and the answer; 0 if there is none.
func get(ctx context.Context, url string, header ...string) (code int, body string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err.Error()
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return 0, err.Error()
	}
	return a.StatusCode, string(text)
}

// Proves that a second server on one file ends at once with status 2, and says who has the
// file and what can be done; in Japanese as well.
func TestSecondServer(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	file := filepath.Join(home, "tlsready.db")
	serve(t, home, "--store", file)
	for lang, words := range map[string][]string{"en": {file, `"tlsready serve"`, "process", "--server", "PostgreSQL"}, "ja": {file, "使用中", "--server", "PostgreSQL"}} {
		second := exec.Command(built.Program(t), "serve", "--store", file, "--listen", "127.0.0.1:0", "--lang", lang)
		second.Env = environment(home)
		out, err := second.CombinedOutput()
		if err == nil || second.ProcessState.ExitCode() != 2 {
			t.Errorf("it serves: %s", out)
		}
		for _, word := range words {
			if !strings.Contains(string(out), word) {
				t.Errorf("without %q: %s", word, out)
			}
		}
	}
}

// program runs a command that ends, and gives what it prints.
func program(t *testing.T, home string, args ...string) string {
	t.Helper()
	cmd := exec.Command(built.Program(t), args...)
	cmd.Env = environment(home)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
