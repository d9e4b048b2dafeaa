package apply_test

import (
	"os"
	"strings"
	"testing"

	"tlsready/internal/testkit/winekit"
)

func TestMain(m *testing.M) { os.Exit(winekit.Main(m)) }

// Proves that the tests of source/live, which only Windows can run, hold under
// Wine: the contract of a registry, and the reading of this machine.
func TestLiveUnderWine(t *testing.T) {
	w := winekit.Prefix(t)
	out := w.Run(t, w.TestBinary(t, "tlsready/internal/source/live"), "-test.v", "-test.bench", ".", "-test.benchtime", "3x")
	for _, name := range []string{"TestRegistry", "TestThisMachine", "TestScheme", "TestWrap"} {
		if !strings.Contains(out, "--- PASS: "+name+" ") {
			t.Errorf("%s did not pass:\n%s", name, out)
		}
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "ns/op") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
