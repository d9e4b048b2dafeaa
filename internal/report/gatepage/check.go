// Package gatepage writes for people what a gate's plan does: day by day, and what it would
// have done to old traffic.
package gatepage

import (
	"strings"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/term"
)

// Page is a page in one language.
type Page struct {
	*term.Page
	words *message.Catalog
}

// New begins to write on a page in the language of words.
func New(page *term.Page, words *message.Catalog) *Page { return &Page{page, words} }

func (p *Page) t(id string, args ...message.Arg) string { return p.words.Text("gate."+id, args...) }

// Check is the course of a plan, then what its owner should look at.
func (p *Page) Check(doc *document.GateCheck) {
	zone := doc.Timezone
	if zone == "" {
		zone = p.t("page.local-zone")
	}
	p.Line(p.t("page.head", message.Str("config", doc.Config), message.Str("today", doc.Today), message.Str("zone", zone)))
	for _, plan := range doc.Plans {
		p.Section(p.t("page.route", message.Str("route", plan.Route), message.Str("upstream", plan.Upstream), message.Str("minimum", plan.Minimum)))
		p.course(plan, doc.Today)
	}
	p.exemptions(doc.Exemptions)
	p.unmet(doc.Unmet)
	if len(doc.Warnings) == 0 {
		p.Blank()
		p.Line(p.t("page.no-warnings"))
		return
	}
	p.Section(p.t("page.warnings"))
	for _, w := range doc.Warnings {
		where := ""
		if w.Line > 0 {
			where = p.t("page.line", message.Int("line", w.Line)) + " "
		}
		p.Text(term.Plain, "  - ", where+p.words.Render(w.Text))
	}
}

// course is one line for a day, or for several that are alike.
func (p *Page) course(plan document.GateCourse, today string) {
	rows := make([][]term.Cell, 0, len(plan.Days))
	for _, d := range plan.Days {
		mark := ""
		if d.From <= today && (d.To == "" || today <= d.To) {
			mark = p.t("page.today")
		}
		rows = append(rows, term.Cells(" ", p.daysText(d), p.dayText(d.Spans), mark))
	}
	p.Table([]term.Column{{}, {}, {Flex: 1}, {}}, rows)
	if plan.Cut {
		p.Line("  " + p.t("page.cut"))
	}
}

func (p *Page) daysText(d document.GateDays) string {
	from := d.From + " " + p.weekday(d.From)
	switch d.To {
	case "":
		return p.t("page.from-then", message.Str("from", from))
	case d.From:
		return from
	}
	return p.t("page.from-to", message.Str("from", from), message.Str("to", d.To+" "+p.weekday(d.To)))
}

func (p *Page) weekday(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return p.t("weekday." + strings.ToLower(t.Weekday().String()[:3]))
}

// dayText says what a day does, mode by mode.
func (p *Page) dayText(spans []document.GateSpan) string {
	var parts []string
	for len(spans) > 0 {
		n := 1
		for n < len(spans) && spans[n].Mode == spans[0].Mode {
			n++
		}
		text := p.modeText(spans[:n])
		if from, to := spans[0].From, spans[n-1].To; from != "00:00" || to != "24:00" {
			text = from + "–" + to + " " + text
		}
		parts, spans = append(parts, text), spans[n:]
	}
	return strings.Join(parts, "; ")
}

// maxWindows is how many windows of a day are listed one by one.
const maxWindows = 6

func (p *Page) modeText(spans []document.GateSpan) string {
	mode := spans[0].Mode
	if mode != "brownout" {
		return p.t("mode." + mode)
	}
	var windows []string
	who := p.t("page.old-clients")
	for _, s := range spans {
		if s.Rejecting {
			windows = append(windows, s.From+"–"+s.To)
			if s.Percent > 0 {
				who = p.t("page.old-clients-share", message.Int("percent", s.Percent))
			}
		}
	}
	switch {
	case len(windows) == 0:
		return p.t("mode.brownout-none")
	case len(windows) == len(spans):
		return p.t("mode.brownout-always", message.Str("who", who))
	case len(windows) > maxWindows:
		return p.t("mode.brownout-many", message.Str("who", who), message.Int("n", len(windows)), message.Str("first", windows[0]), message.Str("second", windows[1]))
	}
	return p.t("mode.brownout-windows", message.Str("who", who), message.Str("windows", strings.Join(windows, ", ")))
}

func (p *Page) exemptions(list []document.GateExemption) {
	if len(list) == 0 {
		return
	}
	p.Section(p.t("page.exemptions"))
	rows := [][]term.Cell{}
	for _, e := range list {
		rows = append(rows, term.Cells(" ", p.t("page.until", message.Str("day", e.Until)), e.CIDR, e.SNI, e.Owner, e.Reason))
	}
	p.Table([]term.Column{{}, {}, {}, {}, {}, {Flex: 1}}, rows)
}

// unmet are the old clients that no window meets.
func (p *Page) unmet(list []document.GateClient) {
	if len(list) == 0 {
		return
	}
	p.Section(p.t("page.unmet"))
	rows := [][]term.Cell{}
	for _, c := range list[:min(len(list), maxShown)] {
		rows = append(rows, term.Cells(" ", c.Client, c.Owner, c.Max, c.Stack, p.t("page.seen", message.Int("n", c.Connections), message.Str("last", c.Last))))
	}
	p.Table([]term.Column{{}, {}, {Flex: 1}, {}, {Flex: 1}, {}}, rows)
	if more := len(list) - maxShown; more > 0 {
		p.Line("  " + p.t("replay.more", message.Int("n", more)))
	}
}
