package fleet

import (
	"math"
	"math/rand/v2"
	"testing"

	"tlsready/internal/document"
)

// course makes points, one a day.
func course(open ...int) []at {
	list := make([]at, len(open))
	for i, n := range open {
		list[i] = at{Day(20000 + i), n}
	}
	return list
}

// falling is n days, from some hosts on, by a number of them each day.
func falling(n, from, by int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = from - i*by
	}
	return list
}

// Proves when there is a forecast and when none, and what it says where it can be counted
// by hand.
func TestForecast(t *testing.T) {
	day := func(n int) string { return Day(20000 + n).String() }
	weekly := func(n, from, by int) []at {
		list := course(falling(n, from, by)...)
		for i := range list {
			list[i].day = Day(20000 + 7*i)
		}
		return list
	}
	for _, c := range []struct {
		name          string
		points        []at
		reason, ready string
	}{
		{"no point", nil, document.ForecastFew, ""},
		{"six days", course(falling(6, 100, 10)...), document.ForecastFew, ""},
		{"seven days of less than a week", course(falling(7, 100, 10)...), document.ForecastFew, ""},
		{"eight days, ten a day", course(falling(8, 100, 10)...), "", day(10)},
		{"done", course(append(falling(8, 80, 10), 0)...), document.ForecastDone, ""},
		{"all the same", course(50, 50, 50, 50, 50, 50, 50, 50, 50), document.ForecastSteady, ""},
		{"growing", course(falling(20, 100, -3)...), document.ForecastSteady, ""},
		{"noise alone", course(50, 41, 60, 44, 52, 58, 43, 55, 49, 47, 56, 44), document.ForecastSteady, ""},
		{"fell and came to rest", course(100, 90, 80, 70, 60, 50, 40, 40, 40, 40, 40, 40, 40, 40), document.ForecastSteady, ""},
		{"one host in months", course(falling(31, 100000, 1)...), document.ForecastDistant, ""},
		{"once a week", weekly(12, 120, 7), "", day(120)},
		{"what was long ago does not count", course(append(falling(60, 4000, 0), falling(31, 310, 10)...)...), "", day(60 + 31)},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forecast(c.points)
			if f.Reason != c.reason || f.Ready != c.ready {
				t.Errorf("%+v", f)
			}
			if f.Ready != "" && (f.Earliest > f.Ready || f.Latest != "" && f.Latest < f.Ready || f.Earliest <= c.points[len(c.points)-1].day.String()) {
				t.Errorf("the bounds %s, %s do not hold %s", f.Earliest, f.Latest, f.Ready)
			}
		})
	}
}

// Proves the quantiles of Student's t against a table (NIST/SEMATECH e-Handbook of
// Statistical Methods, 1.3.6.7.2).
func TestQuantile(t *testing.T) {
	for n, want := range map[int]float64{7: 2.571, 8: 2.447, 12: 2.228, 22: 2.086, 32: 2.042, 102: 1.984} {
		if got := (line{n: n}).quantile(); math.Abs(got-want) > 0.005 {
			t.Errorf("%d points: %.4f, want %.3f", n, got, want)
		}
	}
}

// Proves that the bounds hold what they promise: of fleets whose hosts are mended at
// random, each with the same chance every day of a fixed pace, the day on which the last one
// is mended lies within them about as often as it should.
func TestBoundsHold(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	held, tried := 0, 0
	for range 400 {
		open, day := 400, 0
		var points []at
		next := func() {
			points = append(points, at{Day(20000 + day), open})
			day++
			for range 10 { // five a day, more or less
				open -= random.IntN(2)
			}
			open = max(open, 0)
		}
		for range 40 {
			next()
		}
		f := forecast(points)
		for open > 0 {
			next()
		}
		if f.Ready == "" {
			continue
		}
		tried++
		end := Day(20000 + day).String()
		if f.Earliest <= end && (f.Latest == "" || end <= f.Latest) {
			held++
		}
	}
	if tried < 390 || held*100 < tried*90 {
		t.Errorf("%d of %d ends lie within the bounds", held, tried)
	}
}
