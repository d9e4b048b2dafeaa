package spelling_test

import (
	"testing"

	"tlsready/internal/spelling"
)

// TestDistance proves what counts as one letter, and that more than asked for is not
// counted.
func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"enabled", "enabled", 0},
		{"enable", "enabled", 1},
		{"enabeld", "enabled", 1},
		{"enxbled", "enabled", 1},
		{"cilents", "client", 2},
		{"abc", "xyz", 3},
		{"a", "abcd", 3},
		{"abcdef", "fedcba", 3},
	} {
		if got, back := spelling.Distance(c.a, c.b, 2), spelling.Distance(c.b, c.a, 2); got != c.want || back != c.want {
			t.Errorf("%q %q: %d and %d back, want %d", c.a, c.b, got, back, c.want)
		}
	}
}

// TestStrip proves that blanks of every kind, width and case do not count.
func TestStrip(t *testing.T) {
	for _, s := range []string{`TLS 1.2\Client`, "tls\u30001.2client", "ＴＬＳ\u00a01．2 Client", "TLS\u200b12Client\ufeff"} {
		if got := spelling.Strip(s); got != "tls12client" {
			t.Errorf("%q: %q", s, got)
		}
	}
	if got := spelling.Squeeze(`TLS 1.2\ Client `); got != `tls1.2\client` {
		t.Errorf("squeezed: %q", got)
	}
}

// TestIsPart proves that letters may be left out and not put in.
func TestIsPart(t *testing.T) {
	for part, want := range map[string]bool{"": true, "strongcrypto": true, "schstrongcrypto": true, "schusestrongcryptography": false, "cryptostrong": false} {
		if got := spelling.IsPart(part, "schusestrongcrypto"); got != want {
			t.Errorf("%q: %v", part, got)
		}
	}
}
