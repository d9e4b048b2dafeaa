// Package knowledge writes for people what the program knows by itself: services,
// callers, rules, the meanings of errors, and what lint finds.
package knowledge

import (
	"cmp"

	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/term"
)

// Page is a page in one language.
type Page struct {
	*term.Page
	words *message.Catalog
}

// New begins to write on a page in the language of words.
func New(page *term.Page, words *message.Catalog) *Page { return &Page{page, words} }

// t is a text in the page's language.
func (w *Page) t(id string, args ...message.Arg) string { return w.words.Text(id, args...) }

// in is a text of the data in the page's language, else in English.
func (w *Page) in(words map[string]string) string { return cmp.Or(words[w.words.Lang()], words["en"]) }

// citations writes the sources of something.
func (w *Page) citations(list []service.Citation) {
	if len(list) == 0 {
		return
	}
	w.Section(w.t("page.sources"))
	for _, c := range list {
		w.Line("  " + c.URL)
		if says := c.Says.In(w.words.Lang()); says != "" {
			w.Text(term.Plain, "    ", says)
		}
	}
}

// field writes "term: text" if there is a text.
func (w *Page) field(id, text string) {
	if text == "" {
		return
	}
	w.Text(term.Plain, w.t(id)+": ", text)
}
