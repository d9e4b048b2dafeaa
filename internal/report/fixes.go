package report

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/term"
)

// Fixes is what "fix --dir" wrote, and what is to be said of it.
type Fixes struct {
	Dir     string
	Set     recipe.Set
	Check   string // the command that judges the hosts again
	Unfixed int    // hosts that fail and that no setting helps
	Unknown int    // hosts that are not judged
}

// The answer is to be read without scrolling.
const (
	maxGroupLines = 10 // groups that are named
	maxHostNames  = 4  // hosts of a group that are named
)

// Write says what was written, for whom, and what to do next, in at most 25 lines.
func (f *Fixes) Write(w io.Writer, h *term.Page, words *message.Catalog) error {
	text := words.Text
	line := func(id string, args ...message.Arg) { h.Text(term.Plain, "", text(id, args...)) }
	h.Line(text("cli.fix.written", message.Str("dir", f.Dir), message.Int("groups", f.Set.Groups), message.Int("hosts", f.Set.Hosts)))
	f.groups(h, words)
	h.Blank()
	isAll := func(one recipe.File) bool { return strings.HasPrefix(one.Name, recipe.AllFolder+"/") }
	others := "cli.fix.next-each"
	if slices.ContainsFunc(f.Set.Files, isAll) {
		others = "cli.fix.next-all"
		line("cli.fix.all", message.Str("dir", filepath.Join(f.Dir, recipe.AllFolder)))
	}
	if needs := f.prerequisites(); len(needs) > 0 {
		line("cli.fix.first", message.List("what", needs))
	}
	line("cli.fix.next-one")
	line(others)
	line("cli.fix.next-undo")
	h.Line(text("cli.fix.next-check"))
	h.Line("  " + f.Check)
	if f.Unfixed > 0 {
		line("cli.fix.unfixed", message.Int("n", f.Unfixed))
	}
	if f.Unknown > 0 {
		line("cli.fix.unknown", message.Int("n", f.Unknown))
	}
	return h.Flush(w)
}

// groups names the groups, each with its hosts and how much it changes.
func (f *Fixes) groups(h *term.Page, words *message.Catalog) {
	var rows [][]string
	placed := f.Set.Placed
	for _, one := range placed[:min(len(placed), maxGroupLines)] {
		hosts := words.Join(one.Plan.Hosts[:min(len(one.Plan.Hosts), maxHostNames)])
		if more := len(one.Plan.Hosts) - maxHostNames; more > 0 {
			hosts += " " + words.Text("cli.fix.more-hosts", message.Int("n", more))
		}
		rows = append(rows, []string{
			"  " + one.Folder, hosts, words.Text("cli.fix.values", message.Int("n", len(one.Plan.Changes))),
			words.Text("restart." + string(one.Plan.Restart)),
		})
	}
	h.Columns(rows)
	if more := len(placed) - maxGroupLines; more > 0 {
		h.Line("  " + words.Text("cli.fix.more-groups", message.Int("n", more)))
	}
}

// prerequisites names what has to be there first, with the number of the folder that
// needs it.
func (f *Fixes) prerequisites() []string {
	var list []string
	for _, one := range f.Set.Placed {
		number, _, _ := strings.Cut(one.Folder, "-")
		for _, need := range one.Plan.Prerequisites {
			list = append(list, fmt.Sprintf("%s (%s)", need.ID, number))
		}
	}
	return list[:min(len(list), maxGroupLines)]
}
