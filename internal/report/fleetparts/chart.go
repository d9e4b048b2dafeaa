package fleetparts

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// The picture of a course, in its own units. The style makes it as wide as the page and as
// high as suits a screen: what is drawn is stretched with it. Letters and dots are not, and
// stand at shares of its width and height.
const (
	chartWidth, chartHeight = 920, 300
	chartLeft, chartRight   = 60, 900
	chartTop, chartBottom   = 26, 262
	// maxDrawn is how many points a line has at most: more than a screen has columns
	// would only make the page larger.
	maxDrawn  = 240
	dayLength = 24 * time.Hour
)

// Chart is the picture of a course, as the template draws it.
type Chart struct {
	Label          string
	Width, Height  int
	Left, Right    int
	Top, Floor     int
	NotReady, Open string // polygons: below, and the unknown ones on top of it
	Line           string // the course of the open hosts
	Band, Forecast string // polygon and line; "" without a forecast
	Hollow         []mark // runs that were cut short
	Ticks, Steps   []mark
	Deadline       *mark
	Today          *mark
	Ready          *mark
}

// mark is a place with a text.
type mark struct {
	X, Y         string // in units of the picture
	Across, Down string // in shares of it
	Text, Anchor string
	Minor        bool // a narrow screen has no room for its text
}

func markAt(x, y float64, text, anchor string) mark {
	return mark{X: one(x), Y: one(y), Across: one(100*x/chartWidth) + "%", Down: one(100*y/chartHeight) + "%", Text: text, Anchor: anchor}
}

// scale turns days and numbers into places.
type scale struct {
	from, to time.Time
	most     float64
}

func (s scale) x(day time.Time) float64 {
	share := float64(day.Sub(s.from)) / float64(s.to.Sub(s.from))
	return chartLeft + (chartRight-chartLeft)*math.Max(0, math.Min(1, share))
}

func (s scale) y(n float64) float64 {
	return chartBottom - (chartBottom-chartTop)*math.Max(0, math.Min(1, n/s.most))
}

func (s scale) holds(day time.Time) bool {
	return !day.IsZero() && !day.Before(s.from) && !day.After(s.to)
}

func parseDay(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}
	}
	return t
}

