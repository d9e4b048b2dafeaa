package gatepage

import (
	"strconv"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/term"
)

// maxShown is how many old clients the page lists: more are for JSON.
const maxShown = 40

// Replay is what each stage would have done, then to whom.
func (p *Page) Replay(doc *document.GateReplay) {
	p.Line(p.t("replay.head", message.Int("n", doc.Connections), message.Int("able", doc.Able), message.Int("old", doc.Old)))
	if doc.Unknown > 0 {
		p.Text(term.Plain, "", p.t("replay.unknown", message.Int("n", doc.Unknown)))
	}
	if doc.NotTLS > 0 {
		p.Line(p.t("replay.not-tls", message.Int("n", doc.NotTLS)))
	}
	p.sources(doc.Sources)
	p.Section(p.t("replay.stages"))
	rows := [][]term.Cell{}
	for i, s := range doc.Stages {
		rows = append(rows, term.Cells(strconv.Itoa(i+1), s.From[:len("2026-11-16T10:00")], s.Mode, s.Route, strconv.Itoa(s.Rejected+s.Diverted), strconv.Itoa(s.Clients), strconv.Itoa(s.Exempt), strconv.Itoa(s.Passed), strings.Join(s.Windows, ", ")))
	}
	p.Table([]term.Column{
		{Head: " ", Right: true},
		{Head: p.t("replay.from")},
		{Head: p.t("replay.mode")},
		{Head: p.t("replay.route")},
		{Head: p.t("replay.touched"), Right: true},
		{Head: p.t("replay.clients"), Right: true},
		{Head: p.t("replay.exempt"), Right: true},
		{Head: p.t("replay.passed"), Right: true},
		{Head: p.t("replay.windows"), Flex: 1},
	}, rows)
	p.owners(doc)
	p.tried(doc)
}

// sources says what could not be read.
func (p *Page) sources(list []document.WatchSource) {
	for _, s := range list {
		if !s.From.IsZero() {
			p.Line(p.t("replay.source", message.Str("source", s.Source), message.Int("n", s.Connections), message.Str("from", s.From.UTC().Format("2006-01-02 15:04")), message.Str("to", s.To.UTC().Format("2006-01-02 15:04"))))
		}
		for _, l := range s.Losses {
			p.Text(term.Plain, "  ", p.words.Render(message.New("gate.replay.loss", message.Str("source", s.Source), message.Sub("what", l.What), message.Int("n", l.Count), message.Str("where", l.Where))))
		}
	}
}

func (p *Page) owners(doc *document.GateReplay) {
	if len(doc.Owners) == 0 {
		return
	}
	p.Section(p.t("replay.owners"))
	rows := [][]term.Cell{}
	for _, o := range doc.Owners {
		name := o.Owner
		if name == "" {
			name = p.t("replay.nobody")
		}
		rows = append(rows, term.Cells(" ", name, strconv.Itoa(o.Clients), strconv.Itoa(o.Connections), strconv.Itoa(o.Unmet)))
	}
	p.Table([]term.Column{{Head: " "}, {Head: p.t("replay.owner"), Flex: 1}, {Head: p.t("replay.clients"), Right: true}, {Head: p.t("replay.connections"), Right: true}, {Head: p.t("replay.unmet"), Right: true}}, rows)
}

func (p *Page) tried(doc *document.GateReplay) {
	if len(doc.Clients) == 0 {
		return
	}
	p.Section(p.t("replay.who"))
	rows := [][]term.Cell{}
	for _, c := range doc.Clients[:min(len(doc.Clients), maxShown)] {
		var by []string
		for i, n := range c.Touched {
			if n > 0 {
				by = append(by, strconv.Itoa(i+1)+"×"+strconv.Itoa(n))
			}
		}
		note := ""
		switch {
		case c.Exempt > 0:
			note = p.t("replay.is-exempt")
		case !c.Met:
			note = p.t("replay.not-met")
		}
		rows = append(rows, term.Cells(" ", c.Client, c.Owner, c.Max, c.Stack, strconv.Itoa(c.Connections), strings.Join(by, " "), note))
	}
	p.Table([]term.Column{
		{Head: " "},
		{Head: p.t("replay.client")},
		{Head: p.t("replay.owner"), Flex: 1},
		{Head: p.t("replay.max")},
		{Head: p.t("replay.stack"), Flex: 1},
		{Head: p.t("replay.connections"), Right: true},
		{Head: p.t("replay.by-stage"), Flex: 1},
		{Head: " ", Flex: 1},
	}, rows)
	if more := len(doc.Clients) - maxShown; more > 0 {
		p.Line("  " + p.t("replay.more", message.Int("n", more)))
	}
}
