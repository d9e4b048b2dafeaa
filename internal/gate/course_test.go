package gate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready"
)

// when reads a time of a zone, for tests.
func when(t *testing.T, zone, text string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Proves what windows are read, how they are written again, and which are none.
func TestWindows(t *testing.T) {
	for text, want := range map[string]string{
		"mon-fri 10:00-10:30": "mon-fri 10:00-10:30", "wed 15:00-16:00": "wed 15:00-16:00", "05:00-06:00": "05:00-06:00",
		"hourly :00-:10": "hourly :00-:10", "sat,SUN hourly :45-:60": "sat,sun hourly :45-:60", "22:00-02:00": "22:00-02:00",
		"20:00-24:00": "20:00-24:00", "fri-mon 01:00-02:00": "mon,fri-sun 01:00-02:00", "mon-sun 00:00-24:00": "00:00-24:00", "sun-sat 22:00-00:00": "22:00-24:00",
	} {
		w, err := ParseWindow(text)
		if err != nil || w.String() != want {
			t.Errorf("%q: %q %v, want %q", text, w, err, want)
			continue
		}
		if again, err := ParseWindow(w.String()); err != nil || again != w {
			t.Errorf("%q is read as %v", w, again)
		}
	}
	for _, text := range []string{
		"", "mon", "mon-", "xyz 10:00-11:00", "10:00", "10:00-", "25:00-26:00", "10:60-11:00", "24:00-25:00", "24:00-10:00", "1:00-2:00", "10:00-10:00", "+1:00-02:00",
		"hourly", "hourly 00-10", "hourly :10-:10", "hourly :60-:10", "hourly :00-:61", "daily 10:00-11:00", "mon 10:00-11:00 12:00-13:00", "mon mon 10:00-11:00", "10:00-11:00 mon",
	} {
		if w, err := ParseWindow(text); err == nil {
			t.Errorf("%q is read as %v", text, w)
		}
	}
}

// courseText writes spans in the zone of the plan, one a line.
func courseText(c *Config, name string, from, to time.Time) string {
	var b strings.Builder
	for _, s := range c.Course(name, from, to, MaxSpans) {
		rejecting := ""
		if s.Rejecting {
			rejecting = " rejecting"
		}
		fmt.Fprintf(&b, "%s %s%s\n", s.From.In(c.Location).Format("Mon 01-02 15:04"), s.Mode, rejecting)
	}
	return b.String()
}

// Proves the course of a plan with nested stages, a gap, and days on which the windows do
// not come: before the first stage and in gaps the mode is flag once a flag stage began.
func TestCourse(t *testing.T) {
	c := read(t, `timezone: Asia/Tokyo
stages:
  - {from: 2026-10-01, to: 2026-10-10, mode: observe}
  - {from: 2026-11-01, to: 2026-11-10, mode: flag}
  - {from: 2026-11-13, to: 2026-11-17, mode: brownout, windows: ["mon-fri 10:00-10:30", "22:30-01:00"]}
  - {from: 2026-11-16T10:15, to: 2026-11-16T12:00, mode: flag}
  - {from: 2026-12-01T09:00, mode: enforce}
`)
	want := `Thu 09-01 00:00 observe
Sun 11-01 00:00 flag
Tue 11-10 00:00 flag
Fri 11-13 00:00 brownout
Fri 11-13 10:00 brownout rejecting
Fri 11-13 10:30 brownout
Fri 11-13 22:30 brownout rejecting
Sat 11-14 01:00 brownout
Sat 11-14 22:30 brownout rejecting
Sun 11-15 01:00 brownout
Sun 11-15 22:30 brownout rejecting
Mon 11-16 01:00 brownout
Mon 11-16 10:00 brownout rejecting
Mon 11-16 10:15 flag
Mon 11-16 12:00 brownout
Mon 11-16 22:30 brownout rejecting
Tue 11-17 00:00 flag
Tue 12-01 09:00 enforce rejecting
`
	want = strings.Replace(want, "Thu 09-01 00:00 observe\n", "Tue 09-01 00:00 observe\nThu 10-01 00:00 observe\nSat 10-10 00:00 observe\n", 1)
	// At the beginning of the 13th the window that began on the 12th is still open.
	want = strings.Replace(want, "Fri 11-13 00:00 brownout\n", "Fri 11-13 00:00 brownout rejecting\nFri 11-13 01:00 brownout\n", 1)
	got := courseText(c, "", when(t, "Asia/Tokyo", "2026-09-01T00:00"), when(t, "Asia/Tokyo", "2027-01-01T00:00"))
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if last := Ends(c.Stages); !last.Equal(when(t, "Asia/Tokyo", "2026-12-01T09:00")) {
		t.Errorf("the plan ends at %s", last)
	}
	if spans := c.Course("", when(t, "Asia/Tokyo", "2026-09-01T00:00"), when(t, "Asia/Tokyo", "2027-01-01T00:00"), 3); len(spans) != 3 {
		t.Errorf("%d spans beyond the limit", len(spans))
	}
}

// Proves that windows follow the clock on the wall where it is put forward and back: the
// window that the clock leaves out does not come, the one it shows twice comes twice, and
// days and stages begin at the wall's midnight.
func TestDaylightSaving(t *testing.T) {
	c := read(t, `timezone: Europe/Berlin
stages:
  - {from: 2026-03-28, to: 2026-03-31, mode: brownout, windows: ["02:00-02:30"]}
  - {from: 2026-10-24, to: 2026-10-27, mode: brownout, windows: ["02:00-02:30"]}
  - {from: 2027-03-28T02:30, mode: enforce}
`)
	count := func(from, to string) (n int) {
		for _, s := range c.Course("", when(t, "UTC", from), when(t, "UTC", to), MaxSpans) {
			if s.Rejecting && s.Mode == Brownout {
				n++
				if s.To.Sub(s.From) != 30*time.Minute {
					t.Errorf("a window of %s", s.To.Sub(s.From))
				}
			}
		}
		return n
	}
	if spring, autumn := count("2026-03-01T00:00", "2026-04-10T00:00"), count("2026-10-01T00:00", "2026-11-10T00:00"); spring != 2 || autumn != 4 {
		t.Errorf("%d windows over the three days of spring, %d of autumn; want 2 and 4", spring, autumn)
	}
	if from := c.Stages[2].From; !from.Equal(when(t, "UTC", "2027-03-28T01:00")) {
		t.Errorf("a time that the clock leaves out is %s", from)
	}
	for zone, times := range map[string][2]string{
		"Europe/Berlin":   {"2026-10-25T02:30", "2026-10-25T00:30"}, // shown twice: the first
		"Pacific/Apia":    {"2011-12-30T12:00", "2011-12-30T10:00"}, // the day that Samoa left out
		"Asia/Kathmandu":  {"2026-01-01T00:00", "2025-12-31T18:15"},
		"America/Caracas": {"2016-05-01T02:45", "2016-05-01T07:00"}, // half an hour was left out
		"Asia/Tokyo":      {"2026-01-01T09:00", "2026-01-01T00:00"},
	} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := onWall(when(t, "UTC", times[0]), loc); !got.Equal(when(t, "UTC", times[1])) {
			t.Errorf("%s %s is %s, want %s", zone, times[0], got, times[1])
		}
	}
}

