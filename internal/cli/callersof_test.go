package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/document"
)

// programsDir is a folder with a site, scripts and a damaged program.
func programsDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"site/web.config": `<configuration>
  <runtime><AppContextSwitchOverrides value="Switch.System.Net.DontEnableSystemDefaultTlsVersions=false"/></runtime>
  <system.web><httpRuntime targetFramework="4.5.2"/></system.web>
  <system.net><defaultProxy><proxy proxyaddress="http://proxy.example.com:8080"/></defaultProxy></system.net>
</configuration>`,
		"old.ps1":    "# 夜間バックアップ\n[Net.ServicePointManager]::SecurityProtocol = 'Tls'\n",
		"newest.ps1": "[Net.ServicePointManager]::SecurityProtocol = 'Tls12'\n",
		"again.ps1":  "[Net.ServicePointManager]::SecurityProtocol = 3072\n",
		"broken.exe": "MZ",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runCallersOf runs the command in a language and a format.
func runCallersOf(t *testing.T, lang, format string, paths ...string) (string, string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	app := newApp(Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr}, nil)
	app.setLanguage(lang)
	app.flags.format = format
	cmd := newCallersOfCommand(app)
	cmd.SetContext(context.Background())
	err := cmd.RunE(cmd, paths)
	return stdout.String(), stderr.String(), err
}

// The table names file, id and reason with its line in both languages; a damaged
// file costs only itself and makes the run incomplete.
func TestCallersOfTable(t *testing.T) {
	dir := programsDir(t)
	for lang, wants := range map[string][]string{
		"en": {"  powershell-5.1-x64:tls1.0\n", "old.ps1 line 2: TLS 1.0 given to", "  dotnet-4.7-x64\n", "4 files read, 3 callers", "1 file could not be read"},
		"ja": {"  powershell-5.1-x64:tls1.0\n", "old.ps1 の 2 行目", "読み取ったファイル 4 件、接続元プログラム 3 種類", "読み取れなかったファイル 1 件"},
	} {
		out, errs, err := runCallersOf(t, lang, "table", dir)
		if !errors.Is(err, Exit(ExitIncomplete)) {
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
	dir := filepath.Join(programsDir(t), "site")
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
	dir := programsDir(t)
	for path, want := range map[string]string{
		filepath.Join(dir, "none.exe"):   "none.exe: no such file",
		filepath.Join(dir, "broken.exe"): "offset 0x2",
	} {
		_, _, err := runCallersOf(t, "en", "table", path)
		var user *UserError
		if !errors.As(err, &user) || user.Code != ExitUsage || !strings.Contains(user.Msg, want) || user.Hint == "" {
			t.Errorf("%s: %v, want a usage error with %q", path, err, want)
		}
	}
	if _, _, err := runCallersOf(t, "en", "table"); err == nil {
		t.Error("no path: no error")
	}
}

// Callers of a folder come once per id, named after their programs, ready to be
// judged.
func TestCallersFrom(t *testing.T) {
	app, stderr := testApp()
	list, err := app.callersFrom(context.Background(), programsDir(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list {
		got = append(got, c.ID+" = "+c.NameIn("ja"))
		if len(c.Stacks) != 1 || c.Stacks[0].Stack != c.ID {
			t.Errorf("%s: stacks %+v", c.ID, c.Stacks)
		}
		if only := strings.Contains(c.ID, "-x86"); len(c.Stacks) > 0 && c.Stacks[0].OnlyX86 != only { // all of them are of the system's bitness
			t.Errorf("%s: on 32-bit Windows alone: %t", c.ID, !only)
		}
	}
	want := "dotnet-4.7-x64 = site/web.config; dotnet-4.7-x86 = site/web.config; " +
		"powershell-5.1-x64:tls1.0 = old.ps1; powershell-5.1-x64:tls1.2 = again.ps1, newest.ps1; " +
		"powershell-5.1-x86:tls1.0 = old.ps1; powershell-5.1-x86:tls1.2 = again.ps1, newest.ps1"
	if site := list[0]; site.Proxies["site/web.config"] != "http://proxy.example.com:8080" || !site.AllProxied || list[2].AllProxied || len(list[2].Proxies) > 0 {
		t.Errorf("proxies %v, %v", site.Proxies, list[2].Proxies)
	}
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("callers\n got %s\nwant %s", s, want)
	}
	if !strings.Contains(stderr.String(), "broken.exe") {
		t.Errorf("no warning about the damaged file: %q", stderr)
	}
	if _, err := app.callersFrom(context.Background(), t.TempDir()); err == nil {
		t.Error("an empty folder: no error")
	}
}
