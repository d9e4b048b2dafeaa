package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeShowsWhatIsPrinted proves that what each README shows is what the command
// above it prints.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	t.Setenv("COLUMNS", "")
	for _, name := range []string{"README.md", "README.ja.md"} {
		t.Run(name, func(t *testing.T) {
			for _, r := range shownRuns(t, name) {
				if _, out, _ := runQuiet(t, strings.Fields(r.command)[1:]...); out != r.shown {
					t.Errorf("%s shows\n%s\nbut %q prints\n%s", name, r.shown, r.command, out)
				}
			}
		})
	}
}

type shownRun struct{ command, shown string }

// shownRuns gives the commands that a page shows after "> ", and the lines below each.
func shownRuns(t *testing.T, name string) []shownRun {
	t.Helper()
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var runs []shownRun
	for _, rest := range strings.Split(string(page), "```\n> tlsready ")[1:] {
		command, rest, _ := strings.Cut(rest, "\n")
		shown, _, _ := strings.Cut(rest, "```")
		runs = append(runs, shownRun{"tlsready " + command, shown})
	}
	if len(runs) < 2 {
		t.Fatalf("%s shows %d runs", name, len(runs))
	}
	return runs
}
