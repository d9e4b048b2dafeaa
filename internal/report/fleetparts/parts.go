// Package fleetparts is what pages on a fleet are made of: the static site and the console
// show the same pictures, sentences and tables.
package fleetparts

import (
	"embed"
	"html/template"
	"strings"
	"unicode/utf8"

	"tlsready/internal/message"
	"tlsready/internal/report/html"
	"tlsready/internal/report/view"
	"tlsready/internal/term"
)

//go:embed page
var files embed.FS

// Stylesheet is that of the report, and what pages on a fleet have besides.
func Stylesheet() ([]byte, error) {
	base, err := html.Stylesheet()
	if err != nil {
		return nil, err
	}
	own, err := files.ReadFile("page/fleet.css")
	return append(base, own...), err
}

// Parts makes parts of pages in one language.
type Parts struct {
	W      view.Words
	Today  string // the day on which the pages are read
	Newest string // the last day with results; "" for none
	// Template has the templates of the parts: table, chart, deadline, facts, fix. They say
	// their words by the function t. Others are added to it before it is used.
	Template *template.Template
}

// New makes the parts of a language.
func New(lang string) (Parts, error) {
	p := Parts{W: view.NewWords(lang)}
	t := func(id string) string { return p.T(id) }
	var err error
	p.Template, err = template.New("parts").Funcs(template.FuncMap{"t": t}).ParseFS(files, "page/*.tmpl")
	return p, err
}

// T is the text "site.<id>".
func (p Parts) T(id string, args ...message.Arg) string { return p.W.Text("site."+id, args...) }

// Fact is a word and what it is.
type Fact struct{ Word, Text, Href string }

// Facts are pairs of the id of a word and a text; empty texts are left out.
func (p Parts) Facts(pairs ...string) []Fact {
	var list []Fact
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			list = append(list, Fact{Word: p.T("col." + pairs[i]), Text: Short(pairs[i+1])})
		}
	}
	return list
}

// Short is a text on one line, its middle left out if it is longer than anybody reads.
// Nothing in it moves the cursor or turns the direction of the text around it.
func Short(s string) string {
	const most, head, tail = 300, 200, 60
	if len(s) > 4*most {
		s = strings.ToValidUTF8(s[:4*head], "") + "…" + strings.ToValidUTF8(s[len(s)-4*tail:], "")
	}
	s = term.OneLine(s)
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	r := []rune(s)
	return string(r[:head]) + "…" + string(r[len(r)-tail:])
}
