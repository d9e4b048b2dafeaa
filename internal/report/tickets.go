package report

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// ticketsFormat is a text for each owner, to be pasted into a ticket or a mail: what was
// seen of their clients, why that will fail, and what they are to do. Each begins with a
// line of its own that names the owner, by which a script can cut them apart.
func ticketsFormat() view.Format {
	return view.Format{Name: "tickets", Extensions: []string{".tickets", ".tickets.txt"}, Watch: newTickets}
}

// ticketWidth is that of mail (RFC 5322 section 2.1.1).
const ticketWidth = 78

type tickets struct {
	out   io.Writer
	words *message.Catalog
}

func newTickets(w io.Writer, o view.WatchOptions) view.WatchWriter { return &tickets{w, o.Words} }

// Connection does nothing: a ticket is of a sum.
func (*tickets) Connection(*document.Connection) error { return nil }

// End writes the tickets, the most urgent first. Owners of whom nothing is asked have none.
func (t *tickets) End(w *document.Watch) error {
	p := &term.Page{Width: ticketWidth}
	for i, one := range ticketsOf(w) {
		if i > 0 {
			p.Blank()
		}
		t.ticket(p, w, one)
	}
	return p.Flush(t.out)
}

// ticket is one owner and the clients that something is asked about.
type ticket struct {
	owner, mail string
	clients     []document.WatchClient
}

func ticketsOf(w *document.Watch) []*ticket {
	var list []*ticket
	for i := range w.Clients {
		c := w.Clients[i]
		if c.Class != document.ClassCannot && c.Class != document.ClassLikely {
			continue
		}
		at := slices.IndexFunc(list, func(t *ticket) bool { return t.owner == c.Owner })
		if at < 0 {
			at = len(list)
			list = append(list, &ticket{owner: c.Owner, mail: c.OwnerMail})
		}
		list[at].clients = append(list[at].clients, c)
	}
	return list
}

func (t *tickets) say(id string, args ...message.Arg) string {
	return t.words.Text("watch.ticket."+id, args...)
}

func (t *tickets) ticket(p *term.Page, w *document.Watch, one *ticket) {
	owner := cmp.Or(one.owner, t.words.Text("watch.owner.none"))
	p.Line("=== " + strings.TrimSpace(owner+" "+one.mail) + " ===")
	args := []message.Arg{
		message.Str("service", view.Words{Catalog: t.words}.ServiceName(&w.Service)), message.Str("on", w.On),
		message.Int("n", len(one.clients)), message.Str("takes", t.takes(w)),
	}
	form := "" // of a service with a date
	if w.Service.DaysLeft == nil {
		form = ".undated"
	}
	p.Text(term.Plain, "", t.say("subject"+form, args...))
	p.Blank()
	p.Text(term.Plain, "", t.say("intro"+form, args...))
	for _, g := range view.WatchGroups(one.clients) {
		t.group(p, g)
	}
	p.Blank()
	p.Text(term.Plain, "", t.say("proof"))
}

// takes is what the service takes.
func (t *tickets) takes(w *document.Watch) string {
	if w.Service.Accepts == nil {
		return ""
	}
	return strings.Join(view.Texts(w.Service.Accepts.Versions.List()), ", ")
}

// group is the clients of whom the same is asked.
func (t *tickets) group(p *term.Page, g *view.WatchGroup) {
	p.Blank()
	p.Text(term.Bold, "", t.say("what."+g.Class, message.Int("n", len(g.Clients)), message.Str("stack", cmp.Or(g.Stack, t.words.Text("watch.stack-unknown")))))
	for _, c := range g.Clients {
		p.Text(term.Plain, "  - ", view.WatchName(c)+": "+view.WatchSeen(t.words, c))
		for _, s := range c.Servers {
			p.Text(term.Plain, "      ", view.WatchServer(t.words, s))
		}
		if c.Window != "" {
			p.Text(term.Plain, "      ", t.say("window."+c.Window))
		}
		for _, hint := range []string{c.UserAgent, c.Process} {
			if hint != "" {
				p.Text(term.Plain, "      ", hint)
			}
		}
	}
	p.Text(term.Plain, "  "+t.say("why")+" ", t.words.Render(g.Why))
	if !g.Remedy.IsZero() {
		p.Text(term.Plain, "  "+t.say("do")+" ", t.words.Render(g.Remedy))
	}
}
