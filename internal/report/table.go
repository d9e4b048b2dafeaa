package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

const (
	defaultWidth = 100
	minWidth     = 40
	// maxListed hosts are named where a line stands for many; the other formats
	// have them all.
	maxListed = 20
	// maxBlocks and maxConnecting groups are shown in full, so that a report on
	// 10,000 hosts can still be read from top to bottom.
	maxBlocks     = 25
	maxConnecting = 10
)

// Table writes a report for a terminal.
func Table(w io.Writer, c *document.Check, o Options) error {
	t := newTable(w, o)
	parts := Split(c, o.By)
	for i, part := range parts {
		if i > 0 {
			t.blank()
		}
		if partName(o.By) != nil {
			t.partHead(part, o.By)
		}
		t.part(part.Check)
	}
	t.next(c, o)
	return t.out.Flush()
}

// table writes lines; what may go wrong is reported by Flush.
type table struct {
	out   *bufio.Writer
	w     words
	width int
	color bool
}

func newTable(w io.Writer, o Options) *table {
	t := &table{out: bufio.NewWriterSize(w, bufferSize), w: newWords(o.Lang), width: o.Width, color: o.Color}
	if t.width <= 0 {
		t.width = defaultWidth
	}
	t.width = max(t.width, minWidth)
	return t
}

// style is an SGR sequence (ECMA-48 section 8.3.117), put around text only
// where colour is wanted.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

func verdictStyle(verdict string) style {
	switch verdict {
	case fails, unreadable:
		return red
	case unknown:
		return yellow
	case connects:
		return green
	}
	return plain
}

func (t *table) paint(s style, text string) string {
	if !t.color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

func (t *table) blank() { _, _ = t.out.WriteString("\n") }

// lines writes text wrapped to the width; lead stands before the first line,
// and later ones are indented as deep.
func (t *table) lines(s style, lead, text string) { t.led(plain, lead, s, text) }

// led is lines with a lead in its own style.
func (t *table) led(leadStyle style, lead string, s style, text string) {
	indent := strings.Repeat(" ", width(lead))
	lead = t.paint(leadStyle, lead)
	for _, line := range wrap(text, t.width-len(indent)) {
		_, _ = fmt.Fprintf(t.out, "%s%s\n", lead, t.paint(s, line))
		lead = indent
	}
}

func (t *table) partHead(p Part, by string) {
	t.lines(bold, "", "== "+t.w.partTitle(p, by)+" ==")
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
	t.lines(plain, "", t.w.counts(c.Summary))
	list := groups(c)
	if len(list) > 0 {
		t.blank()
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
		t.lines(bold, "", text)
		if note := t.w.serviceNote(s); note != "" {
			t.lines(dim, "  ", note)
		}
	}
	t.lines(plain, "", t.w.t("judged", message.Str("on", c.On), message.Str("today", c.Today)))
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
		t.blank()
		t.block(g, c)
	}
	if n := left[false] + left[true]; n > 0 {
		t.blank()
		t.lines(dim, "", t.w.t("blocks.more", message.Int("n", n)))
	}
}

// hostList names the hosts that were not judged.
func (t *table) hostList(c *document.Check, verdict string) {
	hosts := unjudged(c, verdict)
	if len(hosts) == 0 {
		return
	}
	t.blank()
	t.lines(bold, "", t.w.t("list."+verdict, message.Int("n", len(hosts))))
	if verdict == notInstalled {
		t.lines(plain, "  ", t.w.hostNames(hosts))
		return
	}
	for _, h := range hosts[:min(len(hosts), maxListed)] {
		t.lines(plain, "  ", h.Host+"  "+h.Error)
		if h.Hint != "" {
			t.lines(dim, "    ", t.w.t("list.hint", message.Str("hint", h.Hint)))
		}
	}
	if n := len(hosts) - maxListed; n > 0 {
		t.lines(dim, "  ", t.w.t("list.rest", message.Int("n", n)))
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
		t.blank()
	}
	for _, n := range commands {
		t.lines(plain, "", t.w.t(n.ID))
		_, _ = fmt.Fprintf(t.out, "  %s\n", t.paint(bold, clean(n.Command))) // one line, to be copied
	}
	if changedNothing(o.Command) {
		t.blank()
		t.lines(plain, "", t.w.t("nothing"))
	}
}

// overview writes the grouped lines as columns; services are named only where
// there are several.
func (t *table) overview(lines []line, several bool) {
	grid := grid{table: t, cols: []column{
		{head: t.w.t("col.verdict")},
		{head: t.w.t("col.hosts"), right: true},
		{head: t.w.t("col.cause"), flex: 3},
		{head: t.w.t("col.fix"), flex: 2},
		{head: t.w.t("col.restart")},
	}}
	if several {
		grid.cols = append(grid.cols, column{head: t.w.t("col.service")}, column{head: t.w.t("col.days"), right: true})
	}
	for _, l := range lines {
		row := []cell{
			{t.w.code("verdict", l.Verdict), verdictStyle(l.Verdict)},
			{strconv.Itoa(l.Hosts), plain},
			{t.w.lineCause(l), plain},
			{dash(l.Fix), plain},
			{l.Restart, plain},
		}
		if several {
			days := "-"
			if l.Service.DaysLeft != nil {
				days = strconv.Itoa(*l.Service.DaysLeft)
			}
			row = append(row, cell{l.Service.ID, plain}, cell{days, plain})
		}
		grid.rows = append(grid.rows, row)
	}
	grid.write()
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
