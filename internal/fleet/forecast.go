package fleet

import (
	"math"

	"tlsready/internal/document"
)

// What a straight line needs to say anything. Fewer points, or points of one busy week,
// would turn chance into a date.
const (
	minPoints = 7  // so that five degrees of freedom are left
	minSpan   = 7  // days from the first to the last of them
	window    = 30 // days that count: what was two months ago says little of the pace
	fewInside = 10 // with fewer points in the window, as many older ones count too
	maxSpan   = 120
	// recent is how steep the later half has to be beside the whole: a fall that has come
	// to rest is none any more.
	recent = 0.25
	// horizon is how many days ahead a date means anything.
	horizon = 5 * 365
)

// rounding is the standard deviation that counts have at least, because they are whole
// numbers: that of a uniform distribution over one host.
var rounding = 1 / math.Sqrt(12)

// at is one point of a course: how many hosts were open on a day.
type at struct {
	day  Day
	open int
}

// forecast draws a straight line by least squares through the last points, and says when
// it reaches none. The bounds are at 95 %, the wider of two: those of the inverse
// prediction (Draper and Smith, Applied Regression Analysis, section 3.2), as if each
// count varied by itself, and those of a random walk, in which what is done in a day varies
// and stays done. Hosts that are mended are more like the second.
func forecast(all []at) document.FleetForecast {
	if len(all) > 0 && all[len(all)-1].open == 0 {
		return document.FleetForecast{Reason: document.ForecastDone}
	}
	points := lastOf(all)
	if len(points) < minPoints || points[len(points)-1].day-points[0].day < minSpan {
		return document.FleetForecast{Reason: document.ForecastFew, Points: len(points)}
	}
	l := fit(points)
	first, last := points[0].day, points[len(points)-1].day
	f := document.FleetForecast{From: first.String(), To: last.String(), Points: l.n, PerDay: -l.slope, Start: l.at(first), Residual: l.residual}
	spread := l.spread()
	if l.slope >= 0 || spread >= 1 || fit(points[len(points)/2:]).slope > recent*l.slope {
		f.Reason = document.ForecastSteady
		return f
	}
	ahead := -l.meanY / l.slope // from the middle of the points
	half := l.quantile() * l.residual / -l.slope * math.Sqrt((1-spread)*(1+1/float64(l.n))+ahead*ahead/l.sxx)
	ready := l.meanX + ahead
	to, behind := math.Max(ready-float64(last), 0), float64(last-first)
	// What the days ahead vary by, and how far the slope of a line through a random walk
	// is off: 6/5 of a step's variance in the days that it goes through.
	walk := l.quantile() * l.step(points) / -l.slope * math.Sqrt(to+1.2*to*to/behind)
	early, late := min(l.meanX+(ahead-half)/(1-spread), ready-walk), max(l.meanX+(ahead+half)/(1-spread), ready+walk)
	switch {
	case ready > float64(last+horizon):
		f.Reason = document.ForecastDistant
		return f
	case ready <= float64(last): // it has come to rest before none
		f.Reason = document.ForecastSteady
		return f
	}
	f.Ready, f.Earliest = dayAfter(ready).String(), max(dayAfter(early), last+1).String()
	if late <= float64(last+horizon) {
		f.Latest = dayAfter(late).String()
	}
	return f
}

// dayAfter is the first day on which a line that reaches none at x has done so.
func dayAfter(x float64) Day { return Day(math.Ceil(x - 1e-6)) }

// lastOf are the points that count.
func lastOf(all []at) []at {
	if len(all) == 0 {
		return nil
	}
	last, from := all[len(all)-1].day, len(all)
	for from > 0 {
		age := last - all[from-1].day
		if age > maxSpan || age > window && len(all)-from >= fewInside {
			break
		}
		from--
	}
	return all[from:]
}

// line is a straight line through points.
type line struct {
	n            int
	meanX, meanY float64
	sxx, slope   float64
	residual     float64 // standard deviation around the line
}

func fit(points []at) line {
	l := line{n: len(points)}
	for _, p := range points {
		l.meanX += float64(p.day) / float64(l.n)
		l.meanY += float64(p.open) / float64(l.n)
	}
	var sxy, rest float64
	for _, p := range points {
		dx := float64(p.day) - l.meanX
		l.sxx += dx * dx
		sxy += dx * (float64(p.open) - l.meanY)
	}
	l.slope = sxy / l.sxx
	for _, p := range points {
		d := float64(p.open) - l.at(p.day)
		rest += d * d
	}
	l.residual = math.Max(math.Sqrt(rest/float64(max(l.n-2, 1))), rounding)
	return l
}

// step is the standard deviation of what a day adds to the slope.
func (l line) step(points []at) float64 {
	var sum float64
	for i := 1; i < len(points); i++ {
		days := float64(points[i].day - points[i-1].day)
		d := float64(points[i].open-points[i-1].open) - l.slope*days
		sum += d * d / days
	}
	return math.Sqrt(sum / float64(len(points)-1))
}

func (l line) at(d Day) float64 { return l.meanY + l.slope*(float64(d)-l.meanX) }

// spread is how sure the slope is: at 1 and more it may as well be none at all (95 %).
func (l line) spread() float64 {
	t := l.quantile() * l.residual / l.slope
	return t * t / l.sxx
}

// quantile is that of Student's t for 95 % between both ends (Abramowitz and Stegun,
// 26.7.5); with five degrees of freedom and more it is right to two places.
func (l line) quantile() float64 {
	const z = 1.959963984540054
	v := float64(l.n - 2)
	z3, z5, z7 := math.Pow(z, 3), math.Pow(z, 5), math.Pow(z, 7)
	return z + (z3+z)/(4*v) + (5*z5+16*z3+3*z)/(96*v*v) + (3*z7+19*z5+17*z3-15*z)/(384*v*v*v)
}

// Forecast draws the line through a course whose demand stayed the same. Points of runs
// that were cut short do not count.
func Forecast(course []document.FleetPoint) document.FleetForecast {
	var points []at
	for _, p := range course {
		if d := ParseDay(p.Date); d != NoDay && !p.Cut {
			points = append(points, at{d, p.Open()})
		}
	}
	return forecast(points)
}
