package gate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
)

// Notice is what the customers of a plan have to be told besides it.
type Notice struct {
	Name     string // of the service
	Endpoint string // HOST:PORT that customers connect to; may be ""
	Contact  string // may be ""
	Today    service.Date
}

// Profile is the service of a plan as its customers meet it: what is accepted from its
// day on, the brownouts before, and a name at which they can test. A plan that enforces
// nothing has none.
func (n Notice) Profile(c *Config, words *message.Catalog) (*service.Profile, bool, error) {
	i := slices.IndexFunc(c.Stages, func(s Stage) bool { return s.Mode == Enforce || s.Mode == Divert })
	if i < 0 {
		return nil, false, nil
	}
	draft := service.Draft{
		ID: "gate", Name: n.Name, AsOf: n.Today, From: dateOf(c.Stages[i].From, c.Location), Endpoint: n.Endpoint, Contact: n.Contact,
	}
	for _, v := range tlsready.Versions() {
		if v.Rank() >= c.Demand.Min().Rank() {
			draft.Versions = append(draft.Versions, v)
		}
	}
	notes := n.notes(c, words, &draft)
	text, err := draft.YAML(words)
	if err != nil {
		return nil, false, err
	}
	p, err := service.Parse(text)
	if err != nil {
		return nil, false, err
	}
	p.Citations = nil
	p.Phases[len(p.Phases)-1].Timezone = c.Zone
	p.Brownouts = brownouts(c, words)
	if len(notes) > 0 {
		p.Note = map[string]string{words.Lang(): strings.Join(notes, " ")}
	}
	return p, true, nil
}

// notes tells of names that go first and of those that stay longer. The first of those that
// go first is where customers can test.
func (n Notice) notes(c *Config, words *message.Catalog, draft *service.Draft) (notes []string) {
	for _, r := range c.Routes {
		name := message.Str("name", r.SNI)
		switch {
		case !r.Ends.IsZero():
			notes = append(notes, words.Text("gate.notice.legacy", name, message.Str("minimum", r.Demand.Min().String()), message.Str("until", dateOf(r.Ends.Add(-time.Second), c.Location).String())))
		case r.Own && len(r.Stages) > 0:
			notes = append(notes, words.Text("gate.notice.first", name, message.Str("date", dateOf(r.Stages[0].From, c.Location).String())))
			if !strings.Contains(r.SNI, "*") {
				draft.Test = r.SNI + ":443" // the last one, which in a plan is the sandbox
			}
		}
	}
	return notes
}

// brownouts are those of the default route as they are announced: each window by its day
// and hours, and those of every hour by their first day.
func brownouts(c *Config, words *message.Catalog) []service.Brownout {
	var list []service.Brownout
	for i := range c.Stages {
		s := &c.Stages[i]
		if s.Mode != Brownout {
			continue
		}
		if hourly(s) || s.To.IsZero() {
			list = append(list, service.Brownout{On: dateOf(s.From, c.Location), Hours: stageHours(c, s, words)})
			continue
		}
		for _, x := range course(c.Stages, s.From, s.To, c.Location, MaxSpans) {
			if x.Rejecting && x.Stage == s {
				list = append(list, service.Brownout{On: dateOf(x.From, c.Location), Hours: hours(c, x)})
			}
		}
	}
	return list
}

func hourly(s *Stage) bool {
	return s.Scatter || slices.ContainsFunc(s.Windows, func(w Window) bool { return w.Hourly })
}

// hours are the hours of a window with the time zone.
func hours(c *Config, s Span) string {
	end := clock(s.To, c.Location)
	if end == "00:00" {
		end = "24:00"
	}
	return fmt.Sprintf("%s-%s %s", clock(s.From, c.Location), end, s.From.In(c.Location).Format("MST"))
}

// stageHours are the windows of a stage that come too often to be listed.
func stageHours(c *Config, s *Stage, words *message.Catalog) string {
	windows := make([]string, len(s.Windows))
	for i, w := range s.Windows {
		windows[i] = w.String()
	}
	id := "gate.notice.windows"
	if s.Scatter {
		id = "gate.notice.scattered"
	}
	last := "–"
	if !s.To.IsZero() {
		last = dateOf(s.To.Add(-time.Second), c.Location).String()
	}
	return words.Text(id, message.Str("windows", strings.Join(windows, ", ")), message.Str("last", last))
}

// Feed is the plan as a calendar: the beginning of each stage, each window that is not of
// every hour, and the days on which names and exemptions end.
func (c *Config) Feed(words *message.Catalog, today service.Date) *document.Feed {
	f := &feeder{c: c, words: words, today: today.String(), feed: &document.Feed{Title: words.Text("gate.feed.title"), Day: today.String()}}
	for _, p := range c.plans() {
		f.plan(p)
	}
	for _, r := range c.Routes {
		if !r.Ends.IsZero() {
			f.day(r.Ends.Add(-time.Second), "route-"+r.SNI, "route-ends", message.Str("name", r.SNI))
		}
	}
	for _, e := range c.Exemptions {
		f.day(e.Ends.Add(-time.Second), "exemption-"+e.CIDR.String(), "exemption-ends", message.Str("cidr", e.CIDR.String()))
	}
	slices.SortStableFunc(f.feed.Items, func(a, b document.FeedItem) int { return strings.Compare(a.Day+a.ID, b.Day+b.ID) })
	return f.feed
}

type feeder struct {
	c     *Config
	words *message.Catalog
	today string
	feed  *document.Feed
}

// day adds an event of a whole day.
func (f *feeder) day(t time.Time, what, id string, args ...message.Arg) *document.FeedItem {
	date := dateOf(t, f.c.Location).String()
	f.feed.Items = append(f.feed.Items, document.FeedItem{
		ID: "gate-" + what + "-" + date, Day: date, AsOf: f.today, Status: "enforced",
		Title: f.words.Text("gate.feed."+id, args...), Text: f.words.Text("gate.feed."+id+"-text", args...),
	})
	return &f.feed.Items[len(f.feed.Items)-1]
}

func (f *feeder) plan(p somePlan) {
	route := message.Str("route", p.name)
	for i := range p.stages {
		s := &p.stages[i]
		mode := message.Str("mode", string(s.Mode))
		meaning := message.Str("meaning", f.words.Text("gate.feed.meaning-"+string(s.Mode)))
		if s.Mode == Brownout && (hourly(s) || s.To.IsZero()) {
			f.day(s.From, p.name+"-brownout", "stage", route, mode, message.Str("meaning", stageHours(f.c, s, f.words)))
			continue
		}
		if s.Mode != Brownout {
			f.day(s.From, p.name+"-"+string(s.Mode), "stage", route, mode, meaning)
			continue
		}
		for _, x := range course(p.stages, s.From, s.To, f.c.Location, MaxSpans) {
			if x.Rejecting && x.Stage == s {
				item := f.day(x.From, p.name+"-brownout-"+strings.ReplaceAll(clock(x.From, f.c.Location), ":", ""), "stage", route, mode, meaning)
				item.From, item.To = x.From.UTC(), x.To.UTC()
			}
		}
	}
}
