//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is one that runs. It ends with us, because its context does.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner

	mu   sync.Mutex
	said bytes.Buffer // on standard error
}

// launch starts a program.
func launch(ctx context.Context, env []string, path string, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, path, args...)}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	return p, p.cmd.Start()
}

// Write keeps what the process says on standard error.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Write(text)
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// used is the processor time of a process that runs or has ended.
func (p *process) used() time.Duration {
	if p.cmd.ProcessState != nil {
		return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	}
	return usedBy(p.cmd.Process.Pid)
}

// tick is the unit of /proc/PID/stat: a hundredth of a second on Linux (proc(5), sysconf(3)).
const tick = 10 * time.Millisecond

// usedBy reads the processor time of a process from proc(5): fields 14 and 15.
func usedBy(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name may have blanks
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	var user, system int64
	_, _ = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	return time.Duration(user+system) * tick
}

// stop ends a process as Ctrl-C does, and waits for it.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(os.Interrupt)
	return p.wait()
}

// kill ends a process at once.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *process) wait() error {
	_ = p.in.Close()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() != 1 {
		return fmt.Errorf("%s: %w: %s", strings.Join(p.cmd.Args, " "), err, p.text())
	}
	return nil
}

// build builds the program of this tree.
func build(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "tlsready")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "tlsready/cmd/tlsready")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
}

// load is the load of the last minutes.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// endsProcess is endpoints in a process of their own: it says its port, and for each line on
// its input how many endpoints were asked by how many connections.
func endsProcess(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("ends", flag.ContinueOnError)
	delay := flags.Duration("delay", 0, "before the answer")
	if err := flags.Parse(args); err != nil {
		return err
	}
	e, err := newEnds(0, *delay)
	if err != nil {
		return err
	}
	fmt.Println(e.port)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		endpoints, connections := e.counted()
		fmt.Println(endpoints, connections)
	}
	return nil
}
