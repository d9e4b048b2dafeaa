package formats

import (
	"bytes"
	"slices"

	"tlsready/internal/message"
)

// csvFormat is a table that was exported as CSV (RFC 4180).
type csvFormat struct {
	id      string
	fields  table
	version string       // the column that holds the version
	missing message.Text // how it comes in
	marks   []string     // the columns by which the table is known
	check   func(d *draft) Outcome
}

// layout reads the header, nil if it is not one of this format.
func (f *csvFormat) layout(c *Config, s *sample) *Layout {
	if bytes.IndexByte(s.line, ',') < 0 {
		return nil
	}
	var names []string
	csvFields(s.line, func(name []byte) { names = append(names, string(name)) })
	for _, m := range f.marks {
		if !slices.Contains(names, m) {
			return nil
		}
	}
	var setters []setter
	for _, n := range names {
		setters = append(setters, c.resolve(f.fields, n))
	}
	first, _, _ := bytes.Cut(s.line, []byte{','})
	l := &Layout{Format: f.id, Framing: ByCSV, Named: true, Header: bytes.Clone(first)}
	if !slices.Contains(names, f.version) {
		l.Missing = f.missing
	}
	l.parse = csvParser(setters, f.check)
	return l
}

// csvParser reads records of the values that setters take, in their order.
func csvParser(setters []setter, check func(d *draft) Outcome) func(d *draft, record []byte) Outcome {
	return func(d *draft, record []byte) Outcome {
		n := 0
		csvFields(record, func(value []byte) {
			if n < len(setters) {
				d.set(setters[n], value)
			}
			n++
		})
		if n != len(setters) {
			return Broken
		}
		return d.checked(check)
	}
}

// csvFields gives the values of a record, without quotes.
func csvFields(record []byte, f func(value []byte)) {
	for {
		if len(record) == 0 || record[0] != '"' {
			i := bytes.IndexByte(record, ',')
			if i < 0 {
				f(record)
				return
			}
			f(record[:i])
			record = record[i+1:]
			continue
		}
		value, rest := csvQuoted(record[1:])
		f(value)
		if len(rest) == 0 {
			return
		}
		record = rest[1:] // the comma
	}
}

// csvQuoted reads what stands behind a quote up to its end; a doubled quote is one.
func csvQuoted(s []byte) (value, rest []byte) {
	for from := 0; ; {
		i := bytes.IndexByte(s[from:], '"')
		if i < 0 {
			return s, nil
		}
		end := from + i
		if end+1 == len(s) || s[end+1] != '"' {
			if value = s[:end]; from > 0 {
				value = bytes.ReplaceAll(value, []byte(`""`), []byte{'"'})
			}
			return value, s[end+1:]
		}
		from = end + 2
	}
}
