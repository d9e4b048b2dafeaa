package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/service"
	"tlsready/internal/term/tty"
)

// TestPrintedCommands proves that every command in the READMEs, the documents and the
// help pages is one that the program takes: the command is there, with its flags, and
// the formats and built-in services that it names.
func TestPrintedCommands(t *testing.T) {
	found := 0
	for where, text := range pagesWithCommands(t) {
		for _, line := range commandsIn(text) {
			found++
			if err := takes(line); err != nil {
				t.Errorf("%s: %q: %v", where, line, err)
			}
		}
	}
	if found < 150 {
		t.Errorf("%d commands were found: the pages are not read", found)
	}
}

// TestWrongCommandIsSeen proves that the check above can fail.
func TestWrongCommandIsSeen(t *testing.T) {
	for _, line := range []string{"tlsready chek a.reg", "tlsready check a.reg --servcie tls12", "tlsready check a.reg -f pdf", "tlsready services nothing", "tlsready check a --service azure-bakup"} {
		if takes(line) == nil {
			t.Errorf("%q is taken", line)
		}
	}
}

// pagesWithCommands are the documents, and the help pages with their examples.
func pagesWithCommands(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	root := os.DirFS(filepath.Join("..", ".."))
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "internal" || name == "dist" || name == "bin" || name == ".git"):
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".md") && !d.IsDir() && name != "CHANGELOG.md" {
			text, err := fs.ReadFile(root, name)
			pages[name] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "ja"} {
		app := newApp(tty.Streams{}, nil)
		app.SetLanguage(lang)
		walk(newRoot(app), func(cmd *cobra.Command) {
			pages[lang+" help of "+cmd.CommandPath()] = "```\n" + cmd.Example + "\n```\n" + cmd.Long
		})
	}
	return pages
}

func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, sub := range cmd.Commands() {
		walk(sub, visit)
	}
}

// commandsIn finds commands: lines of blocks of code, and code within text.
func commandsIn(text string) []string {
	var list []string
	inline := regexp.MustCompile("`(tlsready [^`]+)`")
	code := false
	text = strings.ReplaceAll(text, "\\\n", " ") // a command over two lines
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			code = !code
			continue
		}
		line = strings.TrimPrefix(line, "> ")
		switch {
		case code && strings.HasPrefix(line, "tlsready ") && !strings.HasPrefix(line, "tlsready = ") && !strings.Contains(line, " · ") && !strings.Contains(line, "  "): // not a list of rooms, nor a synopsis
			list = append(list, line)
		case !code:
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				list = append(list, m[1])
			}
		}
	}
	return list
}

// addedByGuide is the format that docs/guides/add-a-format.md adds.
const addedByGuide = "list"

// takes says why the program does not take a command line; what it would read or reach
// is not looked at.
func takes(line string) error {
	args := words(line)
	app := newApp(tty.Streams{}, nil)
	app.SetLanguage("en")
	root := newRoot(app)
	cmd, rest, err := root.Find(args[1:])
	if err != nil {
		return err
	}
	if cmd.HasSubCommands() && !strings.Contains(cmd.Use, " ") && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && !placeholder(rest[0]) {
		return errors.New("no such subcommand: " + rest[0])
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if format := cmd.Flag("format"); format != nil && format.Changed && !placeholder(format.Value.String()) && !slices.Contains(append(frame.FormatNames(), addedByGuide), format.Value.String()) {
		return errors.New("no such format: " + format.Value.String())
	}
	return knownServices(cmd)
}

// knownServices looks at ids that look built-in: no file, no example, no word that
// stands for one.
func knownServices(cmd *cobra.Command) error {
	if cmd.Flags().Lookup("service") == nil {
		return nil
	}
	ids, err := cmd.Flags().GetStringArray("service")
	if err != nil {
		return nil //nolint:nilerr // a command whose flag holds one id
	}
	for _, id := range ids {
		_, _, err := service.ByID(id)
		if !slices.Contains(service.IDs(), id) && !placeholder(id) && !strings.ContainsAny(id, ".:/") && !strings.HasPrefix(id, "tls1") && !strings.HasPrefix(id, "example") {
			return errors.Join(errors.New("no such service: "+id), err)
		}
	}
	return nil
}

func placeholder(s string) bool { return strings.ToUpper(s) == s || strings.Contains(s, "…") }

// words splits a line as a shell does, up to what is done with the output.
func words(line string) []string {
	var list []string
	var word strings.Builder
	quote, open := rune(0), false
	end := func() {
		if open {
			list = append(list, word.String())
		}
		word.Reset()
		open = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, open = r, true
		case r == ' ' || r == '\t':
			end()
		case r == '>' || r == '|' || r == ';' || r == '#' && !open:
			end()
			return list
		default:
			word.WriteRune(r)
			open = true
		}
	}
	end()
	return list
}
