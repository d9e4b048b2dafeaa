// Package frame finds the records of logs that are not written in lines: objects of JSON
// and elements of XML, in what comes piece by piece.
package frame

import (
	"bytes"
	"slices"

	"tlsready/internal/observe/logs/jsonscan"
)

// MaxRecord is how long a record may be: the longest that any of the formats is known to
// write is a CloudTrail event of 256 KiB.
const MaxRecord = 1 << 20

// cutRecord is how much is kept of a record that is longer.
const cutRecord = 200

// Framer finds records that are not lines. It gives each to emit, whose slice holds until
// it returns, with its line counted from where the framer began; emit says whether to go
// on.
type Framer interface {
	Feed(data []byte, emit func(record []byte, line int) bool)
	// End gives what is left, which is cut off.
	End(emit func(record []byte, line int) bool)
}

// Document finds the objects of JSON that are records: those that stand alone, one
// after the other or in a list, and those in the list of an envelope, such as
// {"Records": [...]}. Where JSON is broken it begins anew with the next line, and lines
// that are no JSON are records too, for others to read.
func Document() Framer { return &documentFramer{} }

// Events finds the <Event> elements of Windows events in XML, with or without an
// element around them.
func Events() Framer { return &eventFramer{} }

type documentFramer struct {
	outer  []byte // the lists and envelopes around: '[' of records, '{', and 's' for what is skipped
	record []byte // what there is of the record
	inside int    // how many lists and objects of the record are open; 0: none is
	text   bool   // in a string
	escape bool   // behind a backslash
	long   bool   // the record is too long and not kept
	begin  int    // the line with which the record begins
	line   int    // counted from 0
	from   int    // where in record the last string begins
	key    []byte // the last string of an object that may be an envelope
	named  bool   // key is followed by a colon
	stray  bool   // a line that is no JSON is being kept
}

// envelopes are the names of the lists in which records are handed out: by CloudTrail and
// Azure ("Records", "records"), by OData and by PowerShell 5.1 ("value").
func envelopes() []string { return []string{"Records", "records", "value"} }

// Enveloped says whether a line begins an object that holds a list of records.
func Enveloped(line []byte) bool {
	name, rest, _ := bytes.Cut(bytes.TrimLeft(bytes.TrimLeft(line, " \t{"), `"`), []byte{'"'})
	rest = bytes.TrimLeft(rest, " \t:")
	return slices.Contains(envelopes(), string(name)) && len(rest) > 0 && rest[0] == '['
}

func (f *documentFramer) Feed(data []byte, emit func(record []byte, line int) bool) {
	for i := 0; i < len(data); {
		if f.text {
			i = f.inText(data, i)
			continue
		}
		c := data[i]
		if f.stray {
			if !f.strayByte(c, emit) {
				return
			}
			i++
			continue
		}
		if c == '\n' {
			f.line++
		}
		if !f.step(c, emit) {
			return
		}
		i++
	}
}

// inText goes on to the end of the string, of the data, or of the line, at which no
// string goes on.
func (f *documentFramer) inText(data []byte, i int) int {
	start := i
	for ; i < len(data); i++ {
		switch c := data[i]; {
		case f.escape:
			f.escape = false
		case c == '\\':
			f.escape = true
		case c == '"', c == '\n':
			f.put(data[start:i])
			if f.text = false; c == '\n' {
				f.stray = f.inside > 0 // what is kept goes to the caller as a line
				f.inside, f.outer = 0, nil
				return i
			}
			f.put(data[i : i+1])
			if f.inside == 1 && len(f.outer) == 0 && !f.long {
				f.key, f.named = f.record[f.from:], false
			}
			return i + 1
		}
	}
	f.put(data[start:i])
	return i
}

// put keeps a part of the record, or of a line that is no JSON.
func (f *documentFramer) put(part []byte) {
	if f.inside == 0 && !f.stray || f.long {
		return
	}
	if f.long = len(f.record)+len(part) > MaxRecord; f.long {
		f.record = f.record[:min(len(f.record), cutRecord)]
		f.key = nil
		return
	}
	f.record = append(f.record, part...)
}

