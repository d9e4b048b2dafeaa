package report

import (
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/digest"
	"tlsready/internal/report/table"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

// markdownFormat is for tickets, chats and wikis.
func markdownFormat() view.Format {
	return view.Format{Name: "markdown", Extensions: []string{".md", ".markdown"}, Check: markdown}
}

// markdown writes the answer: the sentence that decides, the totals, one row for each
// group of hosts with the same cause and kind of fix, and the next commands. With details,
// or for exactly one host, everything that is known of each host follows.
func markdown(w io.Writer, c *document.Check, o view.Options) error {
	m := &markdownPage{w: digest.NewWords(o.Lang), o: o}
	d := digest.Of(c)
	m.head(c, d)
	m.since(c.Since)
	parts := view.Split(c, o.By)
	if view.PartName(o.By) != nil {
		m.partTable(parts)
	} else {
		m.systems(d)
	}
	for _, part := range parts {
		if view.PartName(o.By) != nil {
			m.paragraph("## " + mdText(m.w.PartTitle(part, o.By)))
			m.answer(digest.Of(part.Check))
		} else {
			m.overview(d)
		}
		m.unjudged(part.Check)
		if o.Details || d.Only != "" {
			m.details(part.Check)
		}
	}
	m.foot(c, d)
	_, err := io.WriteString(w, m.b.String())
	return err
}

// markdownPage builds a page out of paragraphs.
type markdownPage struct {
	b strings.Builder
	w digest.Words
	o view.Options
}

func (m *markdownPage) paragraph(lines ...string) {
	if m.b.Len() > 0 {
		m.b.WriteString("\n")
	}
	m.b.WriteString(strings.Join(lines, "\n") + "\n")
}

// text writes a paragraph of plain text, unless there is none.
func (m *markdownPage) text(s string) {
	if s != "" {
		m.paragraph(mdText(digest.Free(s)))
	}
}

// code writes an indented block: nothing in it can end it.
func (m *markdownPage) code(text string) {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight("    "+term.Safe(strings.TrimRight(line, "\n")), " "))
	}
	m.paragraph(lines...)
}

// head says what the services take from when on, and what that means for the hosts.
func (m *markdownPage) head(c *document.Check, d *digest.Digest) {
	list := view.ByUrgency(c.Services)
	for _, s := range list {
		m.text(m.w.Service(s, len(list) > 1))
	}
	if len(list) == 1 {
		m.text(m.w.About(list[0], m.o.Command))
	}
	if len(list) != 1 || list[0].From != c.On {
		m.text(m.w.D("judged", message.Str("on", c.On), message.Str("today", c.Today)))
	}
	for _, text := range m.w.Assumed(c) {
		m.text(text)
	}
	m.paragraph("**" + mdText(digest.Free(m.w.Headline(d))) + "**")
	m.text(m.w.Totals(d))
}

// since tells what became of the hosts since an earlier run.
func (m *markdownPage) since(s *document.Since) {
	sentence, lines := m.w.Since(s)
	m.text(sentence)
	var items []string
	for _, l := range lines {
		items = append(items, m.named(l.Word+" ("+strconv.Itoa(l.N)+")", l.Hosts))
	}
	m.list(items)
}

// named is "what: which ones".
func (m *markdownPage) named(what, which string) string {
	return m.w.T("named", message.Str("what", what), message.Str("hosts", which))
}

// list writes an item for each text, unless there is none.
func (m *markdownPage) list(items []string) {
	var lines []string
	for _, item := range items {
		lines = append(lines, "- "+mdText(digest.Free(item)))
	}
	if lines != nil {
		m.paragraph(lines...)
	}
}

