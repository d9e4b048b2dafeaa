package syntax

import (
	"strings"
	"unicode/utf8"

	"tlsready/internal/script"
)

// quoteLen is the length of the single quote at the start of s, 0 if there is
// none. PowerShell takes the typographic ones too.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
func quoteLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == '\'' || r >= '\u2018' && r <= '\u201B' {
		return n
	}
	return 0
}

// doubleQuoteLen is the same for double quotes.
func doubleQuoteLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == '"' || r >= '\u201C' && r <= '\u201E' {
		return n
	}
	return 0
}

func plainText(pos script.Pos, value string) *Text {
	return &Text{Pos: pos, Parts: []Expr{&Literal{pos, value}}}
}

// single reads '…' with any of the single quotes; two of them are one.
func (p *parser) single() Expr {
	pos := p.at(p.i)
	p.i += quoteLen(p.text[p.i:])
	var b strings.Builder
	for !p.end() {
		n := quoteLen(p.text[p.i:])
		if n == 0 {
			b.WriteByte(p.text[p.i])
			p.i++
			continue
		}
		next := quoteLen(p.text[p.i+n:])
		if next == 0 {
			p.i += n
			return plainText(pos, b.String())
		}
		b.WriteString(p.text[p.i : p.i+n])
		p.i += n + next
	}
	return nil // not closed
}

// double reads "…" with backtick escapes, variables and $(…); "" is a quote.
func (p *parser) double() Expr {
	pos := p.at(p.i)
	p.i += doubleQuoteLen(p.text[p.i:])
	return p.expandable(pos, func() (int, int) {
		n := doubleQuoteLen(p.text[p.i:])
		if n == 0 {
			return 0, 0
		}
		if next := doubleQuoteLen(p.text[p.i+n:]); next > 0 {
			return 0, n + next // a quote that means itself
		}
		return n, 0
	}, true)
}

// expandable reads text up to its end. stop gives the length of the end mark at
// hand, or of two quotes that stand for one.
func (p *parser) expandable(pos script.Pos, stop func() (end, quote int), escapes bool) Expr {
	t := &Text{Pos: pos}
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 || len(t.Parts) == 0 {
			t.Parts = append(t.Parts, &Literal{pos, b.String()})
			b.Reset()
		}
	}
	for !p.end() {
		if end, quote := stop(); end > 0 {
			p.i += end
			flush()
			return t
		} else if quote > 0 {
			b.WriteByte('"')
			p.i += quote
			continue
		}
		switch c := p.text[p.i]; {
		case escapes && c == '`' && p.i+1 < len(p.text):
			b.WriteString(escape(p.text[p.i+1]))
			p.i += 2
		case c == '$' && (isName(p.peek(1)) || p.peek(1) == '{' || p.peek(1) == '('):
			flush()
			e := p.primary()
			if e == nil {
				return nil
			}
			t.Parts = append(t.Parts, e)
		default:
			b.WriteByte(c)
			p.i++
		}
	}
	return nil // not closed
}

// escape is what a backtick makes of a byte. The first byte of a character keeps
// itself, and the rest follow.
func escape(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case '0', 'a', 'b', 'f', 'v':
		return "\ufffd" // no registry name or command holds them
	}
	return string([]byte{c})
}

// hereString reads @'…'@ and @"…"@, whose end stands at the start of a line.
func (p *parser) hereString() Expr {
	pos, quote := p.at(p.i), p.text[p.i+1]
	head := p.text[p.i+2:]
	line := strings.IndexByte(head, '\n')
	if line < 0 || strings.TrimSpace(head[:line]) != "" {
		return nil
	}
	p.i += 2 + line + 1
	end := string(quote) + "@"
	if quote == '"' {
		return p.expandable(pos, func() (int, int) {
			if p.has("\n" + end) {
				return 1 + len(end), 0
			}
			if p.has("\r\n" + end) {
				return 2 + len(end), 0
			}
			if p.text[p.i-1] == '\n' && p.has(end) {
				return len(end), 0
			}
			return 0, 0
		}, true)
	}
	if p.has(end) {
		p.i += len(end)
		return plainText(pos, "")
	}
	n := strings.Index(p.text[p.i:], "\n"+end)
	if n < 0 {
		return nil
	}
	value := strings.TrimSuffix(p.text[p.i:p.i+n], "\r")
	p.i += n + 1 + len(end)
	return plainText(pos, value)
}

// variable reads $name, $scope:name, ${name} and the special ones.
func (p *parser) variable() Expr {
	if p.peek(0) != '$' {
		return nil
	}
	pos := p.at(p.i)
	p.i++
	if p.peek(0) == '{' {
		n := strings.IndexByte(p.text[p.i:], '}')
		if n < 0 {
			return nil
		}
		name := p.text[p.i+1 : p.i+n]
		p.i += n + 1
		return &Variable{pos, strings.ToLower(name)}
	}
	start := p.i
	for isName(p.peek(0)) || p.peek(0) >= utf8.RuneSelf || p.peek(0) == ':' && p.peek(1) != ':' && isName(p.peek(1)) {
		p.i++
	}
	if p.i == start {
		if c := p.peek(0); c != 0 && strings.IndexByte("?^$", c) >= 0 {
			p.i++
			return &Variable{pos, string(c)}
		}
		return nil
	}
	return &Variable{pos, strings.ToLower(p.text[start:p.i])}
}
