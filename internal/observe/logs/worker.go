package logs

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tlsready/internal/observe"
	"tlsready/internal/observe/logs/formats"
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
	config *formats.Config
	parser *formats.Parser
	tries  int
	used   chan *result      // whose connections were given to the sink
	others []*formats.Layout // that lines of the block fitted which its own did not
}

func newWorker(name string, c *formats.Config, used chan *result) *worker {
	return &worker{name: name, config: c, parser: formats.NewParser(c), used: used}
}

// result is one that was used, or a new one.
func (w *worker) result() *result {
	select {
	case r := <-w.used:
		*r = result{connections: r.connections[:0]}
		return r
	default:
		return &result{}
	}
}

// read reads the records of a block.
func (w *worker) read(b *block) {
	b.result = w.result()
	w.tries, w.others = 0, nil
	if b.ends != nil {
		for _, e := range b.ends {
			w.record(b, b.data[e.from:e.to], b.line+e.line)
		}
		return
	}
	line := b.line
	for rest := b.data; len(rest) > 0; line++ {
		n := formats.LineEnd(rest, b.layout.Framing)
		record := bytes.TrimSuffix(bytes.TrimSuffix(rest[:n], []byte{'\n'}), []byte{'\r'})
		if len(record) > 0 {
			w.record(b, record, line)
		}
		line += bytes.Count(record, []byte{'\n'})
		rest = rest[n:]
	}
}

// record reads one record, by the block's layout or by one that fits it better.
func (w *worker) record(b *block, record []byte, line int) {
	out := w.parse(b.layout, record, line, b.result)
	if out != formats.Broken && out != formats.Foreign {
		return
	}
	for _, l := range w.others {
		if out := w.parse(l, record, line, b.result); out != formats.Broken && out != formats.Foreign {
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
	l := w.config.DetectLine(record)
	if l == nil {
		return false
	}
	read := false
	parse := func(r []byte, _ int) bool {
		out := w.parse(l, r, line, b.result)
		read = read || out != formats.Broken && out != formats.Foreign
		return true
	}
	if f := l.Framer(); f != nil {
		f.Feed(record, parse)
		return read
	}
	if parse(record, 0); read {
		w.others = append(w.others, l)
	}
	return read
}

func (w *worker) parse(l *formats.Layout, record []byte, line int, r *result) formats.Outcome {
	c, out := w.parser.Parse(l, record)
	switch out {
	case formats.Plain:
		r.plain++
	case formats.Seen:
		c.Source, c.Line = w.name, line
		r.connections = append(r.connections, *c)
	default:
		return out
	}
	r.local = r.local || w.parser.Assumed()
	if t := c.Time; !t.IsZero() {
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
