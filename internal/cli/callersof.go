package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/survey"
)

func newCallersOfCommand(app *App) *cobra.Command {
	return &cobra.Command{
		Use: "of PATH...",
		Example: `tlsready callers of BackupAgent.exe
tlsready callers of "C:\Program Files\Contoso" scripts -f json`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.callersOf(cmd.Context(), args) },
	}
}

// callersOf prints which caller each program is. A file that was named itself
// and cannot be read ends the run; one in a folder makes it incomplete.
func (app *App) callersOf(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		return app.usageError("no-path")
	}
	rows, err := survey.ProgramRows(ctx, paths, app.warnOf)
	if err != nil {
		return err
	}
	unread := 0
	for _, r := range rows {
		if r.Error != "" {
			unread++
		}
	}
	err = app.WriteOutputs(func(out *Output) error {
		switch out.Format {
		case FormatJSON:
			return report.WriteJSON(out, document.Programs{Schema: document.ProgramsSchema, Programs: rows})
		case FormatJSONL:
			return writeLines(out, rows)
		}
		_, err := fmt.Fprint(out, app.programTable(out, rows, unread))
		return err
	}, FormatTable, FormatJSON, FormatJSONL)
	if err != nil {
		return err
	}
	return app.Verdict(0, unread)
}

func writeLines(out *Output, rows []document.Program) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, r := range rows {
		if err := enc.Encode(document.ProgramLine{Line: document.Line{Schema: document.ProgramsSchema, Kind: document.ProgramKind}, Program: r}); err != nil {
			return err
		}
	}
	return nil
}

// programTable is the result for people: file, ids, reasons.
func (app *App) programTable(out *Output, rows []document.Program, unread int) string {
	h := app.newPage(out)
	ids := map[string]bool{}
	for _, r := range rows {
		h.Line(r.Path)
		if r.Error != "" {
			h.Wrapped("  ! ", "    ", r.Error)
			h.Blank()
			continue
		}
		h.Line("  " + cmp.Or(r.Caller, app.text("program.none")))
		if len(r.Also) > 0 {
			h.Line("  " + app.text("program.also") + " " + strings.Join(r.Also, " "))
		}
		if len(r.OnX86) > 0 {
			h.Line("  " + app.text("program.on-x86", message.Str("ids", strings.Join(r.OnX86, " "))))
		}
		for _, w := range r.Why {
			h.Wrapped("    - ", "      ", app.words().Render(survey.ReasonText(w.Code, w.Args)))
		}
		h.Blank()
		for _, id := range append([]string{r.Caller}, r.Also...) {
			ids[id] = ids[id] || id != ""
		}
	}
	delete(ids, "")
	h.Line(app.text("program.summary", message.Int("n", len(rows)-unread), message.Int("callers", len(ids))))
	if unread > 0 {
		h.Line(app.text("program.unread", message.Int("n", unread)))
	}
	return h.String()
}
