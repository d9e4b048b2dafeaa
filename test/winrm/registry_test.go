//go:build linux

package winrm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/source"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/remote"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/regcmd/regcmdtest"
	"tlsready/internal/source/remote/winrm"
)

const (
	protocols = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols`
	framework = `HKLM\SOFTWARE\Microsoft\.NETFramework`
)

// limit is what a busy machine may take for some dozen commands under Wine, of which
// each starts several processes.
const limit = 10 * time.Minute

// settings are what the tests write with reg itself. They are ASCII: Wine's
// console has one code page. Japanese is proved in internal/source/remote/winrm.
func settings() []host.Value {
	return []host.Value{
		{Key: protocols + `\TLS 1.2\Client`, Name: "Enabled", Data: host.Dword(1)},
		{Key: protocols + `\TLS 1.0\Client`, Name: "Enabled", Data: host.String("1")},
		{Key: framework + `\v4.0.30319`, Name: "It's <100> & more", Data: host.String("two  words")},
		{Key: framework + `\v4.0.30319`, Name: "SchUseStrongCrypto", Data: host.Dword(0)},
		{Key: framework + `\v4.0.30319`, Name: "list", Data: host.Multi("a", "two words")},
	}
}

func (s *server) fill(t *testing.T) {
	t.Helper()
	for _, v := range settings() {
		data := v.Text
		switch v.Type {
		case host.DWORD:
			data = fmt.Sprint(v.Number)
		case host.MultiSZ:
			data = strings.Join(v.Strings, `\0`)
		}
		s.wine.Run(t, "reg", "add", v.Key, "/v", v.Name, "/t", string(v.Type), "/d", data, "/f")
	}
}

// export is the registry below a key as reg exports it, in sorted lines.
func (s *server) export(t *testing.T, key string) string {
	t.Helper()
	file := filepath.Join(s.dir, "export.reg")
	s.wine.Run(t, "reg", "export", key, s.wine.Path(t, file), "/y")
	text, err := os.ReadFile(file)
	must(t, err)
	lines := strings.Split(string(text), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Proves that a machine becomes the right snapshot over HTTP with encrypted
// messages, and that nothing but reading is run, in one shell.
func TestSnapshot(t *testing.T) {
	s := start(t)
	s.fill(t)
	url := target(winrm.PlainPort).String()
	opt := remote.Options{Passwords: &peer.Passwords{Environment: password}, WinRM: s.options(t), Dial: s.Dial, Limit: limit}
	got, err := source.ReadOne(t.Context(), url, source.Options{Schemes: remote.Schemes(opt)})
	must(t, err)
	view := host.NewView(got)
	for _, v := range settings() {
		if data, state := view.Lookup(host.NewRef(v.Key, v.Name)); state != host.Present || !data.Equal(v.Data) {
			t.Errorf("%s %s: %+v %s, want %+v", v.Key, v.Name, data, state, v.Data)
		}
	}
	if _, state := view.Lookup(host.NewRef(protocols+`\TLS 1.1\Client`, "Enabled")); state != host.Absent {
		t.Errorf("TLS 1.1: %s, want absent", state)
	}
	if created, open := s.Shells(); got.OS.Build == 0 || got.Source != url || created != 1 || open != 0 {
		t.Errorf("system %+v, source %q, %d shells opened, %d open", got.OS, got.Source, created, open)
	}
	t.Logf("%s, %d values, %d commands, %d requests", got.OS.Version, len(got.Registry), len(s.Lines()), len(s.Actions()))
	if len(s.Lines()) > 15 || len(s.Actions()) > 60 {
		t.Errorf("it took %d commands and %d requests", len(s.Lines()), len(s.Actions()))
	}
	for _, line := range s.Lines() {
		if line != "ver" && !strings.HasPrefix(line, "reg query ") || strings.Contains(line, "reg add") || strings.Contains(line, "reg delete") {
			t.Errorf("reading ran %q", line)
		}
	}
	if strings.Contains(s.Seen(), password) {
		t.Error("the password was sent")
	}
}

// Proves that the snapshot is the same, byte for byte, whether keys are asked for
// together or one by one, and how many requests that saves.
func TestSameSnapshot(t *testing.T) {
	var text []string
	for _, singly := range []bool{false, true} {
		s, _ := inMemory(t)
		o := winrm.Options{CA: s.CA(t), Dial: s.Dial, Password: func(context.Context) (peer.Secret, error) { return peer.NewSecret(password), nil }}
		c, err := winrm.Open(t.Context(), target(5986), o)
		must(t, err)
		m := gather.Machine{URL: "winrm://fs01", Name: "fs01", Registry: c, OS: c.System()}
		if singly {
			m.Registry = struct{ registry.Reader }{c}
		}
		got, err := gather.FromMachine(t.Context(), m, source.Options{})
		must(t, err)
		must(t, c.Close())
		encoded, err := got.Encode()
		must(t, err)
		text = append(text, string(encoded))
		commands, requests := len(s.Lines()), len(s.Actions())
		t.Logf("one by one %v: %d commands, %d requests", singly, commands, requests)
		if !singly && (commands > 6 || requests > 30) {
			t.Errorf("%d commands, %d requests", commands, requests)
		}
	}
	if text[0] != text[1] {
		t.Errorf("together\n%s\none by one\n%s", text[0], text[1])
	}
}

// Proves that values and keys are written and undone through reg.exe so that its
// own export is as it was, and that what reg.exe cannot write is refused.
func TestWriteAndUndo(t *testing.T) {
	s := start(t)
	s.fill(t)
	for _, port := range []int{5986, winrm.PlainPort} {
		t.Run(fmt.Sprint(port), func(t *testing.T) {
			before := s.export(t, strings.TrimSuffix(protocols, `\Protocols`))
			o := s.options(t)
			o.Dial = s.Dial
			o.Password = func(context.Context) (peer.Secret, error) { return peer.NewSecret(password), nil }
			c, err := winrm.Open(t.Context(), target(port), o)
			must(t, err)
			defer c.Close()
			writeAndUndo(t, c)
			if after := s.export(t, strings.TrimSuffix(protocols, `\Protocols`)); after != before {
				t.Errorf("before\n%s\nafter\n%s", before, after)
			}
		})
	}
}

func writeAndUndo(t *testing.T, c registry.Writer) {
	t.Helper()
	regcmdtest.WriteAndUndo(t.Context(), t, c, protocols+`\TLS 1.2\Client`, protocols+`\TLS 1.3`)
}
