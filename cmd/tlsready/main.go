// Command tlsready tells which Windows machines and programs will fail to
// connect when a service drops old TLS, why, and what to change.
package main

import (
	"context"
	"os"

	"tlsready/internal/cli"
	"tlsready/internal/term/tty"
)

func main() {
	ctx := cli.Interruptible(context.Background())
	os.Exit(cli.Run(ctx, os.Args[1:], tty.System(), os.Environ()))
}
