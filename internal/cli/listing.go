package cli

import (
	"cmp"
	"encoding/json"

	"go.yaml.in/yaml/v3"

	"tlsready/internal/report"
	"tlsready/internal/report/knowledge"
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

// inLang is a text of the data in the run's language, else in English.
func (app *App) inLang(words map[string]string) string { return cmp.Or(words[app.Lang], words["en"]) }
