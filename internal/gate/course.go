package gate

import (
	"time"
)

// Now is what a plan does at a moment.
type Now struct {
	Stage *Stage // the stage in force; nil before the first and in gaps
	Mode  Mode
	// Flagging says that a flag stage has begun: from then on those who would be rejected
	// are listed wherever they pass.
	Flagging bool
	// Rejecting says that the clients that the service will not take are rejected, or some
	// of them: in enforce, and in a brownout within a window.
	Rejecting bool
}

// at says what stages do at a moment. The last one that has begun and has not ended is in
// force; before the first, and in gaps, the mode is flag once a flag stage has begun, else
// observe.
func at(stages []Stage, t time.Time, zone *time.Location) Now {
	now := Now{Mode: Observe}
	for i := range stages {
		s := &stages[i]
		if s.From.After(t) {
			break
		}
		now.Flagging = now.Flagging || s.Mode == Flag
		if s.To.IsZero() || s.To.After(t) {
			now.Stage = s
		}
	}
	switch {
	case now.Stage != nil:
		now.Mode = now.Stage.Mode
	case now.Flagging:
		now.Mode = Flag
	}
	now.Rejecting = now.Mode == Enforce || now.Mode == Brownout && now.Stage.inWindow(t.In(zone))
	return now
}

// At says what the plan does at a moment to clients that ask for a name: the plan of the
// route that this name has then.
func (c *Config) At(t time.Time, serverName string) Now {
	_, stages := c.route(t, serverName)
	return at(stages, t, c.Location)
}

// Span is a time in which a plan does the same throughout.
type Span struct {
	From, To time.Time
	Now
}

// Course is what the plan does between two moments to clients that ask for a name ("" is
// the default route): one span after the other without a gap, each as long as nothing
// changes. A window is a span in which Rejecting is true. At most limit spans are given: a
// last one that ends before to says that there are more.
func (c *Config) Course(serverName string, from, to time.Time, limit int) []Span {
	var spans []Span
	for t := from; t.Before(to) && len(spans) < limit; {
		route, stages := c.route(t, serverName)
		end := to
		if route != nil && !route.Ends.IsZero() && route.Ends.Before(to) {
			end = route.Ends
		}
		spans = append(spans, course(stages, t, end, c.Location, limit-len(spans))...)
		t = spans[len(spans)-1].To
	}
	return spans
}

// CourseOf is [Config.Course] of stages alone: the default route's, or those of a route.
func (c *Config) CourseOf(stages []Stage, from, to time.Time, limit int) []Span {
	return course(stages, from, to, c.Location, limit)
}

// course is the course of stages.
func course(stages []Stage, from, to time.Time, zone *time.Location, limit int) []Span {
	var spans []Span
	for t := from; t.Before(to); {
		now := at(stages, t, zone)
		end := next(stages, t, to, zone, now)
		switch n := len(spans); {
		case n > 0 && spans[n-1].Now == now:
			spans[n-1].To = end
		case n == limit:
			return spans
		default:
			spans = append(spans, Span{From: t, To: end, Now: now})
		}
		t = end
	}
	return spans
}

// next is the first moment after t at which something may change, or to: a stage begins or
// ends, or within a brownout a window does. Windows lie on whole minutes of the clock on
// the wall, and are found by looking at each.
func next(stages []Stage, t, to time.Time, zone *time.Location, now Now) time.Time {
	end := to
	for i := range stages {
		for _, at := range []time.Time{stages[i].From, stages[i].To} {
			if at.After(t) && at.Before(end) {
				end = at
			}
		}
	}
	if now.Mode != Brownout || len(now.Stage.Windows) == 0 {
		return end
	}
	for m := t.Truncate(time.Minute).Add(time.Minute); m.Before(end); m = m.Add(time.Minute) {
		if now.Stage.inWindow(m.In(zone)) != now.Rejecting {
			return m
		}
	}
	return end
}

// Ends is the moment at which a plan has come to its last stage: the beginning of the last
// one, or its end if it has one; zero without stages. Everything after it stays the same,
// but for windows of a brownout that does not end.
func Ends(stages []Stage) time.Time {
	var last time.Time
	for _, s := range stages {
		for _, at := range []time.Time{s.From, s.To} {
			if at.After(last) {
				last = at
			}
		}
	}
	return last
}

// Week is at which minutes of a week the brownouts of a plan reject clients, by the clock
// of the plan's time zone.
type Week struct {
	zone    *time.Location
	minutes [7 * minutesPerDay]bool
	any     bool
}

// Week gathers the brownouts of a plan between two moments for clients that ask for a name:
// a job that comes each Tuesday at half past nine is met by a window "tue 09:00-10:00" of
// any week. Diverting and enforcing are no brownouts.
func (c *Config) Week(serverName string, from, to time.Time) *Week {
	w := &Week{zone: c.Location}
	for _, s := range c.Course(serverName, from, to, MaxSpans) {
		if s.Mode == Brownout && s.Rejecting {
			w.add(s)
		}
	}
	return w
}

// MaxSpans is how many spans of a course are worked out: hourly windows over half a year
// have 9,000.
const MaxSpans = 20000

// add takes in the minutes of a span.
func (w *Week) add(s Span) {
	w.any = true
	end := s.To
	if whole := s.From.AddDate(0, 0, 8); end.After(whole) {
		end = whole
	}
	for m := s.From.Truncate(time.Minute); m.Before(end); m = m.Add(time.Minute) {
		w.minutes[minuteOfWeek(m.In(w.zone))] = true
	}
}

// Empty says that the plan has no brownout.
func (w *Week) Empty() bool { return !w.any }

// Meets says whether a client that was seen at a moment would meet a brownout, if it comes
// at the same time of the same day of each week. Which share of the addresses a brownout
// rejects, and exemptions, do not count here.
func (w *Week) Meets(seen time.Time) bool { return w.minutes[minuteOfWeek(seen.In(w.zone))] }

// MeetsHour says whether a brownout falls into an hour of the week, from Monday 00:00 UTC
// (0 to 167), by the clock of the plan's zone as it stood in the week of near.
func (w *Week) MeetsHour(hour int, near time.Time) bool {
	day := near.UTC().Truncate(24 * time.Hour)
	monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	from := monday.Add(time.Duration(hour) * time.Hour)
	for m := range minutesPerHour {
		if w.Meets(from.Add(time.Duration(m) * time.Minute)) {
			return true
		}
	}
	return false
}

func minuteOfWeek(local time.Time) int {
	return int(local.Weekday())*minutesPerDay + local.Hour()*minutesPerHour + local.Minute()
}
