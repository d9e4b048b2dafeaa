package regtext_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regtext"
)

const (
	v5   = "Windows Registry Editor Version 5.00\r\n\r\n"
	v4   = "REGEDIT4\r\n\r\n"
	key5 = v5 + "[HKEY_LOCAL_MACHINE\\SOFTWARE\\x]\r\n"
)

func parse(t testing.TB, data []byte) *regtext.File {
	t.Helper()
	f, err := regtext.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Every form of data is read into its type, in versions 5 and 4.
func TestData(t *testing.T) {
	bin := func(typ host.Type, b ...byte) host.Data { return host.Data{Type: typ, Bytes: b} }
	for _, c := range []struct {
		text string
		want host.Data
	}{
		{`dword:00000a00`, host.Dword(0xa00)},
		{`dword:FFFFffff`, host.Dword(0xffffffff)},
		{`dword:1`, host.Dword(1)},
		{`dword:00000001 ; on`, host.Dword(1)},
		{`dword:00000001;on`, host.Dword(1)},
		{`"a \"b\" c:\\d"`, host.String(`a "b" c:\d`)},
		{`""`, host.String("")},
		{`"; no comment" ; comment`, host.String("; no comment")},
		{"\"two\r\nlines\"", host.String("two\r\nlines")},
		{`hex:`, bin(host.Binary)},
		{`hex:0,1,FF`, bin(host.Binary, 0, 1, 0xff)},
		{"hex:01,\\\r\n  02,\\\r\n  03", bin(host.Binary, 1, 2, 3)},
		{"hex:\\\r\n  01", bin(host.Binary, 1)},
		{"hex:01,\\ ; comment\n\t02", bin(host.Binary, 1, 2)},
		{`hex(0):01`, bin(host.None, 1)},
		{`hex(1):61,00,00,00`, host.String("a")},
		{`hex(2):25,00,61,00,25,00,00,00`, host.Data{Type: host.ExpandSZ, Text: "%a%"}},
		{`hex(3):61`, bin(host.Binary, 0x61)},
		{`hex(4):01,02,00,00`, host.Dword(0x201)},
		{`hex(4):01,02`, bin("REG_DWORD (2 bytes)", 1, 2)},
		{`hex(5):00,00,00,01`, bin("REG_DWORD_BIG_ENDIAN", 0, 0, 0, 1)},
		{`hex(6):61,00`, bin("REG_LINK", 0x61, 0)},
		{`hex(7):61,00,00,00,62,00,63,00,00,00,00,00`, host.Multi("a", "bc")},
		{`hex(7):00,00`, host.Multi()},
		{`hex(8):01`, bin("REG_RESOURCE_LIST", 1)},
		{`hex(9):01`, bin("REG_FULL_RESOURCE_DESCRIPTOR", 1)},
		{`hex(a):01`, bin("REG_RESOURCE_REQUIREMENTS_LIST", 1)},
		{`hex(b):01,00,00,00,00,00,00,80`, host.Data{Type: host.QWORD, Number: 1<<63 + 1}},
		{`hex(ffff0012):01`, bin("REG_0xffff0012", 1)},
	} {
		for _, end := range []string{"", "\r\n", "\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\y]\r\n"} {
			f := parse(t, []byte(key5+`"v"=`+c.text+end))
			if len(f.Ops) != 1 || !f.Ops[0].Data.Equal(c.want) || f.Ops[0].Name != "v" || f.Ops[0].Key != `HKLM\SOFTWARE\x` {
				t.Errorf("%s: %+v, want %+v", c.text, f.Ops, c.want)
			}
		}
	}
	// In version 4 the bytes of text are ANSI.
	f := parse(t, []byte(v4+"[HKEY_LOCAL_MACHINE\\x]\n\"e\"=hex(2):25,61,25,00\n\"m\"=hex(7):61,00,83,5c,00,00\n\"s\"=hex(1):e9,00\n\"b\"=hex:61,00\n"))
	for i, want := range []host.Data{{Type: host.ExpandSZ, Text: "%a%"}, host.Multi("a", "ソ"), host.String("é"), bin(host.Binary, 0x61, 0)} {
		if !f.Version4 || !f.Ops[i].Data.Equal(want) {
			t.Errorf("version 4: %+v, want %+v", f.Ops[i].Data, want)
		}
	}
}

// Keys, deletions, the default value, comments and places are kept in order.
func TestStructure(t *testing.T) {
	f := parse(t, []byte(v5+strings.Join([]string{
		`; comment`, ``,
		`[HKEY_LOCAL_MACHINE\SOFTWARE\a\]`,
		`@="default"`,
		`  "b\\\"c"=dword:0000001`,
		"", "\t; indented comment",
		`[hkey_current_user\SOFTWARE\\b [x]] ; why`,
		`"x"=-`,
		`@=-`,
		`[-HKLM\SOFTWARE\gone]`,
		`[HKEY_LOCAL_MACHINE\SOFTWARE\表ソ]`,
		`"表ソ"=hex:01`,
	}, "\n")))
	wantKeys := []regtext.Section{
		{Key: `HKLM\SOFTWARE\a`, Line: 5},
		{Key: `HKCU\SOFTWARE\b [x]`, Line: 10},
		{Key: `HKLM\SOFTWARE\gone`, Line: 13, Delete: true},
		{Key: `HKLM\SOFTWARE\表ソ`, Line: 14},
	}
	if fmt.Sprint(f.Keys) != fmt.Sprint(wantKeys) {
		t.Errorf("keys %+v\nwant %+v", f.Keys, wantKeys)
	}
	wantOps := []regtext.Op{
		{Key: `HKLM\SOFTWARE\a`, Line: 6, Column: 3, Data: host.String("default")},
		{Key: `HKLM\SOFTWARE\a`, Name: `b\"c`, Line: 7, Column: 12, Digits: 7, Data: host.Dword(1)},
		{Key: `HKCU\SOFTWARE\b [x]`, Name: "x", Line: 11, Column: 5, Delete: true},
		{Key: `HKCU\SOFTWARE\b [x]`, Line: 12, Column: 3, Delete: true},
		{Key: `HKLM\SOFTWARE\表ソ`, Name: "表ソ", Line: 15, Column: 6, Data: host.Data{Type: host.Binary, Bytes: []byte{1}}},
	}
	if fmt.Sprint(f.Ops) != fmt.Sprint(wantOps) {
		t.Errorf("ops %+v\nwant %+v", f.Ops, wantOps)
	}
}

// Blanks next to the equals sign are accepted, and reported.
func TestSpaces(t *testing.T) {
	for line, spaces := range map[string]bool{`"a"=dword:1`: false, `"a" =dword:1`: true, `"a"= dword:1`: true, `@ = "x"`: true, `"a"	=	-`: true} {
		f, err := regtext.Parse([]byte(key5 + line))
		if err != nil || len(f.Ops) != 1 || f.Ops[0].Spaces != spaces {
			t.Errorf("%s: %+v, %v", line, f, err)
		}
	}
}

// What regedit does not read as it stands is an error with line and column; the
// hazards come from published recipes.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		code         regtext.Code
	}{
		{"", 1, 1, regtext.BadHeader},
		{"\r\n" + key5, 1, 1, regtext.BadHeader},
		{"[HKEY_LOCAL_MACHINE\\x]\n", 1, 1, regtext.BadHeader},
		{"Windows Registry Editor Version 5.0\n", 1, 1, regtext.BadHeader},
		{"REGEDIT\n", 1, 1, regtext.BadHeader},
		{key5 + `"日本" 1`, 4, 6, regtext.BadLine},
		{key5 + `"Enabled"=dword:`, 4, 17, regtext.BadDword},
		{key5 + `"Enabled"=dword:000000001`, 4, 17, regtext.BadDword},
		{key5 + `"Enabled"=dword:0x1`, 4, 17, regtext.BadDword},
		{key5 + `"Enabled"=dword:+1`, 4, 17, regtext.BadDword},
		{key5 + `"Enabled"=dword:-1`, 4, 17, regtext.BadDword},
		{key5 + `"Enabled"=dword:1 1`, 4, 19, regtext.BadLine},
		{key5 + `"Enabled"=1`, 4, 11, regtext.BadType},
		{key5 + `"Enabled"=DWORD:00000001`, 4, 11, regtext.BadType},
		{key5 + `"Enabled"=`, 4, 11, regtext.BadType},
		{key5 + `"Enabled"`, 4, 10, regtext.BadLine},
		{key5 + `"Enabled=dword:00000001`, 4, 1, regtext.BadQuote},
		{key5 + `"a"="open`, 4, 5, regtext.BadQuote},
		{key5 + "\"a\"=\"open\r\n\"b\"=dword:00000001", 4, 5, regtext.BadQuote},
		{key5 + "\"a\"=\"open\r\n[HKEY_LOCAL_MACHINE\\y]\r\n\"b\"=\"c\"", 4, 5, regtext.BadQuote},
		{key5 + `"a"="C:\Program Files"`, 4, 8, regtext.BadEscape},
		{key5 + `"a\b"="x"`, 4, 3, regtext.BadEscape},
		{key5 + `"a"="x" y`, 4, 9, regtext.BadLine},
		{key5 + `"a"=-1`, 4, 6, regtext.BadLine},
		{key5 + `"a"=hex:0g`, 4, 10, regtext.BadLine},
		{key5 + `"a"=hex:01,,02`, 4, 12, regtext.BadHex},
		{key5 + `"a"=hex:01,`, 4, 12, regtext.BadHex},
		{key5 + `"a"=hex:001`, 4, 11, regtext.BadLine},
		{key5 + `"a"=hex:g`, 4, 9, regtext.BadHex},
		{key5 + "\"a\"=hex:01,\\\n", 4, 1, regtext.BadHex},
		{key5 + "\"a\"=hex:01,\\\n  zz", 5, 3, regtext.BadHex},
		{key5 + `"a"=hex(7:01`, 4, 9, regtext.BadType},
		{key5 + `"a"=hex(x):01`, 4, 9, regtext.BadType},
		{key5 + `"a"=hex(123456789):01`, 4, 9, regtext.BadType},
		{key5 + `Enabled=dword:00000001`, 4, 1, regtext.BadLine},
		{v5 + `"Enabled"=dword:00000001`, 3, 1, regtext.BadKey},
		{v5 + `[HKEY_LOCAL_MACHINE\x`, 3, 22, regtext.BadKey},
		{v5 + `[HKEY_LOCAL_MACHINE\x] y`, 3, 24, regtext.BadKey},
		{v5 + `[HKEY_LOCAL_MASCHINE\x]`, 3, 2, regtext.BadKey},
		{v5 + `[SOFTWARE\x]`, 3, 2, regtext.BadKey},
		{v5 + `[]`, 3, 2, regtext.BadKey},
		{v5 + "[-HKEY_LOCAL_MACHINE\\x]\n\"a\"=\"b\"", 4, 1, regtext.BadKey},
	} {
		_, err := regtext.Parse([]byte(c.text))
		var e *regtext.SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%q: %v, want a SyntaxError", c.text, err)
			continue
		}
		if e.Line != c.line || e.Column != c.column || e.Code != c.code {
			t.Errorf("%q: %s at %d:%d, want %s at %d:%d (%s)", c.text, e.Code, e.Line, e.Column, c.code, c.line, c.column, message.English(e.What))
		}
		if want := fmt.Sprintf("line %d, column %d: ", c.line, c.column); !strings.HasPrefix(err.Error(), want) || len(err.Error()) == len(want) {
			t.Errorf("%q: the message is %q", c.text, err)
		}
	}
}

