// Package regtext reads and writes .reg files, the text form of the Windows
// registry (regedit, reg export).
package regtext

import (
	"tlsready/internal/host"
	"tlsready/internal/message"
)

const (
	// MaxSize is the largest file that is read. An export of a whole SOFTWARE
	// hive has 100 to 200 MB as UTF-16; more is no file for this program.
	MaxSize = 256 << 20
	// maxLine bounds one line, and one value with its continuation lines. The
	// registry's own limit for a value is its memory; exports hold values of up
	// to some megabytes, at three characters a byte.
	maxLine = 32 << 20
	// maxErrors bounds what [ParseAll] reports: beyond it the file is not one of
	// ours.
	maxErrors = 1000
)

const (
	header5 = "Windows Registry Editor Version 5.00"
	header4 = "REGEDIT4"
)

// File is what a .reg file says, in its order.
type File struct {
	Keys     []Section
	Ops      []Op
	Encoding string // "utf-16le", "utf-16be", "utf-8", "windows-932", "windows-1252"
	Version4 bool   // REGEDIT4: the bytes of text values are ANSI

	// Cut says that the text does not end as regedit and reg.exe end it, with a blank
	// line after the last section: more may have followed and be lost.
	Cut bool
	// HalfLine is the number of the last line if it has no line end, and so may be only
	// half a line; otherwise 0.
	HalfLine int
}

// Section is one [key] line. Delete marks [-key], which removes the key with all
// that is below it.
type Section struct {
	Key    string // as host.NormalKey spells it
	Line   int
	Delete bool
}

// Op sets or deletes one value. The name is "" for the default value (@).
type Op struct {
	Key, Name    string
	Line, Column int  // where the data begin; both count from 1, columns in characters
	Digits       int  // digits of a dword: as written; regedit writes eight. 0 for other types
	Spaces       bool // there are blanks next to the equals sign: reg import takes them (measured on Wine), other readers may not
	Delete       bool
	Data         host.Data
}

// Code says what kind of mistake a [SyntaxError] is.
type Code string

// The kinds of mistakes.
const (
	BadFile   Code = "file"         // too large, or bytes that are no text
	BadHeader Code = "header"       // the first line names no version
	BadKey    Code = "key"          // a section line that names no key, or a value outside one
	BadLine   Code = "line"         // neither section, value nor comment
	BadQuote  Code = "quote"        // a quote that is not closed
	BadEscape Code = "escape"       // a backslash that is not doubled
	BadType   Code = "type"         // a data type that .reg files do not have
	BadDword  Code = "dword-digits" // a dword that has not 1 to 8 hex digits
	BadHex    Code = "hex"          // bytes that are not two hex digits each
)

// SyntaxError names the place in a .reg file that cannot be read as it stands.
type SyntaxError struct {
	Line, Column int
	Code         Code
	What         message.Text // without the place
}

// Error is place and message in English.
func (e *SyntaxError) Error() string { return message.English(e.Text()) }

// Text is place and message.
func (e *SyntaxError) Text() message.Text { return message.AtPosition(e.Line, e.Column, e.What) }

// Parse reads a .reg file; the first mistake is a *SyntaxError.
func Parse(data []byte) (*File, error) {
	f, errs := ParseAll(data)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return f, nil
}

// ParseAll reads what it can and lists every mistake: a line with a mistake is
// skipped, as regedit skips it. A file whose header is missing holds nothing,
// since regedit refuses it.
func ParseAll(data []byte) (*File, []*SyntaxError) {
	if len(data) > MaxSize {
		return &File{}, []*SyntaxError{{1, 1, BadFile, message.New("regtext.file-size", message.Int("size", len(data)), message.Int("limit", MaxSize))}}
	}
	var first *parser
	for _, c := range candidates(data) {
		text, ok := c.decode(data)
		if !ok {
			continue
		}
		p := newParser(text, c.name)
		p.run()
		if len(p.errs) == 0 {
			return p.file, nil
		}
		if first == nil {
			first = p
		}
	}
	return first.file, first.errs
}
