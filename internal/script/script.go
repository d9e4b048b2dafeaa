// Package script reads the scripts of Windows administrators without running
// them: PowerShell in script/powershell, cmd.exe in script/batch. Each has a
// parser that gives statements, and a walk that follows them as the shell would,
// with values if they are known, and hands what a statement does to whoever
// asks: which registry values it would write, which TLS versions it would ask for.
package script

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// MaxSize is the largest script that is read, in bytes: recipes have some
// kilobytes; a script of megabytes carries data.
const MaxSize = 1 << 20

// Pos is a place in a script, from 1; columns in characters.
type Pos struct{ Line, Column int }

// Known is an answer to a yes-or-no question that a script asks.
type Known int

// The answers.
const (
	Unclear Known = iota // depends on something that no script says
	No
	Yes
)

// Of is the answer b.
func Of(b bool) Known {
	if b {
		return Yes
	}
	return No
}

// Not is the opposite answer.
func (k Known) Not() Known {
	switch k {
	case Yes:
		return No
	case No:
		return Yes
	}
	return Unclear
}

// Decode reads UTF-16 and UTF-8 by their marks, then UTF-8, then code page 932;
// what fits none of them keeps its ASCII. A NUL, which no script holds, becomes
// U+FFFD.
func Decode(data []byte) string {
	return strings.ReplaceAll(decode(data), "\x00", "\ufffd")
}

func decode(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return wide(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return wide(data[2:], binary.BigEndian)
	case bytes.HasPrefix(data, []byte("\ufeff")):
		data = data[3:]
	}
	if utf8.Valid(data) {
		return string(data)
	}
	if text, err := japanese.ShiftJIS.NewDecoder().Bytes(data); err == nil {
		return string(text)
	}
	return strings.ToValidUTF8(string(data), "\ufffd")
}

func wide(b []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// Words takes a command line apart as the C runtime does: blanks separate, quotes
// keep together, 2n backslashes and a quote are n backslashes and a quote mark,
// 2n+1 are n backslashes and a quote character.
// https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
func Words(line string) []string {
	var words []string
	var b strings.Builder
	quoted, any, slashes := false, false, 0
	for i := range len(line) {
		c := line[i]
		if c == '\\' {
			slashes++
			any = true
			continue
		}
		if c == '"' {
			b.WriteString(strings.Repeat(`\`, slashes/2))
			if slashes%2 == 1 {
				b.WriteByte('"')
			} else {
				quoted = !quoted
			}
			slashes, any = 0, true
			continue
		}
		b.WriteString(strings.Repeat(`\`, slashes))
		slashes = 0
		if (c == ' ' || c == '\t') && !quoted {
			if any {
				words = append(words, b.String())
			}
			b.Reset()
			any = false
			continue
		}
		any = true
		b.WriteByte(c)
	}
	b.WriteString(strings.Repeat(`\`, slashes))
	if any {
		words = append(words, b.String())
	}
	return words
}
