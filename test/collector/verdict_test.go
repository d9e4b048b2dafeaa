package collector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/caller"
	"tlsready/internal/decide"
	"tlsready/internal/decide/cmdfile"
	"tlsready/internal/host"
	"tlsready/internal/regtext"
	"tlsready/internal/service"
	"tlsready/internal/source/gather"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/winekit"
	"tlsready/internal/verdict"
)

// prelude is what the collector has set before it asks for the verdict, without the
// minute that it takes to collect; the uninstall entries are in its file.
const prelude = `@echo off
setlocal enableextensions disabledelayedexpansion
set "SYS=%SystemRoot%\System32"
set "WORK=%TEMP%\tlsready-verdict"
set "OUT=%WORK%.txt"
set "ANSWER=%WORK%.answer"
set "HKLM=HKEY_LOCAL_MACHINE"
set "CONTROL=%HKLM%\SYSTEM\CurrentControlSet\Control"
set "SOFT=%HKLM%\SOFTWARE"
set "UNINSTALL=Microsoft\Windows\CurrentVersion\Uninstall"
set "NT=%SOFT%\Microsoft\Windows NT\CurrentVersion"
set "PACKAGES=%SOFT%\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
>"%OUT%" echo     DisplayName    REG_SZ    Microsoft Azure Recovery Services Agent
call :verdict
echo CASE %~n0%VERDICT%
exit /b 0
`

// acceptance is an acceptance case that a registry can be made of.
type acceptance struct {
	name    string
	host    *host.Snapshot
	callers []*caller.Caller
	demand  verdict.Demand
	recipe  func(host.OS) []host.Change
}

// tried are the cases that are run: of every kind of program and every outcome one or
// two, and with TLSREADY_ALL_CASES=1 in the environment all of them, which takes some
// minutes. The same decisions are followed on all by TestCases of package decide.
func tried(t *testing.T) []string {
	t.Helper()
	if os.Getenv("TLSREADY_ALL_CASES") == "" {
		return []string{"A10", "B5", "C5", "G1", "F17"}
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "internal", "assess", "testdata", "cases", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".json"))
	}
	return names
}

func readCase(t *testing.T, name string) acceptance {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "internal", "assess", "testdata", "cases", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Host, Service json.RawMessage
		Callers       []string
		On            string
	}
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	a := acceptance{name: name}
	if a.host, err = host.Decode(c.Host, nil); err != nil {
		t.Fatal(err)
	}
	p, err := service.Parse(c.Service)
	if err != nil {
		t.Fatal(err)
	}
	on, err := service.ParseDate(c.On)
	if err != nil {
		t.Fatal(err)
	}
	a.recipe = p.DocumentedFor
	a.demand = verdict.Demand{Service: p.ID, Phases: []verdict.Phase{{From: c.On, Accepts: p.PhaseOn(on).Acceptance()}}}
	for _, id := range c.Callers {
		one, ok, err := caller.ByID(id)
		if err != nil || !ok {
			t.Fatal(id, err)
		}
		a.callers = append(a.callers, one)
	}
	return a
}

// clean is a file for reg import that empties what is looked at.
func clean() []byte {
	text := "REGEDIT4\r\n\r\n"
	for _, key := range append(gather.Prefixes(), gather.PackagesKey) {
		text += "[-HKEY_LOCAL_MACHINE" + strings.TrimPrefix(key, "HKLM") + "]\r\n\r\n"
	}
	return []byte(text)
}

