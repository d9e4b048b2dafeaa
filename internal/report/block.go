package report

import (
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/term"
)

// block writes one group: who, the two sides, why, what to do.
func (t *table) block(g *group, c *document.Check) {
	t.blockHead(g, len(c.Services) > 1)
	for _, s := range sides(g, t.w) {
		t.side(s, c.Today)
	}
	h := g.first()
	if exposure := t.w.exposure(h); exposure != "" {
		t.entry("label.exposure", term.Plain, exposure)
	}
	if h.Verdict != connects || len(warnings(g)) > 0 {
		t.reasons(g)
	}
	t.fix(h)
	for _, n := range warnings(g) {
		t.entry("label.warning", term.Yellow, n.Text)
	}
}

func (t *table) blockHead(g *group, several bool) {
	h := g.first()
	parts := []string{h.Host}
	if os := osText(h.OS); os != "" {
		parts = append(parts, os)
	}
	if list := programs(g); len(list) > 0 {
		parts = append(parts, t.w.some(list, 3))
	}
	if several {
		parts = append(parts, h.Service)
	}
	if n := len(g.Hosts); n > 1 {
		parts = append(parts, "["+t.w.t("same", message.Int("n", n))+"]")
	}
	t.Led(verdictStyle(h.Verdict), mark(h.Verdict)+" ", term.Bold, strings.Join(parts, "  "))
	if len(g.Hosts) > 1 {
		t.entry("label.same", term.Dim, t.w.hostNames(g.Hosts[1:]))
	}
}

// mark tells verdicts apart without colour, in one ASCII column.
func mark(verdict string) string {
	switch verdict {
	case fails:
		return "x"
	case unknown:
		return "?"
	}
	return "+"
}

// entry writes a labelled line, its text set off by a common margin.
func (t *table) entry(label string, s term.Style, text string) {
	t.Text(s, "  "+term.Pad(t.w.t(label), t.margin())+"  ", text)
}

// margin is the width of the widest label.
func (t *table) margin() int {
	widest := 0
	for _, l := range []string{"side", "reason", "fix", "first", "restart", "redundant", "effect", "documented", "warning", "same", "exposure"} {
		widest = max(widest, term.Width(t.w.t("label."+l)))
	}
	return widest
}

// more writes a line that belongs to the entry above it.
func (t *table) more(s term.Style, text string) {
	t.Text(s, strings.Repeat(" ", t.margin()+6), text)
}

func (t *table) side(s side, today string) {
	t.entry("label.side", verdictStyle(s.Verdict.Verdict), t.w.meeting(s))
	if when := t.w.when(s.Verdict.Verdict, s.FailsFrom, today); when != "" {
		t.more(term.Plain, when)
	}
	for _, label := range s.Stacks {
		t.more(term.Dim, label)
	}
}

// meeting says how offer and acceptance meet: "SSL 3.0, TLS 1.0 × TLS 1.2 only: fails".
func (w words) meeting(s side) string {
	return w.t("meeting",
		message.Str("offer", w.offered(s.Offer)), message.Str("sign", sign(s.Verdict.Verdict)),
		message.Str("accepts", w.acceptance(s.Accepts)), message.Str("verdict", w.code("verdict", s.Verdict.Verdict)))
}

// sign stands between an offer and an acceptance.
func sign(verdict string) string {
	switch verdict {
	case connects:
		return "="
	case unknown:
		return "?"
	}
	return "×"
}

func (t *table) reasons(g *group) {
	for _, r := range reasons(g) {
		text := r.Text
		if r.Basis != "" {
			text += "  [" + t.w.code("basis", r.Basis) + "]"
		}
		t.entry("label.reason", term.Plain, text)
		for _, s := range r.Settings {
			t.more(term.Dim, t.w.evidence(s))
		}
	}
}

func (t *table) fix(h *document.Host) {
	for _, p := range h.Prerequisites {
		t.entry("label.first", term.Plain, t.w.prerequisite(p))
		if p.Text != "" {
			t.more(term.Dim, p.Text)
		}
	}
	settings := changeSettings(h.Changes)
	for i, s := range settings {
		if i == 0 {
			t.entry("label.fix", term.Bold, t.w.change(s))
			continue
		}
		t.Text(term.Bold, strings.Repeat(" ", t.margin()+4), t.w.change(s))
	}
	switch {
	case len(h.Changes)+len(h.Prerequisites) > 0:
		t.entry("label.restart", term.Plain, t.w.restart(h))
	case h.Verdict != connects:
		t.entry("label.fix", term.Bold, t.w.fix(h))
	}
	if len(h.Redundant) > 0 {
		t.entry("label.redundant", term.Dim, t.w.redundant(h))
	}
	for _, e := range h.Effects {
		t.entry("label.effect", effectStyle(e), t.w.effect(e))
	}
	if h.Documented != nil {
		t.entry("label.documented", term.Plain, t.w.documented(h.Documented))
	}
}

// effectStyle warns of a caller that would come off worse.
func effectStyle(e document.Effect) term.Style {
	if document.Rank(e.After) < document.Rank(e.Before) {
		return term.Red
	}
	return term.Plain
}
