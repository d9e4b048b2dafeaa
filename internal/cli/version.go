package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// buildInfo is what the program knows of its own making.
type buildInfo struct {
	Version  string `json:"version"`            // a tag, a pseudo-version, or "development"
	Revision string `json:"revision,omitempty"` // commit
	Time     string `json:"time,omitempty"`     // of the commit, RFC 3339
	Modified bool   `json:"modified,omitempty"` // built from files that were not committed
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func readBuildInfo() buildInfo {
	b := buildInfo{Version: "development", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
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

// String is the line that people quote in a report.
func (b buildInfo) String() string {
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
		Args:    app.exactArgs(0),
		RunE:    func(*cobra.Command, []string) error { return app.printVersion() },
	}
}

func (app *App) printVersion() error {
	build := readBuildInfo()
	return app.WriteOutputs(func(out *Output) error {
		if out.Format == FormatJSON {
			return writeJSON(out, build)
		}
		_, err := fmt.Fprintln(out, build)
		return err
	}, FormatTable, FormatJSON)
}

// writeJSON writes v as people can read it.
func writeJSON(out *Output, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
