package sheet

import "testing"

// Proves what gets an apostrophe: what a spreadsheet would calculate, in narrow and wide
// letters, and nothing else.
func TestNeutral(t *testing.T) {
	for _, s := range []string{"=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"} {
		if got := Neutral(s); got != "'"+s {
			t.Errorf("%q: %q", s, got)
		}
	}
	for _, s := range []string{"", "'", "a=1", "日本語", "1-2", "\xff", "’=1"} {
		if got := Neutral(s); got != s {
			t.Errorf("%q: %q", s, got)
		}
	}
}
