package cli

import "github.com/spf13/cobra"

// commands lists every command, in the order of the help page. A command's
// words are the texts "cli.<command>.short" and ".long" (a subcommand's with both
// names: "cli.config.show.short"); a flag's is "cli.<command>.flag.<flag>", else
// "cli.flag.<flag>". Examples are no words and stand in the code. A group shows
// the examples of its commands.
func commands(app *App) []*cobra.Command {
	return []*cobra.Command{
		newCheckCommand(app),
		newFixCommand(app),
		newCollectCommand(app),
		newCollectorCommand(app),
		newDiffCommand(app),
		newProbeCommand(app),
		newServicesCommand(app),
		newCallersCommand(app),
		newExplainCommand(app),
		newLintCommand(app),
		newStartCommand(app),
		newConfigCommand(app),
		newCompletionCommand(app),
		newManCommand(app),
		newVersionCommand(app),
	}
}
