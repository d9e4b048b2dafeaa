package term

import (
	"fmt"
	"strings"
)

// Manual builds a manual page in the macros of man(7).
type Manual struct{ strings.Builder }

// NewManual begins the page of a command; title is its name in section 1.
func NewManual(title, version string) *Manual {
	m := new(Manual)
	fmt.Fprintf(m, ".TH %s 1 \"\" \"%s\" \"\"\n", roff(strings.ToUpper(title)), roff(version))
	return m
}

// Paragraph begins a paragraph.
func (m *Manual) Paragraph() { m.WriteString(".PP\n") }

// Section begins a section.
func (m *Manual) Section(title string) { fmt.Fprintf(m, ".SH \"%s\"\n", roff(title)) }

// Text writes text, escaped.
func (m *Manual) Text(s string) { m.WriteString(roff(s) + "\n") }

// Block writes lines as they are.
func (m *Manual) Block(s string) {
	m.WriteString(".nf\n")
	m.Text(s)
	m.WriteString(".fi\n")
}

// Entries writes a section of terms and what they mean, if there are any.
func (m *Manual) Entries(title string, list []Entry) {
	if len(list) == 0 {
		return
	}
	m.Section(title)
	for _, e := range list {
		fmt.Fprintf(m, ".TP\n\\fB%s\\fR\n", roff(e.Term))
		m.Text(e.Text)
	}
}

// roff escapes text: the escape character, hyphens that must stay ASCII so that
// options can be copied, and control characters at the beginning of a line.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
