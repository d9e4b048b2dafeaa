package cli

import (
	"tlsready/internal/term"
)

// helpText is a page of the probe's table.
type helpText struct {
	width int
	page  term.Page
}

func (h *helpText) line(s string) { h.page.Line(s) }

func (h *helpText) wrapped(first, rest, text string) {
	h.page.Width = h.width
	h.page.Wrapped(first, rest, text)
}

// String is the text so far.
func (h *helpText) String() string { return h.page.String() }