// Proves over ten years, in zones of each kind, that the course agrees with what is asked
// for single moments, and has no gap.
func TestCourseAgreesWithMoments(t *testing.T) {
	for _, zone := range []string{"UTC", "Asia/Tokyo", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"} {
		c := read(t, "timezone: "+zone+`
stages:
  - {from: 2026-01-01, mode: flag}
  - {from: 2026-03-20, to: 2026-04-10, mode: brownout, windows: ["tue 09:00-10:00", "23:30-03:15"]}
  - {from: 2030-10-20, to: 2030-11-10, mode: brownout, windows: ["hourly :50-:60"], scatter: true}
  - {from: 2035-06-01, mode: enforce}
`)
		from, to := when(t, "UTC", "2025-12-01T00:00"), when(t, "UTC", "2036-01-01T00:00")
		spans := c.Course("", from, to, MaxSpans)
		if !spans[0].From.Equal(from) || !spans[len(spans)-1].To.Equal(to) {
			t.Errorf("%s: from %s to %s", zone, spans[0].From, spans[len(spans)-1].To)
		}
		for i, s := range spans {
			if i > 0 && !spans[i-1].To.Equal(s.From) {
				t.Errorf("%s: a gap before %s", zone, s.From)
			}
			for _, at := range []time.Time{s.From, s.From.Add(s.To.Sub(s.From) / 2), s.To.Add(-time.Second)} {
				if now := c.At(at, ""); now != s.Now {
					t.Errorf("%s: %s is %+v, the course says %+v", zone, at, now, s.Now)
				}
			}
		}
	}
}

