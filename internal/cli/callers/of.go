package callers

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/report"
	"tlsready/internal/survey"
)

func newCallersOfCommand(app *command) *cobra.Command {
	return &cobra.Command{
		Use: "of PATH...",
		Example: `tlsready callers of BackupAgent.exe
tlsready callers of "C:\Program Files\Contoso" scripts -f json`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.callersOf(cmd.Context(), args) },
	}
}

// callersOf prints which caller each program is. A file that was named itself
// and cannot be read ends the run; one in a folder makes it incomplete.
func (app *command) callersOf(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		return app.UsageError("no-path")
	}
	rows, err := survey.ProgramRows(ctx, paths, app.WarnOf)
	if err != nil {
		return err
	}
	unread := 0
	for _, r := range rows {
		if r.Error != "" {
			unread++
		}
	}
	err = app.WriteOutputs(func(out *frame.Output) error {
		switch out.Format {
		case frame.FormatJSON:
			return report.WriteJSON(out, document.Programs{Schema: document.ProgramsSchema, Programs: rows})
		case frame.FormatJSONL:
			return writeLines(out, rows)
		}
		h := app.NewPage(out)
		app.PageOn(h).Programs(rows, unread)
		return h.Flush(out)
	}, frame.FormatTable, frame.FormatJSON, frame.FormatJSONL)
	if err != nil {
		return err
	}
	return app.Verdict(0, unread)
}

func writeLines(out *frame.Output, rows []document.Program) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		if err := enc.Encode(document.ProgramLine{Line: document.Line{Schema: document.ProgramsSchema, Kind: document.ProgramKind}, Program: r}); err != nil {
			return err
		}
	}
	return nil
}
