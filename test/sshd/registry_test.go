//go:build linux

package sshd

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/source"
	"tlsready/internal/source/remote"
)

const (
	protocols = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols`
	framework = `HKLM\SOFTWARE\Microsoft\.NETFramework`
)

// limit is what a busy machine may take for some 80 commands under Wine, of which
// each starts several processes.
const limit = 10 * time.Minute

// settings are what the tests write with reg itself. They are ASCII: Wine's
// console has one code page, whatever chcp says. Japanese is proved with a reg.exe
// of our own in internal/source/remote/regcmd.
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
	for _, v := range settings() {
		data := v.Text
		switch v.Type {
		case host.DWORD:
			data = "0x" + strings.Repeat("f", 8)
			if v.Number < 10 {
				data = string(rune('0' + v.Number))
			}
		case host.MultiSZ:
			data = strings.Join(v.Strings, `\0`)
		}
		s.wine.Run(t, "reg", "add", v.Key, "/v", v.Name, "/t", string(v.Type), "/d", data, "/f")
	}
}

// Proves that a machine reached over SSH becomes the same snapshot whether cmd.exe
// or PowerShell takes the commands, and that nothing but reading is run.
func TestSnapshot(t *testing.T) {
	s := start(t)
	s.fill(t)
	for _, shell := range []string{"cmd", "powershell"} {
		t.Run(shell, func(t *testing.T) {
			url := s.target().String()
			got, err := source.ReadOne(t.Context(), url, source.Options{Schemes: remote.Schemes(remote.Options{SSH: s.options(t, shell), Limit: limit})})
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
			if got.OS.Build == 0 || got.Source != url {
				t.Errorf("system %+v, source %q", got.OS, got.Source)
			}
			t.Logf("%s, %d values, %d commands so far", got.OS.Version, len(got.Registry), len(s.commands(t)))
		})
	}
	for _, line := range s.commands(t) {
		if line != "ver" && line != "cmd /c ver" && !strings.HasPrefix(line, "reg query ") {
			t.Errorf("reading ran %q", line)
		}
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
// own export is as it was, and that what reg.exe cannot write is refused.
func TestWriteAndUndo(t *testing.T) {
	s := start(t)
	s.fill(t)
	for _, shell := range []string{"cmd", "powershell"} {
		t.Run(shell, func(t *testing.T) {
			before := s.export(t)
			c, ctx := s.open(t, shell), t.Context()
			key, made := protocols+`\TLS 1.2\Client`, protocols+`\TLS 1.3`
			old, err := c.Value(ctx, key, "Enabled")
			must(t, err)
			var added []registry.Value
			for _, v := range []host.Value{
				{Name: "dword", Data: host.Dword(7)},
				{Name: "it's", Data: host.String("it's  one & (more)")},
				{Name: "", Data: host.String("default")},
			} {
				value, err := registry.NewValue(v.Name, v.Data)
				must(t, err)
				added = append(added, value)
			}
			must(t, c.Set(ctx, key, registry.Value{Name: "Enabled", Type: 4, Bytes: []byte{1, 0, 0, 0}}))
			must(t, c.CreateKey(ctx, made))
			for _, v := range added {
				must(t, c.Set(ctx, made, v))
			}
			list, err := c.Values(ctx, made)
			must(t, err)
			for _, v := range added {
				if !slices.ContainsFunc(list, func(o registry.Value) bool { return o.Name == v.Name && o.Same(v) }) {
					t.Errorf("%q is not among %+v", v.Name, list)
				}
			}
			for _, c := range []struct {
				what      string
				err, want error
			}{
				{"a key that is there", c.CreateKey(ctx, made), registry.ErrExist},
				{"a key with values", c.DeleteKey(ctx, made), registry.ErrNotEmpty},
				{"a key without parent", c.CreateKey(ctx, made+`\a\b`), registry.ErrNotExist},
				{"a value of a missing key", c.Set(ctx, made+`\a`, added[0]), registry.ErrNotExist},
				{"a missing value", c.Delete(ctx, made, "none"), registry.ErrNotExist},
			} {
				if !errors.Is(c.err, c.want) {
					t.Errorf("%s: %v, want %v", c.what, c.err, c.want)
				}
			}
			for _, v := range []registry.Value{{Name: "odd", Type: 1, Bytes: []byte{'a', 0}}, {Name: "short", Type: 4, Bytes: []byte{1}}, {Name: "quote\"", Type: 4, Bytes: make([]byte, 4)}} {
				if err := c.Set(ctx, made, v); err == nil {
					t.Errorf("%q was written", v.Name)
				}
			}
			for _, v := range added {
				must(t, c.Delete(ctx, made, v.Name))
			}
			must(t, c.DeleteKey(ctx, made))
			must(t, c.Set(ctx, key, old))
			if after := s.export(t); after != before {
				t.Errorf("before\n%s\nafter\n%s", before, after)
			}
		})
	}
}
