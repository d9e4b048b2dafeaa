package table

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// What the answer of watch shows at most of each kind, so that it fits a screen; with
// --details it shows all.
const (
	maxWatchGroups   = 5
	maxWatchClients  = 4 // names in one group
	maxWatchOwners   = 12
	maxWatchTroubles = 6
)

// watchTable writes what watch found, once all of it is known.
type watchTable struct {
	o     view.WatchOptions
	words *message.Catalog
	out   io.Writer
	*term.Page
}

func newWatchTable(w io.Writer, o view.WatchOptions) view.WatchWriter {
	return &watchTable{o: o, words: o.Words, out: w, Page: &term.Page{Width: o.Width, Color: o.Color}}
}

// Connection does nothing: a table shows the sum.
func (t *watchTable) Connection(*document.Connection) error { return nil }

// End writes the sum.
func (t *watchTable) End(w *document.Watch) error {
	t.head(w)
	groups := view.WatchGroups(w.Clients)
	t.groups(groups)
	t.plan(w)
	t.owners(w.Owners)
	if t.o.Details {
		t.clients(w.Clients)
	}
	t.troubles(w)
	t.next(w)
	return t.Flush(t.out)
}

// say is a text of watch in the reader's language.
func (t *watchTable) say(id string, args ...message.Arg) string {
	return t.words.Text("watch."+id, args...)
}

// head is what was asked, what decides, and what could have been seen.
func (t *watchTable) head(w *document.Watch) {
	words := view.Words{Catalog: t.words}
	name := words.ServiceName(&w.Service)
	if w.Service.Accepts != nil && w.Service.DaysLeft != nil { // the generic one says it in its name
		name += ": " + words.Acceptance(w.Service.Accepts)
	}
	t.Text(term.Bold, "", t.say("service", message.Str("service", name), message.Str("on", w.On)))
	t.Text(term.Dim, "", view.WatchSpan(t.words, &w.Coverage))
	if !w.Coverage.Note.IsZero() && w.Summary.Connections > 0 {
		t.Text(term.Plain, "", t.words.Render(w.Coverage.Note))
	}
	t.Blank()
	style := map[string]term.Style{document.Fails: term.Red, document.Unknown: term.Yellow, document.Connects: term.Green}[view.WatchState(&w.Summary)]
	t.Text(style, "", view.WatchHeadline(t.words, &w.Summary))
	if w.Summary.Clients > 0 {
		t.Text(term.Plain, "", view.WatchTotals(t.words, &w.Summary))
		t.Text(term.Plain, "", view.WatchVersions(t.words, &w.Summary))
	}
}

func classStyle(class string) term.Style {
	switch class {
	case document.ClassCannot:
		return term.Red
	case document.ClassLikely, document.ClassUnknown, document.ClassKeptDown, document.OwnerNever:
		return term.Yellow
	}
	return term.Green
}

// groups writes the clients of whom the same is said together.
func (t *watchTable) groups(groups []*view.WatchGroup) {
	shown, titled := 0, ""
	for i, g := range groups {
		if urgent(g.Class) && shown >= maxWatchGroups && !t.o.Details {
			rest := 0
			for _, one := range groups[i:] {
				if urgent(one.Class) {
					rest++
				}
			}
			t.Blank()
			t.Text(term.Plain, "", t.say("more-groups", message.Int("n", rest)))
			break
		}
		shown++
		if !urgent(g.Class) {
			continue
		}
		if g.Class != titled {
			t.Blank()
			t.Text(classStyle(g.Class), "", t.say("title."+g.Class))
			titled = g.Class
		}
		t.group(g)
	}
}

// urgent says whether something has to be done, or found out.
func urgent(class string) bool {
	switch class {
	case document.ClassSurvives, document.ClassBetter, document.ClassProven:
		return false
	}
	return true
}

func (t *watchTable) group(g *view.WatchGroup) {
	stack := g.Stack
	if stack == "" {
		stack = t.say("stack-unknown")
	}
	head := t.say("group", message.Int("n", len(g.Clients)), message.Str("stack", stack), message.Str("last", view.Moment(g.Last)))
	if g.Last.IsZero() {
		head = t.say("group.timeless", message.Int("n", len(g.Clients)), message.Str("stack", stack))
	}
	t.Text(term.Bold, "  ", head)
	t.whole("    ", t.names(g.Clients))
	t.Text(term.Plain, "    ", t.words.Render(g.Why))
	if !g.Remedy.IsZero() {
		t.Text(term.Plain, "    → ", t.words.Render(g.Remedy))
	}
}

// whole writes names that are not broken.
func (t *watchTable) whole(indent, text string) { t.Page.Words(indent, indent+"  ", text) }

