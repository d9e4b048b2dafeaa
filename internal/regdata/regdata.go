// Package regdata turns the bytes of a registry value into typed data and back.
package regdata

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// names are the registry types by number (winnt.h).
var names = [...]host.Type{
	0: host.None, 1: host.SZ, 2: host.ExpandSZ, 3: host.Binary, 4: host.DWORD,
	5: "REG_DWORD_BIG_ENDIAN", 6: "REG_LINK", 7: host.MultiSZ, 8: "REG_RESOURCE_LIST",
	9: "REG_FULL_RESOURCE_DESCRIPTOR", 10: "REG_RESOURCE_REQUIREMENTS_LIST", 11: host.QWORD,
}

// unnamed begins the name of a type that Windows does not name, such as those
// of device properties; eight hex digits follow.
const unnamed = "REG_0x"

// TypeName is the name of a type number.
func TypeName(number uint32) host.Type {
	if number < uint32(len(names)) {
		return names[number]
	}
	return host.Type(fmt.Sprintf("%s%08x", unnamed, number))
}

// TypeNumber is the number of a type name as [TypeName] and [Decode] give it.
func TypeNumber(name host.Type) (uint32, error) {
	base, _, _ := strings.Cut(string(name), " (")
	if i := slices.Index(names[:], host.Type(base)); i >= 0 {
		return uint32(i), nil
	}
	if digits, ok := strings.CutPrefix(base, unnamed); ok {
		if n, err := strconv.ParseUint(digits, 16, 32); err == nil {
			return uint32(n), nil
		}
	}
	return 0, message.Error("regdata.type", message.Quote("type", string(name)))
}

// Decode types the bytes of a value as the registry stores them, with text in
// UTF-16LE. It never fails: a REG_DWORD or REG_QWORD of the wrong length keeps its
// bytes under a type of its own, "REG_DWORD (2 bytes)", which no reader of numbers
// takes. Text ends at the first NUL, a list at the first empty string, as for
// the programs that read them. The bytes are copied.
func Decode(number uint32, raw []byte) host.Data {
	t := TypeName(number)
	switch {
	case t == host.DWORD && len(raw) == 4:
		return host.Data{Type: t, Number: uint64(binary.LittleEndian.Uint32(raw))}
	case t == host.QWORD && len(raw) == 8:
		return host.Data{Type: t, Number: binary.LittleEndian.Uint64(raw)}
	case t == host.DWORD || t == host.QWORD:
		t = host.Type(fmt.Sprintf("%s (%d bytes)", t, len(raw)))
	case t == host.SZ || t == host.ExpandSZ || t == host.MultiSZ:
		return FromText(t, Text(raw))
	}
	return host.Data{Type: t, Bytes: slices.Clone(raw)}
}

// FromText makes REG_SZ, REG_EXPAND_SZ or REG_MULTI_SZ data from decoded text
// that still has its NULs.
func FromText(t host.Type, text string) host.Data {
	if t != host.MultiSZ {
		text, _, _ = strings.Cut(text, "\x00")
		return host.Data{Type: t, Text: text}
	}
	d := host.Data{Type: t}
	for text != "" {
		var s string
		if s, text, _ = strings.Cut(text, "\x00"); s == "" {
			break
		}
		d.Strings = append(d.Strings, s)
	}
	return d
}

// Text reads UTF-16LE; what is no valid UTF-16 becomes U+FFFD, an odd last byte
// is left out.
func Text(raw []byte) string {
	var b strings.Builder
	b.Grow(len(raw) / 2)
	for i := 0; i+1 < len(raw); i += 2 {
		r := rune(binary.LittleEndian.Uint16(raw[i:]))
		if utf16.IsSurrogate(r) {
			low := rune(utf8.RuneError)
			if i+3 < len(raw) {
				low = rune(binary.LittleEndian.Uint16(raw[i+2:]))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 2
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Encode is the inverse of [Decode]: the type number and the bytes that the
// registry stores. It fails for an unknown type, a number out of range, and text
// that would read back shorter: a NUL in it, or an empty string in a list.
func Encode(d host.Data) (uint32, []byte, error) {
	number, err := TypeNumber(d.Type)
	if err != nil {
		return 0, nil, err
	}
	switch d.Type {
	case host.DWORD:
		if d.Number > 1<<32-1 {
			return 0, nil, message.Error("regdata.dword", message.Int("number", d.Number))
		}
		return number, binary.LittleEndian.AppendUint32(nil, uint32(d.Number)), nil
	case host.QWORD:
		return number, binary.LittleEndian.AppendUint64(nil, d.Number), nil
	case host.SZ, host.ExpandSZ:
		if strings.Contains(d.Text, "\x00") {
			return 0, nil, message.Error("regdata.nul", message.Str("type", string(d.Type)))
		}
		return number, append(UTF16(d.Text), 0, 0), nil
	case host.MultiSZ:
		raw, err := encodeList(d.Strings)
		return number, raw, err
	}
	return number, slices.Clone(d.Bytes), nil
}

func encodeList(list []string) ([]byte, error) {
	var raw []byte
	for _, s := range list {
		if s == "" || strings.Contains(s, "\x00") {
			return nil, message.Error("regdata.list")
		}
		raw = append(append(raw, UTF16(s)...), 0, 0)
	}
	return append(raw, 0, 0), nil
}

// UTF16 writes text as UTF-16LE, without a NUL at the end.
func UTF16(s string) []byte {
	raw := make([]byte, 0, 2*len(s)+2)
	for _, r := range s {
		if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			raw = binary.LittleEndian.AppendUint16(raw, uint16(hi))
			raw = binary.LittleEndian.AppendUint16(raw, uint16(lo))
			continue
		}
		raw = binary.LittleEndian.AppendUint16(raw, uint16(r))
	}
	return raw
}
