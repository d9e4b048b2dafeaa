package source

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tlsready/internal/message"
	"tlsready/internal/source/regquery"
)

// Text reads a text file as Windows programs write them: UTF-16 and UTF-8 by
// their marks, else UTF-8 if the bytes are valid as such, else code page 932.
func Text(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return utf16Text(data[2:], binary.LittleEndian), nil
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return utf16Text(data[2:], binary.BigEndian), nil
	case len(data) > 1 && data[0] != 0 && data[1] == 0:
		return utf16Text(data, binary.LittleEndian), nil
	}
	data = bytes.TrimPrefix(data, []byte{0xef, 0xbb, 0xbf})
	if utf8.Valid(trimPartial(data)) {
		return strings.ToValidUTF8(string(data), ""), nil
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "", message.Error("source.no-text")
	}
	return regquery.CodePage932(data), nil
}

// trimPartial drops a character that is cut off at the end, as in the first
// bytes of a file.
func trimPartial(data []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		if b := data[len(data)-n]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(data[len(data)-n:]) {
				return data[:len(data)-n]
			}
			break
		}
	}
	return data
}

func utf16Text(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}
