package fleet

import "time"

// Day is a day of the calendar, counted from 1970-01-01.
type Day int32

// NoDay is no day.
const NoDay = Day(-1 << 31)

// The days between which results can be: before there was no such program, and a clock
// that says more than this is not set. A wrong one would stretch every chart.
const (
	firstYear = 2015
	lastYear  = 2199
)

// DayOf is the day of a moment in its own time zone.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
}

const secondsOfDay = 24 * 60 * 60

// ParseDay reads YYYY-MM-DD; [NoDay] if it is none.
func ParseDay(s string) Day {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return NoDay
	}
	return DayOf(t)
}

// Plausible says whether a result can be of that day.
func (d Day) Plausible() bool {
	return d != NoDay && d.Time().Year() >= firstYear && d.Time().Year() <= lastYear
}

// Time is the beginning of the day, UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// String writes YYYY-MM-DD; "" for no day.
func (d Day) String() string {
	if d == NoDay {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}
