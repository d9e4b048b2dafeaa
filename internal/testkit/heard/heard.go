// Package heard keeps what something prints that goes on while a test reads it.
package heard

import (
	"bytes"
	"regexp"
	"sync"
)

// Text is what was printed so far. The zero Text is ready; it must not be copied.
type Text struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (h *Text) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

// String is what was printed so far.
func (h *Text) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// Find gives the first place that a regular expression matches, or "".
func (h *Text) Find(form string) string { return regexp.MustCompile(form).FindString(h.String()) }
