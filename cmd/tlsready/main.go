// Command tlsready tells which Windows machines and programs will fail to
// connect when a service drops old TLS, why, and what to change.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"tlsready/internal/cli"
	"tlsready/internal/term/tty"
)

// gcPercent trades memory for speed: a run over thousands of hosts keeps some
// 30 MB alive and makes much short-lived garbage. GOGC overrides it.
const gcPercent = 300

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx := cli.Interruptible(context.Background())
	os.Exit(cli.Run(ctx, os.Args[1:], tty.System(), os.Environ()))
}
