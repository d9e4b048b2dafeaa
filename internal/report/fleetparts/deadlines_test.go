package fleetparts

import (
	"testing"

	"tlsready/internal/document"
)

// Proves which pace a deadline is said to need: enough to be ready in time, rounded up, and
// none where no day is left, where nothing is open, or where the pace as it is will do.
func TestNeededPace(t *testing.T) {
	inTimeAs := document.FleetForecast{Ready: "2026-12-01", Earliest: "2026-11-30", Latest: "2026-12-02"}
	for _, c := range []struct {
		open     int
		left     *int
		forecast document.FleetForecast
		want     string
	}{
		{7, new(32), document.FleetForecast{}, "0.3"},
		{186, new(1), document.FleetForecast{}, "186"},
		{10, new(3), document.FleetForecast{}, "3.4"},
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
		if got := neededPace(d); got != c.want {
			t.Errorf("%d open, %v: %q, want %q", c.open, c.left, got, c.want)
		}
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
