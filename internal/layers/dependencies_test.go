package layers

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// modules are those that a go.mod names directly.
func modules(goMod string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^(?:require )?\s*(\S+\.\S+/\S+) v\S+$`).FindAllStringSubmatch(goMod, -1) {
		list = append(list, m[1])
	}
	slices.Sort(list)
	return list
}

// reasons are the modules of a table "| `module` | why |".
func reasons(page string) []string {
	var list []string
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\S+)` \\| (\\S.{10,}) \\|$").FindAllStringSubmatch(page, -1) {
		list = append(list, m[1])
	}
	return list
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(moduleDir(t), filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Proves that docs/dependencies.md says of each module that go.mod names directly
// why it is there, and of no other.
func TestDependenciesHaveReasons(t *testing.T) {
	used, explained := modules(readFile(t, "go.mod")), reasons(readFile(t, "docs/dependencies.md"))
	if len(used) == 0 || !slices.Equal(used, explained) {
		t.Errorf("docs/dependencies.md has\n%s\nand go.mod\n%s", strings.Join(explained, "\n"), strings.Join(used, "\n"))
	}
}

// Proves that indirect modules need no reason, and that a line without a reason does not
// count as one.
func TestDependenciesAreRead(t *testing.T) {
	if got := modules("module x\n\nrequire (\n\texample.com/a v1.2.3\n\texample.com/b v1.0.0 // indirect\n)\n\nrequire example.com/c v0.1.0\n"); !slices.Equal(got, []string{"example.com/a", "example.com/c"}) {
		t.Errorf("go.mod: %q", got)
	}
	if got := reasons("| `example.com/a` | it does what we need |\n| `example.com/b` |  |\n"); !slices.Equal(got, []string{"example.com/a"}) {
		t.Errorf("page: %q", got)
	}
}
