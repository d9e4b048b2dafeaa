package site

import (
	"cmp"
	"slices"
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

func (b *builder) groupHead() []fleetparts.Column {
	return b.Cols("fix", "#hosts", "restart", "why", "service")
}

func (b *builder) groupCells(root string, g *document.FleetGroup) []fleetparts.Cell {
	f := b.Fix(g)
	name := g.Service
	if s := b.services[g.Service]; s != nil {
		name = b.ServiceName(s)
	}
	restart := ""
	if f.Restart != "" {
		restart = b.W.Code("restart", g.Restart)
	}
	what := ""
	if len(f.Changes) > 0 {
		what = f.Changes[0]
		if more := len(f.Changes) - 1; more > 0 {
			what = b.T("and-more", message.Str("what", what), message.Int("n", more))
		}
	}
	return []fleetparts.Cell{
		{Text: cmp.Or(f.Brief, b.W.Code("verdict", g.Verdict)), Href: root + groupPage(g.ID), Small: what},
		number(len(g.Hosts)),
		{Text: view.Dash(restart)},
		{Text: f.Cause, Note: g.Error},
		{Text: name},
	}
}

// groupList lists the groups.
func (b *builder) groupList() error {
	p := listPage{Title: b.T("groups.title"), Lines: []string{b.T("groups.intro")}}
	return b.list("groups", p, b.groupHead(), len(b.doc.Groups), func(i int) []fleetparts.Cell { return b.groupCells("", &b.doc.Groups[i]) })
}

// groupPages are a page for each group with more than one host; of one alone its host's
// page says all.
func (b *builder) groupPages() error {
	for i := range b.doc.Groups {
		g := &b.doc.Groups[i]
		page := groupPage(g.ID)
		p := listPage{Title: b.GroupTitle(g, len(g.Hosts)), State: g.Verdict, Fix: b.Fix(g), Command: filesCommand(g)}
		if s := b.services[g.Service]; s != nil {
			p.Facts = b.Facts("service", b.ServiceName(s))
		}
		err := b.list(withoutHTML(page), p, b.hostHead(), len(g.Hosts), func(i int) []fleetparts.Cell { return b.hostCells(rootOf(page), b.hosts[g.Hosts[i]]) })
		if err != nil {
			return err
		}
	}
	return nil
}

// filesCommand writes the fix of a group and what undoes it as files: the lines of runs have
// what stands on each host, but not all that the files check before they change anything.
func filesCommand(g *document.FleetGroup) string {
	if len(g.Changes) == 0 {
		return ""
	}
	return "tlsready fix SOURCE --service " + fleetparts.Short(term.QuoteArg(g.Service, true)) + " --dir fix"
}

// ownerName is the owner for people.
func (b *builder) ownerName(name string) string {
	if name == "" {
		return b.T("owner.none")
	}
	return name
}

func (b *builder) ownerHead() []fleetparts.Column {
	return b.Cols("owner", "#not-ready", "#unknown", "#ready", "#hosts", "#clients", "#cannot")
}

func (b *builder) ownerCells(root string, o *document.FleetOwner) []fleetparts.Cell {
	s := o.Summary
	return []fleetparts.Cell{
		{Text: b.ownerName(o.Owner), Href: root + ownerPage(o.Owner)}, number(s.Fails), number(s.Unknown + s.Unreadable), number(s.Connects), number(s.Hosts), number(o.Clients), number(o.Cannot),
	}
}

// ownerList lists the owners.
func (b *builder) ownerList() error {
	p := listPage{Title: b.T("owners.title"), Lines: []string{b.T("owners.intro")}}
	return b.list("owners", p, b.ownerHead(), len(b.doc.Owners), func(i int) []fleetparts.Cell { return b.ownerCells("", &b.doc.Owners[i]) })
}

// ownerPages are a page for each owner: the hosts with which something is to be done come
// first, then the clients.
func (b *builder) ownerPages() error {
	hosts := map[string][]*document.FleetHost{}
	for i := range b.doc.Hosts {
		if h := &b.doc.Hosts[i]; !h.Gone {
			hosts[h.Owner] = append(hosts[h.Owner], h)
		}
	}
	clients := map[string][]*document.FleetClient{}
	for i := range b.doc.Clients {
		c := &b.doc.Clients[i]
		clients[c.Owner] = append(clients[c.Owner], c)
	}
	for i := range b.doc.Owners {
		o := &b.doc.Owners[i]
		mine, theirs := hosts[o.Owner], clients[o.Owner]
		slices.SortStableFunc(mine, func(a, c *document.FleetHost) int {
			return cmp.Compare(document.Rank(a.Verdict), document.Rank(c.Verdict))
		})
		page := ownerPage(o.Owner)
		root := rootOf(page)
		p := listPage{Title: fleetparts.Short(b.ownerName(o.Owner))}
		s := o.Summary
		p.Facts = b.Facts("not-ready", strconv.Itoa(s.Fails), "unknown", strconv.Itoa(s.Unknown+s.Unreadable), "ready", strconv.Itoa(s.Connects), "clients", strconv.Itoa(o.Clients), "cannot", strconv.Itoa(o.Cannot))
		err := b.list(withoutHTML(page), p, b.hostHead(), len(mine)+len(theirs), func(i int) []fleetparts.Cell {
			if i < len(mine) {
				return b.hostCells(root, mine[i])
			}
			c := theirs[i-len(mine)]
			return []fleetparts.Cell{
				{Text: c.Client, Small: c.Address},
				{Text: b.W.Text("watch.state." + c.Class), Badge: colour(c.Class)},
				{Text: view.Moment(c.Last), Small: b.T("client")},
				{Text: c.Owner},
				{Text: c.Stack},
				{},
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
