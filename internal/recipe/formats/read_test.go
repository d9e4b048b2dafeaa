package formats_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/recipe/recipetest"
	"tlsready/internal/stack/nearmiss"
)

// bare is a change without what a recipe cannot carry.
func bare(list []host.Change) []host.Change {
	out := make([]host.Change, len(list))
	for i, c := range list {
		out[i] = host.Change{Key: c.Key, Name: c.Name, Data: c.Data, Delete: c.Delete}
		if c.Delete {
			out[i].Data = host.Data{}
		}
	}
	slices.SortFunc(out, func(a, b host.Change) int { return strings.Compare(a.Key+"\x00"+a.Name, b.Key+"\x00"+b.Name) })
	return out
}

func sameChange(a, b host.Change) bool {
	return strings.EqualFold(a.Key, b.Key) && a.Name == b.Name && a.Delete == b.Delete && (a.Delete || a.Equal(b.Data))
}

// checkBack parses every apply and undo file and compares with the plan.
func checkBack(t *testing.T, p recipe.Plan, files []recipe.File) {
	t.Helper()
	for _, f := range files {
		want := p.Changes
		switch {
		case strings.HasPrefix(f.Name, "verify"):
			continue
		case strings.HasPrefix(f.Name, "undo"):
			want = p.Undo()
		}
		r, err := formats.Read(f.Name, f.Data)
		if err != nil || len(r.Findings) > 0 {
			t.Fatalf("%s: %v %v", f.Name, err, r.Findings)
		}
		got := r.Changes()
		if !slices.EqualFunc(bare(want), bare(got), sameChange) {
			t.Fatalf("%s gives\n%+v, want\n%+v\n%s", f.Name, bare(got), bare(want), f.Data)
		}
		checkUndo(t, p, f.Name, got)
	}
}

// checkUndo applies the plan and what an undo file says: every value is as before.
func checkUndo(t *testing.T, p recipe.Plan, name string, parsed []host.Change) {
	t.Helper()
	if !strings.HasPrefix(name, "undo") {
		return
	}
	start := &host.Snapshot{Registry: []host.Value{{Key: `HKLM\SOFTWARE\Other`, Name: "stays", Data: host.Dword(7)}}}
	for _, c := range p.Changes {
		if c.Before.State == host.Present {
			start.Registry = append(start.Registry, host.Value{Key: c.Key, Name: c.Name, Data: c.Before.Data})
		}
	}
	end := start.Apply(p.Changes...).Apply(parsed...)
	byName := func(a, b host.Value) int { return strings.Compare(a.Key+"\x00"+a.Name, b.Key+"\x00"+b.Name) }
	was, is := slices.Clone(start.Registry), slices.Clone(end.Registry)
	slices.SortFunc(was, byName)
	slices.SortFunc(is, byName)
	if !slices.EqualFunc(was, is, func(a, b host.Value) bool { return byName(a, b) == 0 && a.Equal(b.Data) }) {
		t.Fatalf("%s: after apply and undo %+v, before %+v", name, is, was)
	}
}

// Proves that what each format writes for the samples is read back as the same
// changes, in both languages, without a finding, and that the undo restores.
func TestReadBackSamples(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for _, p := range recipetest.Samples() {
			for _, f := range formats.All() {
				files, err := f.Write(p, message.For(lang))
				if err != nil {
					t.Fatal(err)
				}
				checkBack(t, p, files)
			}
		}
	}
}

// generator makes plans that are valid but odd.
type generator struct {
	*rand.Rand
	cmd bool // keep to what a .cmd file can carry
}

