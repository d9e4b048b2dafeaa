package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Proves that the first differing line is named, and that equal texts pass.
func TestDiff(t *testing.T) {
	for _, test := range []struct{ want, got, says string }{
		{"a\nb\n", "a\nb\n", ""},
		{"a\nb\n", "a\nc\n", "line 2 differs"},
		{"a", "a\nb", "want 1 lines, got 2"},
	} {
		diff := Diff([]byte(test.want), []byte(test.got))
		if test.says == "" && diff != "" || !strings.Contains(diff, test.says) {
			t.Errorf("Diff(%q, %q) = %q, want it to say %q", test.want, test.got, diff, test.says)
		}
	}
}

// Proves that a file is compared byte for byte.
func TestEqual(t *testing.T) {
	if *update {
		t.Log("not run: -update writes files")
		return
	}
	file := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(file, []byte("one\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	Equal(t, file, []byte("one\n"))
	probe := &recorder{TB: t}
	Equal(probe, file, []byte("two\n"))
	if !probe.failed {
		t.Error("a differing file did not fail")
	}
}

type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
