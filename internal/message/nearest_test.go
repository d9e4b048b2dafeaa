package message

import "testing"

// Proves which word a mistyped one is taken for, and that a far one is not.
func TestNearest(t *testing.T) {
	known := []string{"check", "fix", "collector", "config", "completion", "version"}
	for asked, want := range map[string]string{
		"chekc": "check", "chcek": "check", "CHECK": "check", "conf": "config", "versoin": "version",
		"compl": "completion", "fx": "fix", "serve": "", "xyzzy": "", "": "",
	} {
		if got := Nearest(asked, known); got != want {
			t.Errorf("%q: %q, want %q", asked, got, want)
		}
	}
}

// Proves that distance counts edits, swaps as one.
func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"接続", "接統", 1}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if distance(c.a, c.b) != distance(c.b, c.a) {
			t.Errorf("%q and %q: not the same both ways", c.a, c.b)
		}
	}
}
