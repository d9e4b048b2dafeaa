//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := begin(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "jobs:", err)
		stop()
		os.Exit(1)
	}
}

// begin is the program; "ends", "serve" and "work" are what it starts itself as.
func begin(ctx context.Context, args []string) error {
	run := map[string]func(context.Context, []string) error{"kill": kill, "scale": scale, "overhead": overhead, "ends": endsProcess, "serve": serveProcess, "work": workProcess}
	if len(args) == 0 || run[args[0]] == nil {
		return errors.New("one of: kill, scale, overhead")
	}
	return run[args[0]](ctx, args[1:])
}
