package knowledge

import (
	"fmt"
	"slices"

	"tlsready/internal/document"
	"tlsready/internal/explain"
	"tlsready/internal/message"
	"tlsready/internal/term"
)

// maxExplained is how many further meanings are named after the likeliest.
const maxExplained = 5

// Rule is what a rule says and what it rests on.
func (w *Page) Rule(r document.Rule) {
	w.Line(w.t("explain.rule", message.Str("id", r.Rule)))
	w.Text(term.Plain, "", r.Text)
	if r.Basis != "" {
		w.Blank()
		w.field("callers.basis", w.t("basis."+r.Basis))
		w.Text(term.Plain, "  ", w.t("explain.basis."+r.Basis))
	}
	w.lines("page.sources", r.Citations)
	w.lines("explain.disputed", r.Disputed)
}

// lines writes a section of lines, if there are any.
func (w *Page) lines(id string, list []string) {
	if len(list) == 0 {
		return
	}
	w.Section(w.t(id))
	for _, line := range list {
		w.Line("  " + line)
	}
}

// Meanings writes the likeliest meaning in full and names the others.
func (w *Page) Meanings(found []explain.Entry) {
	e := found[0]
	w.Text(term.Plain, "", e.Title.In(w.words.Lang()))
	if note := e.Note.In(w.words.Lang()); note != "" {
		w.Blank()
		w.Text(term.Plain, "", note)
	}
	if len(e.Causes) > 0 {
		w.Section(w.t("explain.causes"))
	}
	for i, c := range e.Causes {
		w.Wrapped(fmt.Sprintf("  %d. ", i+1), "     ", c.Text.In(w.words.Lang()))
		w.Text(term.Plain, "     ", w.t("explain.tell", message.Str("text", c.Tell.In(w.words.Lang()))))
	}
	w.Section(w.t("explain.collect"))
	for _, one := range e.Collect {
		w.Wrapped("  - ", "    ", one.In(w.words.Lang()))
	}
	w.citations(e.Citations)
	if len(found) > 1 {
		w.Section(w.t("explain.also"))
	}
	for _, other := range found[1:min(len(found), maxExplained+1)] {
		w.Wrapped("  - ", "    ", other.Title.In(w.words.Lang()))
	}
}

// OnHost says for which stacks of a host a rule decides, and what it read there.
func (w *Page) OnHost(list []document.RuleOnHost) {
	if len(list) == 0 {
		w.Line(w.t("cli.explain.host-none"))
		return
	}
	w.Line(w.t("cli.explain.host-head"))
	var seen []string
	for _, one := range list {
		line := fmt.Sprintf("  %s: %s", one.Stack, w.t("verdict."+one.Verdict))
		if !slices.Contains(seen, line) {
			seen = append(seen, line)
			w.Line(line)
			for _, e := range one.Evidence {
				w.Line(fmt.Sprintf("    %s %s = %s", e.Key, e.Name, w.evidenceText(e)))
			}
		}
	}
}

func (w *Page) evidenceText(e document.Evidence) string {
	if e.Type != "" {
		return e.Display()
	}
	return w.t("state." + string(e.State))
}
