package fleetparts

import (
	"testing"

	"tlsready/internal/document"
)

// Proves which pace a deadline is said to need: enough to be ready in time, rounded up, and
// none where no day is left, where nothing is open, or where the pace as it is will do.
func TestNeededPace(t *testing.T) {
	p, err := New("en")
	if err != nil {
		t.Fatal(err)
	}
	inTimeAs := document.FleetForecast{Ready: "2026-12-01", Earliest: "2026-11-30", Latest: "2026-12-02"}
	for _, c := range []struct {
		open     int
		left     *int
		forecast document.FleetForecast
		want     string
	}{
		{186, new(1), document.FleetForecast{}, "Being ready in time takes 186 hosts a day from now on."},
		{10, new(3), document.FleetForecast{}, "Being ready in time takes 3.4 hosts a day from now on."},
		{20, new(32), document.FleetForecast{}, "Being ready in time takes 0.7 hosts a day from now on."},
		{7, new(32), document.FleetForecast{}, "Being ready in time takes one host every 4 days from now on."},
		{10, new(0), document.FleetForecast{}, ""},
		{10, new(-5), document.FleetForecast{}, ""},
		{10, nil, document.FleetForecast{}, ""},
		{0, new(9), document.FleetForecast{}, ""},
		{10, new(30), inTimeAs, ""},
	} {
		d := &document.FleetDeadline{
			Service: document.Service{From: "2026-12-31", DaysLeft: c.left}, Forecast: c.forecast,
			Course: []document.FleetPoint{{Date: "2026-11-28", NotReady: c.open}},
		}
		if got := p.needed(d); got != c.want {
			t.Errorf("%d open, %v: %q, want %q", c.open, c.left, got, c.want)
		}
	}
}

// Proves what is said of numbers that do not fall: that there are more, as many, or fewer and
// no line through them; and that of a service for which nobody was judged nothing is said.
func TestForecastOfWhatDoesNotFall(t *testing.T) {
	p, err := New("en")
	if err != nil {
		t.Fatal(err)
	}
	steady := document.FleetForecast{Reason: document.ForecastSteady, From: "2026-10-30"}
	for _, c := range []struct {
		before, now int
		want        string
	}{
		{30, 39, "No forecast: more hosts are open than on 2026-10-30, 39 by now and 30 then."},
		{30, 30, "No forecast: as many hosts are open as on 2026-10-30."},
		{30, 12, "No forecast: the number of open hosts does not fall steadily."},
	} {
		d := &document.FleetDeadline{Forecast: steady, Course: []document.FleetPoint{{Date: "2026-10-20", NotReady: 1}, {Date: "2026-10-30", NotReady: c.before}, {Date: "2026-11-28", Unknown: c.now}}}
		if got := p.Forecast(d); got != c.want {
			t.Errorf("%d, then %d: %q, want %q", c.before, c.now, got, c.want)
		}
	}
	nobody := &document.FleetDeadline{Forecast: document.FleetForecast{Reason: document.ForecastDone}, Course: []document.FleetPoint{{Date: "2026-11-28"}}}
	if got := p.Forecast(nobody); got != "" {
		t.Errorf("of no host: %q", got)
	}
}

// Proves that the picture of the first nights has a deadline of the next weeks in it, some
// days on its axis, and the text of the last day inside.
func TestChartOfTwoNights(t *testing.T) {
	p, err := New("en")
	if err != nil {
		t.Fatal(err)
	}
	p.Today = "2026-11-29"
	c := p.Chart(&document.FleetDeadline{
		Service: document.Service{From: "2026-12-31", DaysLeft: new(32)}, Forecast: document.FleetForecast{Reason: document.ForecastFew},
		Course: []document.FleetPoint{{Date: "2026-11-27", NotReady: 3}, {Date: "2026-11-28", NotReady: 3}},
	})
	if c.Deadline == nil || c.Today == nil {
		t.Errorf("deadline %v, today %v", c.Deadline, c.Today)
	}
	if n := len(c.Ticks); n < 4 || n > 10 {
		t.Errorf("%d days on the axis: %v", n, c.Ticks)
	}
	short := p.Chart(&document.FleetDeadline{
		Forecast: document.FleetForecast{Reason: document.ForecastFew},
		Course:   []document.FleetPoint{{Date: "2026-11-26", NotReady: 3}, {Date: "2026-11-28", NotReady: 3}},
	})
	if last := short.Ticks[len(short.Ticks)-1]; len(short.Ticks) != 3 || last.Text != "11-28" || last.Anchor != "end" {
		t.Errorf("%+v", short.Ticks)
	}
}
