package answer

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/rehearse"
	"tlsready/internal/term"
)

//go:embed page.html.tmpl
var source string

//go:embed page.css
var style string

// parsed is read once.
var parsed = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(source)) })

// policy lets the page load nothing but its own style.
var policy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
})

// shown is what the page shows.
type shown struct {
	Lang, Other, OtherName string
	Style                  template.CSS
	Verdict                string // yes, no or unknown: the colour
	Headline, Rehearsed    string
	Why, Remedy, Proves    string
	Facts                  []fact
	Lists                  []list
	Commands               []command
	Root                   *rootText
	T                      func(id string) string
}

type fact struct{ Name, Value string }

type list struct {
	Name  string
	Items []string
}

// page is the page for a visitor.
func (a *Answers) page(r *http.Request, v *rehearse.Visitor) []byte {
	words := message.For(asked(r, a.Lang))
	lang := words.Lang()
	p := shown{
		Lang: lang, Style: template.CSS(style), //nolint:gosec // our own file
		Verdict: v.Survives.String(), Headline: words.Render(headline(v)), Why: term.OneLine(words.Render(why(v))), Remedy: term.OneLine(words.Render(v.Remedy)),
		Proves: term.OneLine(words.Render(v.Rehearsal.Proves)), Rehearsed: rehearsed(words, v),
		Facts: facts(words, v), Lists: lists(words, v), Commands: commands(words, a.base(v)), Root: a.rootText(a.base(v)),
		T: func(id string) string { return words.Text("rehearse.page." + id) },
	}
	for _, other := range message.Languages() {
		if other != lang {
			p.Other, p.OtherName = other, message.For(other).Text("rehearse.page.language")
		}
	}
	var b bytes.Buffer
	if parsed().Execute(&b, &p) != nil {
		return nil
	}
	return b.Bytes()
}

// rehearsed says what is rehearsed, and how.
func rehearsed(words *message.Catalog, v *rehearse.Visitor) string {
	id := "rehearse.page.open"
	if v.Rehearsal.Strict {
		id = "rehearse.page.strict"
	}
	return words.Render(message.New("rehearse.page.rehearsed", message.Str("service", serviceName(v, words.Lang())), message.Str("date", v.Rehearsal.On),
		message.Sub("how", message.New(id))))
}

// facts are the short things that are known of a visitor.
func facts(words *message.Catalog, v *rehearse.Visitor) []fact {
	version, suite := agreed(v)
	group := ""
	if v.Negotiated != nil {
		group = v.Negotiated.Group
	}
	stack := cmp.Or(v.Stack.Name, words.Text("rehearse.page.unrecognised"))
	if v.Stack.ID != "" {
		stack += " (" + v.Stack.ID + ")"
	}
	var all []fact
	for _, f := range []fact{
		{"max", v.Offered.Max.String()},
		{"versions", versions(v.Offered)},
		{"agreed", strings.TrimSpace(version + " " + suite)},
		{"group", group},
		{"stack", stack},
		{"sni", cmp.Or(v.ServerName, words.Text("rehearse.page.none"))},
		{"agent", v.Identity.UserAgent},
		{"ja4", v.JA4},
		{"ja3", v.JA3},
		{"client", v.Client},
	} {
		if f.Value != "" {
			all = append(all, fact{words.Text("rehearse.page.fact." + f.Name), term.OneLine(f.Value)})
		}
	}
	return all
}

func versions(o *document.ConnectionOffer) string {
	if !o.Exact {
		return "" // the hello states its maximum alone
	}
	return joined(o.Versions)
}

func joined[T fmt.Stringer](list []T) string { return strings.Join(names(list), ", ") }

func names[T fmt.Stringer](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = x.String()
	}
	return out
}

// lists are the long ones.
func lists(words *message.Catalog, v *rehearse.Visitor) []list {
	var all []list
	for _, l := range []list{
		{"suites", names(v.Offered.Suites)}, {"groups", names(v.Offered.Groups)}, {"signatures", names(v.Offered.SignatureAlgorithms)},
	} {
		if len(l.Items) > 0 {
			all = append(all, list{words.Text("rehearse.page.list."+l.Name, message.Int("n", len(l.Items))), l.Items})
		}
	}
	return all
}
