package table

import (
	"io"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// diffTable is the result for people: hosts that changed, what became of their
// verdicts, and what differs.
func diffTable(w io.Writer, doc *document.Diff, o view.Options) error {
	t := newTable(o)
	for _, d := range doc.Hosts {
		if d.State != document.SameHost {
			t.hostDiff(d)
		}
	}
	s := doc.Summary
	t.Text(term.Plain, "", t.w.Text("diff.summary", message.Int("n", s.Hosts), message.Int("same", s.Same), message.Int("changed", s.Changed),
		message.Int("added", s.Added), message.Int("removed", s.Removed), message.Int("unreadable", s.Unreadable)))
	t.Text(term.Plain, "", t.w.Text("diff.effects", message.Str("on", doc.On), message.Int("fails", s.Fails), message.Int("better", s.Better),
		message.Int("unknown", s.Unknown), message.Int("known", s.Known)))
	return t.Flush(w)
}

func (t *table) hostDiff(d document.HostDiff) {
	title := d.Host
	if d.State != document.ChangedHost {
		title += "  (" + t.w.Text("diff.state."+d.State) + ")"
	}
	t.Line(title)
	for _, text := range []string{d.ErrorBefore, d.ErrorAfter} {
		if text != "" {
			t.Wrapped("  ! ", "    ", text)
		}
	}
	for _, v := range d.Verdicts {
		t.Wrapped("  "+effectMark(v)+" ", "    ", t.verdictDiff(v))
	}
	area, oneSided := "", 0
	for _, one := range d.Differences {
		if one.Area == document.RegistryArea && (one.Before.State == string(host.NotAsked) || one.After.State == string(host.NotAsked)) {
			oneSided++
			continue
		}
		if one.Area != area {
			area = one.Area
			t.Line("  " + t.w.Text("diff.area."+area))
		}
		t.Wrapped("    ", "      ", t.w.Difference(one))
	}
	if oneSided > 0 {
		t.Wrapped("  ", "    ", t.w.Text("diff.one-sided", message.Int("n", oneSided)))
	}
	t.Blank()
}

// effectMark stands before a verdict, so that the bad ones are found by eye.
func effectMark(v document.VerdictDiff) string {
	switch {
	case v.FailsNewly():
		return "-"
	case v.Effect == document.Better:
		return "+"
	case v.Effect == document.Unclear:
		return "?"
	}
	return " "
}

func (t *table) verdictDiff(v document.VerdictDiff) string {
	return strings.Join([]string{v.Service, v.Caller, v.Stack}, " ") + ": " +
		t.verdictText(v.Before, v.CauseBefore) + " → " + t.verdictText(v.After, v.CauseAfter)
}

func (t *table) verdictText(verdict string, cause *string) string {
	if verdict == "" {
		return t.w.Text("diff.no-row")
	}
	text := t.w.Text("verdict." + verdict)
	if cause != nil {
		text += " (" + t.w.Text("cause."+*cause) + ")"
	}
	return text
}
