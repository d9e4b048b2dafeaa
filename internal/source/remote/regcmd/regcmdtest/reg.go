// Package regcmdtest is a reg.exe over a registry in memory, for tests of what
// carries its commands.
package regcmdtest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
)

// Reg is a reg.exe over a registry in memory, in one of the languages of Windows.
type Reg struct {
	*registrytest.Memory
	Quote    byte            // of its shell: '"' for cmd.exe, '\'' for PowerShell
	Language string          // en, ja, de
	UTF8     bool            // it prints Japanese in UTF-8; otherwise in code page 932
	Denied   map[string]bool // lower-case keys that may not be read
	Default  bool            // as Wine's, it gives a key that it makes an empty default value
	Lines    []string        // what was run
}

// Words splits a command line as the shell and reg.exe do.
func (f *Reg) Words(line string) []string {
	var list []string
	for i := 0; i < len(line); {
		if line[i] != f.Quote {
			word, _, _ := strings.Cut(line[i:], " ")
			list = append(list, word)
			i += len(word) + 1
			continue
		}
		var word []byte
		for i++; i < len(line); i++ {
			if line[i] == f.Quote {
				if i+1 >= len(line) || line[i+1] != f.Quote {
					break
				}
				i++
			}
			word = append(word, line[i])
		}
		text := string(word)
		if slashes := len(text) - len(strings.TrimRight(text, `\`)); f.Quote == '"' {
			text = text[:len(text)-slashes/2]
		}
		list = append(list, text)
		i += 2
	}
	return list
}

func (f *Reg) text(english, japanese, german string) string {
	return map[string]string{"en": english, "ja": japanese, "de": german}[f.Language]
}

// command runs one command of reg.exe.
func (f *Reg) command(ctx context.Context, line string) (out []byte, errs string, status int, err error) {
	words := f.Words(line)
	flags := map[string]string{}
	for i := 3; i < len(words); i++ {
		switch words[i] {
		case "/s", "/f", "/ve":
			flags[words[i]] = "yes"
		default:
			if i+1 >= len(words) {
				return nil, "", 0, fmt.Errorf("%q ends with %s", line, words[i])
			}
			flags[words[i]] = words[i+1]
			i++
		}
	}
	key := words[2]
	err = map[string]func() error{
		"query":  func() error { return nil },
		"add":    func() error { return f.add(ctx, key, flags) },
		"delete": func() error { return f.delete(ctx, key, flags) },
	}[words[1]]()
	text := &strings.Builder{}
	if err == nil && words[1] == "query" {
		err = f.query(ctx, text, key, flags)
	}
	out = []byte(text.String())
	if f.Language == "ja" && !f.UTF8 {
		out, _ = japanese.ShiftJIS.NewEncoder().Bytes(out)
	}
	switch {
	case errors.Is(err, registry.ErrNotExist):
		return out, f.text("ERROR: The system was unable to find the specified registry key or value.", "エラー: 指定されたレジストリ キーまたは値が見つかりませんでした。", "FEHLER: Der Schlüssel wurde nicht gefunden."), 1, nil
	case errors.Is(err, registry.ErrDenied):
		return out, f.text("ERROR: Access is denied.", "エラー: アクセスが拒否されました。", "FEHLER: Zugriff verweigert"), 1, nil
	case err != nil:
		return out, "", 0, err
	}
	return out, "", 0, nil
}

func (f *Reg) query(ctx context.Context, out *strings.Builder, key string, flags map[string]string) error {
	if f.Denied[strings.ToLower(key)] {
		return registry.ErrDenied
	}
	values, err := f.Values(ctx, key)
	if err != nil {
		return err
	}
	slices.SortFunc(values, func(a, b registry.Value) int { return strings.Compare(a.Name, b.Name) })
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
	slices.Sort(below)
	for _, name := range below {
		if flags["/s"] == "" {
			fmt.Fprintf(out, "%s\\%s\r\n", long, name)
		} else if err := f.query(ctx, out, key+`\`+name, flags); err != nil {
			return err
		}
	}
	return err
}

func (f *Reg) valueLine(v registry.Value) string {
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

func (f *Reg) add(ctx context.Context, key string, flags map[string]string) error {
	name, named := flags["/v"]
	if !named && flags["/ve"] == "" {
		err := f.CreateKey(ctx, key)
		if err == nil && f.Default {
			f.Put(key, "", host.String(""))
		}
		return err
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

func (f *Reg) delete(ctx context.Context, key string, flags map[string]string) error {
	if name, named := flags["/v"]; named || flags["/ve"] != "" {
		return f.Delete(ctx, key, name)
	}
	return f.DeleteKey(ctx, key)
}
