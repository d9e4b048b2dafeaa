//go:build linux

package sshd

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/regcmd/regcmdtest"
)

const (
	protocols = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols`
	framework = `HKLM\SOFTWARE\Microsoft\.NETFramework`
)

// limit is what a busy machine may take for some dozen commands under Wine, of which
// each starts several processes.
const limit = 10 * time.Minute

// settings are what the tests write with reg itself. They are ASCII: Wine's
// console has one code page, whatever chcp says. Japanese is proved with a reg.exe
// of our own.
func settings() []host.Value {
	return []host.Value{
		{Key: protocols + `\TLS 1.2\Client`, Name: "Enabled", Data: host.Dword(4294967295)},
		{Key: protocols + `\TLS 1.2\Client`, Name: "DisabledByDefault", Data: host.Dword(0)},
		{Key: protocols + `\TLS 1.0\Client`, Name: "Enabled", Data: host.String("1")},
		{Key: framework + `\v4.0.30319`, Name: "It's 100 & more", Data: host.String("two  words")},
		{Key: framework + `\v4.0.30319`, Name: "SchUseStrongCrypto", Data: host.Dword(1)},
		{Key: framework + `\v4.0.30319`, Name: "list", Data: host.Multi("a", "two words")},
	}
}

func (s *server) fill(t *testing.T) {
	t.Helper()
	s.load(t, roots(), settings())
}

// snapshot reads the machine as the program does, or, singly, without telling its
// registry of what will be asked.
func (s *server) snapshot(t *testing.T, shell string, singly bool) string {
	t.Helper()
	c := s.open(t, shell)
	m := gather.Machine{URL: s.target().String(), Name: "fs01", Registry: c, OS: c.System()}
	if singly {
		m.Registry = struct{ registry.Reader }{c}
	}
	got, err := gather.FromMachine(t.Context(), m, source.Options{})
	must(t, err)
	text, err := got.Encode()
	must(t, err)
	return string(text)
}

// Proves that a machine reached over SSH becomes the same snapshot, byte for byte,
// whether cmd.exe or PowerShell takes the commands and whether keys are asked for
// together or one by one; that few commands do; and that nothing but reading is
// run.
func TestSnapshot(t *testing.T) {
	s := start(t)
	s.fill(t)
	url := s.target().String()
	got, err := source.ReadOne(t.Context(), url, source.Options{Schemes: remote.Schemes(remote.Options{SSH: s.options(t, "cmd"), Limit: limit})})
	must(t, err)
	s.holds(t, got)
	if got.OS.Build == 0 || got.Source != url {
		t.Errorf("system %+v, source %q", got.OS, got.Source)
	}
	few := len(s.commands(t))
	together := s.snapshot(t, "cmd", false)
	if powershell := s.snapshot(t, "powershell", false); powershell != together {
		t.Errorf("PowerShell gives\n%s\ncmd.exe\n%s", powershell, together)
	}
	before := len(s.commands(t))
	if singly := s.snapshot(t, "cmd", true); singly != together {
		t.Errorf("one by one\n%s\ntogether\n%s", singly, together)
	}
	t.Logf("%s, %d values, %d commands; one by one %d", got.OS.Version, len(got.Registry), few, len(s.commands(t))-before)
	if few > 15 {
		t.Errorf("%d commands were run", few)
	}
	s.onlyReads(t)
}

// holds holds a snapshot against the settings.
func (s *server) holds(t *testing.T, got *host.Snapshot) {
	t.Helper()
	view := host.NewView(got)
	for _, v := range settings() {
		if data, state := view.Lookup(host.NewRef(v.Key, v.Name)); state != host.Present || !data.Equal(v.Data) {
			t.Errorf("%s %s: %+v %s, want %+v", v.Key, v.Name, data, state, v.Data)
		}
	}
	if _, state := view.Lookup(host.NewRef(protocols+`\TLS 1.1\Client`, "Enabled")); state != host.Absent {
		t.Errorf("TLS 1.1: %s, want absent", state)
	}
}

// onlyReads proves that the commands of the server do nothing but read.
func (s *server) onlyReads(t *testing.T) {
	t.Helper()
	for _, line := range s.commands(t) {
		reads := strings.HasPrefix(line, "reg query ") || strings.HasPrefix(line, "cmd /d /s /c 'reg query ")
		if line != "ver" && line != "cmd /c ver" && !reads || strings.Contains(line, "reg add") || strings.Contains(line, "reg delete") {
			t.Errorf("reading ran %q", line)
		}
	}
}

// Proves that a reg.exe in three languages gives the right snapshot through the real
// server, in few commands of either shell. That this snapshot equals the one from single
// questions is proved in internal/source/remote/regcmd.
func TestSnapshotInMemory(t *testing.T) {
	for _, language := range []string{"en", "ja", "de"} {
		s, _ := inMemory(t, language)
		together := s.snapshot(t, "cmd", false)
		few := len(s.commands(t))
		if powershell := s.snapshot(t, "powershell", false); powershell != together {
			t.Errorf("%s: PowerShell gives\n%s\ncmd.exe\n%s", language, powershell, together)
		}
		got, err := host.Decode([]byte(together), nil)
		must(t, err)
		s.holds(t, got)
		t.Logf("%s: %d commands", language, few)
		if few > 15 {
			t.Errorf("%s: %d commands were run", language, few)
		}
		s.onlyReads(t)
	}
}

// export is the registry below the tests' keys as reg exports it, in sorted
// lines.
func (s *server) export(t *testing.T) string {
	t.Helper()
	file := s.path("export.reg")
	s.wine.Run(t, "reg", "export", strings.TrimSuffix(protocols, `\Protocols`), s.wine.Path(t, file), "/y")
	text, err := os.ReadFile(file)
	must(t, err)
	lines := strings.Split(string(text), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Proves that values and keys are written and undone through reg.exe so that its
// own export is as it was, and that what reg.exe cannot write is refused: with
// Wine's cmd, and with a reg.exe of our own behind PowerShell's quotes too.
func TestWriteAndUndo(t *testing.T) {
	s := start(t)
	s.fill(t)
	before := s.export(t)
	s.writeAndUndo(t, "cmd")
	if after := s.export(t); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	s, m := inMemory(t, "ja")
	for _, shell := range []string{"cmd", "powershell"} {
		before := m.Dump()
		s.writeAndUndo(t, shell)
		if after := m.Dump(); after != before {
			t.Errorf("%s: before\n%s\nafter\n%s", shell, before, after)
		}
	}
	powershell := start(t)
	powershell.writes(t)
}

// writes writes and removes one value through PowerShell's quotes and Wine.
func (s *server) writes(t *testing.T) {
	t.Helper()
	before := s.export(t)
	c, key := s.open(t, "powershell"), protocols+`\TLS 1.2\Client`
	v, err := registry.NewValue("it's", host.String("it's  one & (more)"))
	must(t, err)
	must(t, c.Set(t.Context(), key, v))
	got, err := c.Value(t.Context(), key, v.Name)
	if err != nil || !got.Same(v) || s.export(t) == before {
		t.Errorf("%+v %v", got, err)
	}
	must(t, c.Delete(t.Context(), key, v.Name))
	if after := s.export(t); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

func (s *server) writeAndUndo(t *testing.T, shell string) {
	t.Helper()
	c, ctx := s.open(t, shell), t.Context()
	regcmdtest.WriteAndUndo(ctx, t, c, protocols+`\TLS 1.2\Client`, protocols+`\TLS 1.3`)
}
