package cli

import (
	"github.com/spf13/cobra"

	"tlsready/internal/cli/fleets"
	"tlsready/internal/cli/gates"
	"tlsready/internal/cli/rehearse"
	"tlsready/internal/cli/stores"
)

// commands lists every command, in the order of the help page.
func commands(app *App) []*cobra.Command {
	return []*cobra.Command{
		newCheckCommand(app),
		newFixCommand(app),
		newCollectCommand(app),
		newCollectorCommand(app),
		newDiffCommand(app),
		newProbeCommand(app),
		newWatchCommand(app),
		newQueriesCommand(app),
		fleets.New(app.App),
		gates.New(app.App),
		rehearse.New(app.App),
		stores.New(app.App),
		newServicesCommand(app),
		newCallersCommand(app),
		newExplainCommand(app),
		newLintCommand(app),
		newPageCommand(app),
		newStartCommand(app),
		newConfigCommand(app),
		newCompletionCommand(app),
		newManCommand(app),
		newVersionCommand(app),
	}
}
