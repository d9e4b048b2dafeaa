// Package report renders results: for a terminal, a browser, a spreadsheet, a
// ticket and other programs.
//
// A language changes words; never codes, ids or JSON. The same document,
// options and version give the same bytes.
package report

import (
	"path/filepath"
	"strings"

	"tlsready/internal/report/html"
	"tlsready/internal/report/table"
	"tlsready/internal/report/view"
)

// What the formats share with those who call them.
type (
	Format          = view.Format
	Options         = view.Options
	EndpointOptions = view.EndpointOptions
	EndpointWriter  = view.EndpointWriter
	WatchOptions    = view.WatchOptions
	WatchWriter     = view.WatchWriter
	Stream          = view.Stream
	DiffStream      = view.DiffStream
)

// List is a list of formats, the default first.
type List []Format

// Formats is the list of the formats that are written here. A new one is a line here and
// a file beside it; commands, flags, help and completion read the list. One that brings a
// large library with it stands in a room of its own, and is added where commands list
// theirs: the page in a browser carries what is listed here.
func Formats() List {
	return List{
		table.Format(),
		jsonFormat(),
		jsonlFormat(),
		csvFormat(),
		html.Format(),
		sarifFormat(),
		markdownFormat(),
		icsFormat(),
		ticketsFormat(),
		namesFormat(),
	}
}

// With lists the formats that have a writer for some kind of document.
func (l List) With(has func(Format) bool) List {
	var list List
	for _, f := range l {
		if has(f) {
			list = append(list, f)
		}
	}
	return list
}

// ByName finds a format.
func (l List) ByName(name string) (Format, bool) {
	for _, f := range l {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// ByPath finds the format that a file's name asks for, by the longest extension that
// fits. Known is false if the name asks for a format that is not in the list, as
// report.pdf does; a name without an extension asks for none.
func (l List) ByPath(path string) (f Format, found, known bool) {
	base, longest := strings.ToLower(filepath.Base(path)), 0
	for _, one := range l {
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
