package table

import (
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/digest"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// What the answer shows at most of each kind, so that it fits a screen or two
// however many hosts there are.
const (
	maxServices = 6
	maxFailing  = 12
	maxUnknown  = 5
	maxFine     = 4
	maxOwners   = 10
	maxUnread   = 4
)

// answer is the default table: what decides, then one block for each group of hosts
// with the same cause and fix, then what to do.
type answer struct {
	*table
	d *digest.Digest
	w digest.Words
	o view.Options

	part string // with --by: whose hosts these are
}

func newAnswer(t *table, d *digest.Digest, o view.Options) *answer {
	return &answer{table: t, d: d, w: digest.NewWords(o.Lang), o: o}
}

// head writes the services with their dates, the sentence that decides, and the
// totals.
func (a *answer) head() {
	a.heads(a.d.Head)
	a.Blank()
	a.sentence()
}

func (a *answer) sentence() {
	a.free(headStyle(a.d), "", a.w.Headline(a.d))
	if totals := a.w.Totals(a.d); totals != "" {
		a.free(term.Plain, "", totals)
	}
}

// since tells what became of the hosts since an earlier run.
func (a *answer) since() {
	sentence, lines := a.w.Since(a.d.Head.Since)
	if sentence == "" {
		return
	}
	a.Blank()
	styles := map[string]term.Style{"mended": term.Green, "fell-back": term.Red, "unjudged": term.Yellow}
	var rows [][]term.Cell
	for _, l := range lines {
		rows = append(rows, []term.Cell{{Text: l.Word, Style: styles[l.ID]}, {Text: a.w.Number(l.N)}, {Text: l.Hosts}})
	}
	a.free(term.Bold, "", sentence)
	a.Table([]term.Column{{}, {Right: true}, {Flex: 1}}, rows)
}

func headStyle(d *digest.Digest) term.Style {
	switch {
	case d.Summary.Fails > 0:
		return term.Red
	case d.Summary.Unknown+d.Summary.Unreadable > 0 || d.Summary.Hosts == 0:
		return term.Yellow
	}
	return term.Green
}

// heads writes one line for each service, and if there is only one also what its date
// rests on.
func (a *answer) heads(c *document.Check) {
	list := view.ByUrgency(c.Services)
	for i, s := range list {
		if i == maxServices && len(list) > maxServices+1 {
			a.Text(term.Plain, "", a.w.D("services.more", message.Int("n", len(list)-i)))
			break
		}
		a.Text(term.Bold, "", a.w.Service(s, len(list) > 1))
		if len(s.Findings) > 0 { // what an endpoint does otherwise than its settings say
			a.Text(term.Plain, "  ", a.w.ServiceNote(s))
		}
	}
	if len(list) == 1 {
		if about := a.w.About(list[0], a.o.Command); about != "" {
			a.Text(term.Dim, "", about)
		}
	}
	if len(list) != 1 || list[0].From != c.On {
		a.Text(term.Plain, "", a.w.D("judged", message.Str("on", c.On), message.Str("today", c.Today)))
	}
	for i, text := range a.w.Assumed(c) {
		if i == 0 {
			a.Text(term.Bold, "", text)
		} else {
			a.Text(term.Plain, "  ", text)
		}
	}
}

// free writes wrapped text whose kept blanks become plain ones once it is wrapped.
func (a *answer) free(s term.Style, lead, text string) {
	indent := strings.Repeat(" ", term.Width(lead))
	for _, line := range term.Wrap(text, a.columns()-term.Width(indent)) {
		a.Styled(s, lead+digest.Free(line))
		lead = indent
	}
}

func (a *answer) columns() int {
	if a.Width <= 0 {
		return term.DefaultWidth
	}
	return max(a.Width, term.MinWidth)
}

// blocks writes the groups, the worst first, as many of each verdict as fit.
func (a *answer) blocks() {
	limits := map[string]int{document.Fails: maxFailing, document.Unknown: maxUnknown, document.Connects: maxFine}
	leftGroups, leftHosts := 0, 0
	inventory := a.d.Inventory()
	begun := false
	for _, b := range a.d.Blocks {
		if inventory && b.Verdict == document.Unknown && digest.Settled(b) {
			continue // the list of systems has them
		}
		if limits[b.Verdict] == 0 {
			leftGroups, leftHosts = leftGroups+1, leftHosts+b.Hosts.N
			continue
		}
		limits[b.Verdict]--
		if !begun {
			a.Blank()
			begun = true
		}
		a.block(b)
	}
	if leftGroups > 0 {
		a.free(term.Dim, "", a.w.D("blocks.more", message.Int("n", leftGroups), message.Int("hosts", leftHosts)))
	}
	a.unread()
}

// lead is what a block begins with: its verdict and how many hosts it has.
func (a *answer) lead(mark string, n int) string {
	widest := 0
	for _, b := range a.d.Blocks {
		widest = max(widest, term.Width(a.w.Number(b.Hosts.N)))
	}
	marks := 0
	for _, v := range []string{document.Fails, document.Unknown, document.Connects, document.Unreadable} {
		marks = max(marks, term.Width(a.w.D("mark."+v)))
	}
	return term.Pad(mark, marks) + " " + term.PadLeft(a.w.Number(n), widest) + "  "
}

// indent is how deep the text of a block stands below its head: where the hosts begin,
// unless the words of the language leave too little room then.
func (a *answer) indent() string {
	const deepest = 8
	if n := term.Width(a.lead("", 0)); n <= deepest {
		return strings.Repeat(" ", n)
	}
	return "    "
}

func (a *answer) block(b *digest.Block) {
	hosts := a.w.HostsOf(b)
	if len(a.d.Head.Services) > 1 {
		hosts = a.w.D("for-services", message.Str("services", a.w.Some(strings.Fields(b.Services), maxServices)), message.Str("hosts", hosts))
	}
	if b.Verdict == document.Unknown {
		hosts = a.w.T("named", message.Str("what", hosts), message.Str("hosts", a.w.Open(b)))
	}
	a.blockHead(a.lead(a.w.Mark(b), b.Hosts.N), b.Verdict, hosts, a.w.RestartOf(b))
	if b.Verdict == document.Fails {
		a.body(a.w.Sentences(a.w.Why(b, a.d), a.w.Set(b)))
	}
	if b.Verdict == document.Unknown {
		a.exposed(b)
	}
	if b.Later != "" {
		a.body(a.w.D("later", message.Str("from", b.Later)))
	}
	a.body(a.w.Sentences(a.w.Beside(b)...))
	if digest.Settled(b) {
		a.body(a.w.D("collect", message.Str("command", digest.Keep("tlsready collector cmd -o collect.cmd"))))
	}
}

func (a *answer) body(text string) {
	if text != "" {
		a.free(term.Plain, a.indent(), text)
	}
}

// exposed counts the systems of many hosts that could not be judged.
func (a *answer) exposed(b *digest.Block) {
	if b.Hosts.N <= 16 {
		return
	}
	for _, one := range []struct {
		id    string
		names digest.Names
	}{{"exposed.line", b.Possible}, {"spared.line", b.Default}} {
		if one.names.N > 0 {
			a.body(a.w.D(one.id, message.Int("n", one.names.N), message.Str("systems", a.w.Systems(one.names))))
		}
	}
}

// blockHead writes the hosts of a block, with what has to start anew at the right.
func (a *answer) blockHead(lead, verdict, hosts, right string) {
	room := a.columns() - term.Width(lead)
	if right != "" {
		room -= term.Width(right) + 2
	}
	for i, line := range term.Wrap(hosts, room) {
		line = digest.Free(line)
		switch {
		case i > 0:
			a.Styled(term.Bold, strings.Repeat(" ", term.Width(lead))+line)
		case right == "":
			a.Row(term.Cell{Text: lead, Style: verdictStyle(verdict)}, term.Cell{Text: line, Style: term.Bold})
		default:
			a.Row(term.Cell{Text: lead, Style: verdictStyle(verdict)}, term.Cell{Text: term.Pad(line, room) + "  ", Style: term.Bold}, term.Cell{Text: right})
		}
	}
}

// unread names the hosts that could not be read, with the reason.
func (a *answer) unread() {
	if len(a.d.Unread) > 0 && len(a.d.Blocks) == 0 {
		a.Blank()
	}
	for i, t := range a.d.Unread {
		if i == maxUnread {
			break // the totals and the details have them all
		}
		var names []string
		for _, n := range t.Hosts.List[:min(len(t.Hosts.List), maxServices)] {
			names = append(names, digest.Keep(n.ID))
		}
		text := strings.Join(names, " ")
		if left := t.Hosts.N - len(names); left > 0 {
			text = a.w.D("more", message.Str("list", text), message.Int("n", left))
		}
		a.blockHead(a.lead(a.w.D("mark."+document.Unreadable), t.Hosts.N), document.Unreadable, text, "")
		why := t.Error
		if t.Hint != "" {
			why = a.w.D("unread.hint", message.Str("error", strings.TrimRight(t.Error, ".。")), message.Str("hint", t.Hint))
		}
		a.body(why)
	}
}

// foot writes the commands that come next.
func (a *answer) foot() {
	commands := view.Next(a.o.Command, a.w.Words)
	if commands == nil {
		return
	}
	a.Blank()
	if a.d.Inventory() && a.d.Exposed.N > 0 {
		a.steps(commands)
		return
	}
	label := max(term.Width(a.w.D("fix")), term.Width(a.w.D("foot.more"))) + 1
	if a.d.Changes && commands.Fix != "" {
		a.Styled(term.Plain, term.Pad(a.w.D("fix")+":", label)+" "+commands.Fix)
	}
	a.free(term.Plain, term.Pad(a.w.D("foot.more")+":", label)+" ", a.w.Dots(a.more()))
}

// more are the flags that show more.
func (a *answer) more() []string {
	var list []string
	if a.d.Changes && a.d.Recipes {
		list = append(list, digest.Keep(a.w.D("foot.documented")))
	}
	if a.d.Worst != "" && a.d.Summary.Hosts > 1 {
		list = append(list, digest.Keep(a.w.D("foot.only", message.Str("name", view.QuoteName(a.d.Worst)))))
	}
	if a.d.Summary.Hosts > 1 {
		list = append(list, digest.Keep(a.w.D("foot.details")))
	}
	return append(list, digest.Keep(a.w.D("foot.html", message.Str("file", a.w.T("next.file")))))
}

// systems is the list of an inventory: how many of which system may be affected.
func (a *answer) systems() {
	if !a.d.Inventory() {
		return
	}
	a.Blank()
	var rows [][]term.Cell
	for _, one := range []struct {
		id    string
		names digest.Names
		style term.Style
	}{{"exposed", a.d.Exposed, term.Yellow}, {"spared", a.d.Spared, term.Plain}} {
		if one.names.N > 0 {
			rows = append(rows, []term.Cell{{Text: a.w.D(one.id), Style: one.style}, {Text: a.w.Number(one.names.N)}, {Text: digest.Free(a.w.Systems(one.names))}})
		}
	}
	a.Table([]term.Column{{}, {Right: true}, {Flex: 1}}, rows)
	a.owners()
}

// owners counts whose hosts may be affected.
func (a *answer) owners() {
	if len(a.d.Owners) < 2 {
		return
	}
	a.Blank()
	danger := "inventory.danger"
	if a.d.Summary.Fails > 0 {
		danger = "inventory.fails"
	}
	columns := []term.Column{{Head: a.w.D("inventory.owner")}, {Head: a.w.D(danger), Right: true}, {Head: a.w.D("inventory.all"), Right: true}}
	var rows [][]term.Cell
	for i, o := range a.d.Owners {
		if i == maxOwners && len(a.d.Owners) > maxOwners+1 {
			break
		}
		name := o.Name
		if name == "" {
			name = a.w.D("inventory.none")
		}
		rows = append(rows, term.Cells(name, strconv.Itoa(o.InDanger), strconv.Itoa(o.Hosts)))
	}
	a.Table(columns, rows)
	if left := len(a.d.Owners) - len(rows); left > 0 {
		a.Text(term.Dim, "", a.w.D("inventory.more", message.Int("n", left)))
	}
}

// steps are the commands that turn a list into verdicts.
func (a *answer) steps(c *view.Commands) {
	a.Text(term.Plain, "", a.w.D("inventory.next", message.Int("n", a.d.Exposed.N)))
	for i, step := range a.w.Steps(c, a.d) {
		a.Text(term.Plain, strconv.Itoa(i+1)+"  ", step.Text)
		for _, command := range step.Commands {
			a.Styled(term.Bold, "   "+command)
		}
	}
}
