package wine

import (
	"strings"
	"testing"

	"tlsready/internal/testkit/winekit"
)

// Proves that the store in a file is the same in the Windows build: names of files, the
// lock that refuses a second writer, and everything that package store says.
func TestStoreUnderWine(t *testing.T) {
	w := winekit.Prefix(t)
	out := w.Run(t, w.TestBinary(t, "tlsready/internal/store/sqlite"), "-test.v")
	for _, test := range []string{"--- PASS: TestContract", "--- PASS: TestTwoWriters"} {
		if !strings.Contains(out, test) {
			t.Errorf("not in %.2000s", out)
		}
	}
}
