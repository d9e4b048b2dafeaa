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
		{Text: b.serviceName(g.Service)},
	}
}

// serviceName is the name of a service for people, by its id.
func (b *builder) serviceName(id string) string {
	if s := b.services[id]; s != nil {
		return b.ServiceName(s)
	}
	return id
}

// groupList lists the groups.
func (b *builder) groupList() error {
	p := listPage{Title: b.T("groups.title"), Lines: []string{b.T("groups.intro")}}
	return b.list("groups", p, b.groupHead(), len(b.doc.Groups), func(i int) []fleetparts.Cell { return b.groupCells("", &b.doc.Groups[i]) })
}

// groupPages are a page for each group, with its fix as files.
func (b *builder) groupPages() error {
	archives := 0
	for i := range b.doc.Groups {
		g := &b.doc.Groups[i]
		page := groupPage(g.ID)
		p := listPage{Title: b.GroupTitle(g, len(g.Hosts)), State: g.Verdict, Fix: b.Fix(g), Command: filesCommand(g), CommandIntro: b.T("group.files")}
		p.Facts = b.Facts("service", b.serviceName(g.Service))
		if archives < maxArchives {
			at, err := b.putArchive(g)
			if err != nil {
				return err
			}
			if at != nil {
				archives++
				p.Download, p.CommandIntro = at, b.T("group.files-more")
			}
		}
		err := b.list(withoutHTML(page), p, b.hostHead(), len(g.Hosts), func(i int) []fleetparts.Cell { return b.hostCells(rootOf(page), b.hosts[g.Hosts[i]]) })
		if err != nil {
			return err
		}
	}
	return nil
}

// putArchive writes the fix of a group as files, and links to them from the group's page;
// nil if there are none.
func (b *builder) putArchive(g *document.FleetGroup) (*link, error) {
	data, hosts, err := b.archive(g)
	if err != nil || data == nil {
		return nil, err
	}
	name := archiveName(g.ID)
	if err := b.put(b.W.Lang()+"/"+name, data); err != nil {
		return nil, err
	}
	return &link{Href: rootOf(groupPage(g.ID)) + name, Word: b.T("group.archive", message.Int("n", hosts))}, nil
}

// filesCommand writes the fix of a group and what undoes it as files, with all that the
// lines of runs do not have.
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
		head := b.Cols("host", "outcome", "since", "fix", "system", "site")
		err := b.list(withoutHTML(page), p, head, len(mine)+len(theirs), func(i int) []fleetparts.Cell {
			if i < len(mine) {
				return b.ownHostCells(root, mine[i])
			}
			return b.ownClientCells(theirs[i-len(mine)])
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ownHostCells are those of a host on its owner's page, who has to know what to do rather
// than whose it is.
func (b *builder) ownHostCells(root string, h *document.FleetHost) []fleetparts.Cell {
	cells := b.hostCells(root, h)
	cells[3] = fleetparts.Cell{Text: b.fixesOf(h)}
	return cells
}

// fixesOf is what helps a host, for all services in short.
func (b *builder) fixesOf(h *document.FleetHost) string {
	var list []string
	for i := range h.Services {
		s := &h.Services[i]
		if g := b.groups[s.Group]; g != nil && !s.Gone {
			if brief := b.Fix(g).Brief; brief != "" && !slices.Contains(list, brief) {
				list = append(list, brief)
			}
		}
	}
	return b.W.List(list)
}

func (b *builder) ownClientCells(c *document.FleetClient) []fleetparts.Cell {
	return []fleetparts.Cell{
		{Text: c.Client, Small: c.Address},
		{Text: b.W.Text("watch.state." + c.Class), Badge: colour(c.Class)},
		{Text: view.Moment(c.Last), Small: b.T("client")},
		{},
		{Text: c.Stack, Note: b.remedy(c)},
		{},
	}
}
