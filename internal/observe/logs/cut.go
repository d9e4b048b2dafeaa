package logs

import (
	"bytes"
	"io"

	"tlsready/internal/observe/logs/formats"
	"tlsready/internal/observe/logs/frame"
)

const (
	// blockSize is how much is read and handed to a goroutine at once: a line must fit.
	blockSize = frame.MaxRecord
	// headSize is how much of a file is looked at to tell its format.
	headSize = 64 << 10
)

// block is a piece of a log: whole records, all of one layout.
type block struct {
	data   []byte
	buffer []byte // what data is in, to be used again; nil: another block's
	line   int    // the number of its first line
	layout *formats.Layout
	ends   []end // of records that are not lines; nil: lines
	result *result
	done   chan struct{}
}

// end is where a record of a document lies, and its line from the block's.
type end struct{ from, to, line int }

// cutter reads a log and cuts it into blocks.
type cutter struct {
	r      io.Reader
	config *formats.Config
	layout *formats.Layout
	line   int    // the number of the line with which rest begins
	rest   []byte // what was read and not yet given
	long   bool   // a line that is too long is being left out
	slow   bool   // r gives small pieces of what is there
	err    error  // why nothing more comes; io.EOF at the end
	pool   chan []byte
	lost   func(line int, example []byte)
	frame  frame.Framer // of documents and events
}

// next gives the next blocks; none at the end.
func (k *cutter) next() []*block {
	for k.err == nil {
		buffer := k.buffer()
		n := copy(buffer, k.rest)
		k.rest = nil
		more, err := k.fill(buffer[n:])
		k.err = err
		data := buffer[:n+more]
		var blocks []*block
		if k.frame != nil {
			blocks = k.records(data)
			k.release(buffer)
		} else {
			blocks = k.cut(buffer, data)
		}
		if len(blocks) > 0 {
			return blocks
		}
	}
	return nil
}

// records takes the records of documents and events out of data.
func (k *cutter) records(data []byte) []*block {
	b := &block{line: 1, layout: k.layout, data: k.buffer()[:0], ends: []end{}, done: make(chan struct{})}
	emit := func(record []byte, line int) bool {
		from := len(b.data)
		b.data = append(b.data, record...)
		b.ends = append(b.ends, end{from, len(b.data), line})
		return true
	}
	k.frame.Feed(data, emit)
	if k.err != nil {
		k.frame.End(emit)
	}
	b.buffer = b.data[:cap(b.data)]
	if len(b.ends) == 0 {
		k.release(b.buffer)
		return nil
	}
	return []*block{b}
}

func (k *cutter) buffer() []byte {
	select {
	case b := <-k.pool:
		return b
	default:
		return make([]byte, blockSize)
	}
}

// release gives a buffer back to be used again.
func (k *cutter) release(b []byte) {
	if len(b) != blockSize {
		return
	}
	select {
	case k.pool <- b:
	default:
	}
}

// fill reads what is there: what waits on a pipe, or a full block of what comes in small
// pieces because it is unpacked or decoded.
func (k *cutter) fill(p []byte) (int, error) {
	n, err := k.r.Read(p)
	for k.slow && err == nil && n < len(p) {
		var more int
		more, err = k.r.Read(p[n:])
		n += more
	}
	return n, err
}

// cut takes the whole lines of data as blocks and keeps the rest.
func (k *cutter) cut(buffer, data []byte) []*block {
	if k.long {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			return nil
		}
		data, k.long = data[i+1:], false
		k.line++
	}
	whole := k.whole(data)
	if k.err != nil {
		whole = len(data)
	}
	if whole == 0 && len(data) == len(buffer) {
		k.lost(k.line, data)
		k.long = true
		k.release(buffer)
		return nil
	}
	k.rest = bytes.Clone(data[whole:])
	blocks := k.split(data[:whole])
	if len(blocks) > 0 {
		blocks[len(blocks)-1].buffer = buffer
	}
	return blocks
}

// whole gives how much of data are whole lines.
func (k *cutter) whole(data []byte) int {
	if k.layout.Framing != formats.ByCSV {
		return bytes.LastIndexByte(data, '\n') + 1
	}
	quotes := bytes.Count(data, []byte{'"'})
	for end := len(data); ; end-- {
		line := bytes.LastIndexByte(data[:end], '\n') + 1
		quotes -= bytes.Count(data[line:end], []byte{'"'})
		if end = line; end == 0 || quotes%2 == 0 {
			return end
		}
	}
}

// split cuts whole lines where a header changes their layout.
func (k *cutter) split(data []byte) []*block {
	var blocks []*block
	for len(data) > 0 {
		at := k.headerAt(data)
		if at > 0 {
			blocks = append(blocks, &block{data: data[:at], line: k.line, layout: k.layout, done: make(chan struct{})})
			k.line += bytes.Count(data[:at], []byte{'\n'})
			data = data[at:]
			continue
		}
		line := data
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			line = data[:i+1]
		}
		if next := k.config.Header(bytes.TrimRight(line, "\r\n"), k.layout); next != nil {
			k.layout = next
		}
		data = data[len(line):]
		k.line++
	}
	return blocks
}

// headerAt gives where the first header of data begins: 0 if data begins with one, its
// length if there is none.
func (k *cutter) headerAt(data []byte) int {
	mark := []byte{'#'}
	if k.layout.Framing == formats.ByCSV {
		mark = k.layout.Header
	}
	if bytes.HasPrefix(data, mark) {
		return 0
	}
	if i := bytes.Index(data, append([]byte{'\n'}, mark...)); i >= 0 {
		return i + 1
	}
	return len(data)
}
