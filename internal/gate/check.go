package gate

import (
	"cmp"
	"slices"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/service"
)

// maxYears is how far a check looks ahead of a plan's first day: further is nobody's plan,
// and its windows would be as many as its minutes.
const maxYears = 5

// Checking is what a check needs besides the configuration.
type Checking struct {
	Name     string       // of the configuration
	Today    service.Date // in the plan's time zone
	Holidays []Holiday
}

// Check says what a plan would do day by day, and what its owner should look at.
func (k Checking) Check(c *Config) *document.GateCheck {
	doc := &document.GateCheck{
		Schema: document.GateCheckSchema, Config: k.Name, Today: k.Today.String(), Timezone: c.Zone,
		Plans: []document.GateCourse{}, Exemptions: []document.GateExemption{}, Warnings: []document.GateWarning{},
	}
	w := &warner{Checking: k, c: c, doc: doc}
	for _, p := range c.plans() {
		spans, cut := k.spans(c, p.stages)
		one := document.GateCourse{Route: p.name, Upstream: p.upstream, Minimum: p.demand.Min().String(), Days: days(spans, c.Location, cut), Cut: cut}
		doc.Plans = append(doc.Plans, one)
		w.plan(p, spans)
	}
	w.exemptions()
	return doc
}

// somePlan is the stages of the default route, or of a route that has its own.
type somePlan struct {
	name, upstream string
	demand         Demand
	stages         []Stage
}

// plans are the default route's and those of the routes that have stages of their own.
func (c *Config) plans() []somePlan {
	list := []somePlan{{DefaultRoute, c.Upstream, c.Demand, c.Stages}}
	for _, r := range c.Routes {
		if r.Own {
			list = append(list, somePlan{r.SNI, r.Upstream, r.Demand, r.Stages})
		}
	}
	return list
}

// spans is the course of stages from the day of the first one, or today if that is earlier,
// to the day after the last change.
func (k Checking) spans(c *Config, stages []Stage) (spans []Span, cut bool) {
	from := onWall(k.Today.Time, c.Location)
	if len(stages) > 0 && stages[0].From.Before(from) {
		from = midnight(stages[0].From, c.Location)
	}
	to := from
	if last := Ends(stages); last.After(to) {
		to = midnight(last, c.Location)
	}
	ahead := 2 // the day of the last change, and one on which nothing changes
	if n := len(stages); n > 0 && stages[n-1].Mode == Brownout && stages[n-1].To.IsZero() && len(stages[n-1].Windows) > 0 {
		ahead, cut = 8, true // a week of windows that come for ever
	}
	to = midnight(to.In(c.Location).AddDate(0, 0, ahead), c.Location)
	if most := from.In(c.Location).AddDate(maxYears, 0, 0); to.After(most) {
		to, cut = most, true
	}
	spans = course(stages, from, to, c.Location, MaxSpans)
	return spans, cut || spans[len(spans)-1].To.Before(to)
}

// dateOf is the day of a moment by the clock on the wall, as the midnight of UTC.
func dateOf(t time.Time, zone *time.Location) service.Date {
	y, m, d := t.In(zone).Date()
	return service.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// midnight is the moment at which the day of a moment begins.
func midnight(t time.Time, zone *time.Location) time.Time {
	return onWall(dateOf(t, zone).Time, zone)
}

// days cuts a course into days, and joins those that are alike. The last day holds from
// then on, unless the course is cut.
func days(spans []Span, zone *time.Location, cut bool) []document.GateDays {
	var list []document.GateDays
	for t := spans[0].From; t.Before(spans[len(spans)-1].To); {
		date := dateOf(t, zone)
		end := onWall(date.AddDate(0, 0, 1), zone)
		for len(spans) > 1 && !spans[0].To.After(t) {
			spans = spans[1:]
		}
		one := document.GateDays{From: date.String(), To: date.String(), Spans: spansOfDay(spans, t, end, zone)}
		if n := len(list); n > 0 && slices.Equal(list[n-1].Spans, one.Spans) {
			list[n-1].To = one.To
		} else {
			list = append(list, one)
		}
		t = end
	}
	if n := len(list); n > 0 && !cut {
		list[n-1].To = ""
	}
	return list
}

func spansOfDay(spans []Span, from, to time.Time, zone *time.Location) []document.GateSpan {
	list := []document.GateSpan{}
	for _, s := range spans {
		if !s.From.Before(to) {
			break
		}
		one := document.GateSpan{From: "00:00", To: "24:00", Mode: string(s.Mode), Rejecting: s.Rejecting}
		if s.From.After(from) {
			one.From = clock(s.From, zone)
		}
		if s.To.Before(to) {
			one.To = clock(s.To, zone)
		}
		if s.Rejecting && s.Mode == Brownout && s.Stage.Percent < 100 {
			one.Percent = s.Stage.Percent
		}
		if n := len(list); n > 0 && list[n-1].Mode == one.Mode && list[n-1].Rejecting == one.Rejecting && list[n-1].Percent == one.Percent {
			list[n-1].To = one.To
			continue
		}
		list = append(list, one)
	}
	return list
}

func clock(t time.Time, zone *time.Location) string { return t.In(zone).Format("15:04") }

// exemptions lists them by their last day, and warns of those that help nobody.
func (w *warner) exemptions() {
	for _, e := range w.c.Exemptions {
		w.doc.Exemptions = append(w.doc.Exemptions, document.GateExemption{
			CIDR: e.CIDR.String(), SNI: e.SNI, Until: e.Until.String(), Owner: e.Owner, Reason: e.Reason,
		})
		w.exemption(e)
	}
	slices.SortStableFunc(w.doc.Exemptions, func(a, b document.GateExemption) int {
		return cmp.Or(cmp.Compare(a.Until, b.Until), cmp.Compare(a.CIDR, b.CIDR), cmp.Compare(a.SNI, b.SNI))
	})
}