// partTable counts the verdicts of each part.
func (m *markdownPage) partTable(parts []view.Part) {
	heads := []string{m.w.D("part." + m.o.By)}
	for _, v := range []string{document.Fails, document.Unknown, document.Connects, document.NotInstalled, document.Unreadable} {
		heads = append(heads, m.w.Code("verdict", v))
	}
	var rows [][]string
	for _, p := range parts {
		s := p.Check.Summary
		row := []string{m.w.PartName(p.Name, m.o.By)}
		for _, n := range []int{s.Fails, s.Unknown, s.Connects, s.NotInstalled, s.Unreadable, s.Hosts} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	m.table(append(heads, m.w.D("inventory.all")), rows)
}

// answer is what a part of the hosts comes to.
func (m *markdownPage) answer(d *digest.Digest) {
	m.text(m.w.Headline(d))
	m.text(m.w.Totals(d))
	m.systems(d)
	m.overview(d)
}

// systems says of an inventory how many hosts of which system may be affected.
func (m *markdownPage) systems(d *digest.Digest) {
	if !d.Inventory() {
		return
	}
	var items []string
	for _, one := range []struct {
		id    string
		names digest.Names
	}{{"exposed", d.Exposed}, {"spared", d.Spared}} {
		if one.names.N > 0 {
			items = append(items, m.named(m.w.D(one.id)+" ("+strconv.Itoa(one.names.N)+")", m.w.Systems(one.names)))
		}
	}
	m.list(items)
}

// overview has a row for each group of hosts with the same cause and kind of fix. The
// systems of an inventory are told already.
func (m *markdownPage) overview(d *digest.Digest) {
	heads := []string{"col.verdict", "col.hosts", "html.hosts", "html.why", "col.restart"}
	several := len(d.Head.Services) > 1
	if several {
		heads = append(heads, "col.service")
	}
	for i, id := range heads {
		heads[i] = m.w.T(id)
	}
	var rows [][]string
	for _, l := range m.w.Lines(d) {
		if d.Inventory() && l.Verdict == document.Unknown && digest.Settled(l.Block) {
			continue
		}
		row := []string{l.Word, strconv.Itoa(l.Block.Hosts.N), l.Hosts, view.Dash(m.why(l)), l.Restart}
		if several {
			row = append(row, m.w.List(strings.Fields(l.Services)))
		}
		rows = append(rows, row)
	}
	m.table(heads, rows)
}

// why says what a group fails of, what helps, and what else there is to know.
func (m *markdownPage) why(l digest.Line) string {
	if l.Verdict == document.Unknown && l.Set != "" {
		return m.w.Sentences(append([]string{m.named(l.Why, l.Set)}, l.Beside...)...)
	}
	return m.w.Sentences(append([]string{l.Why, l.Set}, l.Beside...)...)
}

// table writes a table of GitHub's Markdown, unless it has no row.
func (m *markdownPage) table(heads []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	rule := slices.Repeat([]string{"---"}, len(heads))
	lines := []string{mdRow(mdTexts(heads)), mdRow(rule)}
	for _, row := range rows {
		lines = append(lines, mdRow(mdTexts(row)))
	}
	m.paragraph(lines...)
}

// unjudged names the hosts that could not be read, with the reason, and those without the
// program.
func (m *markdownPage) unjudged(c *document.Check) {
	if hosts := view.Unjudged(c, document.Unreadable); len(hosts) > 0 {
		m.text(m.w.T("list."+document.Unreadable, message.Int("n", len(hosts))))
		var items []string
		for _, h := range hosts[:min(len(hosts), view.MaxListed)] {
			items = append(items, m.named(h.Host, h.Error))
		}
		if left := len(hosts) - len(items); left > 0 {
			items = append(items, m.w.T("list.rest", message.Int("n", left)))
		}
		m.list(items)
	}
	if hosts := view.Unjudged(c, document.NotInstalled); len(hosts) > 0 {
		m.text(m.named(m.w.T("list."+document.NotInstalled, message.Int("n", len(hosts))), m.w.HostNames(hosts)))
	}
}

// details writes the whole block of every group of hosts that are alike, as the table has
// it.
func (m *markdownPage) details(c *document.Check) {
	for text := range table.Groups(c, view.Options{Lang: m.o.Lang, Width: m.o.Width}) {
		m.code(text)
	}
}

// foot has the commands that come next.
func (m *markdownPage) foot(c *document.Check, d *digest.Digest) {
	if commands := view.Next(m.o.Command, m.w.Words); commands != nil && d.Inventory() && d.Exposed.N > 0 {
		m.text(m.w.D("inventory.next", message.Int("n", d.Exposed.N)))
		for i, step := range m.w.Steps(commands, d) {
			m.text(strconv.Itoa(i+1) + ": " + step.Text)
			m.code(strings.Join(step.Commands, "\n"))
		}
	}
	for _, n := range view.NextCommands(m.o.Command, m.w.Words, c) {
		m.text(m.w.T(n.ID))
		m.code(n.Command)
	}
	if view.ChangedNothing(m.o.Command) {
		m.text(m.w.T("nothing"))
	}
}

func mdRow(cells []string) string { return "| " + strings.Join(cells, " | ") + " |" }

func mdTexts(cells []string) []string {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = mdText(c)
	}
	return safe
}

// mdText keeps text from outside literal in a paragraph, a heading or a cell of Markdown:
// backslashes take markup, links and HTML apart (CommonMark section 2.4; GitHub also
// makes links of bare addresses). An underscore inside a word is not markup.
func mdText(s string) string {
	s = strings.ReplaceAll(term.Safe(s), "://", "\x00")
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == 0:
			b.WriteString(`:\//`)
			continue
		case strings.ContainsRune("\\`*[]<>|~", r),
			r == '_' && !(wordAt(s, i-1) && wordAt(s, i+1)),
			i == 0 && strings.ContainsRune("#-+=", r) && len(s) > 1,
			r == '.' && strings.HasSuffix(strings.ToLower(s[:i]), "www"),
			r == '@', r == '&':
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// mdLink is an address as a link if it is one of the web, else as text.
func mdLink(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || term.Safe(address) != address || strings.ContainsAny(address, " <>") {
		return mdText(address)
	}
	return "<" + address + ">"
}

// wordAt says whether a letter or digit stands at a place of s.
func wordAt(s string, at int) bool {
	return at >= 0 && at < len(s) && (s[at] >= 0x80 || strconv.IsPrint(rune(s[at])) && !strings.ContainsRune(" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", rune(s[at])))
}
