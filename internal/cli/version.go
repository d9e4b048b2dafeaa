package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"tlsready/internal/document"
	"tlsready/internal/term"
)

func readBuildInfo() document.Version {
	b := document.Version{Schema: document.VersionSchema, Version: "development", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

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
	build := readBuildInfo()
	return app.WriteDocument(build, func(h *term.Page) { h.Line(versionLine(build)) })
}
