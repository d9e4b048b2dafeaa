package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/fleets"
	"tlsready/internal/cli/gates"
	"tlsready/internal/cli/rehearse"
)

// commands lists every command, in the order of the help page.
func commands(app *App) []*cobra.Command {
	judging := []*cobra.Command{
		newCheckCommand(app),
		newFixCommand(app),
		newCollectCommand(app),
		newCollectorCommand(app),
		newDiffCommand(app),
		newProbeCommand(app),
		newWatchCommand(app),
		newQueriesCommand(app),
		gates.New(app.App),
		rehearse.New(app.App),
	}
	knowing := []*cobra.Command{
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
	return slices.Concat(judging, fleets.Commands(app.App), knowing)
}
