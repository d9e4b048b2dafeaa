package cli

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/service"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// japanese is a line that holds Japanese letters.
var japanese = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}]`)

// sentence is English prose: five words in small letters that follow each other, as
// no command, code or path has them.
var sentence = regexp.MustCompile(`\b[a-z]+'?[a-z]*(,? [a-z]+){4,}\b`)

// mistakes are runs that end in an error or a warning: of every command, and of
// every kind of source that a test can damage. $DIR is a folder of broken files.
func mistakes() []string {
	return []string{
		"check nowhere",
		"check $DIR",
		"check $DIR/cut.reg",
		"check $DIR/deletes.reg",
		"check $DIR/no-os.reg",
		"check $DIR/cut.tlsready.txt",
		"check $DIR/broken.json",
		"check $DIR/list.csv",
		"check $DIR/SYSTEM.hiv",
		"check $DIR/photo.png",
		"check local:name",
		"check smb://admin:secret@fs01",
		"check smb://a@127.0.0.1:1",
		"check ssh://a@127.0.0.1:1",
		"check winrm://a@127.0.0.1:1",
		"check -",
		"check $DIR --service nothing",
		"check $DIR --service $DIR/profile.yaml",
		"check $DIR --caller nothing",
		"check $DIR --os Windows",
		"check $DIR --on tomorrow",
		"check $DIR --nothing",
		"collect",
		"diff $DIR/no-os.reg nowhere",
		"fix $DIR --as nothing",
		"probe 127.0.0.1:1 -f table",
		"probe 127.0.0.1:70000",
		"probe 127.0.0.1:1 --accepting nothing",
		"probe 127.0.0.1:1 --policy $DIR/profile.yaml",
		"services show nothing",
		"services lint $DIR/profile.yaml",
		"callers of nowhere.exe",
		"callers of $DIR/cut.exe",
		"explain no-such-thing-at-all",
		"nothing",
		"version -o nowhere/x.txt",
		"version --config nowhere.yaml",
		"version --config $DIR/profile.yaml",
		"diff $DIR/no-os.reg $DIR/cut.reg",
		"fix --undo $DIR/broken.json --yes",
		"fix $FLEET --service azure-backup --dir $DIR/cut.reg",
		"fix $FLEET --apply",
		"collect $FLEET",
		"collect $FLEET --resume",
		"check $FLEET --resume",
		"check $FLEET --via smb://admin@",
		"check $FLEET --only nobody",
		"check - --hosts -",
		"check --hosts $DIR/cut.reg --via nothing",
		"check $FLEET -o a=b",
		"check $FLEET -o report.pdf",
		"check $FLEET -o - -o -",
		"check $FLEET --json -f table",
		"check -Z",
		"explain -2146893018",
		"probe 127.0.0.1:1 --proxy ftp://proxy.example.com",
		"probe 127.0.0.1:1 --starttls nothing",
		"probe 127.0.0.1:1 --resume",
		"services new --name A --from soon",
		"services",
		"help nothing",
		"completion nothing",
		"man check nothing",
	}
}

// mistakenFiles are runs that read each broken file where it does not belong.
func mistakenFiles(dir string) []string {
	var list []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		for _, line := range []string{
			"lint $F", "callers of $F", "callers lint $F", "services lint $F", "services guide $F", "check $FLEET --with $F", "check $FLEET --since $F", "check --hosts $F",
			"check $FLEET --service host:$F", "check $FLEET --caller $F", "probe --targets $F", "probe 127.0.0.1:1 --diff $F", "probe 127.0.0.1:1 --hello $F",
			"probe 127.0.0.1:1 --as host:$F", "diff $FLEET $F", "version --config $F", "explain dotnet4-legacy-default --host $F",
		} {
			list = append(list, strings.ReplaceAll(line, "$F", filepath.Join(dir, e.Name())))
		}
	}
	return list
}

// mistakenFlags are runs of every command with each of its flags given what it does not
// take, if there is such a thing.
func mistakenFlags() []string {
	arguments := map[string]string{
		"check": " $FLEET", "fix": " $FLEET", "collect": " $FLEET", "diff": " $FLEET $FLEET", "probe": " 127.0.0.1:1", "explain": " dotnet4-legacy-default",
		"services show": " azure-backup", "services guide": " azure-backup", "callers show": " mars", "completion": " bash",
	}
	var list []string
	everyCommand("en", func(_ *App, cmd *cobra.Command) {
		_, name, _ := strings.Cut(cmd.CommandPath(), " ")
		if cmd.HasSubCommands() || name == "start" {
			return
		}
		if strings.HasPrefix(name, "completion") || strings.HasPrefix(name, "collector") { // scripts, which are in English
			arguments[name] = " nothing"
		}
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			if flag.Value.Type() != "bool" && flag.Name != "lang" && flag.Name != "record" { // which makes its folder, and the server would run
				list = append(list, name+arguments[name]+" --"+flag.Name+"=/dev/null/nothing")
			}
		})
		list = append(list, name+" --nothing", name+arguments[name]+" A B C D", name+arguments[name]+" --config=/dev/null/nothing", name+arguments[name]+" --format=nothing", name+arguments[name]+" --output=/dev/null/x.json")
	})
	return list
}

