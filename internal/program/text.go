package program

import (
	"bytes"
	"strings"
	"unicode/utf16"
)

// decode makes text of a configuration or a script: UTF-16 and UTF-8 by their
// marks, else the bytes as they are, with what is no UTF-8 replaced: the words
// that matter here are ASCII in every code page.
func decode(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return utf16LE(data[2:])
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		swapped := bytes.Clone(data[2:])
		for i := 0; i+1 < len(swapped); i += 2 {
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		}
		return utf16LE(swapped)
	}
	return strings.ToValidUTF8(string(bytes.TrimPrefix(data, []byte{0xef, 0xbb, 0xbf})), "\ufffd")
}

func utf16LE(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = le.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
