package regdata_test

import (
	"bytes"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/regdata"
)

// Stored bytes are typed as the programs that read them see them.
func TestDecode(t *testing.T) {
	utf16 := func(s string) []byte { return regdata.UTF16(s) }
	for _, c := range []struct {
		name   string
		number uint32
		raw    []byte
		want   host.Data
	}{
		{"dword", 4, []byte{1, 2, 0, 0x80}, host.Dword(0x80000201)},
		{"short dword", 4, []byte{1}, host.Data{Type: "REG_DWORD (1 bytes)", Bytes: []byte{1}}},
		{"empty dword", 4, nil, host.Data{Type: "REG_DWORD (0 bytes)"}},
		{"qword", 11, []byte{1, 0, 0, 0, 0, 0, 0, 0x80}, host.Data{Type: host.QWORD, Number: 1<<63 + 1}},
		{"text", 1, utf16("a\x00"), host.String("a")},
		{"text without NUL", 1, utf16("a"), host.String("a")},
		{"text with an odd byte", 1, append(utf16("a"), 'b'), host.String("a")},
		{"text with rubbish after its NUL", 1, utf16("a\x00b"), host.String("a")},
		{"pair", 1, utf16("𠮷"), host.String("𠮷")},
		{"half a pair", 1, []byte{0x42, 0xd8, 'a', 0}, host.String("\ufffda")},
		{"half a pair at the end", 2, []byte{0x42, 0xd8}, host.Data{Type: host.ExpandSZ, Text: "\ufffd"}},
		{"list", 7, utf16("a\x00b\x00\x00"), host.Multi("a", "b")},
		{"list without its end", 7, utf16("a\x00b"), host.Multi("a", "b")},
		{"list ends at an empty string", 7, utf16("a\x00\x00b\x00"), host.Multi("a")},
		{"empty list", 7, nil, host.Multi()},
		{"binary", 3, []byte{1}, host.Data{Type: host.Binary, Bytes: []byte{1}}},
		{"link", 6, []byte{1}, host.Data{Type: "REG_LINK", Bytes: []byte{1}}},
		{"no name", 0xffff0012, []byte{1}, host.Data{Type: "REG_0xffff0012", Bytes: []byte{1}}},
	} {
		if got := regdata.Decode(c.number, c.raw); !got.Equal(c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// Names and numbers of all types lead to each other; a word that is no type is
// refused.
func TestTypes(t *testing.T) {
	for _, n := range []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xffffffff} {
		if got, err := regdata.TypeNumber(regdata.TypeName(n)); err != nil || got != n {
			t.Errorf("%d is %s is %d, error %v", n, regdata.TypeName(n), got, err)
		}
	}
	for _, bad := range []host.Type{"", "DWORD", "REG_0x", "REG_0xg", "REG_0x123456789"} {
		if n, err := regdata.TypeNumber(bad); err == nil {
			t.Errorf("%q is %d", bad, n)
		}
	}
}

// FuzzDecode: any bytes decode; what decodes and encodes again decodes to the
// same.
func FuzzDecode(f *testing.F) {
	f.Add(uint32(1), []byte("a\x00b\x00"))
	f.Add(uint32(7), []byte("a\x00\x00\x00b\x00\x00\x00\x00\x00"))
	f.Add(uint32(4), []byte{1, 2})
	f.Fuzz(func(t *testing.T, number uint32, raw []byte) {
		kept := bytes.Clone(raw)
		d := regdata.Decode(number, raw)
		again, out, err := regdata.Encode(d)
		if err != nil || again != number {
			t.Fatalf("%+v does not encode: type %d, %v", d, again, err)
		}
		if back := regdata.Decode(again, out); !back.Equal(d) {
			t.Fatalf("%+v came back as %+v", d, back)
		}
		if !bytes.Equal(kept, raw) {
			t.Fatal("the input was changed")
		}
	})
}
