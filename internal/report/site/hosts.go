package site

import (
	"cmp"
	"slices"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// fix is what is wrong with a group of hosts and what helps.
type fix struct {
	Cause, Note     string
	Brief           string
	First, Changes  []string
	Restart, Nobody string
}

// fix makes it from a group.
func (b *builder) fix(g *document.FleetGroup) *fix {
	h := &document.Host{Verdict: g.Verdict, Cause: &g.Cause, Fixable: g.Fixable, Changes: g.Changes, Prerequisites: g.Prerequisites, Restart: g.Restart}
	f := &fix{Cause: b.cause(g.Verdict, g.Cause), Note: g.Error, Brief: b.w.Fix(h)}
	if g.Verdict == document.Unreadable {
		f.Brief = ""
	}
	for _, p := range g.Prerequisites {
		f.First = append(f.First, short(b.w.Prerequisite(p)))
	}
	for _, s := range view.ChangeSettings(g.Changes) {
		f.Changes = append(f.Changes, short(b.w.Change(s)))
	}
	if len(g.Changes)+len(g.Prerequisites) > 0 && g.Restart != "" {
		f.Restart = b.t("restart", message.Str("what", b.w.Code("restart", g.Restart)))
	}
	return f
}

// cause is why, in words; a host that could not be read has no cause but an error.
func (b *builder) cause(verdict, cause string) string {
	switch {
	case verdict == document.Unreadable:
		return b.t("unreadable")
	case cause == "":
		return ""
	}
	return b.w.Code("cause", cause)
}

// turn says what became of a host, in a word or two.
func (b *builder) turn(s string) string {
	if s == "" {
		return ""
	}
	return b.t("turn." + s)
}

// note says what there is to know of a host beside its outcome.
func (b *builder) note(h *document.FleetHost) string {
	switch {
	case h.Gone:
		return b.t("gone-since", message.Str("date", h.LastSeen))
	case h.Unseen:
		return b.t("unseen-since", message.Str("date", h.LastSeen))
	}
	var list []string
	for _, s := range h.Services {
		if word := b.turn(s.Turn); word != "" && !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	return b.w.List(list)
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
func (b *builder) hostCells(root string, h *document.FleetHost) []cell {
	return []cell{
		{Text: h.Host, Href: root + hostPage(h.Host)},
		{Text: b.w.Code("verdict", h.Verdict), Badge: h.Verdict},
		{Text: since(h), Small: b.note(h)},
		{Text: h.Owner},
		{Text: view.OsText(h.OS)},
		{Text: h.Site},
	}
}

func (b *builder) hostHead() []column {
	return b.cols("host", "outcome", "since", "owner", "system", "site")
}

// hostList lists all hosts.
func (b *builder) hostList() error {
	p := listPage{Title: b.t("hosts.title"), Lines: []string{b.t("hosts.intro", message.Int("n", len(b.doc.Hosts)))}}
	return b.list("hosts", p, b.hostHead(), len(b.doc.Hosts), func(i int) []cell { return b.hostCells("", &b.doc.Hosts[i]) })
}

// hostData is a host's own page.
type hostData struct {
	Title, State, Word, Note string
	Facts                    []fact
	Services                 []hostService
}

type hostService struct {
	Name, State, Word, Line string
	Facts                   []fact
	Fix                     *fix
	Group                   *link
	History                 table
}

// maxSpans is how many changes of a host are listed: one that comes and goes every night
// would else fill pages.
const maxSpans = 120

// hostPages are a page for each host.
func (b *builder) hostPages() error {
	for i := range b.doc.Hosts {
		h := &b.doc.Hosts[i]
		name := hostPage(h.Host)
		data := hostData{Title: short(h.Host), State: h.Verdict, Word: b.w.Code("verdict", h.Verdict), Note: b.note(h)}
		data.Facts = b.facts("owner", h.Owner, "site", h.Site, "system", view.OsText(h.OS), "first-seen", h.FirstSeen, "last-seen", h.LastSeen)
		for j := range h.Services {
			one, err := b.hostService(name, &h.Services[j])
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

// facts are pairs of the id of a word and a text; empty texts are left out. An owner is
// linked to.
func (b *builder) facts(pairs ...string) []fact {
	var list []fact
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, fact{Word: b.t("col." + pairs[i]), Text: short(pairs[i+1])})
		}
	}
	return list
}

func (b *builder) hostService(page string, s *document.FleetHostService) (hostService, error) {
	root := rootOf(page)
	out := hostService{Name: s.Service, State: s.Verdict, Word: b.w.Code("verdict", s.Verdict)}
	if service := b.services[s.Service]; service != nil {
		out.Name = b.serviceName(service)
	}
	out.Line = b.t("since", message.Str("date", s.Since))
	if word := b.turn(s.Turn); word != "" {
		out.Line = b.t("turned", message.Str("word", word), message.Str("date", s.Since))
	}
	out.Facts = b.facts("program", s.Program, "fails-from", s.FailsFrom)
	if s.Gone {
		out.Facts = append(out.Facts, b.facts("last-seen", s.Seen)...)
	}
	if g := b.groups[s.Group]; g != nil {
		out.Fix = b.fix(g)
		if n := len(g.Hosts); n > 1 {
			out.Group = &link{Href: root + groupPage(g.ID), Word: b.t("same-on", message.Int("n", n))}
		}
	}
	head := b.cols("from", "to", "outcome", "why")
	out.History = table{Caption: b.t("history"), Head: head}
	for i := len(s.History) - 1; i >= max(0, len(s.History)-maxSpans); i-- {
		span := s.History[i]
		row, err := b.row(head, cell{Text: span.From}, cell{Text: span.To}, cell{Text: b.w.Code("verdict", span.Verdict), Badge: span.Verdict},
			cell{Text: b.cause(span.Verdict, span.Cause), Note: span.Error})
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
	p := listPage{Title: b.t("changes.title"), Lines: []string{b.t("changes.intro")}}
	head := b.cols("date", "change", "host", "service", "owner", "system")
	return b.list("changes", p, head, len(list), func(i int) []cell { return b.changeCells("", list[i]) })
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
			list = append(list, change{h.LastSeen, b.t("turn.unseen"), document.NotInstalled, "", h})
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

func (b *builder) changeCells(root string, c change) []cell {
	name := c.service
	if s := b.services[c.service]; s != nil {
		name = b.serviceName(s)
	}
	return []cell{
		{Text: c.date},
		{Text: c.word, Badge: c.verdict},
		{Text: c.host.Host, Href: root + hostPage(c.host.Host)},
		{Text: name},
		{Text: c.host.Owner},
		{Text: view.OsText(c.host.OS)},
	}
}
