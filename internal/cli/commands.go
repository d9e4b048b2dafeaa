package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/callers"
	"tlsready/internal/cli/explaining"
	"tlsready/internal/cli/fleets"
	"tlsready/internal/cli/gates"
	"tlsready/internal/cli/rehearse"
	"tlsready/internal/cli/services"
	"tlsready/internal/cli/watching"
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
		watching.New(app.App),
		newQueriesCommand(app),
		gates.New(app.App),
		rehearse.New(app.App),
	}
	knowing := []*cobra.Command{
		services.New(app.App, newGuideCommand(app)),
		callers.New(app.App),
		explaining.New(app.App, app.explainOnHost),
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
