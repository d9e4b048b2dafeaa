package regcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source/remote/regcmd/regcmdtest"
)

// fakeReg is a reg.exe behind one of the shells.
type fakeReg struct {
	regcmdtest.Reg
	shell Shell
}

func newReg(m *registrytest.Memory, shell Shell, language string) *fakeReg {
	quote := map[Shell]byte{Cmd: '"', PowerShell: '\''}[shell]
	return &fakeReg{regcmdtest.Reg{Memory: m, Quote: quote, Language: language}, shell}
}

// Run runs a command line.
func (f *fakeReg) Run(ctx context.Context, line string) (Answer, error) {
	out, errs, status, err := f.Reg.Run(ctx, line)
	return Answer{Out: out, Errors: errs, Status: status}, err
}

const base = `HKLM\SOFTWARE\Base key`

func newRegistry(f *fakeReg) *Registry {
	return New(f, f.shell)
}

// Proves that values of all types that reg.exe prints are written, listed, read
// and removed through both shells, in Japanese too.
func TestValues(t *testing.T) {
	for _, f := range []*fakeReg{newReg(nil, Cmd, "en"), newReg(nil, Cmd, "ja"), newReg(nil, PowerShell, "ja"), newReg(nil, PowerShell, "de")} {
		t.Run(fmt.Sprint(f.Language, f.shell), func(t *testing.T) {
			f.Memory = registrytest.NewMemory(base)
			r, ctx := newRegistry(f), t.Context()
			before := f.Dump()
			key := base + `\TLS 1.2`
			if err := r.CreateKey(ctx, key); err != nil {
				t.Fatal(err)
			}
			for _, v := range []host.Value{
				{Name: "Enabled", Data: host.Dword(4294967295)},
				{Name: "表示名 ソ", Data: host.String("値 & (ソ)")},
				{Name: "path", Data: host.Data{Type: host.ExpandSZ, Text: `C:\dir`}},
				{Name: "it's", Data: host.Multi("a b", "c")},
				{Name: "empty", Data: host.String("")},
				{Name: "bytes", Data: host.Data{Type: host.Binary, Bytes: []byte{0, 1}}},
				{Name: "@at /s", Data: host.Data{Type: host.QWORD, Number: 1 << 60}},
				{Name: "none", Data: host.Data{Type: host.None}},
			} {
				want, err := registry.NewValue(v.Name, v.Data)
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Set(ctx, key, want); err != nil {
					t.Error(err)
					continue
				}
				if got, err := r.Value(ctx, key, v.Name); err != nil || !got.Same(want) || got.Name != want.Name {
					t.Errorf("%q: %+v %v, want %+v", v.Name, got, err, want)
				}
				if err := r.Delete(ctx, key, v.Name); err != nil {
					t.Error(err)
				}
			}
			if err := r.DeleteKey(ctx, key); err != nil {
				t.Error(err)
			}
			if after := f.Dump(); after != before {
				t.Errorf("before\n%s\nafter\n%s", before, after)
			}
		})
	}
}

// Proves that a key that was made is empty, whatever reg add puts there, and that
// nothing of others is removed from it.
func TestCreatedKeyIsEmpty(t *testing.T) {
	for _, byDefault := range []bool{true, false} {
		f := newReg(registrytest.NewMemory(base), Cmd, "en")
		f.Default = byDefault
		r, ctx := newRegistry(f), t.Context()
		if err := r.CreateKey(ctx, base+`\new`); err != nil {
			t.Fatal(err)
		}
		if list, err := r.Values(ctx, base+`\new`); err != nil || len(list) > 0 {
			t.Errorf("%+v %v", list, err)
		}
		if err := r.DeleteKey(ctx, base+`\new`); err != nil {
			t.Error(err)
		}
		f.Put(base+`\other`, "", host.String("of others"))
		if err := r.bare(ctx, base+`\other`); err != nil {
			t.Error(err)
		}
		if list, err := r.Values(ctx, base+`\other`); err != nil || len(list) != 1 {
			t.Errorf("%+v %v", list, err)
		}
	}
}

// Proves that a key that is not there is told from one that may not be read, in a
// language that we do not know too, and that neither is asked for twice.
func TestMissingOrDenied(t *testing.T) {
	for _, language := range []string{"en", "ja", "de"} {
		m := registrytest.NewMemory(base+`\secret\below`, base+`\open`)
		f := newReg(m, Cmd, language)
		f.Denied = map[string]bool{strings.ToLower(base + `\secret`): true}
		r, ctx := newRegistry(f), t.Context()
		for _, c := range []struct {
			key  string
			want error
		}{{base + `\gone`, registry.ErrNotExist}, {base + `\gone\far`, registry.ErrNotExist}, {base + `\secret`, registry.ErrDenied}, {base + `\open`, nil}} {
			for range 2 {
				if _, err := r.Values(ctx, c.key); !errors.Is(err, c.want) {
					t.Errorf("%s %s: %v, want %v", language, c.key, err, c.want)
				}
			}
		}
		sorted := slices.Sorted(slices.Values(f.Lines))
		if len(slices.Compact(sorted)) != len(f.Lines) {
			t.Errorf("asked twice: %q", f.Lines)
		}
	}
}

