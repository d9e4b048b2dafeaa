package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/document"
	"tlsready/internal/message"
	prog "tlsready/internal/program"
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
	rows, err := app.programRows(ctx, paths)
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

// programRows reads the files. The texts are English: they stand in JSON.
func (app *App) programRows(ctx context.Context, paths []string) ([]document.Program, error) {
	english := message.For("en")
	rows := []document.Program{}
	for f, err := range prog.Walk(ctx, paths) {
		if err != nil {
			if slices.Contains(paths, f.Path) || ctx.Err() != nil {
				return nil, survey.UnreadProgram(ctx, err)
			}
			app.Warn(app.why(err))
			rows = append(rows, document.Program{Path: filepath.ToSlash(f.Path), Error: err.Error()})
			continue
		}
		row := document.Program{Path: filepath.ToSlash(f.Path), Caller: f.Caller, Also: f.Also, OnX86: f.OnX86, Target: f.Target, Switches: f.Switches, Proxy: f.Proxy}
		for _, r := range f.Why {
			row.Why = append(row.Why, document.ProgramReason{Code: r.Code, Args: r.Args, Text: reasonText(english, r)})
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// reasonText words a reason.
func reasonText(words *message.Catalog, r prog.Reason) string {
	args := make([]message.Arg, 0, len(r.Args))
	for _, name := range slices.Sorted(maps.Keys(r.Args)) {
		args = append(args, message.Str(name, r.Args[name]))
	}
	return words.Text("program."+r.Code, args...)
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
		h.Line("  " + firstOf(r.Caller, app.text("program.none")))
		if len(r.Also) > 0 {
			h.Line("  " + app.text("program.also") + " " + strings.Join(r.Also, " "))
		}
		if len(r.OnX86) > 0 {
			h.Line("  " + app.text("program.on-x86", message.Str("ids", strings.Join(r.OnX86, " "))))
		}
		for _, w := range r.Why {
			h.Wrapped("    - ", "      ", reasonText(app.Words, prog.Reason{Code: w.Code, Args: w.Args}))
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
