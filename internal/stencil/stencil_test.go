package stencil_test

import (
	"bytes"
	"errors"
	htmltemplate "html/template"
	"strings"
	"testing"
	texttemplate "text/template"

	"tlsready/internal/stencil"
)

type item struct {
	Name string
	N    int
	On   bool
	Tags []string
}

type embedded struct{ Title string }

type data struct {
	embedded
	Text, Empty string
	Items, None []item
	Inner       struct{ Deep string }
}

func some(text string) data {
	d := data{embedded: embedded{text + "!"}, Text: text, Items: []item{{text, 0, true, []string{text, "b"}}, {"two", -7, false, nil}}}
	d.Inner.Deep = text
	return d
}

// actions are templates without HTML: every action that stencils know.
func actions() []string {
	return []string{
		"plain", "{{.Text}}{{.Title}}{{.Inner.Deep}}", "a {{- .Text -}} \n b", "a {{ .Text }} b",
		"{{if .Text}}yes{{end}}{{if .Empty}}no{{else}}else{{end}}{{if not .None}}none{{end}}",
		"{{with .Text}}<{{.}}>{{else}}nothing{{end}}{{with .Empty}}{{.}}{{else}}nothing of {{.Text}}{{end}}",
		"{{range .Items}}{{.Name}}={{.N}},{{.On}};{{range .Tags}}{{.}}{{end}}{{else}}none{{end}}{{range .None}}x{{else}}none{{end}}",
		"{{range $i, $one := .Items}}{{if $i}}, {{end}}{{$one.Name}}{{$.Text}}{{len $one.Tags}}{{end}}{{len .Items}}",
		`{{range $i, $one := .Items}}{{if eq $i 0}}first{{end}}{{end}}{{$list := .Items}}{{range $list}}{{.N}}{{end}}`,
		`{{define "part"}}[{{.Name}}{{$.N}}]{{end}}{{range .Items}}{{template "part" .}}{{end}}`,
		`{{shout "a b"}}{{shout .Text}}`,
	}
}

// Proves that a stencil for text gives what text/template gives.
func TestTextAsTheStandardLibrary(t *testing.T) {
	for _, source := range actions() {
		var want, got bytes.Buffer
		reference := texttemplate.Must(texttemplate.New("x").Funcs(texttemplate.FuncMap{"shout": strings.ToUpper}).Parse(source))
		if err := reference.Execute(&want, some("x<'y")); err != nil {
			t.Fatal(err)
		}
		set := stencil.Text(stencil.Funcs{"shout": stencil.Say(strings.ToUpper)})
		if err := errors.Join(set.Parse("x", source), set.Execute(&got, "x", some("x<'y"))); err != nil || got.String() != want.String() {
			t.Errorf("%s: %q, want %q (%v)", source, got.String(), want.String(), err)
		}
	}
}

// places are templates with a value at every place of HTML where one may stand.
func places() []string {
	return []string{
		"<p>{{.Text}}</p>", `<p class="{{.Text}}" title="a {{.Text}} b">x</p>`, `<p{{if .Text}} class="{{.Text}}"{{end}} hidden>x</p>`,
		`<a href="{{.Text}}" rel="noreferrer">{{.Text}}</a>`, `<a href="#{{.Text}}">x</a>`, `<a href="#part{{.Text}}">x</a>`,
		"<title>{{.Text}}</title>", `<svg><text x="{{.Text}}">{{.Text}}</text><rect width="{{len .Items}}"/></svg>`,
		"<ul>{{range .Items}}\n<li id=\"i{{.N}}\">{{.Name}}</li>{{end}}\n</ul><br>{{.Text}}", "<!doctype html>\n<html lang=\"{{.Text}}\"><meta name=\"x\" content=\"{{.Text}}\">",
		"<style>p{}</style>{{.Text}}<script>if(1<2){}</script><p>{{.Text}}",
	}
}

func asHTML(source string, d data) (want, got string, err error) {
	reference := htmltemplate.Must(htmltemplate.New("x").Parse(source))
	var expected, made bytes.Buffer
	if err := reference.Execute(&expected, d); err != nil {
		return "", "", err
	}
	set := stencil.HTML(nil)
	err = errors.Join(set.Parse("x", source), set.Execute(&made, "x", d))
	return expected.String(), made.String(), err
}

