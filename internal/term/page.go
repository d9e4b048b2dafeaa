package term

import (
	"io"
	"strings"
)

// DefaultWidth is how wide a page is if nothing else says so: it fits a window of today,
// and a ticket.
const DefaultWidth = 100

// MinWidth is the narrowest page; below it tables cannot be read.
const MinWidth = 40

// Page is text for people, built line by line. Whatever text it is given, it
// makes [Safe]; colours are its own.
type Page struct {
	Width int  // columns; 0: DefaultWidth
	Color bool // styles are painted

	text strings.Builder
}

// width is the page's width within its bounds.
func (p *Page) width() int {
	if p.Width <= 0 {
		return DefaultWidth
	}
	return max(p.Width, MinWidth)
}

// String is the text so far.
func (p *Page) String() string { return p.text.String() }

// Flush writes the text so far to w, and begins anew.
func (p *Page) Flush(w io.Writer) error {
	_, err := io.WriteString(w, p.text.String())
	p.text.Reset()
	return err
}

// Paint puts a style around text, made [Safe], if the page has colours.
func (p *Page) Paint(s Style, text string) string {
	text = Safe(text)
	if !p.Color {
		return text
	}
	return s.Paint(text)
}

// end ends a line; blanks at its end are left out.
func (p *Page) end(painted string) { p.text.WriteString(strings.TrimRight(painted, " ") + "\n") }

// Blank writes an empty line.
func (p *Page) Blank() { p.text.WriteString("\n") }

// Line writes text as one line, however long: a command that is to be copied.
func (p *Page) Line(text string) { p.Styled(Plain, text) }

// Styled is Line in a style.
func (p *Page) Styled(s Style, text string) {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	p.end(indent + p.Paint(s, strings.TrimRight(text[len(indent):], " ")))
}

// Row writes cells one after the other as one line, each in its style.
func (p *Page) Row(cells ...Cell) {
	var line strings.Builder
	for i, c := range cells {
		if i == len(cells)-1 {
			c.Text = strings.TrimRight(c.Text, " ")
		}
		line.WriteString(p.Paint(c.Style, c.Text))
	}
	p.end(line.String())
}

// Section writes an empty line and a title.
func (p *Page) Section(title string) { p.Blank(); p.Line(title) }

// Text writes text wrapped to the page's width: lead stands before the first
// line, and the others are indented as deep.
func (p *Page) Text(s Style, lead, text string) { p.Led(Plain, lead, s, text) }

// Led is Text with a lead in its own style.
func (p *Page) Led(leadStyle Style, lead string, s Style, text string) {
	p.wrapped(p.Paint(leadStyle, lead), blanks(Width(Safe(lead))), s, text)
}

// Wrapped writes text wrapped to the page's width: the first line after first,
// the others after rest.
func (p *Page) Wrapped(first, rest, text string) { p.wrapped(Safe(first), Safe(rest), Plain, text) }

func (p *Page) wrapped(first, rest string, s Style, text string) {
	for _, line := range Wrap(text, p.width()-Width(rest)) {
		p.end(first + p.Paint(s, line))
		first = rest
	}
}

// Words writes text broken at its spaces alone, so that ids stay whole: the first
// line after first, the others after rest.
func (p *Page) Words(first, rest, text string) {
	line, indent := "", first
	for word := range strings.FieldsSeq(text) {
		if line != "" && Width(indent+line)+1+Width(word) > p.width() {
			p.Line(indent + line)
			line, indent = "", rest
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	p.Line(indent + line)
}

// Paragraphs writes text whose paragraphs are separated by empty lines.
func (p *Page) Paragraphs(text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			p.Blank()
		}
		p.Text(Plain, "", paragraph)
	}
}

// Entry is a term and its text.
type Entry struct{ Term, Text string }

// Entries writes terms with their texts in a second column, under a title.
// Without entries it writes nothing.
func (p *Page) Entries(title string, list []Entry) {
	if len(list) == 0 {
		return
	}
	p.Section(title)
	column := 0
	for _, e := range list {
		column = max(column, Width(e.Term)+4)
	}
	column = min(column, p.width()*2/5)
	for _, e := range list {
		first := "  " + e.Term
		if gap := column - Width(first); gap >= 2 {
			p.Text(Plain, first+blanks(gap), e.Text)
			continue
		}
		p.Line(first)
		p.Text(Plain, blanks(column), e.Text)
	}
}