// names are those of the clients, with their owners, up to a few.
func (t *watchTable) names(clients []*document.WatchClient) string {
	var list []string
	for i, c := range clients {
		if i == maxWatchClients && len(clients) > maxWatchClients+1 && !t.o.Details {
			list = append(list, t.say("more-clients", message.Int("n", len(clients)-i)))
			break
		}
		name := view.WatchName(c)
		if c.Owner != "" {
			name = c.Owner + ": " + name
		}
		if c.Behind > 1 {
			name += " " + t.say("behind", message.Int("n", c.Behind))
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return strings.Join(list, t.say("between")+" ")
}

// plan says whom a plan of brownouts meets, and names those whom it does not.
func (t *watchTable) plan(w *document.Watch) {
	lines := view.WatchPlan(t.words, w.Plan)
	if len(lines) == 0 {
		return
	}
	t.Blank()
	for _, line := range lines {
		t.Text(term.Plain, "", line)
	}
	if missed := view.WatchMissed(w.Clients); len(missed) > 0 {
		t.Text(term.Yellow, "", t.say("plan.missed"))
		t.whole("  ", t.names(missed))
	}
}

// owners writes a line for each, the most urgent first.
func (t *watchTable) owners(owners []document.WatchOwner) {
	if len(owners) == 0 {
		return
	}
	t.Blank()
	var rows [][]term.Cell
	for i := range owners {
		o := &owners[i]
		if i == maxWatchOwners && len(owners) > maxWatchOwners+1 && !t.o.Details {
			break
		}
		name := o.Owner
		if name == "" {
			name = t.say("owner.none")
		}
		rows = append(rows, []term.Cell{
			{Text: name},
			{Text: t.say("state." + o.State), Style: classStyle(o.State)},
			{Text: strconv.Itoa(o.Clients)},
			{Text: strconv.Itoa(o.Old)},
			{Text: view.Moment(o.LastOld)},
			{Text: view.Moment(o.Last)},
			{Text: o.Mail},
		})
	}
	t.Table([]term.Column{
		{Head: t.say("col.owner")},
		{Head: t.say("col.state")},
		{Head: t.say("col.clients"), Right: true},
		{Head: t.say("col.old"), Right: true},
		{Head: t.say("col.last-old")},
		{Head: t.say("col.last")},
		{Head: t.say("col.mail")},
	}, rows)
	if rest := len(owners) - len(rows); rest > 0 {
		t.Text(term.Plain, "", t.say("more-owners", message.Int("n", rest)))
	}
}

// clients writes everything of each client.
func (t *watchTable) clients(clients []document.WatchClient) {
	for i := range clients {
		c := &clients[i]
		t.Blank()
		t.Text(classStyle(c.Class), "", view.WatchName(c)+"  "+t.say("state."+c.Class))
		t.fact("owner", strings.TrimSpace(c.Owner+" "+c.OwnerMail))
		t.fact("stack", view.WatchStack(t.words, c))
		t.fact("agent", c.UserAgent)
		t.fact("process", c.Process)
		t.fact("ja4", c.JA4)
		t.fact("why", t.words.Render(c.Why))
		t.fact("remedy", t.words.Render(c.Remedy))
		t.fact("seen", view.WatchSeen(t.words, c))
		t.fact("hours", view.WatchHours(t.words, c.Hours))
		t.fact("plan", view.WatchWindow(t.words, c))
		for _, s := range c.Servers {
			t.fact("server", view.WatchServer(t.words, s))
		}
		if c.MoreServer > 0 {
			t.fact("server", t.say("more-servers", message.Int("n", c.MoreServer)))
		}
		for _, e := range c.Evidence {
			t.fact("evidence", view.WatchEvidence(t.words, e))
		}
	}
}

const factColumn = 12

func (t *watchTable) fact(id, text string) {
	if text != "" {
		t.Text(term.Plain, "  "+term.Pad(t.say("fact."+id), factColumn)+"  ", text)
	}
}

// troubles are what keeps the answer from being whole.
func (t *watchTable) troubles(w *document.Watch) {
	list := view.WatchTroubles(t.words, &w.Coverage)
	if len(list) > 0 {
		t.Blank()
	}
	for i, text := range list {
		if i == maxWatchTroubles && len(list) > maxWatchTroubles+1 && !t.o.Details {
			t.Text(term.Plain, "", t.say("more-troubles", message.Int("n", len(list)-i)))
			break
		}
		t.Text(term.Yellow, "! ", text)
	}
	if !w.Pseudonymised.IsZero() {
		t.Text(term.Dim, "", t.words.Render(w.Pseudonymised))
	}
}

// next says what to do with the answer.
func (t *watchTable) next(w *document.Watch) {
	if t.o.Command == "" || t.o.Details || w.Summary.Clients == 0 {
		return
	}
	t.Blank()
	if w.Summary.Cannot+w.Summary.Likely > 0 {
		t.Text(term.Dim, "", t.say("next.tickets"))
	}
	t.Text(term.Dim, "", t.say("next.details"))
}