// Proves of what is wrong with files and flags what TestErrorsAreJapanese proves of the
// rest, and that what goes to standard output for people is Japanese as well.
func TestErrorsOfFilesAndFlagsAreJapanese(t *testing.T) {
	dir := brokenFiles(t)
	fleet, err := filepath.Abs("../../examples/fleet/osaka/FS01.json")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	told := 0
	for _, line := range append(mistakenFiles(dir), mistakenFlags()...) {
		args := strings.Fields(strings.ReplaceAll(line, "$FLEET", fleet))
		_, out, errs := runQuiet(t, append(args, "--lang", "ja")...)
		for _, said := range append(strings.Split(strings.TrimSpace(errs), "\n"), strings.Split(out, "\n")...) {
			if sentence.MatchString(said) {
				t.Errorf("%s: %q", line, strings.ReplaceAll(said, dir, "$DIR"))
			}
		}
		if errs != "" && !japanese.MatchString(errs) {
			t.Errorf("%s: %q", line, errs)
		}
		if errs != "" {
			told++
		}
	}
	if told < 200 {
		t.Errorf("only %d runs told of a mistake", told)
	}
}

// Proves that a language which there is not is refused in that of the environment, and
// that --lang counts for a mistake that stands before it.
func TestMistakesAreToldInTheLanguageAsked(t *testing.T) {
	for _, c := range []struct{ args, environ string }{
		{"version --lang xx", "LANG=ja_JP.UTF-8"},
		{"version --json=perhaps --lang ja", "LANG=C"},
		{"version --json=perhaps --lang=ja", "LANG=C"},
	} {
		var errs strings.Builder
		Run(t.Context(), strings.Fields(c.args), Streams{Out: io.Discard, Err: &errs}, []string{c.environ})
		if !japanese.MatchString(errs.String()) {
			t.Errorf("%s: %s", c.args, errs.String())
		}
	}
}

// brokenFiles writes a folder of files of which each has something wrong.
func brokenFiles(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"cut.reg":          "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\A\r\n",
		"deletes.reg":      "Windows Registry Editor Version 5.00\r\n\r\n[-HKEY_LOCAL_MACHINE\\A]\r\n\r\n",
		"no-os.reg":        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\A]\r\n\"a\"=dword:00000001\r\n\r\n",
		"cut.tlsready.txt": "tlsready.collect/v1\n## host A\n",
		"broken.json":      `{"schema": "tlsready.host/v1", "what": 1}`,
		"list.csv":         "Name,OperatingSystem\nFS01,OS/2\n",
		"SYSTEM.hiv":       "regf and no more",
		"photo.png":        "\x89PNG",
		"cut.exe":          "MZ",
		"profile.yaml":     "schema: tlsready.service/v9\nwhat: 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Proves that no format of a report for people, and no page of knowledge, has a note of a
// citation in English under --lang ja: neither those of the services that are judged nor
// those of their programs, nor of what an error means.
func TestNotesOfCitationsAreJapanese(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	var english []string
	for _, id := range service.IDs() {
		p, _, err := service.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Citations {
			if note := c.Says["en"]; note != c.Says["ja"] {
				english = append(english, note)
			}
		}
	}
	check := "check examples/fleet --service azure-backup --service azure-portal --service exchange-online-pop-imap --today 2021-06-15 --lang ja -f "
	for _, line := range []string{
		check + "table", check + "table --details", check + "html", check + "markdown", check + "csv",
		"services show azure-backup --lang ja", "services guide azure-backup --lang ja", "callers show mars --lang ja", "explain 0x80090331 --lang ja",
	} {
		_, out, _ := runQuiet(t, strings.Fields(line)...)
		if !japanese.MatchString(out) {
			t.Errorf("%s: no Japanese", line)
		}
		for _, note := range english {
			if strings.Contains(out, note) {
				t.Errorf("%s: %q", line, note)
			}
		}
		for said := range strings.Lines(out) {
			if strings.HasPrefix(said, "    ") && sentence.MatchString(said) && !japanese.MatchString(said) {
				t.Errorf("%s: %q", line, said)
			}
		}
	}
}

// Proves that no error, hint or warning of these runs is an English sentence under
// --lang ja: every line of standard error holds Japanese, and otherwise only codes, commands
// and paths.
func TestErrorsAreJapanese(t *testing.T) {
	dir := brokenFiles(t)
	for _, line := range mistakes() {
		args := strings.Fields(strings.NewReplacer("$DIR", dir, "$FLEET", filepath.Join("..", "..", "examples", "fleet")).Replace(line))
		status, _, errs := runQuiet(t, append(args, "--lang", "ja")...)
		if status == frame.ExitConnects {
			t.Errorf("%s: no error", line)
		}
		for _, said := range strings.Split(strings.TrimSpace(errs), "\n") {
			if said != "" && (!japanese.MatchString(said) || sentence.MatchString(said)) {
				t.Errorf("%s: %q", line, strings.ReplaceAll(said, dir, "$DIR"))
			}
		}
	}
}
