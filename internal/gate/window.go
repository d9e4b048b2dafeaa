package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsready/internal/message"
)

const (
	minutesPerHour = 60
	minutesPerDay  = 24 * minutesPerHour
)

// Window is a span of time that comes again every day, or every hour, on some days of the
// week, by the clock on the wall: on the night on which that clock is put back a window
// may come twice, and on the one on which it is put forward not at all.
type Window struct {
	Days     [7]bool // by time.Weekday, of the day on which it begins
	Hourly   bool
	From, To int // minutes of the day, or of the hour; To is not in it, and may lie on the next day
}

// weekdays are the days as the format spells them, by time.Weekday.
func weekdays() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// ParseWindow reads "mon-fri 10:00-10:30", "22:00-02:00" or "hourly :00-:10".
func ParseWindow(text string) (Window, error) {
	wrong := func(id string) (Window, error) {
		return Window{}, message.Error("gate.window."+id, message.Quote("text", text)).Hinted("gate.hint.window")
	}
	w := Window{}
	words := strings.Fields(strings.ToLower(text))
	if len(words) > 0 && words[0][0] >= 'a' && words[0] != "hourly" {
		if !w.readDays(words[0]) {
			return wrong("days")
		}
		words = words[1:]
	} else {
		w.Days = everyDay()
	}
	if len(words) > 0 && words[0] == "hourly" {
		w.Hourly, words = true, words[1:]
	}
	if len(words) != 1 {
		return wrong("form")
	}
	first, last, ok := strings.Cut(words[0], "-")
	from, okFrom := w.minute(first)
	to, okTo := w.minute(last)
	whole := minutesPerDay
	if w.Hourly {
		whole = minutesPerHour
	}
	switch {
	case !ok || !okFrom || !okTo || from == whole:
		return wrong("form")
	case from == to || w.Hourly && to < from:
		return wrong("empty")
	case to < from:
		to += minutesPerDay
	}
	w.From, w.To = from, to
	return w, nil
}

func everyDay() (days [7]bool) {
	for i := range days {
		days[i] = true
	}
	return days
}

// readDays reads "mon", "mon-fri", "sat,sun".
func (w *Window) readDays(text string) bool {
	for part := range strings.SplitSeq(text, ",") {
		first, last, span := strings.Cut(part, "-")
		if !span {
			last = first
		}
		from, to := slices.Index(weekdays(), first), slices.Index(weekdays(), last)
		if from < 0 || to < 0 {
			return false
		}
		for day := from; ; day = (day + 1) % len(w.Days) {
			w.Days[day] = true
			if day == to {
				break
			}
		}
	}
	return true
}

// minute reads HH:MM, or :MM of an hourly window. 24:00 and :60 are ends.
func (w *Window) minute(text string) (int, bool) {
	hours, minutes, ok := strings.Cut(text, ":")
	m, okM := twoDigits(minutes)
	if !ok || !okM {
		return 0, false
	}
	if w.Hourly {
		return m, hours == "" && m <= minutesPerHour
	}
	h, okH := twoDigits(hours)
	all := h*minutesPerHour + m
	return all, okH && m < minutesPerHour && all <= minutesPerDay
}

func twoDigits(s string) (int, bool) {
	if len(s) != 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}

// String writes the window as the format has it.
func (w Window) String() string {
	days := ""
	if w.Days != everyDay() {
		days = w.daysText() + " "
	}
	if w.Hourly {
		return fmt.Sprintf("%shourly :%02d-:%02d", days, w.From, w.To)
	}
	to := w.To
	if to > minutesPerDay {
		to -= minutesPerDay
	}
	return fmt.Sprintf("%s%02d:%02d-%02d:%02d", days, w.From/minutesPerHour, w.From%minutesPerHour, to/minutesPerHour, to%minutesPerHour)
}

// daysText lists the days from Monday on; three or more in a row are written as a span.
func (w Window) daysText() string {
	const week = 7
	day := func(i int) int { return (i + 1) % week } // the i-th of a week that begins on Monday
	var parts []string
	for i := 0; i < week; i++ {
		last := i
		for last < week && w.Days[day(last)] {
			last++
		}
		switch {
		case last-i > 2:
			parts = append(parts, weekdays()[day(i)]+"-"+weekdays()[day(last-1)])
			i = last
		case last > i:
			parts = append(parts, weekdays()[day(i)])
		}
	}
	return strings.Join(parts, ",")
}

// holds says whether the window covers a minute of a day, counted from that day's midnight,
// or from that of the day before where the window crosses midnight. shift is by how many
// minutes the windows of a day are shifted.
func (w Window) holds(local time.Time, shift func(time.Time) int) bool {
	minute := local.Hour()*minutesPerHour + local.Minute()
	if w.Hourly {
		m := (minute%minutesPerHour - shift(local) + minutesPerHour) % minutesPerHour
		return w.Days[local.Weekday()] && w.From <= m && m < w.To
	}
	before := local.AddDate(0, 0, -1)
	return w.covers(local, minute-shift(local)) || w.covers(before, minute+minutesPerDay-shift(before))
}

func (w Window) covers(day time.Time, minute int) bool {
	return w.Days[day.Weekday()] && w.From <= minute && minute < w.To
}

// inWindow says whether a stage rejects at a moment, given in the plan's time zone.
func (s *Stage) inWindow(local time.Time) bool {
	if len(s.Windows) == 0 {
		return true
	}
	shift := func(time.Time) int { return 0 }
	if s.Scatter {
		shift = scattered
	}
	return slices.ContainsFunc(s.Windows, func(w Window) bool { return w.holds(local, shift) })
}

// scattered is by how many minutes the windows of a day are shifted, 0 to 59: the same
// for everybody and in every run, another one each day. A fixed minute would miss the jobs
// that run at another.
func scattered(day time.Time) int {
	y, m, d := day.Date()
	return int(mix(uint64(y*10000+int(m)*100+d)) % minutesPerHour)
}

// mix is a hash of a number (the finalizer of splitmix64): neighbours come out far apart.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
