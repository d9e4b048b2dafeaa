package table

import (
	"io"
	"strconv"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

const (
	// maxBlocks and maxConnecting groups are shown in full, so that a report on
	// 10,000 hosts can still be read from top to bottom.
	maxBlocks     = 25
	maxConnecting = 10
)

// Format is text for a terminal.
func Format() view.Format {
	return view.Format{Name: "table", Extensions: []string{".txt"}, Check: Check, Diff: diffTable, Endpoints: newEndpointTable}
}

// Check writes a result for a terminal.
func Check(w io.Writer, c *document.Check, o view.Options) error {
	t := newTable(o)
	parts := view.Split(c, o.By)
	for i, part := range parts {
		if i > 0 {
			t.Blank()
		}
		if view.PartName(o.By) != nil {
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
	w view.Words
}

func newTable(o view.Options) *table {
	return &table{Page: &term.Page{Width: o.Width, Color: o.Color}, w: view.NewWords(o.Lang)}
}

func verdictStyle(verdict string) term.Style {
	switch verdict {
	case document.Fails, document.Unreadable:
		return term.Red
	case document.Unknown:
		return term.Yellow
	case document.Connects:
		return term.Green
	}
	return term.Plain
}

func (t *table) partHead(p view.Part, by string) {
	t.Text(term.Bold, "", "== "+t.w.PartTitle(p, by)+" ==")
}

func (t *table) part(c *document.Check) {
	t.services(c)
	t.Text(term.Plain, "", t.w.Counts(c.Summary))
	list := view.Groups(c)
	if len(list) > 0 {
		t.Blank()
		t.overview(view.Overview(list, t.w), len(c.Services) > 1)
	}
	t.blocks(list, c)
	t.hostList(c, document.Unreadable)
	t.hostList(c, document.NotInstalled)
}

// services writes one head line for each service.
func (t *table) services(c *document.Check) {
	for _, s := range view.ByUrgency(c.Services) {
		text := t.w.ServiceName(s) + "  " + t.w.From(s)
		if len(c.Services) > 1 {
			text = s.ID + ": " + text // the short name that the overview uses
		}
		for _, extra := range []string{t.w.Days(s), t.w.Certainty(s)} {
			if extra != "" {
				text += "  [" + extra + "]"
			}
		}
		t.Text(term.Bold, "", text)
		if note := t.w.ServiceNote(s); note != "" {
			t.Text(term.Dim, "  ", note)
		}
	}
	t.Text(term.Plain, "", t.w.T("judged", message.Str("on", c.On), message.Str("today", c.Today)))
	for i, text := range t.w.Assumed(c) {
		if i == 0 {
			t.Text(term.Bold, "", text)
		} else {
			t.Text(term.Plain, "  ", text)
		}
	}
}

// blocks writes the groups one by one.
func (t *table) blocks(list []*view.Group, c *document.Check) {
	shown := map[bool]int{}
	left := map[bool]int{}
	for _, g := range list {
		fine := g.First().Verdict == document.Connects
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
		t.Text(term.Dim, "", t.w.T("blocks.more", message.Int("n", n)))
	}
}

// hostList names the hosts that were not judged.
func (t *table) hostList(c *document.Check, verdict string) {
	hosts := view.Unjudged(c, verdict)
	if len(hosts) == 0 {
		return
	}
	t.Blank()
	t.Text(term.Bold, "", t.w.T("list."+verdict, message.Int("n", len(hosts))))
	if verdict == document.NotInstalled {
		t.Text(term.Plain, "  ", t.w.HostNames(hosts))
		return
	}
	for _, h := range hosts[:min(len(hosts), view.MaxListed)] {
		t.Text(term.Plain, "  ", h.Host+"  "+h.Error)
		if h.Hint != "" {
			t.Text(term.Dim, "    ", t.w.T("list.hint", message.Str("hint", h.Hint)))
		}
	}
	if n := len(hosts) - view.MaxListed; n > 0 {
		t.Text(term.Dim, "  ", t.w.T("list.rest", message.Int("n", n)))
	}
}

// next writes what the user may do now, and that nothing has been done.
func (t *table) next(c *document.Check, o view.Options) {
	commands := view.NextCommands(o.Command, t.w, c)
	if len(commands) > 0 {
		t.Blank()
	}
	for _, n := range commands {
		t.Text(term.Plain, "", t.w.T(n.ID))
		t.Styled(term.Bold, "  "+n.Command) // one line, to be copied
	}
	if view.ChangedNothing(o.Command) {
		t.Blank()
		t.Text(term.Plain, "", t.w.T("nothing"))
	}
}

// overview writes the grouped lines as columns; services are named only where
// there are several.
func (t *table) overview(lines []view.Line, several bool) {
	columns := []term.Column{
		{Head: t.w.T("col.verdict")},
		{Head: t.w.T("col.hosts"), Right: true},
		{Head: t.w.T("col.cause"), Flex: 3},
		{Head: t.w.T("col.fix"), Flex: 2},
		{Head: t.w.T("col.restart")},
	}
	if several {
		columns = append(columns, term.Column{Head: t.w.T("col.service")}, term.Column{Head: t.w.T("col.days"), Right: true})
	}
	rows := make([][]term.Cell, len(lines))
	for i, l := range lines {
		row := term.Cells("", strconv.Itoa(l.Hosts), t.w.LineCause(l), view.Dash(l.Fix), l.Restart)
		row[0] = term.Cell{Text: t.w.Code("verdict", l.Verdict), Style: verdictStyle(l.Verdict)}
		if several {
			row = append(row, term.Cells(l.Service.ID, t.w.DaysShort(l.Service))...)
		}
		rows[i] = row
	}
	t.Table(columns, rows)
}
