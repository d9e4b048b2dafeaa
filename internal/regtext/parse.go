package regtext

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regdata"
)

// parser goes through the text line by line. Its methods return a *SyntaxError
// for the line at hand; run collects them and goes on with the next line.
type parser struct {
	rest   string // the lines that are still to come
	line   string // the line at hand, without its end
	number int    // its number, from 1
	key    string // the key of the section at hand; "" outside one
	gone   bool   // the section deletes its key
	last   string // the line before the end of the text
	open   bool   // it has no line end
	broken bool   // the section's line has a mistake, so its values are ignored
	file   *File
	errs   []*SyntaxError
}

func newParser(text, encoding string) *parser {
	return &parser{rest: text, file: &File{Encoding: encoding}}
}

func (p *parser) run() {
	p.next()
	if err := p.header(); err != nil {
		p.errs = append(p.errs, err)
		return
	}
	for p.next() && len(p.errs) < maxErrors {
		if err := p.item(); err != nil {
			p.errs = append(p.errs, err)
		}
	}
	p.ending()
}

// ending looks at how the text ends.
func (p *parser) ending() {
	p.file.Cut = strings.TrimSpace(p.last) != ""
	if p.open {
		p.file.HalfLine = p.number
	}
}

// next takes the next line from the text; false at its end.
func (p *parser) next() bool {
	if p.rest == "" {
		p.line = ""
		return false
	}
	p.line, p.rest, p.open = strings.Cut(p.rest, "\n")
	p.open = !p.open
	p.line = strings.TrimSuffix(p.line, "\r")
	p.last = p.line
	p.number++
	return true
}

// fail makes an error at a byte position of the line at hand.
func (p *parser) fail(at int, code Code, id string, args ...message.Arg) *SyntaxError {
	return &SyntaxError{p.number, p.column(at), code, message.New(id, args...)}
}

func (p *parser) column(at int) int {
	return utf8.RuneCountInString(p.line[:min(at, len(p.line))]) + 1
}

func (p *parser) header() *SyntaxError {
	p.number = max(p.number, 1)
	switch strings.TrimRight(p.line, " \t") {
	case header5:
	case header4:
		p.file.Version4 = true
	default:
		return p.fail(0, BadHeader, "regtext.header", message.Quote("five", header5), message.Quote("four", header4), message.Str("found", show(p.line)))
	}
	return nil
}

// item reads a section, a value or a comment.
func (p *parser) item() *SyntaxError {
	if len(p.line) > maxLine {
		p.broken = true
		return p.fail(0, BadFile, "regtext.line-size", message.Int("size", len(p.line)), message.Int("limit", maxLine))
	}
	at := blanks(p.line, 0)
	if at == len(p.line) {
		return nil
	}
	switch p.line[at] {
	case ';':
		return nil
	case '[':
		err := p.section(at)
		p.broken = err != nil
		return err
	case '"', '@':
		return p.value(at)
	}
	return p.fail(at, BadLine, "regtext.line", message.Str("text", show(p.line[at:])))
}

