package cli

import (
	"encoding/json"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/report"
	"tlsready/internal/service"
	"tlsready/internal/term"
)

// pageWidth is what texts are wrapped to where there is no terminal.
const pageWidth = 100

// newPage begins a text for people, as wide as its output.
func (app *App) newPage(out *Output) *term.Page {
	w := pageWidth
	if terminal := app.width(out); terminal > 0 {
		w = min(max(terminal, minHelpWidth), pageWidth)
	}
	return &term.Page{Width: w}
}

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

// inLang is the text in the run's language, else in English.
func (app *App) inLang(words map[string]string) string { return firstOf(words[app.Lang], words["en"]) }

// citations writes the sources of something.
func (app *App) citations(h *term.Page, list []service.Citation) {
	if len(list) == 0 {
		return
	}
	h.Section(app.text("page.sources"))
	for _, c := range list {
		h.Line("  " + c.URL)
		if says := c.Says.In(app.Lang); says != "" {
			h.Text(term.Plain, "    ", says)
		}
	}
}

// field writes "term: text" where there is a text.
func (app *App) field(h *term.Page, id, text string) {
	if text == "" {
		return
	}
	h.Text(term.Plain, app.text(id)+": ", text)
}

// yamlAsJSON gives a profile or caller file as JSON, which is the same format.
// Days stay as they are written.
func yamlAsJSON(data []byte) (json.RawMessage, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(data, &n); err != nil {
		return nil, err
	}
	daysAsText(&n)
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func daysAsText(n *yaml.Node) {
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, child := range n.Content {
		daysAsText(child)
	}
}