// strayByte keeps a line that is no JSON until its end.
func (f *documentFramer) strayByte(c byte, emit func([]byte, int) bool) bool {
	if c != '\n' {
		f.put([]byte{c})
		return true
	}
	f.stray = false
	f.line++
	return f.emit(emit)
}

func (f *documentFramer) emit(emit func([]byte, int) bool) bool {
	ok := emit(f.record, f.begin)
	f.record, f.long, f.key = f.record[:0], false, nil
	return ok
}

// step takes one byte outside of strings.
func (f *documentFramer) step(c byte, emit func([]byte, int) bool) bool {
	if f.inside > 0 {
		return f.stepInside(c, emit)
	}
	top := byte(0)
	if len(f.outer) > 0 {
		top = f.outer[len(f.outer)-1]
	}
	switch {
	case c == '{' && (top == 0 || top == '['):
		f.begin, f.inside = f.line, 1
		f.put([]byte{c})
	case c == '[' && top == 0:
		f.outer = append(f.outer, '[')
	case c == '{' || c == '[':
		if len(f.outer) < jsonscan.MaxDepth {
			f.outer = append(f.outer, 's')
		}
	case c == '}' || c == ']':
		f.outer = f.outer[:max(len(f.outer)-1, 0)]
	case c == '"' && top != 0:
		f.text = true
	case top == 0 && c != ',' && c > ' ':
		f.begin, f.stray = f.line, true
		f.put([]byte{c})
	}
	return true
}

func (f *documentFramer) stepInside(c byte, emit func([]byte, int) bool) bool {
	switch c {
	case '"':
		f.text, f.from = true, len(f.record)
	case '{', '[':
		if c == '[' && f.named && slices.Contains(envelopes(), string(jsonscan.Unquote(f.key))) {
			f.outer = append(f.outer, '{', '[')
			f.record, f.inside, f.long, f.key = f.record[:0], 0, false, nil
			return true
		}
		f.inside++
	case '}', ']':
		if f.inside--; f.inside == 0 {
			f.inside = 1 // so that the end is kept
			f.put([]byte{c})
			f.inside = 0
			return f.emit(emit)
		}
	case ':':
		f.named = f.inside == 1 && f.key != nil && len(f.outer) == 0
	case ',':
		f.key, f.named = nil, false
	}
	f.put([]byte{c})
	return true
}

func (f *documentFramer) End(emit func(record []byte, line int) bool) {
	if len(f.record) > 0 {
		f.emit(emit)
	}
}

type eventFramer struct {
	rest []byte
	line int
}

func (f *eventFramer) Feed(data []byte, emit func(record []byte, line int) bool) {
	f.rest = append(f.rest, data...)
	for {
		from := EventStart(f.rest)
		if from < 0 {
			f.drop(max(0, len(f.rest)-len("<Event ")))
			return
		}
		f.drop(from)
		length := bytes.Index(f.rest, []byte("</Event>"))
		if length < 0 {
			if len(f.rest) > MaxRecord {
				emit(f.rest[:cutRecord], f.line)
				f.drop(len("<Event"))
				continue
			}
			return
		}
		length += len("</Event>")
		if !emit(f.rest[:length], f.line) {
			return
		}
		f.drop(length)
	}
}

func (f *eventFramer) drop(n int) {
	f.line += bytes.Count(f.rest[:n], []byte{'\n'})
	f.rest = f.rest[n:]
}

func (f *eventFramer) End(emit func(record []byte, line int) bool) {
	if from := EventStart(f.rest); from >= 0 {
		f.drop(from)
		emit(f.rest, f.line)
	}
}

// EventStart finds the beginning of an <Event>, and not of an <Events>.
func EventStart(data []byte) int {
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("<Event"))
		if i < 0 {
			return -1
		}
		at += i
		if after := at + len("<Event"); after < len(data) && bytes.IndexByte([]byte(" >\r\n\t"), data[after]) >= 0 {
			return at
		}
		at++
	}
}