func one(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

func point(x, y float64) string { return one(x) + "," + one(y) }

// Chart draws the course of a deadline; nil if there are not two days to draw.
func (p Parts) Chart(d *document.FleetDeadline) *Chart {
	if len(d.Course) < 2 {
		return nil
	}
	course := thinned(d.Course)
	s := scaleOf(d)
	c := &Chart{Label: p.chartLabel(d), Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartRight, Top: chartTop, Floor: chartBottom}
	var fails, open, line []string
	for _, day := range course {
		x := s.x(parseDay(day.Date))
		fails = append(fails, point(x, s.y(float64(day.NotReady))))
		at := point(x, s.y(float64(day.Open())))
		open, line = append(open, at), append(line, at)
		if day.Cut {
			c.Hollow = append(c.Hollow, markAt(x, s.y(float64(day.Open())), "", ""))
		}
	}
	floor := []string{point(s.x(parseDay(course[len(course)-1].Date)), chartBottom), point(s.x(parseDay(course[0].Date)), chartBottom)}
	c.NotReady, c.Line = strings.Join(append(slices.Clone(fails), floor...), " "), strings.Join(line, " ")
	slices.Reverse(fails)
	c.Open = strings.Join(append(open, fails...), " ")
	p.ahead(c, s, d)
	c.Ticks, c.Steps = s.ticks(), s.steps()
	return c
}

// ahead draws what lies before the last run: the forecast, the deadline, today.
func (p Parts) ahead(c *Chart, s scale, d *document.FleetDeadline) {
	at := func(x, y float64, text, anchor string) *mark {
		m := markAt(x, y, text, anchor)
		return &m
	}
	if day := parseDay(d.Service.From); d.Service.DaysLeft != nil && s.holds(day) {
		c.Deadline = at(s.x(day), chartTop-10, d.Service.From, anchor(s.x(day)))
	}
	if day := parseDay(p.Today); s.holds(day) {
		c.Today = at(s.x(day), chartBottom, "", "")
	}
	f := d.Forecast
	if f.Ready == "" {
		return
	}
	from, last, ready := parseDay(f.From), parseDay(f.To), parseDay(f.Ready)
	lineAt := func(day time.Time) float64 { return math.Max(0, f.Start-f.PerDay*day.Sub(from).Hours()/24) }
	end := ready
	if end.After(s.to) {
		end = s.to
	}
	c.Forecast = point(s.x(from), s.y(f.Start)) + " " + point(s.x(end), s.y(lineAt(end)))
	early, late := parseDay(f.Earliest), parseDay(f.Latest)
	if late.IsZero() || late.After(s.to) {
		late = s.to
	}
	start := point(s.x(last), s.y(lineAt(last)))
	if f.Latest != "" && !parseDay(f.Latest).After(s.to) {
		c.Band = strings.Join([]string{start, point(s.x(early), chartBottom), point(s.x(late), chartBottom)}, " ")
	}
	if s.holds(ready) {
		c.Ready = at(s.x(ready), chartBottom, "", "")
	}
}

// scaleOf takes in all points, and of what lies ahead as much as leaves the points room.
func scaleOf(d *document.FleetDeadline) scale {
	s := scale{from: parseDay(d.Course[0].Date), to: parseDay(d.Course[len(d.Course)-1].Date), most: 1}
	room := s.to.Sub(s.from) + 60*dayLength
	last := s.to
	for _, day := range []string{d.Service.From, d.Forecast.Ready, d.Forecast.Latest} {
		t := parseDay(day)
		if day == d.Service.From && d.Service.DaysLeft == nil || t.IsZero() {
			continue
		}
		if ahead := t.Add(3 * dayLength); ahead.After(s.to) && ahead.Sub(last) <= room {
			s.to = ahead
		}
	}
	for _, p := range d.Course {
		s.most = math.Max(s.most, float64(p.Open()))
	}
	s.most *= 1.08
	return s
}

// thinned leaves out points that would fall onto the same column.
func thinned(course []document.FleetPoint) []document.FleetPoint {
	if len(course) <= maxDrawn {
		return course
	}
	step := float64(len(course)-1) / (maxDrawn - 1)
	list := make([]document.FleetPoint, 0, maxDrawn)
	for i := range maxDrawn {
		list = append(list, course[int(math.Round(float64(i)*step))])
	}
	return list
}

// ticks are first days of months, or days of a short time counted from the first, as many
// as fit.
func (s scale) ticks() []mark {
	const most = 9
	var list []mark
	add := func(day time.Time, layout string) {
		if s.holds(day) {
			x := s.x(day)
			m := markAt(x, chartBottom+20, day.Format(layout), tickAnchor(x))
			m.Minor = len(list)%2 == 1
			list = append(list, m)
		}
	}
	days := int(s.to.Sub(s.from) / dayLength)
	if days < 75 {
		step := stepOf(days, most, 1, 2, 7, 14)
		for day := s.from; !day.After(s.to); day = day.AddDate(0, 0, step) {
			add(day, "01-02")
		}
		return list
	}
	step := stepOf(days/30, most, 1, 2, 3, 6, 12, 24, 60)
	for day := time.Date(s.from.Year(), 1, 1, 0, 0, 0, 0, time.UTC); !day.After(s.to); day = day.AddDate(0, step, 0) {
		add(day, "2006-01")
	}
	return list
}

// stepOf is the first of some steps, smallest first, of which no more than most fit into n.
func stepOf(n, most int, steps ...int) int {
	for _, step := range steps {
		if n/step <= most {
			return step
		}
	}
	return steps[len(steps)-1]
}

// tickAnchor keeps the text of a tick inside the picture.
func tickAnchor(x float64) string {
	const half = 56 // of a month on a narrow screen
	if x > chartWidth-half {
		return "end"
	}
	return "middle"
}

// steps are round numbers of hosts.
func (s scale) steps() []mark {
	const wanted = 4
	rough := s.most / wanted
	size := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 5, 10} {
		if size*m >= rough {
			size *= m
			break
		}
	}
	size = math.Max(size, 1)
	var list []mark
	for n := 0.0; n <= s.most; n += size {
		list = append(list, markAt(chartLeft-8, s.y(n), fmt.Sprintf("%.0f", n), "end"))
	}
	return list
}

// anchor keeps a text inside the picture.
func anchor(x float64) string {
	if x > (chartLeft+chartRight)/2 {
		return "end"
	}
	return "start"
}

// chartLabel says what the picture shows, for those who do not see it.
func (p Parts) chartLabel(d *document.FleetDeadline) string {
	first, last := d.Course[0], d.Last()
	return p.T("chart.label", message.Str("service", p.ServiceName(&d.Service)), message.Str("from", first.Date), message.Int("before", first.Open()),
		message.Str("to", last.Date), message.Int("after", last.Open())) + p.W.Space() + p.Forecast(d)
}
