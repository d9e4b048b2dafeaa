package scripts

import (
	"regexp"
	"strings"

	"tlsready/internal/script"
	"tlsready/internal/script/wsh"
)

// pageForms are the forms in which pages hold scripts.
type pageForms struct {
	inline, tag, language, include, object, source, runat *regexp.Regexp
}

func newPageForms() pageForms {
	return pageForms{
		inline:   regexp.MustCompile(`(?s)<%(.*?)%>`),
		tag:      regexp.MustCompile(`(?is)<script\b([^>]*?)(/>|>(.*?)</script\s*>)`),
		language: regexp.MustCompile(`(?i)\blanguage\s*=\s*["']?\s*([a-z]+)`),
		include:  regexp.MustCompile(`(?i)<!--\s*#include\s+(?:file|virtual)\s*=\s*["']([^"']+)["']\s*-->`),
		object:   regexp.MustCompile(`(?i)<object\b[^>]*\bprogid\s*=\s*["']([^"']+)["']`),
		source:   regexp.MustCompile(`(?i)\bsrc\s*=\s*["']([^"']+)["']`),
		runat:    regexp.MustCompile(`(?i)\brunat\s*=\s*["']?server`),
	}
}

// canvas is a script of a page: as long as the page, and blank where other things are.
type canvas struct {
	text  []byte
	any   bool
	other []included
}

// included is another file and where it is taken in.
type included struct {
	script.Pos
	text string
}

func newCanvas(text string) *canvas {
	b := []byte(text)
	for i, c := range b {
		if c != '\n' {
			b[i] = ' '
		}
	}
	return &canvas{text: b}
}

// draw takes a part of the page over, with an end after it.
func (c *canvas) draw(page string, from, to int) {
	copy(c.text[from:to], page[from:to])
	if to < len(c.text) && c.text[to] == ' ' {
		c.text[to] = wsh.PartEnd[0]
	}
	c.any = true
}

// page reads the scripts of a page or of a .wsf file.
func (w *wshWorld) page(text, ending string) {
	forms := newPageForms()
	server := ending == ".asp" || ending == ".asa"
	basic, js := newCanvas(text), newCanvas(text)
	usual := basic
	if ending == ".hta" {
		usual = js
	}
	for _, m := range forms.tag.FindAllStringSubmatchIndex(text, maxPlaces) {
		head := text[m[2]:m[3]]
		if server && !forms.runat.MatchString(head) {
			continue // it runs in the browser
		}
		to := usual
		if l := forms.language.FindStringSubmatch(head); l != nil {
			to = map[bool]*canvas{true: js, false: basic}[strings.HasPrefix(strings.ToLower(l[1]), "j")]
		}
		if src := forms.source.FindStringSubmatch(head); src != nil {
			w.take(to, src[1], place(text, m[0]), ending)
		}
		if m[6] >= 0 {
			to.draw(text, m[6], m[7])
			blank(to.text, "<![CDATA[", "]]>")
		}
	}
	if server {
		w.inline(text, forms, basic, js, ending)
	}
	for _, m := range forms.object.FindAllStringSubmatchIndex(text, maxPlaces) {
		w.Create(nil, place(text, m[0]), text[m[2]:m[3]], true)
	}
	w.run(wsh.VBScript(string(basic.text)), basic, ending == ".hta")
	w.run(wsh.JScript(strings.ReplaceAll(string(js.text), wsh.PartEnd, ";")), js, ending == ".hta")
}

// inline reads what stands between <% and %>.
func (w *wshWorld) inline(text string, forms pageForms, basic, js *canvas, ending string) {
	to := basic
	for _, m := range forms.inline.FindAllStringSubmatchIndex(text, -1) {
		from, end := m[2], m[3]
		switch {
		case strings.HasPrefix(text[from:end], "@"):
			if l := forms.language.FindStringSubmatch(text[from:end]); l != nil && strings.HasPrefix(strings.ToLower(l[1]), "j") {
				to = js
			}
			continue
		case strings.HasPrefix(text[from:end], "="):
			from++
		}
		to.draw(text, from, end)
	}
	for _, m := range forms.include.FindAllStringSubmatchIndex(text, maxPlaces) {
		w.take(to, text[m[2]:m[3]], place(text, m[0]), ending)
	}
}

// take reads another file that a page takes in.
func (w *wshWorld) take(to *canvas, name string, at script.Pos, ending string) {
	text, ok := "", false
	if w.files != nil && len(to.other) < maxIncluded {
		text, ok = w.files(strings.TrimPrefix(name, "/"))
	}
	if !ok {
		w.out.unclear(Place{Pos: at, Code: "file", Text: name})
		return
	}
	if ending == ".asp" || ending == ".asa" { // an included page; what it takes in itself is not followed
		part := newCanvas(text)
		for _, m := range newPageForms().inline.FindAllStringSubmatchIndex(text, -1) {
			part.draw(text, m[2], m[3])
		}
		text = string(part.text)
	}
	to.other = append(to.other, included{at, text})
}

// run follows the script of a page with the files that it takes in.
func (w *wshWorld) run(s *wsh.Script, c *canvas, others bool) {
	for i := len(c.other) - 1; i >= 0; i-- {
		s.Include(c.other[i].text, c.other[i].Pos)
	}
	if c.any || len(c.other) > 0 {
		wsh.Follow(s, w, others)
	}
}

// blank takes marks out of a text.
func blank(text []byte, marks ...string) {
	for _, mark := range marks {
		for {
			i := strings.Index(string(text), mark)
			if i < 0 {
				break
			}
			copy(text[i:], strings.Repeat(" ", len(mark)))
		}
	}
}

// place is the position of a byte in a text.
func place(text string, at int) script.Pos {
	line := 1 + strings.Count(text[:at], "\n")
	return script.Pos{Line: line, Column: at - strings.LastIndexByte(text[:at], '\n')}
}
