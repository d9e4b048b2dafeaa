package site

import (
	"cmp"
	"slices"
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// groupTitle is "One fix → 312 hosts", or what a group has in common if nothing helps.
func (b *builder) groupTitle(g *document.FleetGroup) string {
	n := message.Int("n", len(g.Hosts))
	switch {
	case g.Verdict == document.Unreadable:
		return b.t("group.unreadable", n)
	case g.Verdict == document.Unknown:
		return b.t("group.unknown", n)
	case len(g.Changes)+len(g.Prerequisites) == 0 && g.Fixable != nil && !*g.Fixable:
		return b.t("group.none", n)
	case len(g.Changes)+len(g.Prerequisites) == 0:
		return b.t("group.open", n)
	}
	return b.t("group.fix", n)
}

func (b *builder) groupHead() []column {
	return b.cols("fix", "#hosts", "restart", "why", "service")
}

func (b *builder) groupCells(root string, g *document.FleetGroup) []cell {
	f := b.fix(g)
	name := g.Service
	if s := b.services[g.Service]; s != nil {
		name = b.serviceName(s)
	}
	restart := ""
	if f.Restart != "" {
		restart = b.w.Code("restart", g.Restart)
	}
	what := ""
	if len(f.Changes) > 0 {
		what = f.Changes[0]
		if more := len(f.Changes) - 1; more > 0 {
			what = b.t("and-more", message.Str("what", what), message.Int("n", more))
		}
	}
	return []cell{
		{Text: cmp.Or(f.Brief, b.w.Code("verdict", g.Verdict)), Href: root + groupPage(g.ID), Small: what},
		number(len(g.Hosts)),
		{Text: view.Dash(restart)},
		{Text: f.Cause, Note: g.Error},
		{Text: name},
	}
}

// groupList lists the groups.
func (b *builder) groupList() error {
	p := listPage{Title: b.t("groups.title"), Lines: []string{b.t("groups.intro")}}
	return b.list("groups", p, b.groupHead(), len(b.doc.Groups), func(i int) []cell { return b.groupCells("", &b.doc.Groups[i]) })
}

// groupPages are a page for each group with more than one host; of one alone its host's
// page says all.
func (b *builder) groupPages() error {
	for i := range b.doc.Groups {
		g := &b.doc.Groups[i]
		page := groupPage(g.ID)
		p := listPage{Title: b.groupTitle(g), State: g.Verdict, Fix: b.fix(g)}
		if s := b.services[g.Service]; s != nil {
			p.Facts = b.facts("service", b.serviceName(s))
		}
		err := b.list(withoutHTML(page), p, b.hostHead(), len(g.Hosts), func(i int) []cell { return b.hostCells(rootOf(page), b.hosts[g.Hosts[i]]) })
		if err != nil {
			return err
		}
	}
	return nil
}

// ownerName is the owner for people.
func (b *builder) ownerName(name string) string {
	if name == "" {
		return b.t("owner.none")
	}
	return name
}

func (b *builder) ownerHead() []column {
	return b.cols("owner", "#not-ready", "#unknown", "#ready", "#hosts", "#clients", "#cannot")
}

func (b *builder) ownerCells(root string, o *document.FleetOwner) []cell {
	s := o.Summary
	return []cell{
		{Text: b.ownerName(o.Owner), Href: root + ownerPage(o.Owner)}, number(s.Fails), number(s.Unknown + s.Unreadable), number(s.Connects), number(s.Hosts), number(o.Clients), number(o.Cannot),
	}
}

// ownerList lists the owners.
func (b *builder) ownerList() error {
	p := listPage{Title: b.t("owners.title"), Lines: []string{b.t("owners.intro")}}
	return b.list("owners", p, b.ownerHead(), len(b.doc.Owners), func(i int) []cell { return b.ownerCells("", &b.doc.Owners[i]) })
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
		p := listPage{Title: short(b.ownerName(o.Owner))}
		s := o.Summary
		p.Facts = b.facts("not-ready", strconv.Itoa(s.Fails), "unknown", strconv.Itoa(s.Unknown+s.Unreadable), "ready", strconv.Itoa(s.Connects), "clients", strconv.Itoa(o.Clients), "cannot", strconv.Itoa(o.Cannot))
		err := b.list(withoutHTML(page), p, b.hostHead(), len(mine)+len(theirs), func(i int) []cell {
			if i < len(mine) {
				return b.hostCells(root, mine[i])
			}
			c := theirs[i-len(mine)]
			return []cell{
				{Text: c.Client, Small: c.Address},
				{Text: b.w.Text("watch.state." + c.Class), Badge: colour(c.Class)},
				{Text: view.Moment(c.Last), Small: b.t("client")},
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
