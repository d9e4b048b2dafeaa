package report

import (
	"io"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/term"
)

const (
	// maxListed hosts are named where a line stands for many; the other formats
	// have them all.
	maxListed = 20
	// maxBlocks and maxConnecting groups are shown in full, so that a report on
	// 10,000 hosts can still be read from top to bottom.
	maxBlocks     = 25
	maxConnecting = 10
)

// tableFormat is text for a terminal.
func tableFormat() Format {
	return Format{Name: "table", Extensions: []string{".txt"}, Check: Table, Diff: diffTable, Endpoints: newEndpointTable}
}

// Table writes a report for a terminal.
func Table(w io.Writer, c *document.Check, o Options) error {
	t := newTable(o)
	parts := Split(c, o.By)
	for i, part := range parts {
		if i > 0 {
			t.Blank()
		}
		if partName(o.By) != nil {
			t.partHead(part, o.By)
		}
		t.part(part.Check)
	}
	t.next(c, o)
	return t.Flush(w)
}

// table writes the parts of a check on a page.
type table struct {
	*term.Page
	w words
}

func newTable(o Options) *table {
	return &table{Page: &term.Page{Width: o.Width, Color: o.Color}, w: newWords(o.Lang)}
}

func verdictStyle(verdict string) term.Style {
	switch verdict {
	case fails, unreadable:
		return term.Red
	case unknown:
		return term.Yellow
	case connects:
		return term.Green
	}
	return term.Plain
}

func (t *table) partHead(p Part, by string) {
	t.Text(term.Bold, "", "== "+t.w.partTitle(p, by)+" ==")
}

// partTitle names a customer folder, an owner or a cause.
func (w words) partTitle(p Part, by string) string {
	name := p.Name
	switch {
	case name == "":
		name = w.t("part.none." + by)
	case by == ByCause:
		name = w.code("cause", name)
	}
	return w.t("part."+by, message.Str("name", name))
}

func (t *table) part(c *document.Check) {
	t.services(c)
	t.Text(term.Plain, "", t.w.counts(c.Summary))
	list := groups(c)
	if len(list) > 0 {
		t.Blank()
		t.overview(overview(list, t.w), len(c.Services) > 1)
	}
	t.blocks(list, c)
	t.hostList(c, unreadable)
	t.hostList(c, notInstalled)
}

// services writes one head line for each service.
func (t *table) services(c *document.Check) {
	for _, s := range byUrgency(c.Services) {
		text := t.w.serviceName(s) + "  " + t.w.from(s)
		if len(c.Services) > 1 {
			text = s.ID + ": " + text // the short name that the overview uses
		}
		for _, extra := range []string{t.w.days(s), t.w.certainty(s)} {
			if extra != "" {
				text += "  [" + extra + "]"
			}
		}
		t.Text(term.Bold, "", text)
		if note := t.w.serviceNote(s); note != "" {
			t.Text(term.Dim, "  ", note)
		}
	}
	t.Text(term.Plain, "", t.w.t("judged", message.Str("on", c.On), message.Str("today", c.Today)))
}

// counts says how many hosts came out how.
func (w words) counts(s document.Summary) string {
	judged := s.Connects + s.Fails + s.Unknown
	parts := []string{w.t("counts.judged", message.Int("n", judged))}
	if s.NotInstalled > 0 {
		parts = append(parts, w.t("counts.notInstalled", message.Int("n", s.NotInstalled)))
	}
	if s.Unreadable > 0 {
		parts = append(parts, w.t("counts.unreadable", message.Int("n", s.Unreadable)))
	}
	return w.t("counts", message.Int("n", s.Hosts), message.Str("parts", strings.Join(parts, " / ")))
}

// blocks writes the groups one by one.
func (t *table) blocks(list []*group, c *document.Check) {
	shown := map[bool]int{}
	left := map[bool]int{}
	for _, g := range list {
		fine := g.first().Verdict == connects
		limit := maxBlocks
		if fine {
			limit = maxConnecting
		}
		if shown[fine] == limit {
			left[fine]++
			continue
		}
		shown[fine]++
		t.Blank()
		t.block(g, c)
	}
	if n := left[false] + left[true]; n > 0 {
		t.Blank()
		t.Text(term.Dim, "", t.w.t("blocks.more", message.Int("n", n)))
	}
}

// hostList names the hosts that were not judged.
func (t *table) hostList(c *document.Check, verdict string) {
	hosts := unjudged(c, verdict)
	if len(hosts) == 0 {
		return
	}
	t.Blank()
	t.Text(term.Bold, "", t.w.t("list."+verdict, message.Int("n", len(hosts))))
	if verdict == notInstalled {
		t.Text(term.Plain, "  ", t.w.hostNames(hosts))
		return
	}
	for _, h := range hosts[:min(len(hosts), maxListed)] {
		t.Text(term.Plain, "  ", h.Host+"  "+h.Error)
		if h.Hint != "" {
			t.Text(term.Dim, "    ", t.w.t("list.hint", message.Str("hint", h.Hint)))
		}
	}
	if n := len(hosts) - maxListed; n > 0 {
		t.Text(term.Dim, "  ", t.w.t("list.rest", message.Int("n", n)))
	}
}

// hostNames lists the first hosts, and how many more there are.
func (w words) hostNames(hosts []*document.Host) string {
	list := make([]string, len(hosts))
	for i, h := range hosts {
		list[i] = h.Host
	}
	return w.some(list, maxListed)
}

// next writes what the user may do now, and that nothing has been done.
func (t *table) next(c *document.Check, o Options) {
	commands := nextCommands(o.Command, t.w, c)
	if len(commands) > 0 {
		t.Blank()
	}
	for _, n := range commands {
		t.Text(term.Plain, "", t.w.t(n.ID))
		t.Styled(term.Bold, "  "+n.Command) // one line, to be copied
	}
	if changedNothing(o.Command) {
		t.Blank()
		t.Text(term.Plain, "", t.w.t("nothing"))
	}
}

// overview writes the grouped lines as columns; services are named only where
// there are several.
func (t *table) overview(lines []line, several bool) {
	columns := []term.Column{
		{Head: t.w.t("col.verdict")},
		{Head: t.w.t("col.hosts"), Right: true},
		{Head: t.w.t("col.cause"), Flex: 3},
		{Head: t.w.t("col.fix"), Flex: 2},
		{Head: t.w.t("col.restart")},
	}
	if several {
		columns = append(columns, term.Column{Head: t.w.t("col.service")}, term.Column{Head: t.w.t("col.days"), Right: true})
	}
	rows := make([][]term.Cell, len(lines))
	for i, l := range lines {
		row := term.Cells("", strconv.Itoa(l.Hosts), t.w.lineCause(l), dash(l.Fix), l.Restart)
		row[0] = term.Cell{Text: t.w.code("verdict", l.Verdict), Style: verdictStyle(l.Verdict)}
		if several {
			days := "-"
			if l.Service.DaysLeft != nil {
				days = strconv.Itoa(*l.Service.DaysLeft)
			}
			row = append(row, term.Cells(l.Service.ID, days)...)
		}
		rows[i] = row
	}
	t.Table(columns, rows)
}

// lineCause is the cause, with the number of hosts that carry a warning.
func (w words) lineCause(l line) string {
	text := l.Cause
	if l.Verdict == connects && l.Warned > 0 {
		text = w.t("line.warned", message.Int("n", l.Warned))
	}
	return dash(text)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
