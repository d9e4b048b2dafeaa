package cli

import (
	"github.com/spf13/cobra"

	"tlsready/internal/source"
)

func newCollectorCommand(app *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cmd",
		Example: "tlsready collector cmd -o collect.cmd",
		Args:    app.exactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			return app.WriteOutputs(func(out *Output) error {
				_, err := out.Write(source.CollectorCMD())
				return err
			}, FormatTable)
		},
	}
	return newGroup(app, "collector", cmd)
}
