package recipe_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/recipe"
	"tlsready/internal/testkit/parts"
)

// grammar gives the folder with the grammar of PowerShell and what runs it.
func grammar(t *testing.T) string {
	t.Helper()
	return filepath.Join(parts.Modules(t, "tree-sitter-powershell", "tree-sitter-powershell.wasm"), "node_modules")
}

// check runs the grammar over files, all in one process, since it takes seconds
// to start.
func check(t *testing.T, modules string, files []string) (faults []string) {
	t.Helper()
	out, err := exec.Command("node", append([]string{"check.mjs", modules}, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	last := lines[len(lines)-1]
	if last != fmt.Sprintf("checked %d", len(files)) {
		t.Fatalf("the grammar did not come to its end: %q", last)
	}
	return lines[:len(lines)-1]
}

// Proves that every .ps1 file is PowerShell by its grammar, in both languages,
// with and without callers, prerequisites and odd data; and that the check finds
// a fault in each of three spoiled files.
func TestPowerShellGrammar(t *testing.T) {
	modules := grammar(t)
	dir := t.TempDir()
	var good []string
	save := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	for i, p := range powerShellPlans() {
		for _, lang := range []string{"en", "ja"} {
			for name, data := range written(t, p, "ps1", lang) {
				good = append(good, save(fmt.Sprintf("%d-%s-%s", i, lang, name), data))
			}
		}
	}
	for _, lang := range []string{"en", "ja"} {
		for name, data := range allFiles(t, lang, "ps1") {
			if strings.HasSuffix(name, ".ps1") {
				good = append(good, save("all-"+lang+"-"+name, data))
			}
		}
	}
	text, err := os.ReadFile(good[0])
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{
		save("brace.ps1", []byte(strings.Replace(string(text), "}", "", 1))),
		save("quote.ps1", []byte(strings.Replace(string(text), "'Stop'", "'Stop", 1))),
		save("operator.ps1", []byte(string(text)+"\r\nif ($a -eq) { }\r\n")),
	}
	faults := check(t, modules, append(good, bad...))
	for _, f := range bad {
		found := false
		for _, line := range faults {
			found = found || strings.HasPrefix(line, f+":")
		}
		if !found {
			t.Errorf("no fault found in %s", filepath.Base(f))
		}
	}
	for _, line := range faults {
		if !strings.HasPrefix(line, bad[0]) && !strings.HasPrefix(line, bad[1]) && !strings.HasPrefix(line, bad[2]) {
			t.Error(line)
		}
	}
}

func powerShellPlans() []recipe.Plan {
	full := plan()
	full.Endpoint = "service.example.com:443"
	full.Callers = []recipe.Caller{
		{ID: "winhttp-x86", Stack: recipe.StackWinHTTP, Bits: 32},
		{ID: "dotnet-4.7.2-x64", Stack: recipe.StackDotNet, Target: "4.7.2", Bits: 64},
	}
	rehearsed := full
	rehearsed.Endpoint, rehearsed.Rehearsal = "192.0.2.10:8443", true
	odd := plan()
	odd.Prerequisites = nil
	odd.Restart = recipe.RestartNone
	odd.Changes = []host.Change{
		{Key: probe, Name: "it's", Data: host.String("a'b‘c’ `$x $(1) \"q\" # ポリシー"), Before: host.Before{State: host.Absent}},
		{Key: probe, Name: "n", Data: host.Multi(), Before: host.Before{State: host.Present, Data: host.Data{Type: host.Binary}}},
		{Key: probe, Name: "q", Data: host.Data{Type: host.QWORD, Number: 1 << 63}, Before: host.Before{State: host.Present, Data: host.Data{Type: host.Binary, Bytes: []byte{1, 2}}}},
	}
	return []recipe.Plan{full, rehearsed, odd}
}
