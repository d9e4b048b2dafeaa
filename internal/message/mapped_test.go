package message

import (
	"strings"
	"testing"
)

// Proves that every value of a text is mapped, however deep it lies, that a place of which
// nothing is left is left out, and that the text itself stays as it was.
func TestMapped(t *testing.T) {
	inner := New("problem.at", Str("where", "/d"), Sub("what", New("problem.at", Str("where", "/d/SYSTEM"), Sub("what", Literal("no /d/x")))))
	cut := func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "/d/", ""), "/d", "") }
	if got := English(inner.Mapped(cut)); got != "SYSTEM: no x" {
		t.Errorf("%q", got)
	}
	if got := English(inner); got != "/d: /d/SYSTEM: no /d/x" {
		t.Errorf("it was changed: %q", got)
	}
	list := New("console.answer.word", List("most", []string{"/d/a", "/d/b"}))
	if got := English(list.Mapped(cut)); !strings.Contains(got, "a, b") {
		t.Errorf("%q", got)
	}
}
