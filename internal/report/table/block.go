package table

import (
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// block writes one group: who, the two sides, why, what to do.
func (t *table) block(g *view.Group, c *document.Check) {
	t.blockHead(g, len(c.Services) > 1)
	for _, s := range view.Meetings(g, t.w) {
		t.meeting(s, g.Service, c.Today)
	}
	h := g.First()
	if exposure := t.w.Exposure(h); exposure != "" {
		t.entry("label.exposure", term.Plain, exposure)
	}
	if h.Verdict != document.Connects || len(view.Warnings(g)) > 0 {
		t.reasons(g)
	}
	t.first(h)
	t.settings(g)
	t.fix(g)
	for _, n := range view.Warnings(g) {
		if n.Code == "near-miss" || n.Code == "wrong-type" {
			continue // beside its value
		}
		t.entry("label.warning", term.Yellow, n.Text)
	}
}

func (t *table) blockHead(g *view.Group, several bool) {
	h := g.First()
	parts := []string{h.Host}
	if os := view.OsText(h.OS); os != "" {
		parts = append(parts, os)
	}
	if list := view.Programs(g); len(list) > 0 {
		parts = append(parts, t.w.Some(list, 3))
	}
	if several {
		parts = append(parts, h.Service)
	}
	if n := len(g.Hosts); n > 1 {
		parts = append(parts, "["+t.w.T("same", message.Int("n", n-1))+"]")
	}
	t.Led(verdictStyle(h.Verdict), view.Mark(h.Verdict)+" ", term.Bold, strings.Join(parts, "  "))
	if len(g.Hosts) > 1 {
		t.entry("label.same", term.Dim, t.w.HostNames(g.Hosts[1:]))
	}
}

// entry writes a labelled line, its text set off by a common margin.
func (t *table) entry(label string, s term.Style, text string) {
	t.Text(s, "  "+term.Pad(t.w.T(label), t.margin())+"  ", text)
}

// margin is the width of the widest label.
func (t *table) margin() int {
	widest := 0
	for _, l := range []string{"side", "reason", "fix", "first", "restart", "settings", "effect", "documented", "warning", "same", "exposure"} {
		widest = max(widest, term.Width(t.w.T("label."+l)))
	}
	return widest
}

// more writes a line that belongs to the entry above it.
func (t *table) more(s term.Style, text string) {
	t.Text(s, strings.Repeat(" ", t.margin()+6), text)
}

func (t *table) meeting(s view.Meeting, of *document.Service, today string) {
	t.entry("label.side", verdictStyle(s.Verdict.Verdict), t.w.Meeting(s))
	if when := t.w.When(of, s.Verdict.Verdict, s.FailsFrom, today); when != "" {
		t.more(term.Plain, when)
	}
	for _, label := range s.Stacks {
		t.more(term.Dim, label)
	}
}

// reasons says why. That a value was not collected stands beside the value.
func (t *table) reasons(g *view.Group) {
	for _, r := range view.Reasons(g) {
		if (r.Rule == "not-asked" || r.Rule == "schannel-not-asked") && len(r.Settings) > 0 && strings.Contains(r.Settings[0].Key, `\`) {
			continue
		}
		text := r.Text
		if r.Basis != "" {
			text += "  [" + t.w.Code("basis", r.Basis) + "]"
		}
		t.entry("label.reason", term.Plain, text)
	}
}

// settings writes the values that matter to the host, each key once.
func (t *table) settings(g *view.Group) {
	label := t.w.T("label.settings")
	for _, k := range view.TreeOf(g) {
		views := oneView(k.Values)
		t.Text(term.Plain, "  "+term.Pad(label, t.margin())+"  ", k.Key+t.viewText(views))
		label = ""
		for _, line := range t.valueLines(k.Values, views != "") {
			t.Text(line.Style, strings.Repeat(" ", t.margin()+6), line.Text)
		}
	}
}

// oneView is the view of all values of a key, if they share one.
func oneView(list []view.TreeValue) string {
	for _, v := range list {
		if v.Views != list[0].Views {
			return ""
		}
	}
	return list[0].Views
}

func (t *table) viewText(views string) string {
	if views == "" {
		return ""
	}
	return " (" + t.w.Text("digest.views."+views) + ")"
}

// valueLines are the values of a key, those of which the same is to be said in one
// line.
func (t *table) valueLines(list []view.TreeValue, viewsSaid bool) []term.Cell {
	var names, texts []string
	var styles []term.Style
	for _, v := range list {
		name := v.Name
		if !viewsSaid {
			name += t.viewText(v.Views)
		}
		style := term.Dim
		if v.Set {
			style = term.Bold
		}
		text := t.w.Value(v)
		if at := slices.Index(texts, text); at >= 0 && styles[at] == style {
			names[at] = t.w.Join([]string{names[at], name})
			continue
		}
		names, texts, styles = append(names, name), append(texts, text), append(styles, style)
	}
	cells := make([]term.Cell, len(names))
	for i := range names {
		cells[i] = term.Cell{Text: names[i] + " = " + texts[i], Style: styles[i]}
	}
	return cells
}

// first writes what has to be there before the values help.
func (t *table) first(h *document.Host) {
	for _, p := range h.Prerequisites {
		t.entry("label.first", term.Bold, t.w.Prerequisite(p))
		if p.Text != "" {
			t.more(term.Dim, p.Text)
		}
	}
}

func (t *table) fix(g *view.Group) {
	h := g.First()
	switch {
	case len(h.Changes)+len(h.Prerequisites) > 0:
		if len(h.Changes) > 0 {
			t.entry("label.fix", term.Bold, t.w.T("fix.arrows", message.Int("n", len(h.Changes))))
		}
		t.entry("label.restart", term.Plain, t.w.Restart(h))
	case h.Verdict != document.Connects:
		t.entry("label.fix", term.Bold, t.w.FixOf(g))
	}
	for _, e := range h.Effects {
		t.entry("label.effect", effectStyle(e), t.w.Effect(e))
	}
	if h.Documented != nil {
		t.entry("label.documented", term.Plain, t.w.Documented(h.Documented))
	}
}

// effectStyle warns of a caller that would come off worse.
func effectStyle(e document.Effect) term.Style {
	if document.Rank(e.After) < document.Rank(e.Before) {
		return term.Red
	}
	return term.Plain
}
