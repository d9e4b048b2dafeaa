package logs

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tlsready/internal/observe"
)

const (
	// maxExample is how much of a line that could not be read is shown.
	maxExample = 200
	// maxTries is how many lines of a block that do not fit are shown to the other
	// formats: more of them are no log.
	maxTries = 64
)

// result is what a block held.
type result struct {
	connections []observe.Connection
	plain       int
	broken      loss
	from, to    time.Time
	local       bool // times without a zone were read
}

// loss is what of a block could not be read.
type loss struct {
	count   int
	example string
	line    int
}

func (l *loss) add(line int, record []byte) {
	if l.count++; l.count == 1 {
		l.example, l.line = exampleOf(record), line
	}
}

// exampleOf cuts a record to what a line can show.
func exampleOf(record []byte) string {
	record = bytes.TrimSpace(record[:min(len(record), maxExample)])
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\t' {
			return r
		}
		return utf8.RuneError
	}, string(record))
}

// worker reads blocks, one after the other.
type worker struct {
	name   string
	config *config
	draft  *draft
	tries  int
	others []*layout // that lines of the block fitted which its own did not
}

func newWorker(name string, c *config) *worker {
	return &worker{name: name, config: c, draft: newDraft(c)}
}

// read reads the records of a block.
func (w *worker) read(b *block) {
	b.result = &result{connections: make([]observe.Connection, 0, 1+len(b.data)/512)}
	w.tries, w.others = 0, nil
	if b.ends != nil {
		for _, e := range b.ends {
			w.record(b, b.data[e.from:e.to], b.line+e.line)
		}
		return
	}
	line := b.line
	for rest := b.data; len(rest) > 0; line++ {
		n := lineEnd(rest, b.layout.framing)
		record := bytes.TrimSuffix(bytes.TrimSuffix(rest[:n], []byte{'\n'}), []byte{'\r'})
		if len(record) > 0 {
			w.record(b, record, line)
		}
		line += bytes.Count(record, []byte{'\n'})
		rest = rest[n:]
	}
}

// lineEnd gives the length of the line with which data begins, its end with it.
func lineEnd(data []byte, f framing) int {
	for end, quotes := 0, 0; ; {
		i := bytes.IndexByte(data[end:], '\n')
		if i < 0 {
			return len(data)
		}
		if f == byCSV {
			quotes += bytes.Count(data[end:end+i], []byte{'"'})
		}
		if end += i + 1; quotes%2 == 0 {
			return end
		}
	}
}

// record reads one record, by the block's layout or by one that fits it better.
func (w *worker) record(b *block, record []byte, line int) {
	out := w.parse(b.layout, record, line, b.result)
	if out != broken && out != foreign {
		return
	}
	for _, l := range w.others {
		if out := w.parse(l, record, line, b.result); out != broken && out != foreign {
			return
		}
	}
	if len(bytes.TrimSpace(record)) == 0 {
		return
	}
	if w.tries++; w.tries <= maxTries && w.config.Format == "" && w.elsewhere(b, record, line) {
		return
	}
	b.result.broken.add(line, record)
}

// elsewhere reads a record that is of another format than the block.
func (w *worker) elsewhere(b *block, record []byte, line int) bool {
	l := w.config.detectLine(record)
	if l == nil || l.format == b.layout.format && l.framing != byDocument {
		return false
	}
	read := false
	parse := func(r []byte, _ int) bool {
		out := w.parse(l, r, line, b.result)
		read = read || out != broken && out != foreign
		return true
	}
	if f := l.framer(); f != nil {
		f.feed(record, parse)
		return read
	}
	if parse(record, 0); read {
		w.others = append(w.others, l)
	}
	return read
}

// framer gives what finds the records of a layout, nil if they are lines.
func (l *layout) framer() framer {
	switch l.framing {
	case byDocument:
		return &documentFramer{}
	case byEvent:
		return &eventFramer{}
	}
	return nil
}

func (w *worker) parse(l *layout, record []byte, line int, r *result) outcome {
	d := w.draft
	d.reset()
	out := l.parse(d, record)
	switch out {
	case plain:
		r.plain++
	case seen:
		d.c.Source, d.c.Line, d.c.Format = w.name, line, l.format
		r.connections = append(r.connections, d.c)
	default:
		return out
	}
	r.local = r.local || l.local
	if t := d.c.Time; !t.IsZero() {
		if r.from.IsZero() || t.Before(r.from) {
			r.from = t
		}
		if t.After(r.to) {
			r.to = t
		}
	}
	return out
}

// where is the place of a line: FILE:LINE.
func where(name string, line int) string { return fmt.Sprintf("%s:%d", name, line) }
