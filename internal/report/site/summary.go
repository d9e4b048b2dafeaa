package site

import (
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// Summary says on a page of text what the front page of the site says, in short. Runs are
// the words that name the files, for the command that writes the site.
func Summary(p *term.Page, doc *document.Fleet, words *message.Catalog, runs string) {
	b := &builder{
		Parts: fleetparts.Parts{W: view.Words{Catalog: words}, Today: doc.Today, Newest: newest(doc)},
		doc:   doc, services: map[string]*document.Service{},
	}
	for i := range doc.Deadlines {
		b.services[doc.Deadlines[i].Service.ID] = &doc.Deadlines[i].Service
	}
	if len(doc.Deadlines) != 1 {
		headline, _ := b.Headline(doc.Deadlines)
		p.Text(term.Bold, "", headline)
	} else {
		b.summaryOf(p, &doc.Deadlines[0])
		p.Blank()
	}
	p.Text(term.Plain, "", b.asOf())
	if old := b.old(); old != "" {
		p.Text(term.Plain, "", old)
	}
	for i := range doc.Deadlines {
		if len(doc.Deadlines) > 1 {
			p.Blank()
			b.summaryOf(p, &doc.Deadlines[i])
		}
	}
	b.summaryFixes(p)
	b.summaryChanges(p)
	if seen := b.seen(); len(seen) > 0 {
		p.Section(b.T("seen"))
		for _, s := range seen {
			p.Text(term.Plain, "  ", s.Text)
		}
	}
	p.Blank()
	p.Line(b.T("summary.site", message.Str("runs", runs)))
}

func (b *builder) summaryOf(p *term.Page, d *document.FleetDeadline) {
	shown := b.Deadline(d, false)
	p.Text(term.Bold, "", shown.Headline)
	for _, line := range []string{shown.When, shown.Unseen, shown.Asides, shown.Forecast} {
		if line != "" {
			p.Text(term.Plain, "  ", line)
		}
	}
}

// maxLines is how many groups a summary names.
const maxLines = 5

func (b *builder) summaryFixes(p *term.Page) {
	list := b.doc.Groups[:min(len(b.doc.Groups), maxLines)]
	if len(list) == 0 {
		return
	}
	p.Section(b.T("groups.title"))
	for i := range list {
		g := &list[i]
		f := b.Fix(g)
		what := f.Brief
		if what == "" || len(g.Changes)+len(g.Prerequisites) == 0 {
			what = f.Cause
		}
		title := b.GroupTitle(g, len(g.Hosts))
		if len(b.doc.Deadlines) > 1 {
			title = b.T("summary.for", message.Str("title", title), message.Str("service", b.serviceName(g.Service)))
		}
		p.Text(term.Plain, "  ", b.T("summary.most", message.Str("title", title), message.Str("what", what)))
	}
}

// summaryChanges counts what became of hosts on the last day.
func (b *builder) summaryChanges(p *term.Page) {
	counts, order, newest := map[string]int{}, []string{}, b.Newest
	for _, c := range b.changes() {
		if c.date != newest {
			continue
		}
		if counts[c.word] == 0 {
			order = append(order, c.word)
		}
		counts[c.word]++
	}
	if len(order) == 0 {
		return
	}
	for i, word := range order {
		order[i] = b.T("summary.count", message.Str("word", word), message.Int("n", counts[word]))
	}
	p.Blank()
	p.Text(term.Plain, "", b.T("summary.changes", message.Str("list", b.W.List(order))))
}
