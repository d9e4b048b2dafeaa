package regtext

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/regdata"
)

// candidate is one reading of a file's bytes; decode is false if they cannot be
// that.
type candidate struct {
	name   string
	decode func([]byte) (string, bool)
}

// candidates lists the readings in the order in which they are tried. A byte
// order mark decides alone. Without one, valid UTF-8 is UTF-8; else the ANSI code
// page is not stated anywhere: 932 is tried first, since it seldom fits by
// chance, then 1252. The first under which the file has no mistakes counts.
func candidates(data []byte) []candidate {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return []candidate{{"utf-16le", func(b []byte) (string, bool) { return regdata.Text(b[2:]), true }}}
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return []candidate{{"utf-16be", func(b []byte) (string, bool) { return bigEndian(b[2:]), true }}}
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		return []candidate{{"utf-8", func(b []byte) (string, bool) { return strings.ToValidUTF8(string(b[3:]), "\ufffd"), true }}}
	case len(data) > 1 && data[0] != 0 && data[1] == 0:
		return []candidate{{"utf-16le", func(b []byte) (string, bool) { return regdata.Text(b), true }}}
	case utf8.Valid(data):
		return []candidate{{"utf-8", func(b []byte) (string, bool) { return string(b), true }}}
	}
	return []candidate{{"windows-932", decode932}, {"windows-1252", decode1252}}
}

// bigEndian reads UTF-16BE by swapping the bytes into a copy.
func bigEndian(b []byte) string {
	swapped := make([]byte, len(b)&^1)
	for i := 0; i+1 < len(b); i += 2 {
		binary.LittleEndian.PutUint16(swapped[i:], binary.BigEndian.Uint16(b[i:]))
	}
	return regdata.Text(swapped)
}

// decode932 reads code page 932 (Shift_JIS with the extensions of NEC and IBM).
func decode932(b []byte) (string, bool) {
	out, err := japanese.ShiftJIS.NewDecoder().Bytes(b)
	return string(out), err == nil && !bytes.ContainsRune(out, utf8.RuneError)
}

// decode1252 reads code page 1252, in which every byte is a character.
func decode1252(b []byte) (string, bool) {
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	return string(out), err == nil
}

// ansi reads the bytes of a text value in a REGEDIT4 file.
func ansi(b []byte, encoding string) string {
	if encoding != "windows-932" && encoding != "windows-1252" && utf8.Valid(b) {
		return string(b)
	}
	if encoding != "windows-1252" {
		if text, ok := decode932(b); ok {
			return text
		}
	}
	text, _ := decode1252(b)
	return text
}

// sniffLength is how much of a file [Sniff] looks at: a header and a few comments.
const sniffLength = 4096

// Sniff says whether the beginning of a file looks like a .reg file in any
// encoding, also one whose header is missing or misspelt: [Parse] then says so.
func Sniff(head []byte) bool {
	head = head[:min(len(head), sniffLength)]
	list := candidates(head)
	// A cut head may end inside a character; then only the last reading fits.
	text, ok := list[0].decode(head)
	if !ok {
		text, _ = list[len(list)-1].decode(head)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == ';':
			continue
		case hasPrefixFold(line, header4), hasPrefixFold(line, "Windows Registry Editor"):
			return true
		}
		return hasPrefixFold(line, "[HKEY_") || hasPrefixFold(line, "[-HKEY_")
	}
	return false
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
