package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/term"
)

// versionLine is the line that people quote in a report.
func versionLine(b document.Version) string {
	line := "tlsready " + b.Version
	if b.Revision != "" {
		line += " (" + b.Revision[:min(12, len(b.Revision))]
		if b.Modified {
			line += ", modified"
		}
		line += ")"
	}
	return fmt.Sprintf("%s %s %s/%s", line, b.Go, b.OS, b.Arch)
}

func newVersionCommand(app *App) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Example: "tlsready version\ntlsready version --json",
		Args:    app.ExactArgs(0),
		RunE:    func(*cobra.Command, []string) error { return app.printVersion() },
	}
}

func (app *App) printVersion() error {
	build := frame.Build()
	return app.WriteDocument(build, func(h *term.Page) { h.Line(versionLine(build)) })
}