// Proves that a tree is read with one command for its top and one for all below
// it, a list of single values with one command for each name, and that both give
// what key by key would.
func TestFewCommands(t *testing.T) {
	m := registrytest.NewMemory()
	for i := range 50 {
		m.Put(fmt.Sprintf(`%s\tree\%d\x`, base, i), "n", host.Dword(uint32(i)))
		m.Put(fmt.Sprintf(`%s\list\{%d}`, base, i), "DisplayName", host.String(fmt.Sprint(i)))
	}
	f := newReg(m, Cmd, "en")
	r, ctx := newRegistry(f), t.Context()
	total := 0
	var walk func(key string)
	walk = func(key string) {
		values, err := r.Values(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		total += len(values)
		below, err := r.Subkeys(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range below {
			walk(key + `\` + name)
		}
	}
	walk(base + `\tree`)
	if total != 50 || len(f.Lines) != 2 {
		t.Errorf("%d values with %d commands: %q", total, len(f.Lines), f.Lines)
	}
	f.Lines = nil
	below, err := r.Subkeys(ctx, base+`\list`)
	if err != nil || len(below) != 50 {
		t.Fatal(below, err)
	}
	for _, name := range below {
		if v, err := r.Value(ctx, base+`\list\`+name, "DisplayName"); err != nil || "{"+v.Data().Text+"}" != name {
			t.Errorf("%s: %+v %v", name, v, err)
		}
		if _, err := r.Value(ctx, base+`\list\`+name, "SystemComponent"); !errors.Is(err, registry.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(f.Lines) != 3 {
		t.Errorf("%d commands: %q", len(f.Lines), f.Lines)
	}
}

// Proves that a part of a tree that may not be read does not pass for absent: each
// key is then asked by itself.
func TestPartlyDenied(t *testing.T) {
	m := registrytest.NewMemory()
	m.Put(base+`\a`, "n", host.Dword(1))
	m.Put(base+`\b`, "n", host.Dword(2))
	f := newReg(m, Cmd, "de")
	f.Denied = map[string]bool{strings.ToLower(base + `\b`): true}
	r, ctx := newRegistry(f), t.Context()
	if below, err := r.Subkeys(ctx, base); err != nil || len(below) != 2 {
		t.Fatal(below, err)
	}
	if v, err := r.Values(ctx, base+`\a`); err != nil || len(v) != 1 {
		t.Errorf("a: %+v %v", v, err)
	}
	if _, err := r.Values(ctx, base+`\b`); !errors.Is(err, registry.ErrDenied) {
		t.Errorf("b: %v", err)
	}
}

// Proves that text that a shell would change is refused before anything is run.
func TestRefusedText(t *testing.T) {
	for _, c := range []struct {
		shell Shell
		text  string
		ok    bool
	}{
		{Cmd, `a" & calc & "`, false},
		{Cmd, "%TEMP%", false},
		{Cmd, "a\r\nb", false},
		{Cmd, "a & b | c > d ^ e", true},
		{PowerShell, "$(calc); `x", true},
		{PowerShell, "%TEMP%", true},
		{PowerShell, "it\u2019s", false},
		{PowerShell, `a b\`, false},
		{PowerShell, "", false},
	} {
		f := newReg(registrytest.NewMemory(base), c.shell, "en")
		v, err := registry.NewValue("name", host.String(c.text))
		if c.text == "" {
			v, err = registry.NewValue("name", host.Multi())
			c.ok = true // said without /d
		}
		if err == nil {
			err = newRegistry(f).Set(t.Context(), base, v)
		}
		ran := slices.ContainsFunc(f.Lines, func(l string) bool { return strings.HasPrefix(l, "reg add") })
		if (err == nil) != c.ok || ran != c.ok {
			t.Errorf("%d %q: %v, ran %q", c.shell, c.text, err, f.Lines)
		}
	}
	if _, err := newRegistry(newReg(registrytest.NewMemory(), Cmd, "en")).Values(t.Context(), "HKLM\\a\"b"); err == nil {
		t.Error("a key with a quote was asked for")
	}
}

// FuzzQuote proves that a quoted word stays one word, whatever it holds.
func FuzzQuote(f *testing.F) {
	for _, text := range []string{`HKLM\SOFTWARE\a b`, `it's`, `a"b`, `%x%`, `\`, `a b\\`, "\u2019"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range []Shell{Cmd, PowerShell} {
			line, err := s.command("reg", "query", "@"+text, "/s")
			if err != nil {
				continue
			}
			words := newReg(nil, s, "en").Words(line)
			if len(words) != 4 || words[2] != text || words[3] != "/s" {
				t.Errorf("%q became %q", text, words)
			}
		}
	})
}
