package site

import (
	"cmp"
	"slices"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
)

// turn says what became of a host, in a word or two.
func (b *builder) turn(s string) string {
	if s == "" {
		return ""
	}
	return b.T("turn." + s)
}

// note says what there is to know of a host beside its outcome.
func (b *builder) note(h *document.FleetHost) string {
	switch {
	case h.Gone:
		return b.T("gone-since", message.Str("date", h.LastSeen))
	case h.Unseen:
		return b.T("unseen-since", message.Str("date", h.LastSeen))
	}
	var list []string
	for _, s := range h.Services {
		if word := b.turn(s.Turn); word != "" && !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return b.W.List(list)
}

// since is when a host came to its worst outcome.
func since(h *document.FleetHost) string {
	day := ""
	for _, s := range h.Services {
		if s.Verdict == h.Verdict && !(s.Gone && !h.Gone) {
			day = max(day, s.Since)
		}
	}
	return day
}

// hostCells are the cells of a host in a list on a page at root.
func (b *builder) hostCells(root string, h *document.FleetHost) []fleetparts.Cell {
	return []fleetparts.Cell{
		{Text: h.Host, Href: root + hostPage(h.Host)},
		{Text: b.W.Code("verdict", h.Verdict), Badge: h.Verdict},
		{Text: since(h), Small: b.note(h)},
		{Text: h.Owner},
		{Text: view.OsText(h.OS)},
		{Text: h.Site},
	}
}

func (b *builder) hostHead() []fleetparts.Column {
	return b.Cols("host", "outcome", "since", "owner", "system", "site")
}

// hostList lists all hosts.
func (b *builder) hostList() error {
	p := listPage{Title: b.T("hosts.title"), Lines: []string{b.T("hosts.intro", message.Int("n", len(b.doc.Hosts)))}}
	if len(b.doc.Hosts) > 0 {
		p.Download = &link{Href: "../" + csvName, Word: b.T("hosts.csv")}
	}
	return b.list("hosts", p, b.hostHead(), len(b.doc.Hosts), func(i int) []fleetparts.Cell { return b.hostCells("", &b.doc.Hosts[i]) })
}

// hostData is a host's own page.
type hostData struct {
	Title, State, Word, Note string
	Facts                    []fleetparts.Fact
	Services                 []hostService
}

type hostService struct {
	Name, State, Word, Line string
	Facts                   []fleetparts.Fact
	Fix                     *fleetparts.Fix
	Commands                *commands
	Demand                  *demand
	Group                   *link
	History                 fleetparts.Table
}

// maxSpans is how many changes of a host are listed: one that comes and goes every night
// would else fill pages.
const maxSpans = 120

// hostPages are a page for each host.
func (b *builder) hostPages() error {
	for i := range b.doc.Hosts {
		h := &b.doc.Hosts[i]
		name := hostPage(h.Host)
		data := hostData{Title: fleetparts.Short(h.Host), State: h.Verdict, Word: b.W.Code("verdict", h.Verdict), Note: b.note(h)}
		data.Facts = b.Facts("owner", h.Owner, "site", h.Site, "system", view.OsText(h.OS), "first-seen", h.FirstSeen, "last-seen", h.LastSeen)
		for j := range h.Services {
			one, err := b.hostService(name, h, &h.Services[j])
			if err != nil {
				return err
			}
			data.Services = append(data.Services, one)
		}
		if err := b.page(name, data.Title, "host-page", data); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) hostService(page string, h *document.FleetHost, s *document.FleetHostService) (hostService, error) {
	root := rootOf(page)
	out := hostService{Name: s.Service, State: s.Verdict, Word: b.W.Code("verdict", s.Verdict)}
	if service := b.services[s.Service]; service != nil {
		out.Name, out.Demand = b.ServiceName(service), b.demand(service)
	}
	out.Line = b.T("since", message.Str("date", s.Since))
	if word := b.turn(s.Turn); word != "" {
		out.Line = b.T("turned", message.Str("word", word), message.Str("date", s.Since))
	}
	out.Facts = b.Facts("program", s.Program, "fails-from", s.FailsFrom)
	if s.Gone {
		out.Facts = append(out.Facts, b.Facts("last-seen", s.Seen)...)
	}
	if g := b.groups[s.Group]; g != nil {
		out.Fix = b.hostFix(g, s)
		out.Commands = b.commands(h, s)
		if n := len(g.Hosts); n > 1 {
			out.Group = &link{Href: root + groupPage(g.ID), Word: b.T("same-on", message.Int("n", n))}
		}
	}
	head := b.Cols("from", "to", "outcome", "why")
	out.History = fleetparts.Table{Caption: b.T("history"), Head: head}
	for i := len(s.History) - 1; i >= max(0, len(s.History)-maxSpans); i-- {
		span := s.History[i]
		row, err := b.Row(head, fleetparts.Cell{Text: span.From}, fleetparts.Cell{Text: span.To}, fleetparts.Cell{Text: b.W.Code("verdict", span.Verdict), Badge: span.Verdict},
			fleetparts.Cell{Text: b.Cause(span.Verdict, span.Cause), Note: span.Error})
		if err != nil {
			return out, err
		}
		out.History.Rows = append(out.History.Rows, row)
	}
	return out, nil
}

// changeList lists the hosts of which something became, the newest first.
func (b *builder) changeList() error {
	list := b.changes()
	p := listPage{Title: b.T("changes.title"), Lines: []string{b.T("changes.intro")}}
	head := b.Cols("date", "change", "host", "service", "owner", "system")
	return b.list("changes", p, head, len(list), func(i int) []fleetparts.Cell { return b.changeCells("", list[i]) })
}

// change is something that became of a host.
type change struct {
	date, word, verdict string
	service             string
	host                *document.FleetHost
}

// changes are the newest first, and on a day what needs somebody before the rest.
func (b *builder) changes() []change {
	var list []change
	for i := range b.doc.Hosts {
		h := &b.doc.Hosts[i]
		if h.Unseen {
			list = append(list, change{h.LastSeen, b.T("turn.unseen"), document.NotInstalled, "", h})
		}
		for _, s := range h.Services {
			if s.Turn != "" {
				list = append(list, change{s.Since, b.turn(s.Turn), s.Verdict, s.Service, h})
			}
		}
	}
	slices.SortStableFunc(list, func(a, c change) int {
		return cmp.Or(cmp.Compare(c.date, a.date), cmp.Compare(document.Rank(a.verdict), document.Rank(c.verdict)))
	})
	return list
}

func (b *builder) changeCells(root string, c change) []fleetparts.Cell {
	return []fleetparts.Cell{
		{Text: c.date},
		{Text: c.word, Badge: c.verdict},
		{Text: c.host.Host, Href: root + hostPage(c.host.Host)},
		{Text: b.serviceName(c.service)},
		{Text: c.host.Owner},
		{Text: view.OsText(c.host.OS)},
	}
}
