// Package report renders results: for a terminal, a browser, a spreadsheet, a
// ticket and other programs.
//
// A language changes words; never codes, ids or JSON. The same document,
// options and version give the same bytes.
package report

import (
	"io"
	"path/filepath"
	"strings"

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

// Format is an output format. It need not have a writer for every kind of
// document.
type Format struct {
	Name       string   // what --format takes
	Extensions []string // of a file in the format, with their dots, the usual one first
	JSON       bool     // it is JSON: its texts are English, and errors beside it are JSON too
	PerFolder  bool     // --by folder also writes a file of its own for each folder

	Check       Renderer                                             // a whole result of check
	CheckStream func(w io.Writer) *Stream                            // hosts as they come; then Check is not called
	Diff        func(w io.Writer, d *document.Diff, o Options) error // a whole comparison
	DiffStream  func(w io.Writer) *DiffStream                        // as CheckStream
	Feed        func(w io.Writer, f *document.Feed, o Options) error // deadlines of services
	Endpoints   func(w io.Writer, o EndpointOptions) EndpointWriter  // probed endpoints as they come
}

// Formats is the list of all formats, the default first. A new one is a line here
// and a file beside it; commands, flags, help and completion read the list.
func Formats() []Format {
	return []Format{
		tableFormat(),
		jsonFormat(),
		jsonlFormat(),
		csvFormat(),
		htmlFormat(),
		sarifFormat(),
		markdownFormat(),
		icsFormat(),
	}
}

// With lists the formats that have a writer for some kind of document.
func With(has func(Format) bool) []Format {
	var list []Format
	for _, f := range Formats() {
		if has(f) {
			list = append(list, f)
		}
	}
	return list
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

// ByPath finds the format that a file's name asks for, by the longest extension
// that fits. Known is false where the name asks for one that is not in the list,
// as report.pdf does; a name without an extension asks for none.
func ByPath(path string) (f Format, found, known bool) {
	base, longest := strings.ToLower(filepath.Base(path)), 0
	for _, one := range Formats() {
		for _, ext := range one.Extensions {
			if strings.HasSuffix(base, ext) && len(ext) > longest {
				f, longest = one, len(ext)
			}
		}
	}
	return f, longest > 0, longest > 0 || !isExtension(filepath.Ext(base))
}

// isExtension says whether the end of a file's name looks like one that names a
// kind of file: a letter and up to seven letters and digits more. A date or a
// version number is none.
func isExtension(ext string) bool {
	const longest = 8
	letter := func(c byte) bool { return c >= 'a' && c <= 'z' }
	if len(ext) < 2 || len(ext) > longest+1 || !letter(ext[1]) {
		return false
	}
	return strings.IndexFunc(ext[1:], func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) < 0
}
