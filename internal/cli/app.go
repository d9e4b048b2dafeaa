package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/source/remote/peer"
)

// App is what the commands of one run share: the frame that all programs of this kind
// would have, and what only these commands know.
type App struct {
	*frame.App

	passwords *peer.Passwords // those of this run; nil until a machine is reached for
}

// Streams is what the program reads and writes.
type Streams = frame.Streams

// Run runs the program with args (without the program's name) and environ (as
// os.Environ gives it) and returns the exit status.
func Run(ctx context.Context, args []string, streams Streams, environ []string) int {
	app := newApp(streams, environ)
	if app.doubleClicked(args) {
		args = []string{"start"}
		defer app.waitToClose(ctx)
	}
	return app.Run(ctx, args, func() *cobra.Command { return newRoot(app) })
}

// Interruptible returns a context that the first Ctrl-C (or SIGTERM) cancels.
// The second ends the process as the system does by default.
func Interruptible(parent context.Context) context.Context {
	ctx, stop := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

func newApp(streams Streams, environ []string) *App { return &App{App: frame.New(streams, environ)} }