// ParseAll goes on after a mistake, as regedit does, and passes over the values of
// a key that it could not read.
func TestParseAll(t *testing.T) {
	f, errs := regtext.ParseAll([]byte(key5 + strings.Join([]string{
		`"a" dword:1`, `"b"=dword:1`, `[HKEY_NOWHERE\x]`, `"c"=dword:1`, `[HKEY_LOCAL_MACHINE\y]`, `"d"=dword:g`, `"h"=hex:0g,\`, `  00,\`, `  00`, `"e"=dword:1`,
	}, "\r\n")))
	var names []string
	for _, op := range f.Ops {
		names = append(names, op.Key+" "+op.Name)
	}
	if got := strings.Join(names, ","); got != `HKLM\SOFTWARE\x b,HKLM\y e` {
		t.Errorf("read %s", got)
	}
	if len(errs) != 4 || errs[0].Line != 4 || errs[1].Line != 6 || errs[2].Line != 9 || errs[3].Line != 10 {
		t.Errorf("mistakes: %v", errs)
	}
	if _, errs = regtext.ParseAll([]byte(key5 + strings.Repeat("x\n", 5000))); len(errs) != 1000 {
		t.Errorf("%d mistakes are listed, want the limit of 1000", len(errs))
	}
}

// Each encoding gives the same values, and Sniff knows all of them.
func TestEncodings(t *testing.T) {
	text := strings.ReplaceAll(v4, "REGEDIT4", "Windows Registry Editor Version 5.00") +
		"[HKEY_LOCAL_MACHINE\\SOFTWARE\\表ソ能\\b]\r\n\"予定\\\\ソ\\\"\"=\"C:\\\\表\\\\ソ\"\r\n"
	encode := func(t *testing.T, e interface{ Bytes([]byte) ([]byte, error) }, s string) []byte {
		t.Helper()
		b, err := e.Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	le := encode(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), text)
	be := encode(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder(), text)
	ansi := strings.Replace(text, "Windows Registry Editor Version 5.00", "REGEDIT4", 1)
	sjis := encode(t, japanese.ShiftJIS.NewEncoder(), ansi)
	if bytes.Count(sjis, []byte{0x83, 0x5c}) != 3 || bytes.Count(sjis, []byte{0x95, 0x5c}) != 2 {
		t.Fatal("the text does not test second bytes of 0x5C")
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"UTF-16LE", le, "utf-16le"},
		{"UTF-16LE without BOM", le[2:], "utf-16le"},
		{"UTF-16BE", be, "utf-16be"},
		{"UTF-8", []byte(text), "utf-8"},
		{"UTF-8 with BOM", append([]byte("\ufeff"), text...), "utf-8"},
		{"UTF-8, LF", []byte(strings.ReplaceAll(text, "\r\n", "\n")), "utf-8"},
		{"Shift_JIS", sjis, "windows-932"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := parse(t, c.data)
			if f.Encoding != c.want || f.Version4 != (c.want == "windows-932") {
				t.Errorf("encoding %s, version 4 %v", f.Encoding, f.Version4)
			}
			op := f.Ops[0]
			if op.Key != `HKLM\SOFTWARE\表ソ能\b` || op.Name != `予定\ソ"` || op.Data.Text != `C:\表\ソ` {
				t.Errorf("read %+v", op)
			}
			for _, n := range []int{50, 64, 75, 76, 77, 78, 512, 4096} {
				if !regtext.Sniff(c.data[:min(n, len(c.data))]) {
					t.Errorf("not recognised by its first %d bytes", n)
				}
			}
		})
	}
	// Western text that would pass for Japanese but for the syntax.
	western := encode(t, charmap.Windows1252.NewEncoder(), v4+"[HKEY_LOCAL_MACHINE\\x]\r\n\"Café\\\\b\"=\"é\\\"\"\r\n")
	if f := parse(t, western); f.Encoding != "windows-1252" || f.Ops[0].Name != `Café\b` || f.Ops[0].Data.Text != `é"` {
		t.Errorf("%s: %+v", f.Encoding, f.Ops)
	}
}