// Proves that whatever a value is, a stencil writes it into HTML as html/template does,
// at every place.
func FuzzHTMLAsTheStandardLibrary(f *testing.F) {
	for _, text := range []string{
		"", "plain", `<script>alert("x")</script>`, `" onmouseover="x`, "' & + \x00 <", "javascript:alert(1)", "JavaScript:alert(1)", " javascript:x", "https://example.com/a?b=c&d='e'(f)#g",
		"mailto:x@example.com", "data:text/html,x", "/a:b", "a/b:c", "%41%4g%", "日本語", "\xff\xfe", "x y\tz\n", "http:", ":", "-->", "</title>", "{{.}}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, source := range places() {
			if want, got, err := asHTML(source, some(text)); got != want || err != nil {
				t.Errorf("%s of %q: %q, want %q (%v)", source, text, got, want, err)
			}
		}
	})
}

// Proves that a value is refused where it could be more than text, and what the types of
// text that is not escaped are good for.
func TestPlacesThatAreRefused(t *testing.T) {
	for _, source := range []string{
		"<{{.Text}}>", "<p {{.Text}}>", `<p onclick="{{.Text}}">`, `<p style="{{.Text}}">`, `<img src="{{.Text}}">`, "<p class={{.Text}}>", `<a href="/x/{{.Text}}">`,
		`<a href="{{.Text}}{{.Text}}">`, "{{if .Text}}<p{{end}}", `{{if .Text}}<p title="{{else}}<p class="{{end}}x">`, "<p", `{{range .Items}}<p{{end}}>`, `<p {{template "x" .}}>`,
	} {
		if err := stencil.HTML(nil).Parse("x", source); err == nil {
			t.Errorf("%s is taken", source)
		}
	}
	for source, fine := range map[string]bool{
		"<style>{{.Style}}</style>": true, "<style>{{.Script}}</style>": false, "<style>{{.Text}}</style>": false,
		"<script>{{.Script}}</script>": true, "<script>{{.Text}}</script>": false, "<p>{{.Markup}}</p>": true, "<p>{{.Script}}</p>": true,
	} {
		set := stencil.HTML(nil)
		var out bytes.Buffer
		err := errors.Join(set.Parse("x", source), set.Execute(&out, "x", struct {
			Style  stencil.Style
			Script stencil.Script
			Markup stencil.Markup
			Text   string
		}{"a<b", "a<b", "a<b", "a<b"}))
		if (err == nil) != fine {
			t.Errorf("%s: %v", source, err)
		}
		if plain := strings.Contains(out.String(), "a<b"); plain != (fine && !strings.Contains(source, "<p>{{.Script")) {
			t.Errorf("%s: %q", source, out.String())
		}
	}
}

// Proves that a template that is none, or that wants what is not there, is an error with
// its line.
func TestMistakes(t *testing.T) {
	for _, source := range []string{"a\n{{.Text", "a\n{{}}", "a\n{{end}}", "a\n{{if .Text}}", "a\n{{else}}", "a\n{{nothing .Text}}", "a\n{{.Text .Text}}", "a\n{{if .Text}}{{else}}{{else}}{{end}}"} {
		if err := stencil.Text(nil).Parse("x", source); err == nil || !strings.HasPrefix(err.Error(), "x:2: ") {
			t.Errorf("%q: %v", source, err)
		}
	}
	for _, source := range []string{"{{.Missing}}", "{{.Text.Missing}}", "{{.Items}}", "{{range .Text}}{{end}}", "{{$no}}", `{{template "no" .}}`, "{{len .Text}}", "{{eq .Text 1}}", "{{shout 1}}"} {
		set := stencil.Text(stencil.Funcs{"shout": stencil.Say(strings.ToUpper)})
		if err := set.Parse("x", source); err != nil {
			t.Fatal(err)
		}
		if err := set.Execute(&bytes.Buffer{}, "x", some("x")); err == nil {
			t.Errorf("%q is filled", source)
		}
	}
}
