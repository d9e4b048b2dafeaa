package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/service"
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
		args := strings.Fields(strings.ReplaceAll(line, "$DIR", dir))
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
