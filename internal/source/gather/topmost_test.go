package gather

import (
	"slices"
	"testing"
)

// Proves that of keys those remain that lie under no other, in any order of them.
func TestTopmost(t *testing.T) {
	for _, tc := range []struct{ keys, top []string }{
		{nil, []string{}},
		{[]string{`HKLM\A`, `HKLM\A\B`, `HKLM\A\B\C`, `HKLM\AB`}, []string{`HKLM\A`, `HKLM\AB`}},
		{[]string{`HKLM\A\B\C`, `HKLM\AB`, `HKLM\A\B`, `hklm\a`}, []string{`hklm\a`, `HKLM\AB`}},
		{[]string{`HKLM\a`, `HKLM\A`, `HKLM\a`, `HKLM\a\x`}, []string{`HKLM\A`}},
		{[]string{`HKLM\A B`, `HKLM\A`, `HKLM\A-B`, `HKLM\A\B`}, []string{`HKLM\A`, `HKLM\A B`, `HKLM\A-B`}},
	} {
		if got := Topmost(tc.keys); !slices.Equal(got, tc.top) {
			t.Errorf("%q: %q, want %q", tc.keys, got, tc.top)
		}
	}
}
