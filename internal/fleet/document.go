package fleet

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"tlsready/internal/document"
)

// Document puts everything together, as seen from a day. What was not read is for the
// caller to add.
func (l *Ledger) Document(today Day) *document.Fleet {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.fold()
	doc := &document.Fleet{
		Schema: document.FleetSchema, Today: today.String(), Days: f.days, Deadlines: f.deadlines(today),
		Endpoints: l.endpointList(), Clients: l.clientList(),
		Sources: document.FleetSources{MoreClients: l.more},
	}
	doc.Hosts = f.hosts()
	doc.Groups = f.groups(doc.Hosts)
	doc.Fixes = f.fixes(doc.Hosts)
	doc.Owners = owners(doc)
	return doc
}

func (f *fold) deadlines(today Day) []document.FleetDeadline {
	list := make([]document.FleetDeadline, 0, len(f.deadline))
	for _, a := range f.deadline {
		d := document.FleetDeadline{Service: a.service, Course: a.course, Changes: a.moves, Forecast: forecast(a.points)}
		if d.Service.DaysLeft != nil {
			left := int(ParseDay(d.Service.From) - today)
			d.Service.DaysLeft = &left
		}
		if d.Changes == nil {
			d.Changes = []document.FleetMove{}
		}
		list = append(list, d)
	}
	urgency := func(d *document.FleetDeadline) int {
		if d.Service.DaysLeft == nil {
			return math.MaxInt
		}
		return *d.Service.DaysLeft
	}
	slices.SortFunc(list, func(a, b document.FleetDeadline) int {
		return cmp.Or(cmp.Compare(urgency(&a), urgency(&b)), cmp.Compare(a.Service.ID, b.Service.ID))
	})
	return list
}

// hosts are all hosts that ever were, in the order of their ids.
func (f *fold) hosts() []document.FleetHost {
	at := make(map[uint32]int, len(f.l.names))
	list := []document.FleetHost{}
	for _, c := range f.cells {
		i, known := at[c.host]
		if !known {
			i = len(list)
			at[c.host] = i
			seen := f.seen[c.host].last
			list = append(list, document.FleetHost{
				Host: f.l.names[c.host], FirstSeen: f.seen[c.host].first.String(), LastSeen: seen.String(), Unseen: seen != f.last, Gone: f.last-seen > KeepDays,
			})
		}
		h, a := &list[i], f.l.abouts.list[c.about]
		h.Owner, h.Site = cmp.Or(h.Owner, a.owner), cmp.Or(h.Site, a.site)
		if a.hasOS && h.OS == nil {
			os := a.os
			h.OS = &os
		}
		one := f.service(c)
		h.Services = append(h.Services, one)
		if h.Verdict == "" || (!one.Gone || h.Gone) && document.Rank(one.Verdict) < document.Rank(h.Verdict) {
			h.Verdict = one.Verdict
		}
	}
	slices.SortFunc(list, func(a, b document.FleetHost) int { return cmp.Compare(a.Host, b.Host) })
	for i := range list {
		slices.SortFunc(list[i].Services, func(a, b document.FleetHostService) int { return cmp.Compare(a.Service, b.Service) })
	}
	return list
}

func (f *fold) service(c *cell) document.FleetHostService {
	s, a := f.l.states.list[c.last().state], f.l.abouts.list[c.about]
	one := document.FleetHostService{
		Service: f.l.services.list[c.service], Program: a.program, Verdict: s.verdict, Cause: s.cause, FailsFrom: s.failsFrom,
		Error: s.problem, Group: s.group, Fix: a.fix, Seen: c.last().to.String(), Since: c.last().from.String(),
	}
	one.Gone = !c.counts(f.last)
	verdicts := make([]string, len(c.spans))
	for i, sp := range c.spans {
		st := f.l.states.list[sp.state]
		verdicts[i] = st.verdict
		one.History = append(one.History, document.FleetSpan{From: sp.from.String(), To: sp.to.String(), Verdict: st.verdict, Cause: st.cause, Error: st.problem, Group: st.group})
	}
	first := len(c.spans) - 1
	for first > 0 && verdicts[first-1] == s.verdict {
		first--
	}
	one.Since, one.Turn = c.spans[first].from.String(), turn(verdicts[:first], s.verdict)
	return one
}

