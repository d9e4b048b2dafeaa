package message

import (
	"errors"
	"fmt"
	"testing"
)

// Proves that a text within a text becomes words in the language asked for.
func TestRenderNested(t *testing.T) {
	c := &Catalog{words: map[string]string{"outer": "A {why} B", "inner": "in {x}"}}
	for want, text := range map[string]Text{
		"A in 1 B":         New("outer", Sub("why", New("inner", Str("x", "1")))),
		"A in 1; raw B":    New("outer", Sub("why", New("inner", Str("x", "1")), Literal("raw"))),
		"{outer} as it is": Literal("{outer} as it is"),
		"":                 {},
	} {
		if got := c.Render(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Proves that the words of a problem are found through wrapping, and that a cause
// inside another problem loses its hint but not its place.
func TestProblemWords(t *testing.T) {
	c := &Catalog{words: map[string]string{"cut": "the file is cut", "again": "copy it again", "why": "not read: {why}", "problem.at": "{where}: {what}"}}
	inner := &Problem{Where: "a.reg:3", What: New("cut"), Hint: New("again"), Err: errors.ErrUnsupported}
	what, hint := c.Problem(fmt.Errorf("wrapped: %w", inner))
	if what != "a.reg:3: the file is cut" || hint != "copy it again" {
		t.Errorf("got %q, %q", what, hint)
	}
	what, hint = c.Problem(&Problem{Where: "fleet", What: New("why", Cause("why", inner))})
	if what != "fleet: not read: a.reg:3: the file is cut" || hint != "" {
		t.Errorf("got %q, %q", what, hint)
	}
	if what, hint = c.Problem(errors.New("plain")); what != "plain" || hint != "" {
		t.Errorf("got %q, %q", what, hint)
	}
	if !errors.Is(inner, errors.ErrUnsupported) {
		t.Error("the cause is lost")
	}
}
