package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/message"
	prog "tlsready/internal/program"
	"tlsready/internal/report"
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
				return nil, app.unreadProgram(ctx, err)
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

func (app *App) unreadProgram(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &UserError{
		Msg:  app.text("cli.error.program-unread", message.Str("what", app.why(err))),
		Hint: app.text("cli.hint.program-unread"), Code: ExitUsage, Err: err,
	}
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

// programUse is one program that is a caller: on every system, or, for a program
// of the system's own bitness, on 32-bit Windows alone.
type programUse struct {
	path    string
	onlyX86 bool
	proxy   string // what its own configuration says about one, or ""
}

// callersFrom gives the callers that the programs in a file or folder are, each
// id once, in the order of the ids. Their names list the programs. Files that
// cannot be read are warnings.
func (app *App) callersFrom(ctx context.Context, dir string) ([]*caller.Caller, error) {
	programs := map[string][]programUse{}
	for f, err := range prog.Walk(ctx, []string{dir}) {
		if err != nil {
			if f.Path == dir || ctx.Err() != nil {
				return nil, app.unreadProgram(ctx, err)
			}
			app.Warn(app.why(err))
			continue
		}
		for _, id := range f.Callers() {
			programs[id] = append(programs[id], programUse{f.Path, false, f.Proxy})
		}
		for _, id := range f.OnX86 {
			programs[id] = append(programs[id], programUse{f.Path, true, f.Proxy})
		}
	}
	if len(programs) == 0 {
		return nil, app.usageError("no-programs", message.Str("path", dir))
	}
	var list []*caller.Caller
	for _, id := range slices.Sorted(maps.Keys(programs)) {
		c, err := callerOfPrograms(id, dir, programs[id])
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// callerOfPrograms is the caller of an id with the names of the programs that are
// it.
func callerOfPrograms(id, dir string, uses []programUse) (*caller.Caller, error) {
	c, ok, err := caller.ByID(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the program reader gave the id %q, which is no caller", id)
	}
	named := *c
	named.Name = programNames(dir, uses)
	if len(uses) == 1 {
		named = *named.At(windowsPath(uses[0].path))
	}
	named.Proxies, named.AllProxied = map[string]string{}, true
	for _, u := range uses {
		if u.proxy == "" {
			named.AllProxied = false
		} else {
			file := programNames(dir, []programUse{u})["en"]
			if !strings.HasSuffix(strings.ToLower(file), ".config") {
				file += ".config"
			}
			named.Proxies[file] = u.proxy
		}
	}
	if !slices.ContainsFunc(uses, func(u programUse) bool { return !u.onlyX86 }) {
		named.Stacks = slices.Clone(named.Stacks)
		for i := range named.Stacks {
			named.Stacks[i].OnlyX86 = true
		}
	}
	return &named, nil
}

// programNames lists programs by their paths below the folder. Where others are
// that caller on every system, it says of a program that it is so on 32-bit
// Windows alone.
func programNames(dir string, uses []programUse) map[string]string {
	mixed := slices.ContainsFunc(uses, func(u programUse) bool { return u.onlyX86 != uses[0].onlyX86 })
	names := map[string]string{}
	for _, lang := range message.Languages() {
		list := make([]string, len(uses))
		for i, u := range uses {
			list[i] = filepath.Base(u.path)
			if below, err := filepath.Rel(dir, u.path); err == nil && below != "." {
				list[i] = filepath.ToSlash(below)
			}
			if mixed && u.onlyX86 {
				list[i] = message.For(lang).Text("program.name-on-x86", message.Str("name", list[i]))
			}
		}
		names[lang] = strings.Join(list, ", ")
	}
	return names
}

// windowsPath is the full path of a program where it is one of Windows: the name
// under which per-program registry values stand.
func windowsPath(path string) string {
	full, err := filepath.Abs(path)
	if err != nil || os.PathSeparator != '\\' || !strings.HasSuffix(strings.ToLower(full), ".exe") {
		return ""
	}
	return full
}
