package regtext

import (
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// quoted reads a name in quotes that begins at a byte position of the line, and
// gives the position after it.
func (p *parser) quoted(at int) (string, int, *SyntaxError) {
	s, after, badAt := unquote(p.line, at+1)
	switch {
	case badAt >= 0:
		return "", 0, p.badEscape(badAt)
	case after < 0:
		return "", 0, p.fail(at, BadQuote, "regtext.quote-open")
	}
	return s, after, nil
}

func (p *parser) badEscape(at int) *SyntaxError {
	return p.fail(at, BadEscape, "regtext.escape", message.Str("text", show(p.line[at:])))
}

// unquote reads up to the closing quote. after is the position after it, or -1 if
// there is none; badAt is the position of an escape that .reg files do not have,
// or -1.
func unquote(line string, at int) (s string, after, badAt int) {
	var b strings.Builder
	for {
		stop := strings.IndexAny(line[at:], `"\`)
		if stop < 0 {
			b.WriteString(line[at:])
			return b.String(), -1, -1
		}
		b.WriteString(line[at : at+stop])
		at += stop
		if line[at] == '"' {
			return b.String(), at + 1, -1
		}
		if at+1 == len(line) || (line[at+1] != '\\' && line[at+1] != '"') {
			return "", 0, at
		}
		b.WriteByte(line[at+1])
		at += 2
	}
}

// text reads a REG_SZ. regedit exports a line break inside a string as it is, so
// an open quote goes on with the next line, unless that line begins a key or a
// value of its own.
func (p *parser) text(op *Op, at int) *SyntaxError {
	line, column := p.number, op.Column
	var all strings.Builder
	at++
	for {
		s, after, badAt := unquote(p.line, at)
		if badAt >= 0 {
			return p.badEscape(badAt)
		}
		all.WriteString(s)
		if after >= 0 {
			op.Data = host.String(cutNUL(all.String()))
			return p.end(after)
		}
		ahead, _, _ := strings.Cut(p.rest, "\n")
		if p.rest == "" || startsItem(ahead) || all.Len() > maxLine {
			return &SyntaxError{line, column, BadQuote, message.New("regtext.quote-open")}
		}
		all.WriteString("\r\n")
		p.next()
		at = 0
	}
}

// startsItem says whether a line is a section or a value, and so cannot belong to
// a string that an earlier line has left open.
func startsItem(line string) bool {
	line = strings.TrimLeft(line, " \t")
	if strings.HasPrefix(line, "[HKEY_") || strings.HasPrefix(line, "[-HKEY_") || strings.HasPrefix(line, "@=") {
		return true
	}
	if !strings.HasPrefix(line, `"`) {
		return false
	}
	_, after, badAt := unquote(line, 1)
	return badAt < 0 && after > 0 && strings.HasPrefix(strings.TrimLeft(line[after:], " \t"), "=")
}

func cutNUL(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}
