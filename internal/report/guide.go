package report

import (
	"fmt"
	"io"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Guide writes the announcement page of a service as Markdown.
func Guide(w io.Writer, g *document.Guide, words *message.Catalog) error {
	p := &guidePage{v: newGuideView(g, words), words: words}
	p.head()
	p.fault()
	p.line("## %s\n", p.t("steps"))
	for i := range p.v.Steps {
		p.step(&p.v.Steps[i])
	}
	p.blocks("test", p.v.Proof)
	p.blocks("undo", p.v.Undo)
	p.old()
	p.sources()
	_, err := io.WriteString(w, p.b.String())
	return err
}

// guidePage writes the page as Markdown.
type guidePage struct {
	b     strings.Builder
	v     *guideView
	words *message.Catalog
}

func (p *guidePage) t(id string) string { return p.words.Text("guide." + id) }

func (p *guidePage) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// rows writes a table of GitHub's Markdown, with cells that are Markdown.
func (p *guidePage) rows(heads []string, rows [][]string) {
	cells := func(list []string) string { return "| " + strings.Join(list, " | ") + " |" }
	p.line("%s\n|%s", cells(heads), strings.Repeat("---|", len(heads)))
	for _, r := range rows {
		p.line("%s", cells(r))
	}
	p.line("")
}

func (p *guidePage) head() {
	p.line("# %s\n", mdText(p.v.Title))
	for _, text := range p.v.Lead {
		p.line("%s\n", mdText(text))
	}
	if p.v.Note != "" {
		p.line("> %s\n", mdText(p.v.Note))
	}
	p.line("## %s\n", p.t("short"))
	var rows [][]string
	for _, r := range p.v.Rows {
		rows = append(rows, append([]string{mdText(r.Systems)}, r.Marks...))
	}
	p.rows(p.v.Heads, rows)
	p.line("%s\n", mdText(p.t("already")))
}

// fault says what users see, and how to see it oneself.
func (p *guidePage) fault() {
	p.line("## %s\n", p.t("fault"))
	for _, f := range p.v.Faults {
		p.line("- %s", mdText(f.Stack))
		for _, text := range f.Texts {
			p.line("  - %s", mdCode(text))
		}
	}
	if len(p.v.Faults) > 0 {
		p.line("")
	}
	if p.v.Test.Intro == "" {
		return
	}
	p.line("%s\n", mdText(p.v.Test.Intro))
	p.fence("powershell", p.v.Test.Commands)
	if p.v.Test.Session != "" {
		p.line("%s\n", mdText(p.v.Test.SessionIntro))
		p.fence("powershell", p.v.Test.Session)
		p.rows(p.v.Test.Heads, p.v.Test.Rows)
	}
}

func (p *guidePage) fence(language, commands string) {
	if commands != "" {
		p.line("```%s\n%s\n```\n", language, commands)
	}
}

func (p *guidePage) step(s *guideStep) {
	p.line("### %d. %s\n", s.N, mdText(s.Systems))
	for _, text := range s.Lines {
		p.line("- %s", mdText(text))
	}
	if len(s.Lines) > 0 {
		p.line("")
	}
	if s.Upgrade {
		return
	}
	if s.Heads != nil {
		var rows [][]string
		for _, v := range s.Values {
			rows = append(rows, []string{mdCode(v.Text), tick(v.Vendor), tick(v.Fewest)})
		}
		p.rows(s.Heads, rows)
	}
	for _, block := range s.Blocks {
		p.block(block)
	}
	p.line("%s\n", mdText(s.After))
	if s.Fewest.Text != "" {
		p.line("<details><summary>%s</summary>\n", mdText(s.Fewest.Text))
		p.block(guideBlock{Commands: s.Fewest.Commands, ByHand: s.Fewest.ByHand})
		p.line("</details>\n")
	}
}

// mdCode writes a text as code, in a table too.
func mdCode(text string) string {
	return "`" + strings.NewReplacer("`", "'", "|", `\|`, "\n", " ").Replace(text) + "`"
}

// tick marks a list that holds a value.
func tick(holds bool) string {
	if holds {
		return "●"
	}
	return ""
}

func (p *guidePage) block(block guideBlock) {
	if block.Text != "" {
		p.line("%s\n", mdText(block.Text))
	}
	p.fence("bat", block.Commands)
	for _, text := range block.ByHand {
		p.line("- %s", text)
	}
	if len(block.ByHand) > 0 {
		p.line("")
	}
}

func (p *guidePage) blocks(id string, list []guideBlock) {
	if len(list) == 0 {
		return
	}
	p.line("## %s\n", p.t(id))
	for _, block := range list {
		p.block(block)
	}
}

// old folds the systems that nobody supports any more.
func (p *guidePage) old() {
	if len(p.v.Old) == 0 {
		return
	}
	p.line("<details><summary>%s</summary>\n", p.t("old"))
	for i := range p.v.Old {
		p.step(&p.v.Old[i])
	}
	p.line("</details>\n")
}

func (p *guidePage) sources() {
	if len(p.v.Sources) == 0 {
		return
	}
	p.line("## %s\n", p.t("sources"))
	for _, c := range p.v.Sources {
		p.line("- %s: %s", mdLink(c.URL), mdText(c.Says))
	}
}