func settled(v string) bool { return v == document.Fails || v == document.Connects }

func open(v string) bool { return v == document.Unknown || v == document.Unreadable }

// turn says what became of a host that came through some verdicts to the one that it has
// now.
func turn(before []string, now string) string {
	if len(before) == 0 {
		return ""
	}
	was := "" // the last time that it was judged
	for _, v := range before {
		if settled(v) {
			was = v
		}
	}
	switch last := before[len(before)-1]; {
	case was == document.Fails && now == document.Connects:
		return document.TurnMended
	case was == document.Connects && now == document.Fails:
		return document.TurnFellBack
	case settled(now) && open(last):
		return document.TurnJudged
	case open(now) && settled(last):
		return document.TurnUnjudged
	}
	return ""
}

// groups are those that some host which still counts is in, the worst and largest first.
func (f *fold) groups(hosts []document.FleetHost) []document.FleetGroup {
	in := map[string][]string{}
	for i := range hosts {
		h := &hosts[i]
		for _, s := range h.Services {
			if s.Group != "" && !s.Gone {
				in[s.Group] = append(in[s.Group], h.Host)
			}
		}
	}
	list := make([]document.FleetGroup, 0, len(in))
	for id, names := range in {
		g := *f.l.groups[id].of
		g.Hosts = names
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b document.FleetGroup) int {
		return cmp.Or(cmp.Compare(document.Rank(a.Verdict), document.Rank(b.Verdict)), cmp.Compare(len(b.Hosts), len(a.Hosts)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// fixes are those that some host needs.
func (f *fold) fixes(hosts []document.FleetHost) []document.FleetFix {
	needed := map[string]bool{}
	for i := range hosts {
		for _, s := range hosts[i].Services {
			needed[s.Fix] = s.Fix != ""
		}
	}
	list := []document.FleetFix{}
	for id, yes := range needed {
		if yes {
			list = append(list, *f.l.fixes[id])
		}
	}
	slices.SortFunc(list, func(a, b document.FleetFix) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// owners sums up by owner, those with most to do first.
func owners(doc *document.Fleet) []document.FleetOwner {
	at := map[string]*document.FleetOwner{}
	of := func(name string) *document.FleetOwner {
		o := at[name]
		if o == nil {
			o = &document.FleetOwner{Owner: name}
			at[name] = o
		}
		return o
	}
	for i := range doc.Hosts {
		h := &doc.Hosts[i]
		if h.Gone {
			continue
		}
		o := of(h.Owner)
		o.Summary.Add(h.Verdict)
		if h.Unseen {
			o.Unseen++
		}
	}
	for i := range doc.Clients {
		c := &doc.Clients[i]
		o := of(c.Owner)
		o.Clients++
		if c.Class == document.ClassCannot || c.Class == document.ClassLikely {
			o.Cannot++
		}
	}
	list := make([]document.FleetOwner, 0, len(at))
	for _, o := range at {
		list = append(list, *o)
	}
	slices.SortFunc(list, func(a, b document.FleetOwner) int {
		failing := func(o document.FleetOwner) int { return o.Summary.Fails + o.Cannot }
		open := func(o document.FleetOwner) int { return o.Summary.Unknown + o.Summary.Unreadable }
		return cmp.Or(cmp.Compare(failing(b), failing(a)), cmp.Compare(open(b), open(a)), cmp.Compare(b.Summary.Hosts, a.Summary.Hosts), strings.Compare(a.Owner, b.Owner))
	})
	return list
}
