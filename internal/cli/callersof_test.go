package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/testkit/programdir"
)

// runCallersOf runs the command in a language and a format.
func runCallersOf(t *testing.T, lang, format string, paths ...string) (string, string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	root := newRoot(newApp(Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr}, []string{"LANG=" + lang}))
	root.SetArgs(append([]string{"callers", "of", "--lang", lang, "-f", format}, paths...))
	err := root.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

// The table names file, id and reason with its line in both languages; a damaged
// file costs only itself and makes the run incomplete.
func TestCallersOfTable(t *testing.T) {
	dir := programdir.New(t)
	for lang, wants := range map[string][]string{
		"en": {"  powershell-5.1-x64:tls1.0\n", "old.ps1 line 2: TLS 1.0 given to", "  dotnet-4.7-x64\n", "4 files read, 3 callers", "1 file could not be read"},
		"ja": {"  powershell-5.1-x64:tls1.0\n", "old.ps1 の 2 行目", "読み取ったファイル 4 件、接続元プログラム 3 種類", "読み取れなかったファイル 1 件"},
	} {
		out, errs, err := runCallersOf(t, lang, "table", dir)
		if !errors.Is(err, frame.Exit(frame.ExitIncomplete)) {
			t.Errorf("%s: %v, want exit status 3", lang, err)
		}
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", lang, want, out)
			}
		}
		if !strings.Contains(errs, "broken.exe") {
			t.Errorf("%s: the warning %q does not name the file", lang, errs)
		}
	}
}

// JSON and JSON lines hold the same rows, with English texts in any language.
func TestCallersOfJSON(t *testing.T) {
	dir := filepath.Join(programdir.New(t), "site")
	out, _, err := runCallersOf(t, "ja", "json", dir)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Programs []document.Program }
	if err := json.Unmarshal([]byte(out), &doc); err != nil || len(doc.Programs) != 1 {
		t.Fatalf("%v\n%s", err, out)
	}
	site := doc.Programs[0]
	if site.Caller != "dotnet-4.7-x64" || site.Target != "4.5.2" || site.Proxy != "http://proxy.example.com:8080" || len(site.Switches) != 1 {
		t.Errorf("row %+v", site)
	}
	if !strings.Contains(out, "behaves as one for 4.7") {
		t.Errorf("no English reason in\n%s", out)
	}
	lines, _, err := runCallersOf(t, "en", "jsonl", dir)
	var row document.Program
	if err := errors.Join(err, json.Unmarshal([]byte(lines), &row)); err != nil || row.Path != site.Path {
		t.Errorf("%v: %s", err, lines)
	}
}

// What was named and is no program is an error that says so.
func TestCallersOfErrors(t *testing.T) {
	dir := programdir.New(t)
	for path, want := range map[string]string{
		filepath.Join(dir, "none.exe"):   "none.exe: no such file",
		filepath.Join(dir, "broken.exe"): "offset 0x2",
	} {
		_, _, err := runCallersOf(t, "en", "table", path)
		app := newApp(Streams{}, []string{"LANG=C"})
		if user := app.Ending(err); user.Code != frame.ExitUsage || !strings.Contains(user.Msg, want) || user.Hint == "" {
			t.Errorf("%s: %v, want a usage error with %q", path, err, want)
		}
	}
	if _, _, err := runCallersOf(t, "en", "table"); err == nil {
		t.Error("no path: no error")
	}
}
