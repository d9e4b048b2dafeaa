//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// patience is how long one process may take: testssl.sh needs the most, about a
// minute on a busy machine.
const patience = 3 * time.Minute

// tool is one way of asking.
type tool struct {
	name     string
	commands [][]string // one after the other in one run; none: not on this machine
	missing  string     // how to get it
	mostExit int        // an exit status up to this one is about the servers, not an error
	said     func(stdout string) string
}

// run runs a tool once, and gives what it wrote.
func run(ctx context.Context, t tool) (figures, string, error) {
	var sum figures
	var out bytes.Buffer
	for _, command := range t.commands {
		f, err := process(ctx, command, t.mostExit, &out)
		if err != nil {
			return sum, out.String(), err
		}
		sum.wall += f.wall
		sum.cpu += f.cpu
		sum.memory = max(sum.memory, f.memory)
	}
	return sum, out.String(), nil
}

// process runs one process, and measures it with its children.
func process(ctx context.Context, command []string, mostExit int, out *bytes.Buffer) (figures, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var failed bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &failed
	begin := time.Now()
	err := cmd.Run()
	f := figures{wall: time.Since(begin)}
	if cmd.ProcessState == nil {
		return f, err
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.cpu = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		f.memory = int(usage.Maxrss)
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return f, fmt.Errorf("not done after %v", patience)
	case errors.As(err, &exit) && exit.ExitCode() > 0 && exit.ExitCode() <= mostExit:
		return f, nil
	case err != nil:
		return f, fmt.Errorf("%w: %s", err, last(oneLine(failed.String()), 300))
	}
	return f, nil
}

func last(s string, n int) string { return s[max(0, len(s)-n):] }

// compare lets the tools take turns, n times, and gives one row each.
func compare(ctx context.Context, n int, tools []tool, l *lab) []row {
	rows := make([]row, len(tools))
	for range n {
		for i, t := range tools {
			rows[i].name = t.name
			if len(t.commands) == 0 {
				rows[i].said = "not found; " + t.missing
				continue
			}
			before := l.accepted()
			f, out, err := run(ctx, t)
			if err != nil {
				rows[i].said = err.Error()
				continue
			}
			f.connections = l.accepted() - before
			rows[i].runs = append(rows[i].runs, f)
			rows[i].said = t.said(out)
		}
	}
	return rows
}