// section reads "[key]" or "[-key]". A key may hold brackets, so its end is the
// last one of the line.
func (p *parser) section(at int) *SyntaxError {
	end := strings.LastIndexByte(p.line, ']')
	if end < at {
		return p.fail(len(p.line), BadKey, "regtext.key-open")
	}
	if rest := blanks(p.line, end+1); rest < len(p.line) && p.line[rest] != ';' {
		return p.fail(rest, BadKey, "regtext.after-key", message.Str("text", show(p.line[rest:])))
	}
	name, deleted := strings.CutPrefix(p.line[at+1:end], "-")
	for strings.Contains(name, `\\`) {
		name = strings.ReplaceAll(name, `\\`, `\`)
	}
	key := host.NormalKey(name)
	if !rooted(key) {
		return p.fail(at+1, BadKey, "regtext.root", message.Str("text", show(name)))
	}
	p.key, p.gone = key, deleted
	p.file.Keys = append(p.file.Keys, Section{Key: key, Line: p.number, Delete: deleted})
	return nil
}

// rooted says whether a normal key begins with a root.
func rooted(key string) bool {
	root, _, _ := strings.Cut(key, `\`)
	switch root {
	case "HKLM", "HKCU", "HKU", "HKCR", "HKCC":
		return true
	}
	return false
}

// value reads `"name"=data` or `@=data`.
func (p *parser) value(at int) *SyntaxError {
	op := Op{Key: p.key, Line: p.number}
	if p.line[at] == '@' {
		at++
	} else {
		var err *SyntaxError
		if op.Name, at, err = p.quoted(at); err != nil {
			return err
		}
	}
	after := blanks(p.line, at)
	if after == len(p.line) || p.line[after] != '=' {
		return p.fail(after, BadLine, "regtext.equals")
	}
	data := blanks(p.line, after+1)
	op.Spaces = after > at || data > after+1
	at = data
	op.Column = p.column(at)
	if err := p.data(&op, at); err != nil {
		return err
	}
	return p.keep(op, at)
}

// keep adds a value that was read to its section.
func (p *parser) keep(op Op, at int) *SyntaxError {
	switch {
	case p.broken:
		return nil // its section has been reported
	case p.key == "":
		return &SyntaxError{op.Line, 1, BadKey, message.New("regtext.no-key")}
	case p.gone:
		return &SyntaxError{op.Line, 1, BadKey, message.New("regtext.deleted-key")}
	}
	p.file.Ops = append(p.file.Ops, op)
	return nil
}

// data reads what stands after the equals sign.
func (p *parser) data(op *Op, at int) *SyntaxError {
	text := p.line[at:]
	switch {
	case text == "":
		return p.fail(at, BadType, "regtext.no-data")
	case text[0] == '-':
		op.Delete = true
		return p.end(at + 1)
	case text[0] == '"':
		return p.text(op, at)
	case strings.HasPrefix(text, "dword:"):
		return p.dword(op, at+len("dword:"))
	case strings.HasPrefix(text, "hex:"):
		return p.hex(op, 3, at+len("hex:"))
	case strings.HasPrefix(text, "hex("):
		return p.hexType(op, at+len("hex("))
	}
	return p.fail(at, BadType, "regtext.data", message.Str("text", show(text)))
}

// end allows only blanks and a comment from here on.
func (p *parser) end(at int) *SyntaxError {
	if rest := blanks(p.line, at); rest < len(p.line) && p.line[rest] != ';' {
		return p.fail(rest, BadLine, "regtext.after-data", message.Str("text", show(p.line[rest:])))
	}
	return nil
}

func (p *parser) dword(op *Op, at int) *SyntaxError {
	end := at
	for end < len(p.line) && !strings.ContainsRune(" \t;", rune(p.line[end])) {
		end++
	}
	digits := p.line[at:end]
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil || len(digits) > 8 || digits[0] == '+' {
		return p.fail(at, BadDword, "regtext.dword", message.Str("text", show(digits)))
	}
	op.Digits, op.Data = len(digits), host.Dword(uint32(n))
	return p.end(end)
}

func (p *parser) hexType(op *Op, at int) *SyntaxError {
	end := strings.Index(p.line[at:], "):")
	if end < 0 {
		return p.fail(at, BadType, "regtext.hex-open")
	}
	n, err := strconv.ParseUint(p.line[at:at+end], 16, 32)
	if err != nil {
		return p.fail(at, BadType, "regtext.hex-type", message.Str("text", show(p.line[at:at+end])))
	}
	return p.hex(op, uint32(n), at+end+len("):"))
}

// hex reads bytes with their continuation lines and types them.
func (p *parser) hex(op *Op, number uint32, at int) *SyntaxError {
	raw, err := p.bytes(at)
	if err != nil {
		// The lines that continue these bytes are no mistakes of their own.
		for strings.HasSuffix(strings.TrimRight(p.line, " \t"), `\`) && p.next() {
		}
		return err
	}
	t := regdata.TypeName(number)
	if p.file.Version4 && (t == host.SZ || t == host.ExpandSZ || t == host.MultiSZ) {
		op.Data = regdata.FromText(t, ansi(raw, p.file.Encoding))
		return nil
	}
	op.Data = regdata.Decode(number, raw)
	return nil
}

// bytes reads "61,00,\" with the lines that follow a backslash.
func (p *parser) bytes(at int) ([]byte, *SyntaxError) {
	if rest := blanks(p.line, at); rest == len(p.line) || p.line[rest] == ';' {
		return nil, nil
	}
	var raw []byte
	for {
		if at < len(p.line) && p.line[at] == '\\' {
			if err := p.end(at + 1); err != nil {
				return nil, err
			}
			if !p.next() {
				return nil, p.fail(0, BadHex, "regtext.continued")
			}
			at = blanks(p.line, 0)
		}
		b, after, ok := hexByte(p.line, at)
		if !ok {
			return nil, p.fail(at, BadHex, "regtext.hex-byte", message.Str("text", show(p.line[min(at, len(p.line)):])))
		}
		if raw = append(raw, b); len(raw) > maxLine/3 {
			return nil, p.fail(at, BadFile, "regtext.value-size", message.Int("limit", maxLine/3))
		}
		if at = after; at == len(p.line) || p.line[at] != ',' {
			return raw, p.end(at)
		}
		at++
	}
}

// hexByte reads one or two hex digits.
func hexByte(s string, at int) (b byte, after int, ok bool) {
	after = at
	for after < len(s) && after < at+2 {
		d := unhex(s[after])
		if d > 15 {
			break
		}
		b = b<<4 | d
		after++
	}
	return b, after, after > at
}

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 0xff
}

// blanks is the position of the first character from at that is no blank.
func blanks(s string, at int) int {
	for at < len(s) && (s[at] == ' ' || s[at] == '\t') {
		at++
	}
	return at
}

// show quotes the beginning of a text for a message.
func show(s string) string {
	const enough = 40
	cut := 0
	for i := range s {
		if cut++; cut > enough {
			return strconv.Quote(s[:i] + "…")
		}
	}
	return strconv.Quote(s)
}
