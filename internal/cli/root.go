package cli

import (
	"tlsready/internal/cli/frame"

	"github.com/spf13/cobra"
)

const rootExample = `tlsready check fs01.reg --service azure-backup
tlsready fix fs01.reg --service azure-backup --as reg --dir out
tlsready explain 36871`

// newRoot makes the command tree of one run.
func newRoot(app *App) *cobra.Command {
	return app.NewRoot(frame.Program{Example: rootExample, Commands: commands(app), Version: app.printVersion, Check: checkPasswordFile})
}
