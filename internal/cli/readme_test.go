package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeShowsWhatIsPrinted proves that the verdict which each README shows is
// what the command above it prints.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	t.Setenv("COLUMNS", "")
	for _, name := range []string{"README.md", "README.ja.md"} {
		t.Run(name, func(t *testing.T) {
			command, shown := shownRun(t, name)
			if _, out, _ := runQuiet(t, strings.Fields(command)[1:]...); out != shown {
				t.Errorf("%s shows\n%s\nbut %q prints\n%s", name, shown, command, out)
			}
		})
	}
}

// shownRun gives the first command that a page shows after "> ", and the lines
// below it.
func shownRun(t *testing.T, name string) (command, shown string) {
	t.Helper()
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```\n> tlsready ")
	command, rest, _ = strings.Cut(rest, "\n")
	shown, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatalf("%s shows no run", name)
	}
	return "tlsready " + command, shown
}
