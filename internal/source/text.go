package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

func number(n int) string { return strconv.Itoa(n) }

// decodeText reads a text file: UTF-16 and UTF-8 by their marks, else UTF-8
// where the bytes are that, else code page 932.
func decodeText(data []byte) (string, error) {
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
		return "", errors.New("this is no text")
	}
	return text932(data), nil
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

// text932 decodes code page 932; bytes that are none become U+FFFD.
func text932(data []byte) string {
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\ufffd")
	}
	return string(text)
}

// mixedLines splits text whose lines may each have an encoding of their own:
// console output in code page 932, UTF-8, and pieces of UTF-16LE as some Windows
// tools write them into a redirected file.
func mixedLines(data []byte) []string {
	var lines []string
	for len(data) > 0 {
		line, rest := mixedLine(data)
		lines = append(lines, strings.TrimRight(line, "\r"))
		data = rest
	}
	return lines
}

func mixedLine(data []byte) (line string, rest []byte) {
	end := bytes.IndexByte(data, '\n')
	raw := data
	if end >= 0 {
		raw, rest = data[:end], data[end+1:]
	}
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.IndexByte(raw, 0) >= 0 {
		return wideLine(bytes.TrimPrefix(data, []byte{0xff, 0xfe}))
	}
	raw = bytes.TrimPrefix(raw, []byte{0xef, 0xbb, 0xbf})
	if utf8.Valid(raw) {
		return string(raw), rest
	}
	return text932(raw), rest
}

// wideLine takes a line of UTF-16LE by its units, since a unit may hold the byte
// 0x0A.
func wideLine(data []byte) (line string, rest []byte) {
	var units []uint16
	for i := 0; i+1 < len(data); i += 2 {
		u := binary.LittleEndian.Uint16(data[i:])
		if u == '\n' {
			return string(utf16.Decode(units)), data[i+2:]
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units)), nil
}