// Proves that scattered windows keep their length, come once an hour, and lie at other
// minutes on other days.
func TestScatter(t *testing.T) {
	c := read(t, "stages: [{from: 2026-11-01, to: 2026-12-01, mode: brownout, windows: ['hourly :00-:10', '05:00-05:30'], scatter: true}]\n")
	hourly := read(t, "stages: [{from: 2026-11-01, to: 2026-12-01, mode: brownout, windows: ['hourly :00-:10'], scatter: true}]\n")
	minutes := map[int]bool{}
	total := time.Duration(0)
	for _, s := range hourly.Course("", when(t, "UTC", "2026-11-01T00:00"), when(t, "UTC", "2026-12-01T00:00"), MaxSpans) {
		if s.Rejecting {
			minutes[s.From.Minute()] = true
			total += s.To.Sub(s.From)
		}
	}
	if total != 30*24*10*time.Minute {
		t.Errorf("%s in windows over 30 days", total)
	}
	if len(minutes) < 15 {
		t.Errorf("windows begin at %d minutes of the hour only", len(minutes))
	}
	for day := 1; day < 30; day++ {
		begins := time.Date(2026, 11, day, 5, scattered(time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC)), 0, 0, time.UTC)
		if !c.At(begins, "").Rejecting || !c.At(begins.Add(29*time.Minute), "").Rejecting {
			t.Errorf("day %d: no window at %s", day, begins)
		}
	}
}

// Proves that a client is met by a window of any week at its time of its day, and only by
// brownouts.
func TestWeek(t *testing.T) {
	c := read(t, `timezone: Asia/Tokyo
stages:
  - {from: 2026-11-01, to: 2026-11-20, mode: brownout, windows: ["tue 09:00-10:00"]}
  - {from: 2026-12-01, mode: enforce}
`)
	w := c.Week("", when(t, "UTC", "2026-01-01T00:00"), when(t, "UTC", "2027-01-01T00:00"))
	for text, want := range map[string]bool{"2026-06-02T09:30": true, "2026-06-02T10:00": false, "2026-06-03T09:30": false, "2025-01-07T09:00": true} {
		if got := w.Meets(when(t, "Asia/Tokyo", text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	if w.Empty() || !c.Week("", when(t, "UTC", "2026-12-01T00:00"), when(t, "UTC", "2027-01-01T00:00")).Empty() {
		t.Error("enforcing counts as a brownout")
	}
}

// Proves that an hour of the week counts by the clock as it stood when the client came:
// nine o'clock in Berlin is another hour of UTC in summer than in winter.
func TestWeekMeetsHours(t *testing.T) {
	c := read(t, `timezone: Europe/Berlin
stages:
  - {from: 2026-11-01, to: 2026-11-20, mode: brownout, windows: ["mon 09:10-09:20", "sun 23:30-24:00"]}
`)
	w := c.Week("", when(t, "UTC", "2026-01-01T00:00"), when(t, "UTC", "2027-01-01T00:00"))
	for near, hours := range map[string][]int{"2026-01-14T12:00": {8, 6*24 + 22}, "2026-07-15T12:00": {7, 6*24 + 21}} {
		var met []int
		for hour := range 7 * 24 {
			if w.MeetsHour(hour, when(t, "UTC", near)) {
				met = append(met, hour)
			}
		}
		if !slices.Equal(met, hours) {
			t.Errorf("in the week of %s: %d, want %d", near, met, hours)
		}
	}
}

// Proves that a plan can be asked a million times within a second or two, since a dry run
// asks it for each line of a log.
func BenchmarkDecide(b *testing.B) {
	c, err := reading().Parse([]byte(head + `timezone: Asia/Tokyo
stages:
  - {from: 2026-10-01, mode: observe}
  - {from: 2026-11-01, mode: flag}
  - {from: 2026-11-16, to: 2026-11-20, mode: brownout, windows: ["mon-fri 10:00-10:30", "wed 15:00-16:00"], scatter: true}
  - {from: 2026-12-01T09:00, mode: enforce}
`))
	if err != nil {
		b.Fatal(err)
	}
	h := &Hello{Max: tlsready.TLS10, ServerName: "api.example.com"}
	client := netip.MustParseAddr("203.0.113.7")
	at := time.Date(2026, 11, 18, 1, 0, 0, 0, time.UTC)
	for b.Loop() {
		c.Decide(at, h, client)
	}
}
