package cli

import (
	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/source/files"
)

func newCollectorCommand(app *App) *cobra.Command {
	return app.NewGroup(
		"collector",
		newScriptCommand(app, "cmd", "tlsready collector cmd -o collect.cmd", files.CollectorCMD),
		newScriptCommand(app, "ps1", "tlsready collector ps1 -o collect.ps1", files.CollectorPS1),
		newCaptureCommand(app),
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

// newCaptureCommand prints the script that records a minute of traffic.
func newCaptureCommand(app *App) *cobra.Command {
	var port uint16
	var program string
	cmd := &cobra.Command{
		Use:     "capture",
		Example: "tlsready collector capture --program cbengine.exe -o capture.cmd",
		Args:    app.ExactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			script, ok := files.CaptureCMD(port, program)
			if !ok {
				return app.UsageError("capture-program", message.Quote("name", program))
			}
			return app.WriteOutputs(func(out *frame.Output) error {
				_, err := out.Write(script)
				return err
			}, frame.FormatTable)
		},
	}
	cmd.Flags().Uint16Var(&port, "port", 0, "")
	cmd.Flags().StringVar(&program, "program", "", "")
	return cmd
}
