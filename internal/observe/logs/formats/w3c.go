package formats

import (
	"bytes"
	"slices"
	"strings"

	"tlsready/internal/message"
)

// w3cFormat is a format whose lines are named by #Fields, as in the W3C Extended Log File
// Format (https://www.w3.org/TR/WD-logfile.html).
type w3cFormat struct {
	id        string
	fields    table
	version   string       // the field that holds the version
	missing   message.Text // how it is added
	marks     []string     // of which a header has one
	separator byte         // between values
	csv       bool         // values are written as in CSV
	check     func(d *draft) Outcome
}

// header reads #Fields, which names what the lines hold until the next one.
func (f *w3cFormat) header(c *Config, line []byte, _ *Layout) *Layout {
	rest, found := bytes.CutPrefix(line, []byte("#Fields:"))
	if !found {
		return nil
	}
	names := strings.FieldsFunc(string(rest), func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	if !slices.ContainsFunc(f.marks, func(mark string) bool { return slices.Contains(names, mark) }) {
		return nil
	}
	k := c.columns(f.fields, names, f.separator, f.check)
	l := &Layout{Format: f.id, Named: true, parse: k.parse}
	if f.csv {
		l.parse = csvParser(k.setters, f.check)
	}
	if !slices.Contains(names, f.version) {
		l.Missing = f.missing
	}
	return l
}