// state is a file for reg import that makes the registry that of the case.
func (a acceptance) state(t *testing.T) []byte {
	t.Helper()
	var list []host.Change
	add := func(key, name string, d host.Data) { list = append(list, host.Change{Key: key, Name: name, Data: d}) }
	for _, v := range a.host.Registry {
		add(v.Key, v.Name, v.Data)
	}
	add(gather.CurrentVersionKey, "CurrentBuild", host.String(fmt.Sprint(a.host.OS.Build)))
	add(gather.CurrentVersionKey, "CurrentBuildNumber", host.String(fmt.Sprint(a.host.OS.Build)))
	add(gather.CurrentVersionKey, "UBR", host.Dword(uint32(a.host.OS.Revision)))
	add(gather.ProductOptionsKey, "ProductType", host.String(map[bool]string{true: "WinNT", false: "ServerNT"}[a.host.OS.Type == "client"]))
	add(cbs+"Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~", "CurrentState", host.Dword(0x70))
	if a.host.Updates != nil {
		for _, id := range a.host.Updates.IDs {
			add(cbs+"Package_for_"+id+"~31bf3856ad364e35~amd64~~6.1.1.0", "CurrentState", host.Dword(0x70))
		}
	}
	var out bytes.Buffer
	if err := regtext.Write(&out, list); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// whole is the machine as it stands in the registry then: everything was asked for.
func (a acceptance) whole() *host.View {
	s := *a.host
	s.Covered = append(gather.Prefixes(), `HKLM`)
	if s.Updates == nil {
		s.Updates = &host.Updates{}
	}
	s.Updates = &host.Updates{Complete: true, IDs: s.Updates.IDs}
	return host.NewView(&s)
}

// verdictOf makes the registry that of a case and runs its script: the verdict, "" if it
// says none, and everything that was printed.
func verdictOf(t *testing.T, wine *winekit.Wine, at, name string) (string, string) {
	t.Helper()
	_, out := wine.Status(t, "cmd", "/c", at+"-all.cmd")
	_, after, _ := strings.Cut(strings.ReplaceAll(out, "\r", ""), "CASE "+name+" verdict=")
	got, _, _ := strings.Cut(after, "\n")
	return got, out
}

// TestVerdictUnderWine proves on acceptance cases, each made into a registry, that the
// script says what the model says of the same state, or leaves the machine to check.
func TestVerdictUnderWine(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	judge := &verdict.Judge{Model: model}
	dir := t.TempDir()
	wine := winekit.Prefix(t)
	if err := os.WriteFile(filepath.Join(dir, "clean.reg"), clean(), 0o600); err != nil {
		t.Fatal(err)
	}
	settled, least := 0, len(tried(t))*4/5
	if os.Getenv("TLSREADY_ALL_CASES") != "" {
		least = 30 // of the rest the script says that check has to tell
	}
	for _, name := range tried(t) {
		a := readCase(t, name)
		d := decide.Compile(judge, decide.Question{Demand: a.demand, Callers: a.callers, Explicit: true, Documented: a.recipe, Builds: []int{a.host.OS.Build}})
		part, err := cmdfile.Verdict(d, model, cmdfile.Head{Name: func(string) string { return name }, Service: "azure-backup", On: "2021-09-01"})
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Join(dir, name)
		at := wine.Path(t, base)
		all := "@echo off\nset \"TLSREADY_LANG=en\"\nreg import \"" + wine.Path(t, filepath.Join(dir, "clean.reg")) + "\" >nul\n" +
			"reg import \"" + at + ".reg\" >nul\ncall \"" + at + ".cmd\"\n"
		for file, text := range map[string]string{base + ".cmd": prelude + string(part), base + "-all.cmd": all, base + ".reg": string(a.state(t))} {
			if filepath.Ext(file) == ".cmd" {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want := judge.Host(a.whole(), a.callers, a.demand).Verdict
		got, out := verdictOf(t, wine, at, name)
		if got == "unknown" && got != string(want) {
			// A prefix that is new makes keys of its own for a while: of one that comes between two
			// questions the script rightly says that check has to tell. It is settled then.
			t.Logf("%s is asked again after\n%s", name, out)
			got, out = verdictOf(t, wine, at, name)
		}
		if got != "unknown" && got != string(want) {
			t.Errorf("%s: %q, want %s\n%s", name, got, want, out)
		}
		if got != "unknown" {
			settled++
		}
	}
	t.Logf("%d of %d cases are settled on the spot", settled, len(tried(t)))
	if settled < least {
		t.Errorf("fewer than %d", least)
	}
}
