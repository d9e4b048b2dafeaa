package gate

import (
	"slices"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// warner finds in a plan what its owner should look at.
type warner struct {
	Checking
	c   *Config
	doc *document.GateCheck
}

// add warns of a day of a stage; date and line may be missing. What is already said is not
// said again.
func (w *warner) add(code string, t time.Time, line int, args ...message.Arg) {
	one := document.GateWarning{Code: code, Line: line, Text: message.New("gate.warn."+code, args...)}
	if !t.IsZero() {
		one.Date = dateOf(t, w.c.Location).String()
		one.Text.Args = append(one.Text.Args, message.Str("date", one.Date))
	}
	known := func(other document.GateWarning) bool {
		return other.Code == code && other.Date == one.Date && other.Line == line && message.English(other.Text) == message.English(one.Text)
	}
	if !slices.ContainsFunc(w.doc.Warnings, known) {
		w.doc.Warnings = append(w.doc.Warnings, one)
	}
}

func (w *warner) plan(p somePlan, spans []Span) {
	route := message.Str("route", p.name)
	enforced := false
	for i := range p.stages {
		s := &p.stages[i]
		if s.Mode == Enforce || s.Mode == Divert {
			w.day(s)
		}
		enforced = enforced || s.Mode == Enforce && s.To.IsZero()
		w.stage(s, spans, route)
		if i > 0 {
			w.neighbours(&p.stages[i-1], s)
		}
	}
	today := onWall(w.Today.Time, w.c.Location)
	switch {
	case len(p.stages) == 0:
		w.add("no-stages", time.Time{}, 0, route)
	case !enforced:
		w.add("no-enforce", time.Time{}, 0, route)
	case p.name == DefaultRoute && Ends(p.stages).Before(today):
		w.add("past", Ends(p.stages), p.stages[len(p.stages)-1].Line)
	}
	w.windows(spans, today)
}

// day warns of the day on which a stage begins that touches everybody.
func (w *warner) day(s *Stage) {
	date, mode := dateOf(s.From, w.c.Location), message.Str("mode", string(s.Mode))
	if date.Weekday() == time.Friday {
		w.add("friday", s.From, s.Line, mode)
	}
	if date.AddDate(0, 0, 1).Day() == 1 {
		w.add("month-end", s.From, s.Line, mode)
	}
	if h, ok := w.holiday(date.String()); ok {
		w.add("holiday", s.From, s.Line, mode, message.Str("name", h.Name))
	}
}

// stage warns of a stage that never comes, or whose windows never do.
func (w *warner) stage(s *Stage, spans []Span, route message.Arg) {
	own := slices.DeleteFunc(slices.Clone(spans), func(x Span) bool { return x.Stage != s })
	switch {
	case len(own) == 0:
		w.add("never", s.From, s.Line, route)
	case s.Mode == Brownout && !slices.ContainsFunc(own, func(x Span) bool { return x.Rejecting }):
		w.add("no-window", s.From, s.Line)
	}
}

// neighbours warns of two stages that overlap without one being inside the other, and of
// old clients that get back in after they were shut out.
func (w *warner) neighbours(a, b *Stage) {
	if !a.To.IsZero() && b.From.Before(a.To) && (b.To.IsZero() || b.To.After(a.To)) {
		w.add("overlap", b.From, b.Line, message.Int("other", a.Line))
	}
	if a.Mode == Enforce && b.Mode != Enforce {
		w.add("loosens", b.From, b.Line, message.Str("mode", string(b.Mode)))
	}
	if a.Mode == Enforce && !a.To.IsZero() && b.From.After(a.To) {
		w.add("loosens", a.To, a.Line, message.Str("mode", string(Flag)))
	}
}

// windows warns of windows that have passed, of those on holidays, and of nights on which
// the clock is put forward or back within one.
func (w *warner) windows(spans []Span, today time.Time) {
	passed, first := 0, time.Time{}
	for _, s := range spans {
		if s.Mode != Brownout || !s.Rejecting {
			continue
		}
		if !s.To.After(today) {
			if passed++; first.IsZero() {
				first = s.From
			}
			continue
		}
		if h, ok := w.holiday(dateOf(s.From, w.c.Location).String()); ok {
			w.add("holiday-window", s.From, s.Stage.Line, message.Str("name", h.Name))
		}
	}
	if passed > 0 {
		w.add("past-windows", first, 0, message.Int("n", passed))
	}
	w.clockChanges(spans)
}

// clockChanges warns of days of a brownout with windows on which the clock changes: by it a
// window may come twice, or not at all.
func (w *warner) clockChanges(spans []Span) {
	zone := w.c.Location
	for _, change := spans[0].From.In(zone).ZoneBounds(); !change.IsZero() && change.Before(spans[len(spans)-1].To); _, change = change.In(zone).ZoneBounds() {
		i := slices.IndexFunc(spans, func(s Span) bool { return s.To.After(change) })
		if s := spans[i]; s.Mode == Brownout && len(s.Stage.Windows) > 0 && nearWindow(s.Stage, change.In(zone)) {
			w.add("clock", change, s.Stage.Line)
		}
	}
}

// nearWindow says whether a window lies within the time that the clock leaves out or shows
// twice at a change.
func nearWindow(s *Stage, change time.Time) bool {
	_, before := change.Add(-time.Second).Zone()
	_, after := change.Zone()
	wall := func(offset int) time.Time { return change.UTC().Add(time.Duration(offset) * time.Second) }
	from, to := wall(min(before, after)), wall(max(before, after))
	for t := from; t.Before(to); t = t.Add(time.Minute) {
		if s.inWindow(t) {
			return true
		}
	}
	return false
}

// exemption warns of one that has ended, or that ends before anybody is rejected.
func (w *warner) exemption(e Exemption) {
	cidr := message.Str("cidr", e.CIDR.String())
	today := onWall(w.Today.Time, w.c.Location)
	last := e.Ends.Add(-time.Second)
	if !e.Ends.After(today) {
		w.add("exemption-past", last, e.Line, cidr)
		return
	}
	for _, p := range w.c.plans() {
		for i := range p.stages {
			if s := &p.stages[i]; (s.Mode == Brownout || s.Mode == Enforce || s.Mode == Divert) && s.From.Before(e.Ends) {
				return
			}
		}
	}
	w.add("exemption-early", last, e.Line, cidr)
}
