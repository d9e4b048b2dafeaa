package fleetparts

import (
	"math"
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// Deadline is a service and how the hosts come along.
type Deadline struct {
	Name, ID                 string
	Href                     string // of its own page; for the caller to set
	When, Certainty          string
	State                    string // the verdict that colours it
	Headline, Unseen, Asides string
	Tiles                    []Tile
	Chart                    *Chart
	Forecast, Late           string // Late is the class of the sentence
	Moves                    []string
	Table                    Table // of the numbers day by day; for the caller to fill
}

// Tile is a number with its word.
type Tile struct {
	Verdict, Word string
	N             int
	Href          string // where those that it counts are listed; for the caller to set
}

// Deadline makes what is shown of a service; with its picture if that is wanted.
func (p Parts) Deadline(d *document.FleetDeadline, picture bool) Deadline {
	last := d.Last()
	out := Deadline{
		Name: p.ServiceName(&d.Service), ID: d.Service.ID, When: p.When(&d.Service), Certainty: Short(p.W.Certainty(&d.Service)),
		State: StateOf(last), Headline: p.Standing(d), Forecast: p.Forecast(d), Late: lateness(d),
		Tiles: []Tile{
			{Verdict: document.Fails, Word: p.T("not-ready"), N: last.NotReady},
			{Verdict: document.Unknown, Word: p.W.Code("verdict", document.Unknown), N: last.Unknown},
			{Verdict: document.Connects, Word: p.T("ready"), N: last.Ready},
		},
	}
	if d.Service.Accepts == nil {
		out.When = ""
	}
	if last.Unseen > 0 {
		out.Unseen = p.T("unseen", message.Int("n", last.Unseen), message.Str("date", last.Date))
	}
	if last.Date != p.Newest {
		out.Asides = p.T("not-judged-since", message.Str("date", last.Date))
	}
	for _, m := range d.Changes {
		if m.After != "" {
			out.Moves = append(out.Moves, p.T("moved", message.Str("date", m.Date), message.Str("before", view.Dash(m.Before)), message.Str("after", m.After)))
		}
		if m.Demand {
			out.Moves = append(out.Moves, p.T("demand", message.Str("date", m.Date)))
		}
	}
	if picture {
		out.Chart = p.Chart(d)
	}
	return out
}

// ServiceName is the name of a service for people.
func (p Parts) ServiceName(s *document.Service) string { return Short(p.W.ServiceName(s)) }

// When says from when a service takes what, and how far that is.
func (p Parts) When(s *document.Service) string {
	text := p.W.From(s)
	if days := p.W.Days(s); days != "" {
		text = p.T("when", message.Str("when", text), message.Str("days", days))
	}
	return Short(text)
}

// StateOf is the verdict that colours how the hosts stand.
func StateOf(p document.FleetPoint) string {
	switch {
	case p.NotReady > 0:
		return document.Fails
	case p.Unknown > 0 || p.Ready == 0:
		return document.Unknown
	}
	return document.Connects
}

// Standing is the sentence that decides.
func (p Parts) Standing(d *document.FleetDeadline) string {
	last := d.Last()
	all := last.Ready + last.Open()
	args := []message.Arg{message.Int("n", last.NotReady), message.Int("open", last.Unknown), message.Int("all", all), message.Str("service", p.ServiceName(&d.Service))}
	switch {
	case all == 0:
		return p.T("standing.none", args...)
	case last.NotReady > 0:
		return p.T("standing.fails", args...)
	case last.Unknown > 0:
		return p.T("standing.unknown", args...)
	}
	return p.T("standing.ready", args...)
}

// Forecast says when all hosts are ready if they go on as they did, or why nobody knows,
// and which pace the deadline needs. It is "" if no host was judged.
func (p Parts) Forecast(d *document.FleetDeadline) string {
	if last := d.Last(); last.Ready+last.Open() == 0 {
		return ""
	}
	text := p.course(d)
	if needed := p.needed(d); needed != "" {
		text += p.W.Space() + needed
	}
	return text
}

// needed says how many hosts have to become ready on each day that is left; "" if no day is
// left, or if they are as it is.
func (p Parts) needed(d *document.FleetDeadline) string {
	open := d.Last().Open()
	if open == 0 || d.Service.DaysLeft == nil || *d.Service.DaysLeft <= 0 || lateness(d) == inTime {
		return ""
	}
	left := *d.Service.DaysLeft
	if every := left / open; every > 1 {
		return p.T("forecast.needed-every", message.Int("n", every))
	}
	const tenths = 10 // rounded up: the pace that is said has to be enough
	pace := math.Ceil(float64(tenths*open)/float64(left)) / tenths
	return p.T("forecast.needed", message.Str("pace", strconv.FormatFloat(pace, 'f', -1, 64)))
}

// course says where the numbers go.
func (p Parts) course(d *document.FleetDeadline) string {
	f := d.Forecast
	switch {
	case f.Reason == document.ForecastSteady && f.From != "":
		return p.notFalling(d)
	case f.Ready == "":
		return p.T("forecast." + f.Reason)
	}
	args := []message.Arg{
		message.Str("ready", f.Ready), message.Str("early", f.Earliest), message.Str("late", f.Latest), message.Str("pace", p.pace(f.PerDay)),
		message.Str("residual", strconv.FormatFloat(f.Residual, 'f', 1, 64)), message.Int("points", f.Points), message.Str("from", f.From),
	}
	text := p.T("forecast.ready", args...)
	switch f.Latest {
	case "":
		text = p.T("forecast.open", args...)
	case f.Earliest:
		text = p.T("forecast.exact", args...)
	}
	switch lateness(d) {
	case inTime:
		text += p.W.Space() + p.T("forecast.in-time", message.Int("n", DaysBetween(f.Ready, d.Service.From)))
	case tooLate:
		text += p.W.Space() + p.T("forecast.late", message.Int("n", DaysBetween(d.Service.From, f.Ready)))
	case perhaps:
		text += p.W.Space() + p.T("forecast.perhaps", message.Str("date", d.Service.From))
	}
	return text
}

// notFalling says of numbers through which a line was drawn in vain whether there are more
// by now, as many, or fewer.
func (p Parts) notFalling(d *document.FleetDeadline) string {
	last := d.Last()
	before := last.Open()
	for _, day := range d.Course {
		if day.Date == d.Forecast.From {
			before = day.Open()
		}
	}
	id := "forecast.steady"
	switch {
	case last.Open() > before:
		id = "forecast.rising"
	case last.Open() == before:
		id = "forecast.flat"
	}
	return p.T(id, message.Str("from", d.Forecast.From), message.Int("before", before), message.Int("after", last.Open()))
}

// pace is how many hosts become ready a day, or a week where that would be none of them.
func (p Parts) pace(perDay float64) string {
	const least = 0.15 // more than a tenth of a host, when it is rounded
	id := "pace.day"
	if perDay < least {
		id, perDay = "pace.week", 7*perDay
	}
	return p.T(id, message.Str("n", strconv.FormatFloat(perDay, 'f', 1, 64)))
}

// What a forecast means for a deadline that lies ahead.
const (
	inTime  = "in-time"
	perhaps = "perhaps"
	tooLate = "late"
)

// lateness holds a forecast against the deadline; "" if there is nothing to hold.
func lateness(d *document.FleetDeadline) string {
	f, day := d.Forecast, d.Service.From
	switch {
	case f.Ready == "" || d.Service.DaysLeft == nil || *d.Service.DaysLeft < 0 || day == "":
		return ""
	case f.Latest != "" && f.Latest <= day:
		return inTime
	case f.Earliest > day:
		return tooLate
	}
	return perhaps
}

// DaysBetween are the days from one day to another, both YYYY-MM-DD.
func DaysBetween(from, to string) int { return int(parseDay(to).Sub(parseDay(from)) / dayLength) }

// Headline is how the most urgent deadline stands: of those ahead the next one that is
// not done, else of all the first that is not.
func (p Parts) Headline(list []document.FleetDeadline) (text, state string) {
	var first, ahead *document.FleetDeadline
	for i := range list {
		d := &list[i]
		if first == nil || first.Last().Open() == 0 && d.Last().Open() > 0 {
			first = d
		}
		if ahead == nil && d.Last().Open() > 0 && d.Service.DaysLeft != nil && *d.Service.DaysLeft >= 0 {
			ahead = d
		}
	}
	if ahead != nil {
		first = ahead
	}
	if first == nil {
		return p.T("headline.none"), document.Unknown
	}
	text = p.Standing(first)
	if days := p.W.Days(&first.Service); days != "" {
		text = p.T("headline", message.Str("text", text), message.Str("days", days))
	}
	return text, StateOf(first.Last())
}