// Other files are not taken for .reg files, misspelt ones are.
func TestSniff(t *testing.T) {
	for text, want := range map[string]bool{
		"regf": false, "": false, "{}": false, "[section]\nx=1": false, "; comment\n": false, "\xff\xfe": false, "\x00\x00": false,
		"REGEDIT4": true, "\n\n; x\n[HKEY_LOCAL_MACHINE\\x]": true, "windows registry editor version 5.00": true, "REGEDIT\n": false,
		"[-HKEY_LOCAL_MACHINE\\x]": true,
	} {
		if regtext.Sniff([]byte(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

// changes makes random changes of every type with awkward names and texts.
func changes(r *rand.Rand) []host.Change {
	word := func() string {
		letters := []rune(`ab \"[]=;-@表ソé𠮷` + "'%/")
		s := make([]rune, 1+r.IntN(12))
		for i := range s {
			s[i] = letters[r.IntN(len(letters))]
		}
		return string(s)
	}
	data := func() host.Data {
		raw := make([]byte, r.IntN(90))
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		types := []host.Type{host.Binary, host.None, "REG_LINK", "REG_RESOURCE_LIST", "REG_DWORD_BIG_ENDIAN", "REG_0x00010001"}
		switch r.IntN(8) {
		case 0:
			return host.Dword(r.Uint32())
		case 1:
			return host.Data{Type: host.QWORD, Number: r.Uint64()}
		case 2:
			return host.Multi(word(), word(), word())
		case 3:
			return host.Data{Type: host.ExpandSZ, Text: word()}
		case 4:
			return host.String(word() + "\r\n" + word())
		case 5:
			return host.Data{Type: types[r.IntN(len(types))], Bytes: raw}
		}
		return host.String(word())
	}
	list := make([]host.Change, 1+r.IntN(6))
	for i := range list {
		list[i] = host.Change{Key: `HKLM\SOFTWARE\` + strings.ReplaceAll(word(), `\`, "_"), Name: word(), Data: data()}
		if i > 0 && r.IntN(2) == 0 {
			list[i].Key = list[i-1].Key
		}
		if r.IntN(5) == 0 {
			list[i].Name = ""
		}
		if r.IntN(4) == 0 {
			list[i].Delete, list[i].Data = true, host.Data{}
		}
	}
	return list
}

// What is written reads back as it was: any change, in any order of keys.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0))
	for range 5000 {
		want := changes(r)
		var b bytes.Buffer
		if err := regtext.Write(&b, want); err != nil {
			t.Fatal(err)
		}
		f := parse(t, b.Bytes())
		if len(f.Ops) != len(want) || f.Encoding != "utf-16le" {
			t.Fatalf("%d changes, %d read back", len(want), len(f.Ops))
		}
		used := make([]bool, len(want))
		for _, op := range f.Ops { // the keys are grouped, within a key the order stays
			at := -1
			for i, c := range want {
				if !used[i] && strings.EqualFold(c.Key, op.Key) {
					at = i
					break
				}
			}
			if at < 0 || want[at].Name != op.Name || want[at].Delete != op.Delete || !want[at].Data.Equal(op.Data) {
				t.Fatalf("%+v came back as %+v", want, op)
			}
			used[at] = true
		}
	}
}

// The bytes that are written, exactly: header, line ends, long root, line breaks
// as regedit makes them, grouped keys, no key deleted.
func TestWrite(t *testing.T) {
	const net = `HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319`
	var b bytes.Buffer
	err := regtext.Write(&b, []host.Change{
		{Key: net, Name: "SystemDefaultTlsVersions", Data: host.Dword(1)},
		{Key: `HKLM\SOFTWARE\Policies\x`, Name: "Functions", Data: host.Multi("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")},
		{Key: strings.ToUpper(net), Name: "SchUseStrongCrypto", Delete: true},
		{Key: `HKEY_USERS\.DEFAULT\x`, Data: host.String(`a "b" \`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeff" + v5 + `[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\.NETFramework\v4.0.30319]
"SystemDefaultTlsVersions"=dword:00000001
"SchUseStrongCrypto"=-

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\x]
"Functions"=hex(7):54,00,4c,00,53,00,5f,00,45,00,43,00,44,00,48,00,45,00,5f,00,\
  52,00,53,00,41,00,5f,00,57,00,49,00,54,00,48,00,5f,00,41,00,45,00,53,00,5f,\
  00,32,00,35,00,36,00,5f,00,47,00,43,00,4d,00,5f,00,53,00,48,00,41,00,33,00,\
  38,00,34,00,00,00,00,00

[HKEY_USERS\.DEFAULT\x]
@="a \"b\" \\"

`
	want = strings.ReplaceAll(strings.ReplaceAll(want, "\r\n", "\n"), "\n", "\r\n")
	got, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().String(b.String())
	if err != nil || got != want {
		t.Errorf("wrote %s\nwant %s", got, want)
	}
}

// What a .reg file cannot hold is refused instead of written wrong.
func TestWriteRefuses(t *testing.T) {
	for name, c := range map[string]host.Change{
		"no root":             {Key: `SOFTWARE\x`, Name: "a", Data: host.Dword(1)},
		"root alone":          {Key: `HKLM`, Name: "a", Data: host.Dword(1)},
		"line break in key":   {Key: "HKLM\\x\n[-HKLM\\y]", Name: "a", Data: host.Dword(1)},
		"line break in name":  {Key: `HKLM\x`, Name: "a\nb", Data: host.Dword(1)},
		"NUL in text":         {Key: `HKLM\x`, Name: "a", Data: host.String("a\x00b")},
		"empty string listed": {Key: `HKLM\x`, Name: "a", Data: host.Multi("a", "", "b")},
		"number too large":    {Key: `HKLM\x`, Name: "a", Data: host.Data{Type: host.DWORD, Number: 1 << 32}},
		"no type":             {Key: `HKLM\x`, Name: "a"},
	} {
		if err := regtext.Write(io.Discard, []host.Change{c}); err == nil {
			t.Errorf("%s: written without an error", name)
		}
	}
}

// A file or a value beyond the limits is refused.
func TestLimits(t *testing.T) {
	if _, err := regtext.Parse(make([]byte, regtext.MaxSize+1)); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("a file that is too large: %v", err)
	}
	if _, err := regtext.Parse([]byte(key5 + `"a"="` + strings.Repeat("x", 33<<20) + `"`)); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("a line that is too long: %v", err)
	}
}

// FuzzParse reads any bytes; what is read can be written and reads back the
// same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(key5 + `"a"=dword:1` + "\r\n@=\"x\\\\\"\r\n\"m\"=hex(7):61,00,\\\r\n  00,00\r\n[-HKEY_LOCAL_MACHINE\\y]\r\n"))
	f.Add([]byte("\xff\xfeR\x00E\x00G\x00E\x00D\x00I\x00T\x004\x00\n\x00"))
	f.Add([]byte("REGEDIT4\n[HKLM\\\x83\x5c]\n\"\x95\x5c\"=hex(2):83,5c,00"))
	f.Add([]byte(v5 + "[HKLM\\a]\n\"a\"=\"open\nstill\"\n\"b\"=-"))
	f.Fuzz(func(t *testing.T, data []byte) {
		regtext.Sniff(data)
		file, errs := regtext.ParseAll(data)
		for _, e := range errs {
			if e.Line < 1 || e.Column < 1 || message.English(e.What) == "" {
				t.Fatalf("no place or text in %+v", e)
			}
		}
		for _, op := range file.Ops {
			c := host.Change{Key: op.Key, Name: op.Name, Data: op.Data, Delete: op.Delete}
			var b bytes.Buffer
			if regtext.Write(&b, []host.Change{c}) != nil {
				continue // a NUL in a name, a root key alone
			}
			again, err := regtext.Parse(b.Bytes())
			if err != nil || len(again.Ops) != 1 {
				t.Fatalf("%+v was written so that it does not read: %v", c, err)
			}
			if got := again.Ops[0]; utf8.ValidString(op.Name) && (got.Key != op.Key || got.Name != op.Name || !got.Data.Equal(op.Data)) {
				t.Fatalf("%+v came back as %+v", op, got)
			}
		}
	})
}

// The speed of reading an export of 20,000 values.
func BenchmarkParse(b *testing.B) {
	var list []host.Change
	for i := range 20000 {
		list = append(list, host.Change{Key: fmt.Sprintf(`HKLM\SOFTWARE\%d`, i/5), Name: fmt.Sprint(i), Data: host.Multi("one", "two", "three")})
	}
	var out bytes.Buffer
	if err := regtext.Write(&out, list); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(out.Len()))
	b.ReportAllocs()
	for b.Loop() {
		parse(b, out.Bytes())
	}
}
