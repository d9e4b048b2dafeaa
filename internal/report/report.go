// Package report renders the result of a check: for a terminal, a browser, a
// spreadsheet and other programs.
//
// A language changes words; never codes, ids or JSON. The same document,
// options and version give the same bytes.
package report

import (
	"io"

	"tlsready/internal/document"
)

// Options say how to render.
type Options struct {
	Lang    string // "en" or "ja"
	Color   bool   // terminal colours in a table
	Width   int    // columns of the terminal; 0: 100
	Command string // the command line as typed, for the hints on what to do next; "": no hints
	By      string // "", "folder", "owner" or "cause": one section each, in table and html
	Source  string // what was judged, as the user named it; "": not shown
}

// Renderer writes a document in one format.
type Renderer func(w io.Writer, c *document.Check, o Options) error

// Format is an output format by the name that --format takes.
type Format struct {
	Name      string
	Extension string // of a file in that format, with its dot
	Render    Renderer
}

// Formats lists the output formats.
func Formats() []Format {
	return []Format{
		{"table", ".txt", Table},
		{"json", ".json", JSON},
		{"jsonl", ".jsonl", JSONL},
		{"csv", ".csv", CSV},
		{"sarif", ".sarif", SARIF},
		{"html", ".html", HTML},
	}
}

// ByName finds a format.
func ByName(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}