func (g generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g generator) text() string {
	parts := []string{"a", "Z9", " ", "%", "%PATH%", "&", "|", "^", "!", "(x)", `\`, `\\`, "'", ";", "#", "$x", "`", "=", "~", "<>", ",", "@", "{}"}
	if !g.cmd {
		parts = append(parts, `"`, "日本", "ポ表", "’", "“", "é", "‘q’", "😀")
	}
	var b strings.Builder
	for range g.IntN(7) {
		b.WriteString(g.pick(parts...))
	}
	if g.cmd {
		return strings.TrimLeft(b.String(), " ")
	}
	return b.String()
}

func (g generator) data() host.Data {
	switch g.IntN(6) {
	case 0:
		return host.Data{Type: host.QWORD, Number: g.Uint64()}
	case 1:
		return host.String(g.text())
	case 2:
		return host.Data{Type: host.ExpandSZ, Text: g.text()}
	case 3:
		return host.Data{Type: host.MultiSZ, Strings: g.list()}
	case 4:
		d := host.Data{Type: host.Binary}
		for range g.IntN(40) {
			d.Bytes = append(d.Bytes, byte(g.Uint32()))
		}
		return d
	}
	return host.Dword(g.Uint32())
}

func (g generator) list() []string {
	var list []string
	for range g.IntN(4) {
		s := "T" + g.text()
		if g.cmd {
			s = strings.TrimRight(strings.ReplaceAll(s, `\`, ""), " ") + "e"
		}
		list = append(list, s)
	}
	return list
}

func (g generator) plan(x86 bool) recipe.Plan {
	p := recipe.Plan{What: "generated", OS: recipetest.Server2012R2, Restart: recipe.RestartProcess}
	if x86 {
		p.OS = recipetest.Windows7
	}
	for i := range 1 + g.IntN(6) {
		key := `HKLM\SOFTWARE\` + g.pick("TLS 1.2", "AES 128/128", "v4.0", ".NETFramework") + fmt.Sprintf(`\k%d`, g.IntN(3))
		if !x86 && g.IntN(3) == 0 {
			key = strings.Replace(key, `SOFTWARE`, `SOFTWARE\Wow6432Node`, 1)
		}
		c := recipetest.Set(key, fmt.Sprintf("n%d%s", i, g.pick("", " x", ".y", "-z", "/w")), g.data())
		if g.IntN(3) > 0 {
			c.Before = host.Before{State: host.Present, Data: g.data()}
		}
		if g.IntN(5) == 0 {
			c.Delete, c.Data = true, host.Data{}
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

// Proves, over generated plans, that every file is read back as the changes it
// was written from and that apply followed by undo restores each value.
func TestReadBackGenerated(t *testing.T) {
	words := []*message.Catalog{message.For("en"), message.For("ja")}
	for seed := range uint64(400) {
		for _, f := range formats.All() {
			// .reg comes with verify.cmd, and so is held to what cmd can carry.
			g := generator{rand.New(rand.NewPCG(seed, 1)), f.Name != "ps1"}
			p := g.plan(seed%3 == 0)
			files, err := f.Write(p, words[seed%2])
			if err != nil {
				t.Fatalf("seed %d, %s: %v", seed, f.Name, err)
			}
			checkBack(t, p, files)
		}
	}
}

// Proves that the hazards seen in published recipes are found at their place, and
// what the recipe would still do.
func TestHazards(t *testing.T) {
	for _, test := range []struct {
		name, text string
		finding    string // "line:column rule"
		changes    int
	}{
		{"a.bat", "@echo off\r\nreg add HKLM\\SYSTEM\\x\\TLS 1.2\\Client /v Enabled /t REG_DWORD /d 1 /f /reg:64\r\n", "2:1 cmd-key-unquoted", 0},
		{"a.bat", "reg add \"HKLM\\SYSTEM\\S\\TLS 1.1\" /v Enabled /t REG_DWORD /d 1 /f\nreg add \"HKLM\\SYSTEM\\S\\TLS 1.1\" /v Enabled /t REG_DWORD /d 0 /f\n", "2:1 value-twice", 1},
		{"a.reg", "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\x]\r\n\"a\"=dword:0000001\r\n", "4:5 reg-dword-digits", 1},
		{"a.reg", "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\x]\r\n\"a\" = dword:00000001\r\n", "4:7 reg-spaces", 1},
		{"a.reg", "Windows Registry Editor Version 5.00\r\n\r\n[-HKEY_LOCAL_MACHINE\\SOFTWARE\\x]\r\n", "3:1 reg-deletes-key", 1},
		{"a.cmd", "reg add \"HKLM\\SOFTWARE\\Microsoft.NETFramework\\v4.0.30319\" /v SchUseStrongCrypto /t REG_DWORD /d 1 /f /reg:64", "1:1 key-backslash-lost", 1},
		{"a.cmd", "  reg add HKLM\\SYSTEM\\ControlSet001\\x /v a /t REG_DWORD /d 1 /f", "1:3 key-control-set", 1},
		{"a.cmd", "reg add HKLM\\SOFTWARE\\x /v a /t REG_DWORD /d 1 /f", "1:1 cmd-no-view", 1},
		{"a.cmd", "reg add HKLM\\SYSTEM\\x /v a /t REG_DWORD /d 1", "1:1 cmd-no-force", 1},
		{"a.cmd", "ver & reg delete HKLM\\SYSTEM\\x /f", "1:7 cmd-deletes-key", 1},
		{"a.cmd", "reg add \"%KEY%\" /v a /d 1 /f /reg:64", "1:1 cmd-not-understood", 0},
		{"a.ps1", "New-Item 'HKLM:\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319' -Force | Out-Null", "1:1 ps1-new-item-force", 1},
		{"a.ps1", "if ($a) {\n  Remove-Item -Path HKLM:\\SOFTWARE\\x -Recurse\n}", "2:3 ps1-deletes-key", 0},
		{"a.ps1", "Set-ItemProperty $unknown -Name a -Value 1", "1:1 ps1-not-understood", 0},
		{"a.ps1", "Set-ItemProperty -Path 'HKLM:\\SYSTEM\\Ciphers\\AES 128/128' -Name Enabled -Value 0 -Type DWord", "1:1 ps1-key-separator", 1},
	} {
		r, err := formats.Lint(test.name, []byte(test.text), nearmiss.New())
		if err != nil {
			t.Fatalf("%q: %v", test.text, err)
		}
		changes := r.Changes()
		var all []string
		for _, f := range r.Findings {
			all = append(all, fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Rule))
			for _, lang := range []string{"en", "ja"} {
				if text := message.For(lang).Render(f.Text); text == f.Text.ID || strings.Contains(text, "{") {
					t.Errorf("%s in %s: %q", f.Rule, lang, text)
				}
			}
		}
		if !slices.Contains(all, test.finding) || len(changes) != test.changes {
			t.Errorf("%q: %v and %d changes, want %s and %d", test.text, all, len(changes), test.finding, test.changes)
		}
	}
}

// Proves that the usual lines of other people's recipes are read for what they do.
func TestReadOthers(t *testing.T) {
	key := `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	one := host.Change{Key: key, Name: "SchUseStrongCrypto", Data: host.Dword(1)}
	wow := one
	wow.Key = `HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319`
	gone := host.Change{Key: key, Name: "SchUseStrongCrypto", Delete: true}
	for _, test := range []struct {
		name, text string
		want       host.Change
	}{
		{"a.cmd", `C:\Windows\System32\reg.exe add "HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v SchUseStrongCrypto /t reg_dword /d 0x1 /f /reg:64 >nul 2>&1`, one},
		{"a.cmd", `if "%1"=="" (reg add "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /f /d 1 /t REG_DWORD /v "SchUseStrongCrypto" /reg:32)`, wow},
		{"a.cmd", "set \"K=HKLM\\SOFTWARE\\Microsoft\\.NETFramework\"\nreg add \"%k%\\v4.0.30319\" /v SchUseStrongCrypto /t REG_DWORD /d 1 /f /reg:64", one},
		{"a.bat", "rem reg add HKLM\\X /v a /f\necho reg add HKLM\\X /v a /f\nreg delete \"HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319\" /v SchUseStrongCrypto /f /reg:64", gone},
		{"a.ps1", `Set-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\.NETFramework\v4.0.30319' -Name 'SchUseStrongCrypto' -Value '1' -Type DWord`, one},
		{"a.ps1", "$p = \"HKLM:\\SOFTWARE\\Microsoft\\.NETFramework\"\n$q = \"$p\\v4.0.30319\"\nNew-ItemProperty `\n  -Path $q -Name SchUseStrongCrypto -PropertyType 'DWord' -Value 0x1 -Force | Out-Null", one},
		{"a.ps1", `[void](New-ItemProperty Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319 SchUseStrongCrypto -Value 1)`, wow},
		{"a.ps1", `sp HKLM:\SOFTWARE\Microsoft\.NETFramework\v4.0.30319 SchUseStrongCrypto 1`, one},
		{"a.ps1", "<# reg add #>\nif ($true) { Remove-ItemProperty -LiteralPath HKLM:\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319 -Name SchUseStrongCrypto -ErrorAction SilentlyContinue }", gone},
		{"a.ps1", `& reg.exe add "HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319" /v SchUseStrongCrypto /t REG_DWORD /d 1 /f /reg:64`, one},
		{"a.ps1", "$null = New-ItemProperty -Path 'HKLM:\\SOFTWARE\\x' -Name Functions -PropertyType MultiString -Value @('a','b')", host.Change{Key: `HKLM\SOFTWARE\x`, Name: "Functions", Data: host.Multi("a", "b")}},
	} {
		r, err := formats.Read(test.name, []byte(test.text))
		if got := r.Changes(); err != nil || len(got) != 1 || !sameChange(got[0], test.want) || len(r.Unclear()) > 0 {
			t.Errorf("%s\ngives %+v %v %v", test.text, got, r.Findings, err)
		}
	}
}

// Proves that a file that is no recipe is refused with its name.
func TestParseRefuses(t *testing.T) {
	for name, data := range map[string]string{"a.txt": "x", "a.reg": "hello", "b.cmd": strings.Repeat("x", recipe.MaxFile+1)} {
		if _, err := formats.Read(name, []byte(data)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Proves that the largest files that are taken are read in time that grows with
// their size, whatever they consist of; a reader that takes the square of it
// meets the time limit of go test.
func TestParseLarge(t *testing.T) {
	for _, unit := range []string{"#\n", "# ", "(", "@'", "\"", "$a='x'\n", "sp HKLM:\\x a 1\n", "sp (,", "&", "%a%", "set a=%a%%a%x\n", "reg add HKLM\\x /v a /f\n", "^", "\\"} {
		data := []byte(strings.Repeat(unit, recipe.MaxFile/len(unit)))
		for _, name := range []string{"a.cmd", "a.ps1"} {
			begun := time.Now()
			if _, err := formats.Read(name, data); err != nil {
				t.Errorf("%s of %q: %v", name, unit, err)
			}
			t.Logf("%s of %q: %v", name, unit, time.Since(begun))
		}
	}
}

func fuzz(f *testing.F, ext string) {
	for _, lang := range []string{"en", "ja"} {
		for _, p := range recipetest.Samples() {
			for _, format := range formats.All() {
				files, err := format.Write(p, message.For(lang))
				if err != nil {
					f.Fatal(err)
				}
				for _, file := range files {
					if filepath.Ext(file.Name) == ext {
						f.Add(file.Data)
					}
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := formats.Read("f"+ext, data)
		if err != nil {
			return
		}
		changes, findings := r.Changes(), r.Findings
		if len(findings) > recipe.MaxFindings {
			t.Errorf("%d findings", len(findings))
		}
		for _, find := range findings {
			if find.Line < 1 || find.Column < 1 {
				t.Errorf("%+v has no place", find)
			}
		}
		for _, c := range changes {
			if !c.Delete && c.Type == "" {
				t.Errorf("%+v has no type", c)
			}
		}
	})
}

// Prove that no .cmd, .ps1 or .reg file panics or hangs the reader, and that what
// it reports has a place and a type.
func FuzzParseCmd(f *testing.F) { fuzz(f, ".cmd") }
func FuzzParsePS1(f *testing.F) { fuzz(f, ".ps1") }
func FuzzParseReg(f *testing.F) { fuzz(f, ".reg") }
