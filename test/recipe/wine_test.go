package recipe_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/regtext"
	"tlsready/internal/testkit/winekit"
)

func TestMain(m *testing.M) { os.Exit(winekit.Main(m)) }

const (
	schannel = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`
	net4     = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	net4Wow  = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	local    = `HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002`
	probe    = `HKLM\SOFTWARE\tlsready test\(a) x`
)

// plan has every kind of change that a .cmd file carries and Wine's reg.exe
// prints: set over another value, set where there was none, both views, a list,
// a deletion, text that cmd would act on.
func plan() recipe.Plan {
	was := func(d host.Data) host.Before { return host.Before{State: host.Present, Data: d} }
	absent := host.Before{State: host.Absent}
	return recipe.Plan{
		What: "wine", Hosts: []string{"fs01"}, Restart: recipe.RestartReboot,
		OS:            host.OS{Name: "Windows Server 2008 R2", Version: "6.1", Build: 7601, Architecture: "x64"},
		Prerequisites: []recipe.Prerequisite{{Kind: "policy", ID: "a|b & <c> %PATH% ポリシー"}},
		Changes: []host.Change{
			{Key: schannel, Name: "Enabled", Data: host.Dword(0xffffffff), Before: was(host.Dword(0))},
			{Key: schannel, Name: "DisabledByDefault", Data: host.Dword(0), Before: absent, Services: []string{"azure-backup"}},
			{Key: net4, Name: "SchUseStrongCrypto", Data: host.Dword(1), Before: was(host.String("1"))},
			{Key: net4Wow, Name: "SchUseStrongCrypto", Data: host.Dword(1), Before: absent},
			{Key: local, Name: "Functions", Data: host.Multi("TLS_B", "TLS_A"), Before: was(host.Multi("TLS_A"))},
			{Key: probe, Name: "gone", Delete: true, Before: was(host.Data{Type: host.ExpandSZ, Text: `%SystemRoot%\x & y|z^ (q)\`})},
			{Key: probe, Name: "two words", Data: host.Data{Type: host.ExpandSZ, Text: `%TEMP%\a;b & c|d^e <f> 100%`}, Before: was(host.Data{Type: host.Binary, Bytes: []byte{0xab, 0, 1}})},
			{Key: probe, Name: "empty", Data: host.String(""), Before: was(host.Dword(7))},
		},
	}
}

// machine is a Wine prefix with a folder for files.
type machine struct {
	*winekit.Wine
	dir      string
	elevated bool
}

func (m machine) write(t *testing.T, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(m.dir, name)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return m.Path(t, file)
}

// importReg has reg.exe write the changes.
func (m machine) importReg(t *testing.T, changes ...host.Change) {
	t.Helper()
	var b bytes.Buffer
	if err := regtext.Write(&b, changes); err != nil {
		t.Fatal(err)
	}
	m.Run(t, "reg", "import", m.write(t, "set.reg", b.Bytes()))
}

// state is every value of the plan's keys, as reg export gives them.
func (m machine) state(t *testing.T, p recipe.Plan) string {
	t.Helper()
	var lines []string
	seen := map[string]bool{}
	for _, c := range p.Changes {
		if seen[c.Key] {
			continue
		}
		seen[c.Key] = true
		file := filepath.Join(m.dir, "state.reg")
		if code, _ := m.Status(t, "reg", "export", c.Key, m.Path(t, file), "/y"); code != 0 {
			continue // no such key
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := regtext.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range f.Ops {
			lines = append(lines, fmt.Sprintf("%s %s %+v", strings.ToLower(op.Key), op.Name, op.Data))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// script runs a .cmd file from a second one, which prints the exit status: Wine
// hands on its lowest eight bits alone, and its call loses it.
func (m machine) script(t *testing.T, data []byte, settings ...string) (code, out string) {
	t.Helper()
	inner := m.write(t, "script.cmd", data)
	// Scripts take those for administrators who can read the key of the local
	// service account. Wine forgets that key when its server ends, as it does when
	// idle, so it is made while this script runs.
	account := `reg delete "HKU\S-1-5-19" /f >nul 2>&1`
	if m.elevated {
		account = `reg add "HKU\S-1-5-19" /f >nul`
	}
	lines := append([]string{"@echo off", account}, settings...)
	lines = append(lines, `cmd /d /c "`+inner+`"`, "echo CODE=%ERRORLEVEL%", "")
	outer := m.write(t, "outer.cmd", []byte(strings.Join(lines, "\r\n")))
	for try := 1; ; try++ {
		_, out = m.Status(t, "cmd", "/d", "/c", outer)
		out, code, _ = strings.Cut(out, "CODE=")
		if code != notStarted || try == starts || !strings.Contains(out, "cmd /d /c") {
			return code, strings.TrimSpace(out)
		}
		t.Logf("Wine did not start the script, which has done nothing: %s", out)
	}
}

// Wine's cmd.exe now and then does not find itself, and says so by notStarted. The
// script has not begun then, and is started anew, so many times in all.
const (
	notStarted = "9009"
	starts     = 3
)

// expect runs a script and holds exit status and last line.
func (m machine) expect(t *testing.T, what string, data []byte, code, state, restart string, settings ...string) {
	t.Helper()
	got, out := m.script(t, data, settings...)
	last := out[strings.LastIndexByte(out, '\n')+1:]
	if got != code || !strings.HasPrefix(last, "TLSREADY host=") || !strings.HasSuffix(last, " state="+state+" restart="+restart) {
		t.Fatalf("%s: exit status %s, want %s; last line %q, want state=%s restart=%s\n%s", what, got, code, last, state, restart, out)
	}
}

// start sets up the values as the plan found them.
func start(t *testing.T, p recipe.Plan, elevated bool) machine {
	t.Helper()
	m := machine{winekit.Prefix(t), t.TempDir(), elevated}
	for _, c := range p.Changes {
		m.Status(t, "reg", "delete", c.Key, "/f")
	}
	var before []host.Change
	for _, c := range p.Changes {
		if c.Before.State == host.Present {
			before = append(before, host.Change{Key: c.Key, Name: c.Name, Data: c.Before.Data})
		}
	}
	m.importReg(t, before...)
	return m
}

func written(t *testing.T, p recipe.Plan, format, lang string) map[string][]byte {
	t.Helper()
	f, ok := formats.ByName(format)
	if !ok {
		t.Fatalf("no format %s", format)
	}
	files, err := f.Write(p, message.For(lang))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string][]byte{}
	for _, file := range files {
		byName[file.Name] = file.Data
	}
	return byName
}

// Proves under a real command interpreter that apply.cmd writes the plan, that it
// and undo.cmd may run twice, that verify.cmd tells the two states apart, and that
// after undo every value is as before; in both languages, on a console whose code
// page is not the file's.
func TestCmdApplyUndo(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		t.Run(lang, func(t *testing.T) {
			p := plan()
			m := start(t, p, true)
			files := written(t, p, "cmd", lang)
			before := m.state(t, p)
			m.expect(t, "verify before", files["verify.cmd"], "1", "differs", "none")
			m.expect(t, "apply", files["apply.cmd"], "3010", "applied", "reboot")
			applied := m.state(t, p)
			if applied == before {
				t.Fatal("apply changed nothing")
			}
			m.expect(t, "verify after", files["verify.cmd"], "0", "matches", "none")
			m.expect(t, "apply again", files["apply.cmd"], "0", "unchanged", "none")
			m.importReg(t, p.Changes...)
			if again := m.state(t, p); again != applied {
				t.Errorf("apply.cmd left\n%s\nthe same changes as .reg give\n%s", applied, again)
			}
			m.expect(t, "undo", files["undo.cmd"], "3010", "undone", "reboot")
			if after := m.state(t, p); after != before {
				t.Errorf("before\n%s\nafter apply and undo\n%s", before, after)
			}
			m.expect(t, "undo again", files["undo.cmd"], "0", "unchanged", "none")
		})
	}
}

// Proves that apply.reg and undo.reg, imported by reg.exe, do the same.
func TestRegApplyUndo(t *testing.T) {
	p := plan()
	m := start(t, p, true)
	files := written(t, p, "reg", "ja")
	before := m.state(t, p)
	m.Run(t, "reg", "import", m.write(t, "apply.reg", files["apply.reg"]))
	m.expect(t, "verify", files["verify.cmd"], "0", "matches", "none")
	m.Run(t, "reg", "import", m.write(t, "undo.reg", files["undo.reg"]))
	if after := m.state(t, p); after != before {
		t.Errorf("before\n%s\nafter apply and undo\n%s", before, after)
	}
}

// Proves that a script which is not elevated, is for the other architecture, or
// finds a value that nobody planned, ends without having changed anything.
func TestCmdChangesNothing(t *testing.T) {
	p := plan()
	wide := written(t, p, "cmd", "en")
	narrow := p
	narrow.OS.Architecture = "x86"
	narrow.Changes = slices.DeleteFunc(slices.Clone(p.Changes), func(c host.Change) bool { return c.Key == net4Wow })
	x86 := written(t, narrow, "cmd", "ja")
	const on32 = "set PROCESSOR_ARCHITECTURE=x86"

	m := start(t, p, false)
	before := m.state(t, p)
	for name, data := range wide {
		m.expect(t, name, data, "5", "not-elevated", "none")
	}
	m = start(t, p, true)
	m.expect(t, "x86 on x64", x86["apply.cmd"], "1", "failed", "none")
	m.expect(t, "x64 on x86", wide["apply.cmd"], "1", "failed", "none", on32, "set PROCESSOR_ARCHITEW6432=")
	if after := m.state(t, p); after != before {
		t.Fatalf("before\n%s\nafter\n%s", before, after)
	}
	m.importReg(t, host.Change{Key: local, Name: "Functions", Data: host.Multi("TLS_A", "TLS_C")})
	drifted := m.state(t, p)
	m.expect(t, "apply", wide["apply.cmd"], "1", "failed", "none")
	m.expect(t, "undo", wide["undo.cmd"], "1", "failed", "none")
	if after := m.state(t, p); after != drifted {
		t.Errorf("before\n%s\nafter\n%s", drifted, after)
	}
}

// Proves that the x86 scripts work if there is only one view.
func TestCmdX86(t *testing.T) {
	p := plan()
	p.OS.Architecture = "x86"
	p.Changes = slices.DeleteFunc(p.Changes, func(c host.Change) bool { return strings.Contains(c.Key, "Wow6432Node") })
	m := start(t, p, true)
	files := written(t, p, "cmd", "ja")
	before := m.state(t, p)
	m.expect(t, "apply", files["apply.cmd"], "3010", "applied", "reboot", "set PROCESSOR_ARCHITECTURE=x86")
	m.expect(t, "undo", files["undo.cmd"], "3010", "undone", "reboot", "set PROCESSOR_ARCHITECTURE=x86")
	if after := m.state(t, p); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

// Proves, for the first, a middle and the last step, that if reg.exe fails there, all
// earlier ones are taken back and the script says so. The step is made to fail by a type
// that reg.exe does not know.
func TestCmdRollsBack(t *testing.T) {
	p := plan()
	m := start(t, p, true)
	good := string(written(t, p, "cmd", "en")["apply.cmd"])
	before := m.state(t, p)
	for _, n := range []int{1, 5, len(p.Changes)} {
		bad := breakStep(t, good, n)
		m.expect(t, fmt.Sprintf("step %d", n), []byte(bad), "1", "rolled-back", "none")
		if after := m.state(t, p); after != before {
			t.Fatalf("step %d: before\n%s\nafter\n%s", n, before, after)
		}
	}
}

// breakStep spoils the reg command of one step.
func breakStep(t *testing.T, text string, n int) string {
	t.Helper()
	head, rest, found := strings.Cut(text, fmt.Sprintf("set \"BACK=back%d\"\r\n", n))
	command, tail, _ := strings.Cut(rest, "\r\n")
	if !found || !strings.HasPrefix(command, "reg ") {
		t.Fatalf("no step %d", n)
	}
	return head + fmt.Sprintf("set \"BACK=back%d\"\r\n", n) + "reg add \"HKLM\\SOFTWARE\\x\" /v a /t REG_BOGUS /d 1 /f >nul\r\n" + tail
}

// Proves that a second run after a first one that was cut off half way finishes
// it, and that undo then restores all.
func TestCmdFinishesHalfWay(t *testing.T) {
	p := plan()
	m := start(t, p, true)
	files := written(t, p, "cmd", "en")
	before := m.state(t, p)
	m.importReg(t, p.Changes[:4]...)
	m.expect(t, "apply", files["apply.cmd"], "3010", "applied", "reboot")
	m.expect(t, "undo", files["undo.cmd"], "3010", "undone", "reboot")
	if after := m.state(t, p); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}
