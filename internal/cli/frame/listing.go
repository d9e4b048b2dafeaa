package frame

import (
	"cmp"

	"tlsready/internal/report"
	"tlsready/internal/report/knowledge"
	"tlsready/internal/term"
)

// pageWidth is what texts are wrapped to if there is no terminal.
const pageWidth = 100

// NewPage begins a text for people, as wide as its output.
func (app *App) NewPage(out *Output) *term.Page {
	w := pageWidth
	if terminal := app.ColumnsOf(out); terminal > 0 {
		w = min(max(terminal, minHelpWidth), pageWidth)
	}
	return &term.Page{Width: w}
}

// PageOn writes on a page what the program knows, in the running language.
func (app *App) PageOn(h *term.Page) *knowledge.Page { return knowledge.New(h, app.Catalog()) }

// WriteDocument writes a document as JSON, or as page shows it to people.
func (app *App) WriteDocument(doc any, page func(h *term.Page)) error {
	return app.WriteOutputs(func(out *Output) error {
		if out.Format == FormatJSON {
			return report.WriteJSON(out, doc)
		}
		h := app.NewPage(out)
		page(h)
		return h.Flush(out)
	}, FormatTable, FormatJSON)
}

// InLang is a text of the data in the run's language, else in English.
func (app *App) InLang(words map[string]string) string { return cmp.Or(words[app.Lang], words["en"]) }
