package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/term"
)

// answerOf takes the table on standard output out of what a report is written to:
// with --dir the answer is what was written, for whom and what to do next. nil: none
// was asked for.
func answerOf(outputs []*Output, f *fixFlags) (rest []*Output, answer *Output) {
	if f.dir == "" || f.apply {
		return outputs, nil
	}
	for _, out := range outputs {
		if out.Format == FormatTable && out.Path == "-" {
			answer = out
		} else {
			rest = append(rest, out)
		}
	}
	return rest, answer
}

// The answer is to be read without scrolling.
const (
	maxGroupLines = 10 // groups that are named
	maxHostNames  = 4  // hosts of a group that are named
)

// tellFixes says what was written, for whom, and what to do next, in at most 25 lines.
// Where there was nothing to write, the report says why.
func (app *App) tellFixes(out *Output, f *fixFlags, done fixes, c *collector) error {
	set := done.set
	if len(set.Files) == 0 {
		return c.renderAlone(out)
	}
	written := app.text("cli.fix.written", message.Str("dir", f.dir), message.Int("groups", set.Groups), message.Int("hosts", set.Hosts))
	if out == nil {
		app.Say(written)
		return nil
	}
	app.Clear()
	h := app.newPage(out)
	h.Line(written)
	app.groupLines(h, set)
	h.Blank()
	all := slices.ContainsFunc(set.Files, func(one recipe.File) bool { return strings.HasPrefix(one.Name, recipe.AllFolder+"/") })
	if all {
		h.Text(term.Plain, "", app.text("cli.fix.all", message.Str("dir", filepath.Join(f.dir, recipe.AllFolder))))
	}
	if needs := prerequisites(set); needs != "" {
		h.Text(term.Plain, "", app.text("cli.fix.first", message.Str("what", needs)))
	}
	h.Text(term.Plain, "", app.text("cli.fix.next-one"))
	h.Text(term.Plain, "", app.text("cli.fix.next-all"))
	h.Text(term.Plain, "", app.text("cli.fix.next-undo"))
	h.Line(app.text("cli.fix.next-check"))
	h.Line("  " + app.commandLine(c.cmd, "check", c.args))
	if n := unfixed(c.kept); n > 0 {
		h.Text(term.Plain, "", app.text("cli.fix.unfixed", message.Int("n", n)))
	}
	if n := c.sum.Unknown + c.sum.Unreadable; n > 0 {
		h.Text(term.Plain, "", app.text("cli.fix.unknown", message.Int("n", n)))
	}
	if err := h.Flush(out); err != nil {
		return app.cannotWrite(out.Path, err)
	}
	return out.Commit()
}

// renderAlone writes the report to one more output; nil: there is none.
func (c *collector) renderAlone(out *Output) error {
	if out == nil {
		return nil
	}
	err := c.render(out)
	if err == nil {
		err = out.Commit()
	}
	if err != nil {
		return c.app.cannotWrite(out.Path, err)
	}
	return nil
}

// groupLines names the groups, each with its hosts and how much it changes.
func (app *App) groupLines(h *term.Page, set recipe.Set) {
	var rows [][]string
	for _, one := range set.Placed[:min(len(set.Placed), maxGroupLines)] {
		hosts := strings.Join(one.Plan.Hosts[:min(len(one.Plan.Hosts), maxHostNames)], ", ")
		if more := len(one.Plan.Hosts) - maxHostNames; more > 0 {
			hosts += " " + app.text("cli.fix.more-hosts", message.Int("n", more))
		}
		rows = append(rows, []string{
			"  " + one.Folder, hosts, app.text("cli.fix.values", message.Int("n", len(one.Plan.Changes))),
			app.text("restart." + string(one.Plan.Restart)),
		})
	}
	h.Columns(rows)
	if more := len(set.Placed) - maxGroupLines; more > 0 {
		h.Line("  " + app.text("cli.fix.more-groups", message.Int("n", more)))
	}
}

// prerequisites names what has to be there first, each once, with the folder that
// needs it.
func prerequisites(set recipe.Set) string {
	var list []string
	for _, one := range set.Placed {
		number, _, _ := strings.Cut(one.Folder, "-")
		for _, need := range one.Plan.Prerequisites {
			list = append(list, fmt.Sprintf("%s (%s)", need.ID, number))
		}
	}
	return strings.Join(list[:min(len(list), maxGroupLines)], ", ")
}
