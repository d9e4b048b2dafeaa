package cli

import (
	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/source/files"
)

func newCollectorCommand(app *App) *cobra.Command {
	return app.NewGroup(
		"collector",
		newScriptCommand(app, "cmd", "tlsready collector cmd -o collect.cmd", files.CollectorCMD),
		newScriptCommand(app, "ps1", "tlsready collector ps1 -o collect.ps1", files.CollectorPS1),
	)
}

// newScriptCommand prints one of the collector scripts as it is to be run.
func newScriptCommand(app *App, name, example string, script func() []byte) *cobra.Command {
	return &cobra.Command{
		Use:     name,
		Example: example,
		Args:    app.ExactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			return app.WriteOutputs(func(out *frame.Output) error {
				_, err := out.Write(script())
				return err
			}, frame.FormatTable)
		},
	}
}
