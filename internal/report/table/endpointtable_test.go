package table

import (
	"strings"
	"testing"
)

// Proves that clients which end alike stand together, by caller, and that a recorded
// hello keeps its path.
func TestByCaller(t *testing.T) {
	if got := byCaller([]string{"a/x", "a/y", "b/x", "b/y", "c/x", "hello:d/f"}); strings.Join(got, "|") != "x, y: a, b|x: c|hello:d/f" {
		t.Errorf("%q", got)
	}
}
