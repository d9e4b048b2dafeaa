package pages

import (
	"net/url"

	"tlsready/internal/console/look"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
)

// maxPictures is how many deadlines have a picture; the others are a line each, which leads
// to the page with theirs first.
const maxPictures = 4

// deadlinesPage is the front page.
type deadlinesPage struct {
	Headline, State, Judged string
	Deadlines               []deadlineSection
	Rest                    fleetparts.Table
}

// deadlineSection is one deadline, where to begin, and with whom.
type deadlineSection struct {
	fleetparts.Deadline
	Counts         string // where the hosts are listed
	CountsHref     string
	Exempt, Others string
	Groups, Owners fleetparts.Table
	GroupsHref     string
	OwnersHref     string
	Recheck        *recheck
}

func (p *pages) deadlines(q *request) (look.Page, error) {
	doc, err := q.fleet.Deadlines(q.ctx())
	if err != nil {
		return look.Page{}, err
	}
	if len(doc.Deadlines) == 0 {
		return p.empty(q)
	}
	var data deadlinesPage
	list := make([]document.FleetDeadline, len(doc.Deadlines))
	for i := range doc.Deadlines {
		list[i] = doc.Deadlines[i].FleetDeadline
		q.Newest = max(q.Newest, doc.Deadlines[i].Judged)
	}
	data.Headline, data.State = q.Headline(list)
	data.Judged = q.say("judged", message.Str("date", q.Newest))
	asked, rest := q.order(doc.Deadlines)
	for _, d := range asked {
		section, err := q.deadline(d)
		if err != nil {
			return look.Page{}, err
		}
		data.Deadlines = append(data.Deadlines, section)
	}
	if len(rest) > 0 {
		data.Rest, err = q.rest(rest)
	}
	return look.Page{Title: q.say("nav.deadlines"), Body: "deadlines", Data: data}, err
}

// order puts the deadline that was asked for first, and parts those with a picture from
// the others.
func (q *request) order(all []document.Deadline) (shown, rest []*document.Deadline) {
	asked := document.Series{Service: q.get(paramService), On: q.get(paramOn), Callers: q.get(paramCallers)}
	for i := range all {
		if d := &all[i]; d.Series == asked {
			shown = append(shown, d)
		} else {
			rest = append(rest, d)
		}
	}
	if len(shown) == 0 {
		n := min(len(rest), maxPictures)
		shown, rest = rest[:n], rest[n:]
	}
	return shown, rest
}

func (q *request) deadline(d *document.Deadline) (deadlineSection, error) {
	out := deadlineSection{Deadline: q.Deadline(&d.FleetDeadline, true)}
	out.Href = hostsAt(d.Series)
	for i := range out.Tiles {
		if t := &out.Tiles[i]; t.N > 0 {
			t.Href = hostsAt(d.Series, "verdict", tileVerdicts(t.Verdict))
		}
	}
	out.CountsHref = hostsAt(d.Series, "order", "verdict")
	out.Counts = q.say("hosts.all", message.Int("n", d.Counts.Hosts))
	if d.Exempt > 0 {
		out.Exempt = q.say("exempt.count", message.Int("n", d.Exempt))
	}
	var err error
	if out.Recheck, err = q.recheck(d.Series); err != nil {
		return out, err
	}
	if out.Others, err = q.others(d.Counts.Hosts); err != nil {
		return out, err
	}
	if len(d.Groups) > 0 {
		out.GroupsHref = hostsAt(d.Series, "by", "fix")
		head := q.Cols("fix", "#hosts", "restart", "why")
		out.Groups, err = q.table(q.say("groups"), head, len(d.Groups), func(i int) []fleetparts.Cell { return q.fixCells(d.Series, &d.Groups[i]) })
		if err != nil {
			return out, err
		}
	}
	if len(d.Owners) > 1 || len(d.Owners) == 1 && d.Owners[0].Value != "" {
		out.OwnersHref = hostsAt(d.Series, "by", "owner")
		out.Owners, err = q.groupTable(q.say("owners"), "owner", d.Series, d.Owners)
	}
	return out, err
}

// tileVerdicts are the verdicts that a tile counts, as [request.hostQuery] takes them.
func tileVerdicts(verdict string) string {
	if verdict == document.Unknown {
		return document.Unknown + "," + document.Unreadable
	}
	return verdict
}

// fixCells are a group of hosts that the same helps.
func (q *request) fixCells(s document.Series, g *document.HostGroup) []fleetparts.Cell {
	of := &document.FleetGroup{Verdict: g.Verdict, Cause: g.Cause, Fixable: g.Fixable, Changes: g.Changes, Prerequisites: g.Prerequisites, Restart: g.Restart}
	fix := q.Fix(of)
	pairs := []string{"verdict", g.Verdict}
	if g.Cause != "" {
		pairs = append(pairs, "cause", g.Cause)
	}
	if g.Fix != "" {
		pairs = append(pairs, "fix", g.Fix)
	}
	what := ""
	if len(fix.Changes) > 0 {
		what = fix.Changes[0]
		if more := len(fix.Changes) - 1; more > 0 {
			what = q.T("and-more", message.Str("what", what), message.Int("n", more))
		}
	}
	restart := ""
	if fix.Restart != "" {
		restart = q.W.Code("restart", g.Restart)
	}
	return []fleetparts.Cell{
		{Text: q.GroupTitle(of, g.Hosts), Href: hostsAt(s, pairs...), Small: what},
		number(g.Hosts),
		{Text: restart},
		{Text: fix.Cause},
	}
}

// rest are the deadlines without a picture.
func (q *request) rest(list []*document.Deadline) (fleetparts.Table, error) {
	head := q.Cols("service", "date", "#not-ready", "#unknown", "#ready", "forecast")
	return q.table(q.T("rest"), head, len(list), func(i int) []fleetparts.Cell {
		d := list[i]
		at := withSeries(url.Values{}, d.Series)
		return []fleetparts.Cell{
			{Text: q.ServiceName(&d.Service), Href: "/?" + at.Encode()},
			{Text: q.When(&d.Service)},
			number(d.Counts.Fails),
			number(d.Counts.Unknown + d.Counts.Unreadable),
			number(d.Counts.Connects),
			{Text: q.Forecast(&d.FleetDeadline)},
		}
	})
}
