package judge

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/message"
)

// Proves that services and callers are read by id and from a file, and what is
// said, with a hint, if they cannot be read.
func TestNamed(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	bad := file("bad.yaml", "schema: other\n")
	read := map[string]func(string) error{
		"service": func(arg string) error { _, err := Service(arg); return err },
		"caller":  func(arg string) error { _, err := Caller(arg); return err },
	}
	for _, c := range []struct{ kind, arg, what, hint string }{
		{"service", "azure-backup", "", ""},
		{"service", "azure-backub", `there is no service "azure-backub"`, "azure-backup"},
		{"service", "qqqqqqq", "there is no service", "services list"},
		{"service", bad, "bad.yaml: ", "docs/formats.md"},
		{"service", filepath.Join(dir, "none.yaml"), "cannot read", "check the path"},
		{"caller", "mars", "", ""},
		{"caller", "winhtpp-x64", "there is no caller", "winhttp-x64"},
		{"caller", bad, "bad.yaml: ", "docs/formats.md"},
	} {
		err := read[c.kind](c.arg)
		if c.what == "" {
			if err != nil {
				t.Errorf("%s %s: %v", c.kind, c.arg, err)
			}
			continue
		}
		var wrong *Mistake
		what, hint := message.For("en").Problem(err)
		if !errors.As(err, &wrong) || !strings.Contains(what, c.what) || !strings.Contains(hint, c.hint) {
			t.Errorf("%s %s: %q, hint %q", c.kind, c.arg, what, hint)
		}
	}
}
