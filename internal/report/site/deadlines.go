package site

import (
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// deadline is a service as the front page and its own page show it.
type deadline struct {
	Name, ID, Href           string
	When, Certainty          string
	State                    string // the verdict that colours it
	Headline, Unseen, Asides string
	Tiles                    []tile
	Chart                    *chart
	Forecast, Late           string // Late is the class of the sentence
	Moves                    []string
	Table                    table
}

type tile struct {
	Verdict, Word string
	N             int
}

// deadline makes what is shown of a service; with its picture if that is wanted.
func (b *builder) deadline(d *document.FleetDeadline, picture bool) deadline {
	last := d.Last()
	out := deadline{
		Name: b.serviceName(&d.Service), ID: d.Service.ID, Href: deadlinePage(d.Service.ID), When: b.when(&d.Service), Certainty: short(b.w.Certainty(&d.Service)),
		State: stateOf(last), Headline: b.standing(d), Forecast: b.forecast(d), Late: lateness(d),
		Tiles: []tile{
			{document.Fails, b.t("not-ready"), last.NotReady},
			{document.Unknown, b.w.Code("verdict", document.Unknown), last.Unknown},
			{document.Connects, b.t("ready"), last.Ready},
		},
	}
	if d.Service.Accepts == nil {
		out.When = ""
	}
	if last.Unseen > 0 {
		out.Unseen = b.t("unseen", message.Int("n", last.Unseen), message.Str("date", last.Date))
	}
	if newest := b.newest(); last.Date != newest {
		out.Asides = b.t("not-judged-since", message.Str("date", last.Date))
	}
	for _, m := range d.Changes {
		if m.After != "" {
			out.Moves = append(out.Moves, b.t("moved", message.Str("date", m.Date), message.Str("before", view.Dash(m.Before)), message.Str("after", m.After)))
		}
		if m.Demand {
			out.Moves = append(out.Moves, b.t("demand", message.Str("date", m.Date)))
		}
	}
	if picture {
		out.Chart = b.chart(d)
	}
	return out
}

// serviceName is the name of a service for people.
func (b *builder) serviceName(s *document.Service) string { return short(b.w.ServiceName(s)) }

// newest is the last day with lines of check.
func (b *builder) newest() string {
	if len(b.doc.Days) == 0 {
		return ""
	}
	return b.doc.Days[len(b.doc.Days)-1].Date
}

// when says from when a service takes what, and how far that is.
func (b *builder) when(s *document.Service) string {
	text := b.w.From(s)
	if days := b.w.Days(s); days != "" {
		text = b.t("when", message.Str("when", text), message.Str("days", days))
	}
	return short(text)
}

func stateOf(p document.FleetPoint) string {
	switch {
	case p.NotReady > 0:
		return document.Fails
	case p.Unknown > 0 || p.Ready == 0:
		return document.Unknown
	}
	return document.Connects
}

// standing is the sentence that decides.
func (b *builder) standing(d *document.FleetDeadline) string {
	p := d.Last()
	all := p.Ready + p.Open()
	args := []message.Arg{message.Int("n", p.NotReady), message.Int("open", p.Unknown), message.Int("all", all), message.Str("service", b.serviceName(&d.Service))}
	switch {
	case all == 0:
		return b.t("standing.none", args...)
	case p.NotReady > 0:
		return b.t("standing.fails", args...)
	case p.Unknown > 0:
		return b.t("standing.unknown", args...)
	}
	return b.t("standing.ready", args...)
}

// forecast says when all hosts are ready if they go on as they did, or why nobody knows.
func (b *builder) forecast(d *document.FleetDeadline) string {
	f := d.Forecast
	if f.Ready == "" {
		return b.t("forecast." + f.Reason)
	}
	args := []message.Arg{
		message.Str("ready", f.Ready), message.Str("early", f.Earliest), message.Str("late", f.Latest), message.Str("pace", strconv.FormatFloat(f.PerDay, 'f', 1, 64)),
		message.Str("residual", strconv.FormatFloat(f.Residual, 'f', 1, 64)), message.Int("points", f.Points), message.Str("from", f.From),
	}
	text := b.t("forecast.ready", args...)
	switch f.Latest {
	case "":
		text = b.t("forecast.open", args...)
	case f.Earliest:
		text = b.t("forecast.exact", args...)
	}
	switch lateness(d) {
	case inTime:
		text += b.w.Space() + b.t("forecast.in-time", message.Int("n", daysBetween(f.Ready, d.Service.From)))
	case tooLate:
		text += b.w.Space() + b.t("forecast.late", message.Int("n", daysBetween(d.Service.From, f.Ready)))
	case perhaps:
		text += b.w.Space() + b.t("forecast.perhaps", message.Str("date", d.Service.From))
	}
	return text
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

func daysBetween(from, to string) int { return int(parse(to).Sub(parse(from)) / dayLength) }

// maxPoints is how many days a table lists.
const maxPoints = 370

// deadlinePages are a page for each service: its picture, and the numbers behind it.
func (b *builder) deadlinePages() error {
	for i := range b.doc.Deadlines {
		d := &b.doc.Deadlines[i]
		page := b.deadline(d, true)
		head := b.cols("date", "#not-ready", "#unknown", "#ready", "#unseen", "note")
		page.Table = table{Caption: b.t("numbers"), Head: head}
		for at := len(d.Course) - 1; at >= max(0, len(d.Course)-maxPoints); at-- {
			p := d.Course[at]
			note := ""
			if p.Cut {
				note = b.t("cut")
			}
			row, err := b.row(head, cell{Text: p.Date}, number(p.NotReady), number(p.Unknown), number(p.Ready), number(p.Unseen), cell{Text: note})
			if err != nil {
				return err
			}
			page.Table.Rows = append(page.Table.Rows, row)
		}
		if err := b.page(page.Href, page.Name, "deadline-page", page); err != nil {
			return err
		}
	}
	return nil
}

func number(n int) cell { return cell{Text: strconv.Itoa(n)} }
