package term

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"
)

// Filter is the last gate before text leaves the program: what [Unsafe] names
// does not pass, whoever forgot it before. Line feeds, a carriage return before
// one, and tabs pass; with Color also the sequences of [Style].
type Filter struct {
	W     io.Writer
	Color bool
	JSON  bool // the text is JSON: an unsafe character becomes its \u escape, so that the document stays the same

	held []byte // the beginning of a character or sequence whose rest is to come
	out  bytes.Buffer
}

// Write passes text on. What may be half a character waits for the next call.
func (f *Filter) Write(p []byte) (int, error) {
	text := p
	if len(f.held) > 0 {
		text = append(f.held, p...)
	}
	rest := f.pass(text, false)
	f.held = bytes.Clone(rest)
	return len(p), f.flush()
}

// Close passes on what waits. It does not close W.
func (f *Filter) Close() error {
	f.pass(f.held, true)
	f.held = nil
	return f.flush()
}

func (f *Filter) flush() error {
	if f.out.Len() == 0 {
		return nil
	}
	_, err := f.W.Write(f.out.Bytes())
	f.out.Reset()
	return err
}

// pass filters text into out and returns what cannot be told yet.
func (f *Filter) pass(text []byte, last bool) (rest []byte) {
	done := 0 // text[:done] is in out
	for i := 0; i < len(text); {
		if c := text[i]; c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		n, with, known := f.odd(text[i:], last)
		if !known {
			f.out.Write(text[done:i])
			return text[i:]
		}
		if with != "" {
			f.out.Write(text[done:i])
			f.out.WriteString(with)
			done = i + n
		}
		i += n
	}
	f.out.Write(text[done:])
	return nil
}

// odd looks at what is no plain character: how many bytes it has, what to print
// for it ("": itself), and whether that can be told yet.
func (f *Filter) odd(text []byte, last bool) (n int, with string, known bool) {
	if f.Color && text[0] == '\x1b' {
		for _, s := range sequences() {
			if bytes.HasPrefix(text, []byte(s)) {
				return len(s), "", true
			}
			if !last && bytes.HasPrefix([]byte(s), text) {
				return 0, "", false
			}
		}
	}
	if text[0] == '\r' && !f.JSON {
		switch {
		case len(text) == 1 && !last:
			return 0, "", false
		case len(text) > 1 && text[1] == '\n':
			return 1, "", true
		}
	}
	if !last && !utf8.FullRune(text) {
		return 0, "", false
	}
	r, n := utf8.DecodeRune(text)
	switch {
	case r == utf8.RuneError && n == 1:
		return n, "\ufffd", true
	case !Unsafe(r):
		return n, "", true
	case f.JSON:
		return n, fmt.Sprintf(`\u%04x`, r), true // all of them lie below U+10000
	}
	return n, "\ufffd", true
}
