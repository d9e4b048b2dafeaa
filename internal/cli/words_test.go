package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/term"
)

// everyCommand calls visit for each command of the program in a language.
func everyCommand(lang string, visit func(*App, *cobra.Command)) {
	app := newApp(Streams{}, []string{"LANG=" + lang})
	app.SetLanguage("")
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		visit(app, cmd)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(app))
}

// Proves that every command and flag has words in both languages, and examples.
func TestEveryCommandHasWords(t *testing.T) {
	for _, lang := range message.Languages() {
		everyCommand(lang, func(_ *App, cmd *cobra.Command) {
			name := lang + " " + cmd.CommandPath()
			if cmd.Short == "" || strings.HasPrefix(cmd.Short, "cli.") {
				t.Errorf("%s: no short text %q", name, cmd.Short)
			}
			if strings.HasSuffix(cmd.Short, ".") || strings.HasSuffix(cmd.Short, "。") {
				t.Errorf("%s: the short text ends in a full stop: %q", name, cmd.Short)
			}
			if !strings.Contains(frame.Examples(cmd), "tlsready ") {
				t.Errorf("%s: no example", name)
			}
			cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) {
				if flag.Usage == "" || strings.HasPrefix(flag.Usage, "cli.") {
					t.Errorf("%s --%s: no usage text %q", name, flag.Name, flag.Usage)
				}
			})
		})
	}
}

// Proves that every help page has the same table of exit statuses, and that the
// table is the contract's.
func TestExitStatusOnEveryPage(t *testing.T) {
	var first []term.Entry
	everyCommand("en", func(app *App, cmd *cobra.Command) {
		exits := app.PageOf(cmd).Exits
		if first == nil {
			first = exits
		}
		if !slices.Equal(exits, first) {
			t.Errorf("%s: another table", cmd.CommandPath())
		}
		out := new(strings.Builder)
		app.Out = out
		_ = cmd.Help()
		_, table, ok := strings.Cut(out.String(), "EXIT STATUS\n")
		if !ok || strings.Count(table, "\n") != len(exits) {
			t.Errorf("%s: the help does not end in the table:\n%s", cmd.CommandPath(), table)
		}
		if !strings.Contains(app.manual(cmd), ".SH \"EXIT STATUS\"\n.TP\n\\fB0\\fR\n") {
			t.Errorf("%s: the manual lacks the table", cmd.CommandPath())
		}
	})
	var terms []string
	for _, e := range first {
		terms = append(terms, e.Term)
	}
	if want := []string{"0", "1", "2", "3", "130"}; !slices.Equal(terms, want) {
		t.Errorf("exit statuses %v, want %v", terms, want)
	}
}

// Proves that no help line is wider than the page, Japanese with its wide
// characters included; lines of examples are kept whole.
func TestHelpFitsThePage(t *testing.T) {
	for _, lang := range message.Languages() {
		everyCommand(lang, func(app *App, cmd *cobra.Command) {
			out := new(strings.Builder)
			app.Out, app.Width = out, 72
			_ = cmd.Help()
			for line := range strings.Lines(out.String()) {
				line = strings.TrimRight(line, "\n")
				if got := screenColumns(line); got > 72 && !strings.Contains(line, "tlsready ") && !strings.Contains(frame.Examples(cmd), strings.TrimSpace(line)) {
					t.Errorf("%s %s: %d columns: %s", lang, cmd.CommandPath(), got, line)
				}
			}
		})
	}
}

// screenColumns counts two for what East Asian terminals draw wide, as a check on the
// library that help.go uses.
func screenColumns(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xff60 {
			n++
		}
	}
	return n
}

// Proves that every text that the code of this package and of its frame asks for by name exists.
func TestTextsExist(t *testing.T) {
	words := message.For("en")
	seen := 0
	for _, id := range append(textIDs(t, "."), textIDs(t, "frame")...) {
		seen++
		if !words.Has(id) {
			t.Errorf("no text %q", id)
		}
	}
	if seen < 100 {
		t.Errorf("only %d texts found in the code", seen)
	}
}

// textIDs finds app.Text("id") and app.UsageError("id") in the package's code.
func textIDs(t *testing.T, dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, entry.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				ids = append(ids, textID(call)...)
			}
			return true
		})
	}
	return ids
}

func textID(call *ast.CallExpr) []string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return nil
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return nil
	}
	id, _ := strconv.Unquote(literal.Value)
	switch sel.Sel.Name {
	case "Text":
		return []string{id}
	case "UsageError":
		return []string{"cli.error." + id}
	}
	return nil
}

// Proves that the words name only flags that there are.
func TestNoWordsForFlagsThatAreNot(t *testing.T) {
	known := make(map[string]bool)
	everyCommand("en", func(_ *App, cmd *cobra.Command) {
		cmd.LocalFlags().VisitAll(func(flag *pflag.Flag) { known[flag.Name] = true })
	})
	text, err := os.ReadFile("../message/en/cli.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"cli\.(?:\w+\.)*flag\.([\w-]+)"`).FindAllStringSubmatch(string(text), -1) {
		if !known[m[1]] {
			t.Errorf("words for --%s, which no command has", m[1])
		}
	}
}
