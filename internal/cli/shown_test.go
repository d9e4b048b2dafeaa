package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// shown is a run as a page shows it: the command behind "$ ", and what it prints. "…" on a
// line of its own stands for lines that the page leaves out.
type shown struct{ command, output string }

// shownIn finds the runs in the blocks of code of a page.
func shownIn(page string) []shown {
	var list []shown
	for _, block := range regexp.MustCompile("(?s)```[a-z]*\n(.*?)```").FindAllStringSubmatch(page, -1) {
		text := strings.ReplaceAll(block[1], "\\\n", " ") // a command over two lines
		for _, part := range strings.Split("\n"+text, "\n$ tlsready ")[1:] {
			command, output, _ := strings.Cut(part, "\n")
			list = append(list, shown{command, strings.TrimRight(output, "\n")})
		}
	}
	return list
}

// run gives what a shell would show of the command, with its redirections.
func (s shown) run(t *testing.T) string {
	t.Helper()
	line, status := strings.CutSuffix(s.command, "; echo $?")
	line, quiet := strings.CutSuffix(line, " >/dev/null")
	code, out, errs := program(t, words(line)...)
	if quiet {
		out = ""
	}
	out = errs + out
	if status {
		out += strconv.Itoa(code) + "\n"
	}
	return out
}

// Proves that what the pages show below a command is what it prints, line by line.
func TestPagesShowWhatIsPrinted(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir() // so that what the commands write does not lie in the project
	if err := os.Symlink(filepath.Join(root, "examples"), filepath.Join(work, "examples")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(work)
	seen := 0
	for _, name := range []string{"azure-backup.md", "azure-backup.ja.md", "exit-status.md", "facts-and-trust.md"} {
		page, err := os.ReadFile(filepath.Join(root, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll("fixes"); err != nil { // of the page before
			t.Fatal(err)
		}
		for _, s := range shownIn(string(page)) {
			seen++
			got := "\n" + s.run(t)
			for _, part := range strings.Split("\n"+s.output+"\n", "\n…\n") {
				part = "\n" + strings.Trim(part, "\n")
				_, rest, found := strings.Cut(got, part)
				if !found {
					t.Errorf("%s: %q does not print\n%s\nbut\n%s", name, s.command, part, got)
					break
				}
				got = rest
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d runs are shown", seen)
	}
}
