package html

import (
	"cmp"
	"io"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/stencil"
)

// maxWatchPage bounds the clients that a page shows one by one, so that a browser opens
// it; the CSV has them all.
const maxWatchPage = 2000

// maxWatchMissed bounds those that are named before everything else because no brownout
// meets them: whoever has more has to plan other brownouts. Each says so where it stands.
const maxWatchMissed = 100

// newWatch writes one page on clients and their owners once all is known. It loads
// nothing and has no script.
func newWatch(w io.Writer, o view.WatchOptions) view.WatchWriter {
	return &watchWriter{w, view.Words{Catalog: o.Words}}
}

type watchWriter struct {
	out io.Writer
	w   view.Words
}

// Connection does nothing: a page shows the sum.
func (*watchWriter) Connection(*document.Connection) error { return nil }

type watchPage struct {
	Lang, Title, Policy               string
	Style                             stencil.Style
	Headline, State, Totals, Versions string
	Judged, Span, Note, Pseudonymised string
	Plan, Missed                      []string // what a plan of brownouts meets, and whom it does not
	MissedMore                        string
	Owners                            []watchOwner
	Groups                            []watchGroup
	Sources                           []watchSource
	Remarks                           []string
}

type (
	watchOwner struct {
		Name, Mail, State, Colour, LastOld, Last string
		Clients, Old                             int
	}
	watchGroup struct {
		State, Colour, Head, Why, Remedy, More string
		Open                                   bool
		Clients                                []watchClient
	}
	watchClient struct {
		Name  string
		Facts []htmlFact
	}
	htmlFact    struct{ Word, Text string }
	watchSource struct {
		Name, Format, Span string
		N                  int
	}
)

// End writes the page.
func (b *watchWriter) End(w *document.Watch) error {
	style, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		return err
	}
	page, err := parsed("watch.html.tmpl", stencil.Funcs{"t": stencil.Say(func(id string) string { return b.w.Text("watch." + id) })})
	if err != nil {
		return err
	}
	out := view.Buffered(b.out)
	if err := page.Execute(out, "watch.html.tmpl", b.page(w, style)); err != nil {
		return err
	}
	return out.Flush()
}

func (b *watchWriter) page(w *document.Watch, style []byte) *watchPage {
	c := b.w.Catalog
	name := b.w.ServiceName(&w.Service)
	if w.Service.Accepts != nil && w.Service.DaysLeft != nil { // the generic one says it in its name
		name += ": " + b.w.Acceptance(w.Service.Accepts)
	}
	p := &watchPage{
		Lang: b.w.Lang(), Title: b.w.Text("watch.html.title"), Policy: policy(style, nil), Style: stencil.Style(style),
		Headline: view.WatchHeadline(c, &w.Summary), State: view.WatchState(&w.Summary), Totals: view.WatchTotals(c, &w.Summary),
		Versions: view.WatchVersions(c, &w.Summary), Span: view.WatchSpan(c, &w.Coverage), Note: c.Render(w.Coverage.Note),
		Judged: b.w.Text("watch.service", message.Str("service", name), message.Str("on", w.On)), Pseudonymised: c.Render(w.Pseudonymised),
		Remarks: view.WatchTroubles(c, &w.Coverage), Plan: view.WatchPlan(c, w.Plan),
	}
	b.missed(p, view.WatchMissed(w.Clients))
	for i := range w.Owners {
		o := &w.Owners[i]
		p.Owners = append(p.Owners, watchOwner{
			Name: cmp.Or(o.Owner, b.w.Text("watch.owner.none")), Mail: o.Mail, State: b.w.Text("watch.state." + o.State), Colour: colour(o.State),
			LastOld: view.Moment(o.LastOld), Last: view.Moment(o.Last), Clients: o.Clients, Old: o.Old,
		})
	}
	left := maxWatchPage
	for _, g := range view.WatchGroups(w.Clients) {
		p.Groups = append(p.Groups, b.group(g, &left))
	}
	for i := range w.Coverage.Sources {
		s := &w.Coverage.Sources[i]
		if !s.PassedOver {
			p.Sources = append(p.Sources, watchSource{s.Source, s.Format, strings.Trim(view.Moment(s.From)+" – "+view.Moment(s.To), " –"), s.Connections})
		}
	}
	return p
}

// missed names the clients that no brownout of a plan meets.
func (b *watchWriter) missed(p *watchPage, clients []*document.WatchClient) {
	for i, c := range clients {
		if i == maxWatchMissed {
			p.MissedMore = b.w.Text("watch.more-clients", message.Int("n", len(clients)-i))
			break
		}
		name := view.WatchName(c)
		if c.Owner != "" {
			name = c.Owner + ": " + name
		}
		p.Missed = append(p.Missed, name)
	}
}

// colour is the verdict whose colour a class has.
func colour(class string) string {
	switch class {
	case document.ClassCannot:
		return document.Fails
	case document.ClassLikely, document.ClassUnknown, document.ClassKeptDown, document.OwnerNever:
		return document.Unknown
	}
	return document.Connects
}

// group is the clients of whom the same is said. Left is how many may still be shown.
func (b *watchWriter) group(g *view.WatchGroup, left *int) watchGroup {
	out := watchGroup{State: b.w.Text("watch.state." + g.Class), Colour: colour(g.Class), Open: g.Class == document.ClassCannot || g.Class == document.ClassLikely}
	head := "watch.group"
	if g.Last.IsZero() {
		head = "watch.group.timeless"
	}
	several := !out.Open && g.Class != document.ClassUnknown && g.Class != document.ClassKeptDown
	stack := cmp.Or(g.Stack, b.w.Text("watch.stack-unknown"))
	if several { // of different stacks
		stack = b.w.Text("watch.state." + g.Class)
	} else {
		out.Why, out.Remedy = b.w.Render(g.Why), b.w.Render(g.Remedy)
	}
	out.Head = b.w.Text(head, message.Int("n", len(g.Clients)), message.Str("stack", stack), message.Str("last", view.Moment(g.Last)))
	for i, c := range g.Clients {
		if *left == 0 {
			out.More = b.w.Text("watch.more-clients", message.Int("n", len(g.Clients)-i))
			break
		}
		*left--
		out.Clients = append(out.Clients, watchClient{Name: view.WatchName(c), Facts: b.facts(c, several)})
	}
	return out
}

func (b *watchWriter) facts(c *document.WatchClient, several bool) []htmlFact {
	var list []htmlFact
	add := func(id, text string) {
		if text != "" {
			list = append(list, htmlFact{b.w.Text("watch.fact." + id), text})
		}
	}
	add("owner", strings.TrimSpace(c.Owner+" "+c.OwnerMail))
	if several || c.Stack != "" {
		add("stack", view.WatchStack(b.w.Catalog, c))
	}
	add("agent", c.UserAgent)
	add("process", c.Process)
	add("ja4", c.JA4)
	if several {
		add("why", b.w.Render(c.Why))
	}
	add("seen", view.WatchSeen(b.w.Catalog, c))
	add("hours", view.WatchHours(b.w.Catalog, c.Hours))
	add("plan", view.WatchWindow(b.w.Catalog, c))
	for _, s := range c.Servers {
		add("server", view.WatchServer(b.w.Catalog, s))
	}
	for _, e := range c.Evidence {
		add("evidence", view.WatchEvidence(b.w.Catalog, e))
	}
	return list
}
