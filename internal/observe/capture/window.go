package capture

import "io"

// windowSize is the size of one read: large enough that the number of reads does not
// matter, small enough for the second-level cache.
const windowSize = 512 << 10

// window is a view of a stream without copies: what peek gives stays where the reader put
// it until the next call.
type window struct {
	r        io.Reader
	buf      []byte
	from, to int   // what is in buf
	passed   int64 // bytes taken so far
	err      error // of the reader, once it gave one
}

func newWindow(r io.Reader) *window { return &window{r: r, buf: make([]byte, firstWindow)} }

// firstWindow is the size of the first read: many captures are not larger.
const firstWindow = 16 << 10

// peek is the next n bytes; fewer with io.EOF at the end of the stream, and with the
// reader's error. It reads no more than it needs to, so that a stream that is being
// written is followed.
func (w *window) peek(n int) ([]byte, error) {
	for w.to-w.from < n && w.err == nil {
		w.fill(n)
	}
	if w.to-w.from < n {
		return w.buf[w.from:w.to], w.err
	}
	return w.buf[w.from : w.from+n], nil
}

// fill reads once.
func (w *window) fill(n int) {
	if w.from+n > len(w.buf) || w.from == w.to {
		w.to, w.from = copy(w.buf, w.buf[w.from:w.to]), 0
	}
	if n > len(w.buf) || len(w.buf) < windowSize && w.passed > firstWindow {
		larger := make([]byte, max(n, windowSize))
		copy(larger, w.buf[:w.to])
		w.buf = larger
	}
	read, err := w.r.Read(w.buf[w.to:])
	w.to += read
	switch {
	case err != nil:
		w.err = err
	case read == 0:
		w.idle()
	}
}

// errNoProgress is the error of a reader that gives neither bytes nor an error.
var errNoProgress = io.ErrNoProgress

// idle ends a reader that does not move; one empty read is allowed, a hundred are not.
func (w *window) idle() {
	for range 100 {
		read, err := w.r.Read(w.buf[w.to:])
		w.to += read
		if err != nil {
			w.err = err
		}
		if read > 0 || err != nil {
			return
		}
	}
	w.err = errNoProgress
}

// take steps over n bytes that peek gave.
func (w *window) take(n int) {
	w.from += n
	w.passed += int64(n)
}

// skip steps over n bytes, without keeping them.
func (w *window) skip(n int64) error {
	for n > 0 {
		step := int(min(n, windowSize))
		b, err := w.peek(step)
		w.take(len(b))
		n -= int64(len(b))
		if err != nil {
			return err
		}
	}
	return nil
}
