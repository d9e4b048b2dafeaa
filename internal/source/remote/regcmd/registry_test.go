package regcmd

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
)

// fakeReg is a reg.exe over a registry in memory, in one of the languages of
// Windows, that prints in code page 932 where it speaks Japanese.
type fakeReg struct {
	*registrytest.Memory
	shell    Shell
	language string
	denied   map[string]bool // lower-case keys that may not be read
	lines    []string        // what was run
}

// words splits a command line as the shell and reg.exe do.
func (f *fakeReg) words(line string) []string {
	quote := map[Shell]byte{Cmd: '"', PowerShell: '\''}[f.shell]
	var list []string
	for i := 0; i < len(line); {
		if line[i] != quote {
			word, _, _ := strings.Cut(line[i:], " ")
			list = append(list, word)
			i += len(word) + 1
			continue
		}
		var word []byte
		for i++; i < len(line); i++ {
			if line[i] == quote {
				if i+1 >= len(line) || line[i+1] != quote {
					break
				}
				i++
			}
			word = append(word, line[i])
		}
		text := string(word)
		if slashes := len(text) - len(strings.TrimRight(text, `\`)); f.shell == Cmd {
			text = text[:len(text)-slashes/2]
		}
		list = append(list, text)
		i += 2
	}
	return list
}

func (f *fakeReg) text(english, japanese, german string) string {
	return map[string]string{"en": english, "ja": japanese, "de": german}[f.language]
}

func (f *fakeReg) Run(ctx context.Context, line string) (Answer, error) {
	f.lines = append(f.lines, line)
	words := f.words(line)
	flags := map[string]string{}
	for i := 3; i < len(words); i++ {
		switch words[i] {
		case "/s", "/f", "/ve":
			flags[words[i]] = "yes"
		default:
			if i+1 >= len(words) {
				return Answer{}, fmt.Errorf("%q ends with %s", line, words[i])
			}
			flags[words[i]] = words[i+1]
			i++
		}
	}
	key := words[2]
	err := map[string]func() error{
		"query":  func() error { return nil },
		"add":    func() error { return f.add(ctx, key, flags) },
		"delete": func() error { return f.delete(ctx, key, flags) },
	}[words[1]]()
	out := &strings.Builder{}
	if err == nil && words[1] == "query" {
		err = f.query(ctx, out, key, flags)
	}
	printed := []byte(out.String())
	if f.language == "ja" {
		printed, _ = japanese.ShiftJIS.NewEncoder().Bytes(printed)
	}
	a := Answer{Out: printed}
	switch {
	case errors.Is(err, registry.ErrNotExist):
		a.Status, a.Errors = 1, f.text("ERROR: The system was unable to find the specified registry key or value.", "エラー: 指定されたレジストリ キーまたは値が見つかりませんでした。", "FEHLER: Der Schlüssel wurde nicht gefunden.")
	case errors.Is(err, registry.ErrDenied):
		a.Status, a.Errors = 1, f.text("ERROR: Access is denied.", "エラー: アクセスが拒否されました。", "FEHLER: Zugriff verweigert")
	case err != nil:
		return a, err
	}
	return a, nil
}

func (f *fakeReg) query(ctx context.Context, out *strings.Builder, key string, flags map[string]string) error {
	if f.denied[strings.ToLower(key)] {
		return registry.ErrDenied
	}
	values, err := f.Values(ctx, key)
	if err != nil {
		return err
	}
	long := "HKEY_LOCAL_MACHINE" + key[len("HKLM"):]
	if len(values) > 0 { // a key without values gets no line of its own
		fmt.Fprintf(out, "\r\n%s\r\n", long)
	}
	for _, v := range values {
		if name, asked := flags["/v"]; !asked || strings.EqualFold(name, v.Name) {
			fmt.Fprint(out, f.valueLine(v))
		}
	}
	below, err := f.Subkeys(ctx, key)
	for _, name := range below {
		if flags["/s"] == "" {
			fmt.Fprintf(out, "%s\\%s\r\n", long, name)
		} else if err := f.query(ctx, out, key+`\`+name, flags); err != nil {
			return err
		}
	}
	return err
}

func (f *fakeReg) valueLine(v registry.Value) string {
	d, name, text := v.Data(), v.Name, ""
	switch d.Type {
	case host.DWORD, host.QWORD:
		text = fmt.Sprintf("0x%x", d.Number)
	case host.SZ, host.ExpandSZ:
		text = d.Text
	case host.MultiSZ:
		text = strings.Join(d.Strings, `\0`)
	default:
		text = strings.ToUpper(hex.EncodeToString(d.Bytes))
	}
	if name == "" {
		name = f.text("(Default)", "(既定)", "(Standard)")
	}
	return fmt.Sprintf("    %s    %s    %s\r\n", name, d.Type, text)
}

func (f *fakeReg) add(ctx context.Context, key string, flags map[string]string) error {
	name, named := flags["/v"]
	if !named && flags["/ve"] == "" {
		return f.CreateKey(ctx, key)
	}
	d, text := host.Data{Type: host.Type(flags["/t"])}, flags["/d"]
	switch d.Type {
	case host.DWORD, host.QWORD:
		d.Number, _ = strconv.ParseUint(text, 0, 64)
	case host.SZ, host.ExpandSZ:
		d.Text = text
	case host.MultiSZ:
		if text != "" {
			d.Strings = strings.Split(text, `\0`)
		}
	default:
		d.Bytes, _ = hex.DecodeString(text)
	}
	v, err := registry.NewValue(name, d)
	if err != nil {
		return err
	}
	return f.Set(ctx, key, v)
}

func (f *fakeReg) delete(ctx context.Context, key string, flags map[string]string) error {
	if name, named := flags["/v"]; named || flags["/ve"] != "" {
		return f.Delete(ctx, key, name)
	}
	return f.DeleteKey(ctx, key)
}

const base = `HKLM\SOFTWARE\Base key`

func newRegistry(f *fakeReg) *Registry {
	return New(f, f.shell)
}

// Proves that values of all types that reg.exe prints are written, listed, read
// and removed through both shells, in Japanese too.
func TestValues(t *testing.T) {
	for _, f := range []*fakeReg{{shell: Cmd, language: "en"}, {shell: Cmd, language: "ja"}, {shell: PowerShell, language: "ja"}, {shell: PowerShell, language: "de"}} {
		t.Run(fmt.Sprint(f.language, f.shell), func(t *testing.T) {
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

// Proves that a key that is not there is told from one that may not be read, in a
// language that we do not know too, and that neither is asked for twice.
func TestMissingOrDenied(t *testing.T) {
	for _, language := range []string{"en", "ja", "de"} {
		m := registrytest.NewMemory(base+`\secret\below`, base+`\open`)
		f := &fakeReg{Memory: m, language: language, denied: map[string]bool{strings.ToLower(base + `\secret`): true}}
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
		sorted := slices.Sorted(slices.Values(f.lines))
		if len(slices.Compact(sorted)) != len(f.lines) {
			t.Errorf("asked twice: %q", f.lines)
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
	f := &fakeReg{Memory: m, language: "en"}
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
	if total != 50 || len(f.lines) != 2 {
		t.Errorf("%d values with %d commands: %q", total, len(f.lines), f.lines)
	}
	f.lines = nil
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
	if len(f.lines) != 3 {
		t.Errorf("%d commands: %q", len(f.lines), f.lines)
	}
}

// Proves that a part of a tree that may not be read does not pass for absent: each
// key is then asked by itself.
func TestPartlyDenied(t *testing.T) {
	m := registrytest.NewMemory()
	m.Put(base+`\a`, "n", host.Dword(1))
	m.Put(base+`\b`, "n", host.Dword(2))
	f := &fakeReg{Memory: m, language: "de", denied: map[string]bool{strings.ToLower(base + `\b`): true}}
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
		f := &fakeReg{Memory: registrytest.NewMemory(base), shell: c.shell, language: "en"}
		v, err := registry.NewValue("name", host.String(c.text))
		if c.text == "" {
			v, err = registry.NewValue("name", host.Multi())
			c.ok = true // said without /d
		}
		if err == nil {
			err = newRegistry(f).Set(t.Context(), base, v)
		}
		ran := slices.ContainsFunc(f.lines, func(l string) bool { return strings.HasPrefix(l, "reg add") })
		if (err == nil) != c.ok || ran != c.ok {
			t.Errorf("%d %q: %v, ran %q", c.shell, c.text, err, f.lines)
		}
	}
	if _, err := newRegistry(&fakeReg{Memory: registrytest.NewMemory()}).Values(t.Context(), "HKLM\\a\"b"); err == nil {
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
			words := (&fakeReg{shell: s}).words(line)
			if len(words) != 4 || words[2] != text || words[3] != "/s" {
				t.Errorf("%q became %q", text, words)
			}
		}
	})
}
