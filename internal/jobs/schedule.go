package jobs

import (
	"context"
	"regexp"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/robfig/cron/v3"

	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/strictyaml"
)

// SchedulesSchema names the form of a file of schedules.
const SchedulesSchema = "tlsready.schedules/v1"

// Schedule orders the same work again and again.
type Schedule struct {
	Name string `json:"name"`
	Cron string `json:"cron,omitempty"`  // minute hour day month weekday, in the time of the server
	Each string `json:"every,omitempty"` // such as 6h, counted from midnight UTC

	Order work.Order `json:"order"`

	at cron.Schedule
}

// file is a file of schedules.
type file struct {
	Schema    string  `yaml:"schema"`
	Schedules []entry `yaml:"schedules"`
}

// entry is a schedule as a file has it.
type entry struct {
	Name     string   `yaml:"name"`
	Cron     string   `yaml:"cron"`
	Every    string   `yaml:"every"`
	Kind     string   `yaml:"kind"`
	Tenant   string   `yaml:"tenant"`
	Site     string   `yaml:"site"`
	Sources  []string `yaml:"sources"`
	Hosts    string   `yaml:"hosts"`
	Via      string   `yaml:"via"`
	OS       string   `yaml:"os"`
	Targets  []string `yaml:"targets"`
	Lists    []string `yaml:"lists"`
	StartTLS string   `yaml:"starttls"`
	All      bool     `yaml:"all"`
	Services []string `yaml:"services"`
	On       string   `yaml:"on"`
	Callers  []string `yaml:"callers"`
}

func (e *entry) order() work.Order {
	o := work.Order{
		Kind: work.Kind(e.Kind), Tenant: e.Tenant, Site: e.Site, Sources: e.Sources, Hosts: e.Hosts, Via: e.Via, OS: e.OS, Targets: e.Targets, Lists: e.Lists,
		StartTLS: e.StartTLS, All: e.All, Services: e.Services, On: e.On, Callers: e.Callers,
	}
	if o.Tenant == "" {
		o.Tenant = store.DefaultTenant
	}
	return o
}

// shortest is the shortest time between two runs: a server has more to do than to count
// them.
const shortest = time.Minute

// scheduleName is a name that fits into a log and a list.
var scheduleName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// ReadSchedules reads a file of schedules. The error says what is wrong with which.
func ReadSchedules(data []byte) ([]Schedule, error) {
	var f file
	if err := strictyaml.Decode(data, &f); err != nil {
		return nil, err
	}
	if f.Schema != SchedulesSchema {
		return nil, message.Error("jobs.error.schema", message.Quote("got", f.Schema), message.Str("want", SchedulesSchema))
	}
	var list []Schedule
	for i := range f.Schedules {
		s, err := f.Schedules[i].schedule()
		if err == nil && slices.ContainsFunc(list, func(o Schedule) bool { return o.Name == s.Name && o.Order.Tenant == s.Order.Tenant }) {
			err = message.Error("jobs.error.twice", message.Str("name", s.Name))
		}
		if err != nil {
			return nil, message.Error("jobs.error.schedule", message.Int("n", i+1), message.Str("name", f.Schedules[i].Name), message.Cause("why", err))
		}
		list = append(list, s)
	}
	return list, nil
}

func (e *entry) schedule() (Schedule, error) {
	s := Schedule{Name: e.Name, Cron: e.Cron, Each: e.Every, Order: e.order()}
	switch {
	case !scheduleName.MatchString(e.Name):
		return s, message.Error("jobs.error.name", message.Quote("value", e.Name))
	case (e.Cron == "") == (e.Every == ""):
		return s, message.Error("jobs.error.when")
	}
	if err := s.Order.Check(false); err != nil {
		return s, err
	}
	if e.Cron != "" {
		at, err := cron.ParseStandard(e.Cron)
		if err != nil {
			return s, message.Error("jobs.error.cron", message.Quote("value", e.Cron), message.Cause("why", err))
		}
		if at.Next(time.Now()).IsZero() {
			return s, message.Error("jobs.error.never", message.Quote("value", e.Cron))
		}
		s.at = at
		return s, nil
	}
	d, err := time.ParseDuration(e.Every)
	if err != nil || d < shortest {
		return s, message.Error("jobs.error.every", message.Quote("value", e.Every), message.Str("least", shortest.String()))
	}
	s.at = every(d)
	return s, nil
}

// every is a schedule that does not depend on when the server was started.
type every time.Duration

// Next is the next whole number of times since midnight of some day, in UTC.
func (e every) Next(now time.Time) time.Time {
	return now.Truncate(time.Duration(e)).Add(time.Duration(e))
}

// Next is when a schedule is due next after a moment.
func (s Schedule) Next(after time.Time) time.Time { return s.at.Next(after) }

// last is when a schedule was due last, at most a week before now; zero if it was not.
func (s Schedule) last(now time.Time) (due time.Time) {
	for back := time.Minute; back <= 7*24*time.Hour; back *= 4 {
		for at := s.Next(now.Add(-back)); !at.After(now) && !at.IsZero(); at = s.Next(at) {
			due = at
		}
		if !due.IsZero() {
			return due
		}
	}
	return due
}

func (s Schedule) args(due time.Time) planArgs {
	return planArgs{Order: s.Order, Schedule: s.Name, Due: due.UTC().Truncate(time.Minute), Like: likeness(s.Order)}
}

// planOpts put a run of a schedule into the queue once, whoever does it: several servers,
// or one that was started again.
func planOpts() *river.InsertOpts {
	return &river.InsertOpts{Queue: queuePlan, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: allStates()}}
}

// periodic are the schedules as River knows them.
func (j *Jobs) periodic() []*river.PeriodicJob {
	var list []*river.PeriodicJob
	for _, s := range j.o.Schedules {
		list = append(list, river.NewPeriodicJob(s, func() (river.JobArgs, *river.InsertOpts) {
			// The clock of River may be a moment ahead of the time that was due.
			return s.args(s.last(j.o.Now().Add(time.Second))), planOpts()
		}, nil))
	}
	return list
}

// catchUp orders what was due while no server ran, once: of schedules that have run before,
// so that a new one waits for its time.
func (j *Jobs) catchUp(ctx context.Context) {
	for _, s := range j.o.Schedules {
		due := s.last(j.o.Now())
		before, err := j.List(ctx, s.Order.Tenant, Filter{Schedule: s.Name, Limit: 1})
		if err == nil && len(before) > 0 && before[0].Created.Before(due) {
			_, _, err = j.order(ctx, "", s.args(due), allStates())
		}
		if err != nil && ctx.Err() == nil {
			j.o.Log.Warn("a schedule could not be caught up with", "schedule", s.Name, "err", err)
		}
	}
}

// Schedules are those of a tenant.
func (j *Jobs) Schedules(tenant string) []Schedule {
	var list []Schedule
	for _, s := range j.o.Schedules {
		if s.Order.Tenant == tenant {
			list = append(list, s)
		}
	}
	return list
}
