package survey

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"tlsready/internal/message"
	"tlsready/internal/source/remote"
)

// listOf reads text as a list of machines that are reached via a URL, with or without
// other sources.
func listOf(t testing.TB, text []byte, beside bool, via string) (*HostList, error) {
	t.Helper()
	list, err := ReadHostList(bytes.NewReader(text), ListOptions{
		Name: "standard input", Beside: beside, Via: via, Schemes: remote.Schemes(remote.Options{}),
	})
	if list == nil {
		list = &HostList{}
	}
	return list, err
}

// utf16With writes text as Notepad's "Unicode" and PowerShell's > do, with or
// without the mark.
func utf16With(text string, order binary.AppendByteOrder, mark bool) []byte {
	var out []byte
	if mark {
		out = order.AppendUint16(out, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// Proves that a list says the same in every form that Windows programs write.
func TestHostListEncodings(t *testing.T) {
	text := "# 東京\r\nfs01\r\n\r\nfs02\r\n"
	want := []string{"smb://admin@fs01", "smb://admin@fs02"}
	for name, data := range map[string][]byte{
		"UTF-8": []byte(text), "UTF-8 with a mark": []byte("\ufeff" + text), "line feeds alone": []byte(strings.ReplaceAll(text, "\r", "")),
		"UTF-16": utf16With(text, binary.LittleEndian, true), "UTF-16 big-endian": utf16With(text, binary.BigEndian, true),
		"UTF-16 without a mark": utf16With(text[strings.Index(text, "fs01"):], binary.LittleEndian, false),
		"code page 932":         []byte("# \x93\x8c\x8b\x9e\r\nfs01\r\nfs02"),
		"no line end":           []byte("fs01\nfs02"),
	} {
		if l, err := listOf(t, data, false, "smb://admin@"); err != nil || !slices.Equal(l.Sources, want) || l.chooses() {
			t.Errorf("%s: %q, %v, %v", name, l.Sources, l.ids, err)
		}
	}
}

// Proves which machines the lines of lists as people have them name.
func TestHostListNames(t *testing.T) {
	for _, c := range []struct{ via, line, want string }{
		{"smb://admin@", "FS01", "smb://admin@FS01"},
		{"smb://admin@:4455", "fs01", "smb://admin@fs01:4455"},
		{"smb://admin@", "fs01:4455", "smb://admin@fs01:4455"},
		{`ssh://CORP\svc@`, `\\FS01`, `ssh://CORP\svc@FS01`},
		{"smb://admin@", "FS01$", "smb://admin@FS01"},
		{"smb://admin@", `"FS01"`, "smb://admin@FS01"},
		{"smb://admin@", `"FS01","CN=FS01,OU=Servers,DC=example,DC=com"`, "smb://admin@FS01"},
		{"smb://admin@", "FS01;Tokyo", "smb://admin@FS01"},
		{"smb://admin@", "FS01\tTokyo", "smb://admin@FS01"},
		{"winrm://admin@:5985", "2001:db8::1", "winrm://admin@[2001:db8::1]:5985"},
		{"smb://admin@", "192.0.2.7", "smb://admin@192.0.2.7"},
		{"smb://admin@", "ssh://svc@fs01", "ssh://svc@fs01"},
		{"smb://", "fs01.example.com", "smb://fs01.example.com"},
		{"", "smb://admin@fs01", "smb://admin@fs01"},
	} {
		for _, before := range []string{"", "Name\n", "\"コンピューター名\",\"DN\"\n", "# Name\n"} {
			if c.via == "" && strings.Contains(before, "ame\n") && before[0] != '#' || c.via == "" && strings.HasPrefix(before, `"`) {
				continue // without --via a list has no header
			}
			l, err := listOf(t, []byte(before+c.line), false, c.via)
			if err != nil || !slices.Equal(l.Sources, []string{c.want}) {
				t.Errorf("%q with %q is %q, %v, want %q", before+c.line, c.via, l.Sources, err, c.want)
			}
		}
	}
}

// Proves that if there is another source, lines are ids and URLs are sources whose ids
// are wanted too; and that URLs alone leave the source whole.
func TestHostListBesideSource(t *testing.T) {
	l, err := listOf(t, []byte("Osaka/FS01\nsmb://admin@DC01\nosaka/fs01\n"), true, "")
	if err != nil || !slices.Equal(l.Sources, []string{"smb://admin@DC01"}) || len(l.ids) != 2 || !l.wants("OSAKA/fs01") || !l.wants("dc01") || l.wants("fs02") {
		t.Errorf("%q, %v, %v", l.Sources, l.ids, err)
	}
	l, err = listOf(t, []byte("smb://admin@DC01\n"), true, "")
	if err != nil || l.chooses() || !l.wants("anyone") || !l.ids["dc01"] {
		t.Errorf("URLs alone: %v, %v", l.ids, err)
	}
	if byID := l.AllByID(); !byID.wants("dc01") || byID.wants("anyone") || len(byID.Sources) != 0 {
		t.Errorf("by id alone: %+v", byID)
	}
	h := Hosts{Sources: []string{"fleet"}, List: l}
	if got := h.sources(); !slices.Equal(got, []string{"fleet", "smb://admin@DC01"}) {
		t.Errorf("sources %q", got)
	}
}

// Proves that a line that says nothing is named with its place, and that the list
// is read to its end to say how many there are.
func TestHostListBadLines(t *testing.T) {
	for name, c := range map[string]struct{ text, via, want string }{
		"no file":      {"fs01\nfs02\n", "", `standard input:1: "fs01" is no URL, file or folder (and 1 more line`},
		"blank inside": {"fs01\n\nfs 02\n", "smb://admin@", "standard input:3: "},
		"control":      {"fs01\nfs\x0102\n", "smb://admin@", "standard input:2: the line holds a control character"},
		"no text":      {"fs01\xff\x00\xfd\n", "smb://admin@", "standard input"},
		"a quote":      {`fs"01`, "smb://admin@", "standard input:1: "},
		"nothing":      {"# fs01\n", "smb://admin@", "names no host"},
		"long":         {strings.Repeat("a", 300), "smb://admin@", "standard input:1: "},
	} {
		_, err := listOf(t, []byte(c.text), false, c.via)
		var wrong *Mistake
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) || message.HintOf(err).IsZero() {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// FuzzHostList proves that no file of --hosts ends in anything but sources that
// can be reached, ids, or a mistake that is named.
func FuzzHostList(f *testing.F) {
	for _, text := range []string{"fs01\n", "\xff\xfef\x00s\x00", "smb://a@b\n#\n", "\"a\",b\n\\\\c$", "http://x", "local:", "a\x00b", "::1\n[::1]:5", "Name\nName"} {
		f.Add([]byte(text), true, false)
		f.Add([]byte(text), false, true)
	}
	empty := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte, named, beside bool) {
		t.Chdir(empty) // no file of the working folder is meant
		url := ""
		if named {
			url = "smb://admin@"
		}
		l, err := listOf(t, data, beside, url)
		if err != nil {
			var wrong *Mistake
			if !errors.As(err, &wrong) {
				t.Errorf("%q", err)
			}
			return
		}
		o := ListOptions{Schemes: remote.Schemes(remote.Options{})}
		for _, source := range l.Sources {
			if id, known, err := o.machine(source); (err != nil || !known || id == "") && !exists(source) {
				t.Errorf("%q is %q, %v, %v", source, id, known, err)
			}
		}
		if len(l.Sources)+len(l.ids) == 0 {
			t.Error("an empty list is taken")
		}
	})
}

func exists(path string) bool {
	_, err := os.Stat(filepath.Clean(path))
	return err == nil
}
