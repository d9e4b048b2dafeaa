package term

import (
	"strings"
	"testing"
)

// Proves that a page indents, wraps and aligns by columns, also in Japanese, and
// leaves no blanks at the ends of lines.
func TestPage(t *testing.T) {
	p := &Page{Width: 40}
	p.Line("one ")
	p.Section("two")
	p.Text(Plain, "  - ", "three four five six seven eight nine ten")
	p.Entries("flags", []Entry{{"--on DATE", "the day"}, {"--長い-名前-の-旗", "説明"}})
	p.Columns([][]string{{"判定", "a"}, {"x", "b"}})
	p.Words("  ", "    ", "aaaaaaaaaaaaaaaa-aaaaaaaaaaa bbbbbbbbbbbbbbbb cc")
	want := `one

two
  - three four five six seven eight nine
    ten

flags
  --on DATE     the day
  --長い-名前-の-旗
                説明
判定  a
x     b
  aaaaaaaaaaaaaaaa-aaaaaaaaaaa
    bbbbbbbbbbbbbbbb cc
`
	if got := p.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Proves that a table shares the page's width among its flexible columns, and that
// every line fits.
func TestTable(t *testing.T) {
	p := &Page{Width: 44}
	p.Table([]Column{{Head: "n", Right: true}, {Head: "cause", Flex: 3}, {Head: "fix", Flex: 2}}, [][]Cell{
		{{"12", Plain}, {"the offer holds TLS 1.0 at most", Red}, {"4 values", Plain}},
		Cells("3", "更新プログラムが未取得です。更新プログラムが未取得です。", "-"),
	})
	for line := range strings.Lines(p.String()) {
		if Width(strings.TrimSuffix(line, "\n")) > 44 {
			t.Errorf("%d columns: %q", Width(line), line)
		}
	}
	if !strings.HasPrefix(p.String(), " n  cause") {
		t.Errorf("got\n%s", p)
	}
}

// Proves that no text brings a page to print what is unsafe, by whatever method,
// and that colours come from the page alone.
func TestPageIsSafe(t *testing.T) {
	p := &Page{Color: false}
	p.Line(hostile)
	p.Styled(Red, hostile)
	p.Section(hostile)
	p.Text(Red, hostile, hostile)
	p.Led(Bold, hostile, Red, hostile)
	p.Wrapped(hostile, hostile, hostile)
	p.Words(hostile, hostile, hostile)
	p.Paragraphs(hostile + "\n\n" + hostile)
	p.Entries(hostile, []Entry{{hostile, hostile}})
	p.Table([]Column{{Head: hostile}, {Head: hostile, Flex: 1}}, [][]Cell{Cells(hostile, hostile)})
	if got := strings.ReplaceAll(p.String(), "\n", ""); strings.ContainsFunc(got, Unsafe) {
		t.Errorf("got %q", got)
	}
	colored := &Page{Color: true}
	colored.Styled(Red, "a\x1b[2J")
	if got := colored.String(); got != "\x1b[31ma\ufffd[2J\x1b[0m\n" {
		t.Errorf("got %q", got)
	}
}
