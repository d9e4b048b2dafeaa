// Package commands writes a gate's plan as a calendar of a vendor's own commands, each
// beside its undo, for edges that cannot run a plan by themselves: HTTP.SYS, the load
// balancers of AWS, Azure App Service.
package commands

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/gate/export"
	"tlsready/internal/message"
)

// engine is a vendor as an engine.
type engine struct{ vendor }

// Name is described at [export.Engine].
func (e engine) Name() string { return e.name }

// Lacks is described at [export.Engine].
func (e engine) Lacks(p *export.Plan) []message.Text {
	list := p.Common()
	add := func(holds bool, id string, args ...message.Arg) {
		if holds {
			list = append(list, message.New("gate.export."+id, args...))
		}
	}
	add(len(p.Groups) > 0, "lack-exemptions")
	add(len(p.Shares()) > 0, "lack-shares")
	add(len(p.Diverts()) > 0, "lack-divert")
	add(len(p.Routes) > 1, "lack-routes")
	short := 0
	for _, s := range p.Schedules {
		for _, step := range s.Steps {
			if e.short(step) {
				short++
			}
		}
	}
	add(short > 0, "lack-short", message.Int("n", short), message.Int("minutes", int(e.shortest/time.Minute)))
	return append(list, message.New("gate.export.lack-"+e.name))
}

// short says whether a window is too short to be given by hand.
func (e engine) short(s export.Step) bool {
	return s.Rejecting && !s.To.IsZero() && s.To.Sub(s.From) < e.shortest
}

// Files is described at [export.Engine].
func (e engine) Files(p *export.Plan, words *message.Catalog) ([]export.File, error) {
	f := &page{export.Writer{Words: words}, p, e}
	f.head()
	for _, day := range f.days() {
		f.day(day)
	}
	return []export.File{{Name: e.name + ".md", Text: strings.TrimRight(f.String(), "\n") + "\n"}}, nil
}

// page is a calendar as it is written, in Markdown.
type page struct {
	export.Writer
	*export.Plan
	engine
}

// say writes a paragraph.
func (f *page) say(id string, args ...message.Arg) {
	f.Line(f.Words.Text("gate.export."+id, args...), "")
}

// commands writes what is to be pasted.
func (f *page) commands(list []string) {
	f.Line("```" + f.shell)
	f.Line(list...)
	f.Line("```", "")
}

func (f *page) head() {
	f.Line("# " + f.Words.Text("gate.export.calendar", message.Str("engine", f.name), message.Str("plan", f.Plan.Name)))
	f.Line("")
	f.say("calendar-how", message.Str("zone", f.ZoneName()))
	f.say("lacks", message.Str("engine", f.name))
	for _, t := range f.Lacks(f.Plan) {
		f.Line("- " + f.Words.Render(t))
	}
	f.Line("")
	f.say("calendar-sources")
	for _, s := range f.sources {
		f.Line("- <" + s + ">")
	}
	f.Line("", "## "+f.Words.Text("gate.export.calendar-before"), "")
	if len(f.words) > 0 {
		f.say("calendar-words", message.List("words", f.words))
	}
	f.say("calendar-note-" + f.name)
	f.commands(f.before)
}

// change is something that is done at a moment, and undone at another or when it has to be.
type change struct {
	export.Step
	routes  []string
	minimum tlsready.Version
}

// days are the changes of all routes, by their day.
func (f *page) days() [][]change {
	var list []change
	for i, s := range f.Schedules {
		for _, minimum := range f.Minimums() {
			var routes []string
			for _, r := range f.Routes {
				if r.Schedule == i && r.Minimum == minimum {
					routes = append(routes, r.Name())
				}
			}
			if len(routes) == 0 || minimum.Rank() <= tlsready.TLS10.Rank() {
				continue // nothing that is old there
			}
			for _, step := range rejecting(s.Steps) {
				if !f.short(step) {
					list = append(list, change{step, routes, minimum})
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b change) int { return a.From.Compare(b.From) })
	var days [][]change
	for _, c := range list {
		if n := len(days); n > 0 && f.date(days[n-1][0].From) == f.date(c.From) {
			days[n-1] = append(days[n-1], c)
			continue
		}
		days = append(days, []change{c})
	}
	return days
}

// rejecting are the steps in which somebody is rejected, those joined that touch.
func rejecting(steps []export.Step) []export.Step {
	var list []export.Step
	for _, s := range steps {
		if !s.Rejecting {
			continue
		}
		if n := len(list); n > 0 && list[n-1].To.Equal(s.From) {
			list[n-1].To, list[n-1].Mode = s.To, s.Mode
			continue
		}
		list = append(list, s)
	}
	return list
}

func (f *page) date(t time.Time) string { return t.In(f.Location).Format(time.DateOnly) }

func (f *page) day(list []change) {
	day := list[0].From.In(f.Location)
	f.Line(fmt.Sprintf("## %s %s", day.Format(time.DateOnly), f.Words.Text("gate.weekday."+strings.ToLower(day.Format("Mon")))), "")
	for _, c := range list {
		f.change(c)
	}
}

// change writes what is done, and beside it what takes it back.
func (f *page) change(c change) {
	f.say("calendar-do", message.Str("time", f.Clock(c.From)), message.Str("mode", string(c.Mode)), message.List("routes", c.routes), message.Str("minimum", c.minimum.String()))
	f.commands(f.do(c.minimum))
	if c.To.IsZero() {
		f.say("calendar-undo-if")
	} else {
		f.say("calendar-undo-at", message.Str("time", f.Clock(c.To)))
	}
	f.commands(f.undo(c.minimum))
}
