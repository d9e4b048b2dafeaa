package answer

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tlsready/internal/console/answer/judges"
	"tlsready/internal/document"
	"tlsready/internal/fleet"
	"tlsready/internal/store"
)

const (
	// courseDays is how far back a course goes: a picture of a quarter, and more than the
	// forecast looks at.
	courseDays = 120
	// topGroups and topOwners are shown with a deadline; the others are a click away.
	topGroups, topOwners = 8, 8
	maxCourses           = 128
)

// courseKey is a course that is kept: what was counted since changes the key, and what
// changed otherwise is seen after a minute.
type courseKey struct {
	tenant string
	series store.Series
	total  document.Summary
	last   store.Day
	minute int64
}

// course is what is drawn of a series, and costs a look through its history.
type course struct {
	points   []document.FleetPoint
	forecast document.FleetForecast
	groups   []document.HostGroup
	owners   []document.HostGroup
}

// Deadlines is how the hosts stand for each deadline: those for which something is left to
// do first, and of them the most urgent.
func (t *Tenant) Deadlines(ctx context.Context) (*document.Deadlines, error) {
	totals, err := t.Totals(ctx, store.Day(t.today()))
	if err != nil {
		return nil, err
	}
	doc := &document.Deadlines{Schema: document.DeadlinesSchema, Today: t.today(), Deadlines: []document.Deadline{}}
	for _, total := range current(totals) {
		d, err := t.deadline(ctx, total)
		if err != nil {
			return nil, err
		}
		doc.Deadlines = append(doc.Deadlines, d)
	}
	slices.SortStableFunc(doc.Deadlines, func(a, b document.Deadline) int {
		return cmp.Or(cmp.Compare(done(a.Counts), done(b.Counts)), judges.ByUrgency(&a.Service, &b.Service))
	})
	return doc, nil
}

// done is 1 if every host is ready, else 0.
func done(s document.Summary) int {
	if s.Fails+s.Unknown+s.Unreadable == 0 {
		return 1
	}
	return 0
}

// current leaves out series that another one goes on with: that of a day that has come is
// judged for the day of the run from then on.
func current(all []store.Total) []store.Total {
	return slices.DeleteFunc(slices.Clone(all), func(one store.Total) bool {
		return slices.ContainsFunc(all, func(other store.Total) bool {
			same := other.Series.Service == one.Series.Service && other.Series.Callers == one.Series.Callers && other.Series != one.Series
			return same && (other.Last > one.Last || other.Last == one.Last && other.Series.On == "" && one.Series.On <= string(one.Last))
		})
	})
}

func (t *Tenant) deadline(ctx context.Context, total store.Total) (document.Deadline, error) {
	d := document.Deadline{Series: series(total.Series), Judged: string(total.Last), Counts: summary(total.Verdicts), Exempt: total.Exempt}
	d.Service, d.Changes = judges.Service(total.Series, t.Today()), []document.FleetMove{}
	key := courseKey{t.name, total.Series, d.Counts, total.Last, t.room.now().Unix() / 60}
	c, err := t.room.courses.Get(key, func() (course, error) { return t.course(ctx, total) })
	d.Course, d.Forecast, d.Groups, d.Owners = c.points, c.forecast, c.groups, c.owners
	return d, err
}

func (t *Tenant) course(ctx context.Context, total store.Total) (c course, err error) {
	last := fleet.ParseDay(string(total.Last))
	counts, err := t.Progress(ctx, total.Series, store.Day((last - courseDays).String()), total.Last)
	if err != nil {
		return c, err
	}
	c.points = daily(counts, last)
	c.forecast = fleet.Forecast(c.points)
	q := store.HostQuery{Series: total.Series, Today: store.Day(t.today()), Verdicts: []string{document.Fails, document.Unknown, document.Unreadable}}
	if c.groups, _, err = t.groups(ctx, q, store.GroupByFix, 0, topGroups); err != nil {
		return c, err
	}
	q.Verdicts = nil
	c.owners, _, err = t.groups(ctx, q, store.GroupByOwner, 0, topOwners)
	return c, err
}

// daily has a point for each day up to the last: on days without a change all is as on the
// day before. Days before the first judgement are left out.
func daily(counts []store.DayCount, last fleet.Day) []document.FleetPoint {
	list := []document.FleetPoint{}
	for i, c := range counts {
		sum, day := summary(c.Verdicts), fleet.ParseDay(string(c.Day))
		if sum.Hosts == 0 || day == fleet.NoDay {
			continue
		}
		until := last
		if i+1 < len(counts) {
			until = fleet.ParseDay(string(counts[i+1].Day)) - 1
		}
		for ; day <= until; day++ {
			list = append(list, document.FleetPoint{Date: day.String(), Ready: sum.Connects, NotReady: sum.Fails, Unknown: sum.Unknown + sum.Unreadable})
		}
	}
	return list
}

func summary(verdicts map[string]int) document.Summary {
	s := document.Summary{
		Connects: verdicts[document.Connects], Fails: verdicts[document.Fails], Unknown: verdicts[document.Unknown],
		NotInstalled: verdicts[document.NotInstalled], Unreadable: verdicts[document.Unreadable],
	}
	s.Hosts = s.Connects + s.Fails + s.Unknown + s.NotInstalled + s.Unreadable
	return s
}

func series(s store.Series) document.Series {
	return document.Series{Service: s.Service, On: s.On, Callers: s.Callers}
}

// Urgent is the series of the most urgent deadline: what pages ask about if nothing else
// is chosen. ok is false if nothing was judged yet.
func (t *Tenant) Urgent(ctx context.Context) (s store.Series, ok bool, err error) {
	return t.Current(ctx, "")
}

// Current is the series of a service that was judged last, and of several of that day the
// most urgent for which something is left to do; "" stands for any service. ok is false if the service was not judged yet.
func (t *Tenant) Current(ctx context.Context, service string) (s store.Series, ok bool, err error) {
	totals, err := t.Totals(ctx, store.Day(t.today()))
	if err != nil {
		return s, false, err
	}
	list := slices.DeleteFunc(current(totals), func(one store.Total) bool { return service != "" && one.Series.Service != service })
	if len(list) == 0 {
		return store.Series{Service: service}, false, nil
	}
	most := slices.MinFunc(list, func(a, b store.Total) int {
		x, y := judges.Service(a.Series, t.Today()), judges.Service(b.Series, t.Today())
		return cmp.Or(cmp.Compare(done(summary(a.Verdicts)), done(summary(b.Verdicts))), judges.ByUrgency(&x, &y), cmp.Compare(a.Series.Callers, b.Series.Callers), cmp.Compare(b.Last, a.Last))
	})
	return most.Series, true, nil
}

// moment is a time as documents have it.
func moment(at time.Time) time.Time { return at.UTC() }

// Demands are the services that can be asked about, with their sources, each as of its
// last phase.
func (t *Tenant) Demands(context.Context) (*document.Demands, error) {
	list, err := judges.Services(t.Today())
	return &document.Demands{Schema: document.DemandsSchema, Today: t.today(), Services: list}, err
}
