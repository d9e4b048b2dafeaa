package regquery

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/host"
)

// Proves that each kind of line that reg.exe prints is told apart, in both
// languages.
func TestParse(t *testing.T) {
	value := func(name string, kind host.Type, text string) Line {
		return Line{IsValue: true, Name: name, Type: kind, Text: text}
	}
	for _, c := range []struct {
		line string
		want Line
	}{
		{`HKEY_LOCAL_MACHINE\SOFTWARE\a b`, Line{Key: `HKEY_LOCAL_MACHINE\SOFTWARE\a b`}},
		{"    Enabled    REG_DWORD    0x1", value("Enabled", host.DWORD, "0x1")},
		{"    two  words    REG_SZ    a    b", value("two  words", host.SZ, "a    b")},
		{"    empty    REG_SZ    ", value("empty", host.SZ, "")},
		{"    empty    REG_SZ", value("empty", host.SZ, "")},
		{"    (既定)    REG_SZ    値", value("", host.SZ, "値")},
		{"    (Default)    REG_SZ    (value not set)", Line{IsValue: true, Type: host.SZ, Text: "(value not set)", NotSet: true}},
		{"    second line of a text", Line{}},
		{"ERROR: Access is denied.", Line{IsError: true}},
		{"エラー: アクセスが拒否されました。", Line{IsError: true}},
		{"", Line{}},
		{"End of search: 12 match(es) found.", Line{}},
	} {
		if got := Parse(c.line); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.line, got, c.want)
		}
	}
	if !IsDenied("エラー: アクセスが拒否されました。") || IsDenied("ERROR: The system was unable to find the specified registry key or value.") {
		t.Error("denied")
	}
	if !IsMissing("エラー: 指定されたレジストリ キーまたは値が見つかりませんでした。") || !IsMissing("ERROR: The system was unable to find the specified registry key or value.") || IsMissing("ERROR: Access is denied.") {
		t.Error("missing")
	}
}

// Proves that lines in UTF-8, code page 932 and UTF-16 are read side by side.
func TestLines(t *testing.T) {
	old, err := japanese.ShiftJIS.NewEncoder().Bytes([]byte("    表示名    REG_SZ    ソ\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	data := append(old, "値\r\n"...)
	for _, r := range "\ufeff日本\r\n" {
		data = append(data, byte(r), byte(r>>8))
	}
	got := strings.Join(Lines(append(data, "end"...)), "|")
	if want := "    表示名    REG_SZ    ソ|値|日本|end"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Proves that data that does not fit its type is an error that shows it.
func TestData(t *testing.T) {
	for _, c := range []struct {
		kind       host.Type
		text, want string
	}{
		{host.DWORD, "0x100000000", "not a REG_DWORD"}, {host.QWORD, "x", "not a REG_QWORD"}, {host.Binary, "0g", "not a REG_BINARY"},
	} {
		if _, err := (Line{Type: c.kind, Text: c.text}).Data(); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s %q: %v", c.kind, c.text, err)
		}
	}
	for _, c := range []struct {
		kind host.Type
		text string
		want host.Data
	}{
		{host.DWORD, "0xffffffff", host.Dword(4294967295)},
		{host.QWORD, "0x10", host.Data{Type: host.QWORD, Number: 16}},
		{host.MultiSZ, `a\0two words`, host.Multi("a", "two words")},
		{host.Binary, "0AFF", host.Data{Type: host.Binary, Bytes: []byte{10, 255}}},
		{host.Binary, "", host.Data{Type: host.Binary}},
	} {
		if got, err := (Line{Type: c.kind, Text: c.text}).Data(); err != nil || !got.Equal(c.want) {
			t.Errorf("%s %q: %+v %v", c.kind, c.text, got, err)
		}
	}
}

// FuzzLines proves that no output makes the reader fail or grow.
func FuzzLines(f *testing.F) {
	f.Add([]byte("HKEY_LOCAL_MACHINE\\a\r\n    b    REG_MULTI_SZ    c\\0d\r\n"))
	f.Add([]byte("\xff\xfea\x00\n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		total := 0
		for _, line := range Lines(data) {
			total += len(line)
			if l := Parse(line); l.IsValue {
				_, _ = l.Data()
			}
		}
		if total > 3*len(data) {
			t.Errorf("%d bytes of text out of %d", total, len(data))
		}
	})
}
