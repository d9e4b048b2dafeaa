package cli

import (
	"encoding/json"
	"strings"

	"github.com/rivo/uniseg"
	"go.yaml.in/yaml/v3"

	"tlsready/internal/service"
)

// pageWidth is what texts are wrapped to where there is no terminal.
const pageWidth = 100

// newPage begins a text for people, as wide as its output.
func (app *App) newPage(out *Output) *helpText {
	w := pageWidth
	if terminal := app.width(out); terminal > 0 {
		w = min(max(terminal, minHelpWidth), pageWidth)
	}
	return &helpText{width: w}
}

// columns writes rows in columns as wide as their widest cell; the last one is
// not filled up. Widths are those of a terminal, so that Japanese lines up.
func columns(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell)+2))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// inLang is the text in the run's language, else in English.
func (app *App) inLang(words map[string]string) string { return firstOf(words[app.Lang], words["en"]) }

// citations writes the sources of something.
func (app *App) citations(h *helpText, list []service.Citation) {
	if len(list) == 0 {
		return
	}
	h.section(app.text("page.sources"))
	for _, c := range list {
		h.line("  " + c.URL)
		if c.Says != "" {
			h.wrapped("    ", "    ", c.Says)
		}
	}
}

// field writes "term: text" where there is a text.
func (app *App) field(h *helpText, id, text string) {
	if text == "" {
		return
	}
	first := app.text(id) + ": "
	h.wrapped(first, strings.Repeat(" ", uniseg.StringWidth(first)), text)
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
