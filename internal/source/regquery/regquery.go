// Package regquery reads what reg.exe query prints, in English or Japanese, in
// whatever encoding it comes.
package regquery

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// indent stands before a value, and between its columns.
const indent = "    "

// Line is one line of reg query. At most one of Key, IsValue and IsError is set;
// none is for what else the program says ("End of search: 12 match(es) found.").
type Line struct {
	Key     string // HKEY_LOCAL_MACHINE\…, as printed
	IsValue bool
	Name    string // of a value; "" is the default value
	Type    host.Type
	Text    string // the data as printed
	NotSet  bool   // a default value that is not there
	IsError bool
}

// Parse reads one line.
func Parse(line string) Line {
	switch {
	case isError(line):
		return Line{IsError: true}
	case strings.HasPrefix(line, "HKEY_") && host.IsKey(host.NormalKey(line)):
		return Line{Key: line}
	case !strings.HasPrefix(line, indent):
		return Line{}
	}
	// A line of a text that has several may begin in the same way.
	name, rest, ok := strings.Cut(line[len(indent):], indent+"REG_")
	if !ok {
		return Line{}
	}
	typeName, text, _ := strings.Cut(rest, indent)
	l := Line{IsValue: true, Name: name, Type: host.Type("REG_" + strings.TrimSpace(typeName)), Text: text}
	if name == "(Default)" || name == "(既定)" {
		l.Name = ""
		l.NotSet = strings.EqualFold(text, "(value not set)") || text == "(値の設定なし)"
	}
	return l
}

// isError says whether a line is an error of reg.exe.
func isError(line string) bool {
	return strings.HasPrefix(line, "ERROR:") || strings.HasPrefix(line, "エラー:") || strings.HasPrefix(line, "エラー\uff1a") || strings.HasPrefix(line, "reg: ")
}

// IsDenied says whether text is reg.exe's error that it has no right to read.
func IsDenied(text string) bool {
	low := strings.ToLower(text)
	return strings.Contains(low, "access is denied") || strings.Contains(text, "アクセスが拒否")
}

// IsMissing says whether text is reg.exe's error that there is no such key or
// value.
func IsMissing(text string) bool {
	low := strings.ToLower(text)
	return strings.Contains(low, "unable to find the specified registry") || strings.Contains(text, "見つかりませんでした")
}

// Data reads a value's data: numbers in hex, lists with "\0" between the
// strings, bytes in hex.
func (l Line) Data() (host.Data, error) {
	d := host.Data{Type: l.Type}
	var err error
	switch l.Type {
	case host.DWORD:
		d.Number, err = strconv.ParseUint(strings.TrimSpace(l.Text), 0, 32)
	case host.QWORD:
		d.Number, err = strconv.ParseUint(strings.TrimSpace(l.Text), 0, 64)
	case host.SZ, host.ExpandSZ:
		d.Text = l.Text
	case host.MultiSZ:
		for _, s := range strings.Split(l.Text, `\0`) {
			if s != "" {
				d.Strings = append(d.Strings, s)
			}
		}
	default:
		if isCutType(l.Type) {
			return host.Data{}, message.Error("files.no-type", message.Str("type", string(l.Type)))
		}
		d.Bytes, err = hexBytes(strings.TrimSpace(l.Text))
	}
	if err != nil {
		return host.Data{}, message.Error("files.not-type", message.Quote("text", shortText(l.Text)), message.Str("type", string(l.Type)))
	}
	return d, nil
}

// isCutType says whether a type is the beginning of another one, as of a line that
// was cut; others that are not known are bytes.
func isCutType(t host.Type) bool {
	known := []host.Type{
		host.SZ, host.ExpandSZ, host.MultiSZ, host.DWORD, host.QWORD, host.Binary, host.None, "REG_LINK", "REG_DWORD_BIG_ENDIAN",
		"REG_DWORD_LITTLE_ENDIAN", "REG_QWORD_LITTLE_ENDIAN", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR", "REG_RESOURCE_REQUIREMENTS_LIST",
	}
	if slices.Contains(known, t) {
		return false
	}
	return slices.ContainsFunc(known, func(k host.Type) bool { return strings.HasPrefix(string(k), string(t)) })
}

func hexBytes(text string) ([]byte, error) {
	text = strings.TrimPrefix(text, "0x")
	if len(text)%2 == 1 {
		text = "0" + text
	}
	return hex.DecodeString(text)
}

// shortText is text that is short enough for a message.
func shortText(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// Lines splits output whose lines may each have an encoding of their own: console
// output in code page 932, UTF-8, and pieces of UTF-16LE as some Windows tools
// write them into a redirected file.
func Lines(data []byte) []string {
	var lines []string
	for len(data) > 0 {
		line, rest := firstLine(data)
		lines = append(lines, strings.TrimRight(line, "\r"))
		data = rest
	}
	return lines
}

func firstLine(data []byte) (line string, rest []byte) {
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
	return CodePage932(raw), rest
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

// CodePage932 decodes code page 932; bytes that are not valid in it become U+FFFD.
func CodePage932(data []byte) string {
	text, err := japanese.ShiftJIS.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\ufffd")
	}
	return string(text)
}
