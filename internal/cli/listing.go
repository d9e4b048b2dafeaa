package cli

import (
	"cmp"

	"tlsready/internal/report"
	"tlsready/internal/report/knowledge"
	"tlsready/internal/term"
)

// pageWidth is what texts are wrapped to if there is no terminal.
const pageWidth = 100

// newPage begins a text for people, as wide as its output.
func (app *App) newPage(out *Output) *term.Page {
	w := pageWidth
	if terminal := app.width(out); terminal > 0 {
		w = min(max(terminal, minHelpWidth), pageWidth)
	}
	return &term.Page{Width: w}
}

// pageOn writes on a page what the program knows, in the running language.
func (app *App) pageOn(h *term.Page) *knowledge.Page { return knowledge.New(h, app.words()) }

// writeDocument writes a document as JSON, or as page shows it to people.
func (app *App) writeDocument(doc any, page func(h *term.Page)) error {
	return app.WriteOutputs(func(out *Output) error {
		if out.Format == FormatJSON {
			return report.WriteJSON(out, doc)
		}
		h := app.newPage(out)
		page(h)
		return h.Flush(out)
	}, FormatTable, FormatJSON)
}

// inLang is a text of the data in the run's language, else in English.
func (app *App) inLang(words map[string]string) string { return cmp.Or(words[app.Lang], words["en"]) }
