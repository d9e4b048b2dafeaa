package recipe

import (
	"strings"
	"unicode/utf8"
)

// ps1Kind is what a token of a PowerShell script is.
type ps1Kind int

const (
	ps1Word    ps1Kind = iota // bare word: a cmdlet, a parameter, a number, an operator
	ps1Text                   // a string, its quotes and escapes resolved
	ps1Var                    // $name, without the dollar sign
	ps1Mark                   // one of ( ) { } [ ] , ; | = @
	ps1Comment                // # to the end of the line, without the sign
	ps1End                    // the end of a line
)

type ps1Token struct {
	kind         ps1Kind
	text         string
	expands      bool // a double-quoted string: may hold variables
	line, column int
}

// ps1Lexer takes a script apart as far as recipes need it.
type ps1Lexer struct {
	text        string
	at          int
	line        int
	column      int // of at, in characters
	tokens      []ps1Token
	startLine   int // where the token at hand begins
	startColumn int
}

func lexPS1(text string) []ps1Token {
	l := &ps1Lexer{text: text, line: 1, column: 1}
	for l.at < len(l.text) {
		l.next()
	}
	return append(l.tokens, ps1Token{kind: ps1End, line: l.line})
}

func (l *ps1Lexer) next() {
	l.startLine, l.startColumn = l.line, l.column
	rest := l.text[l.at:]
	c := rest[0]
	switch {
	case c == '\n':
		l.emit(ps1End, "")
		l.skip(1)
	case c == ' ' || c == '\t' || c == '\r':
		l.skip(1)
	case strings.HasPrefix(rest, "`\r\n"):
		l.skip(3)
	case strings.HasPrefix(rest, "`\n"):
		l.skip(2)
	case strings.HasPrefix(rest, "<#"):
		l.skip(upTo(rest, "#>"))
	case c == '#':
		n := strings.IndexByte(rest, '\n')
		if n < 0 {
			n = len(rest)
		}
		l.emit(ps1Comment, strings.TrimSpace(rest[1:n]))
		l.skip(n)
	case strings.HasPrefix(rest, "@'") || strings.HasPrefix(rest, `@"`):
		l.hereString(rest)
	case ps1QuoteLen(rest) > 0:
		l.single(ps1QuoteLen(rest))
	case c == '"':
		l.double()
	case c == '$' && len(rest) > 1 && isPS1Name(rest[1]):
		n := 1
		for n < len(rest) && (isPS1Name(rest[n]) || rest[n] == ':') {
			n++
		}
		l.emit(ps1Var, rest[1:n])
		l.skip(n)
	case strings.IndexByte("(){}[],;|=@", c) >= 0:
		l.emit(ps1Mark, rest[:1])
		l.skip(1)
	default:
		l.word(rest)
	}
}

// upTo is the length up to and with the end mark, or all where it is missing.
func upTo(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

func isPS1Name(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// ps1QuoteLen is the length of the single quote at the start of s, 0 if there is
// none.
func ps1QuoteLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if isPS1Quote(r) {
		return n
	}
	return 0
}

func (l *ps1Lexer) emit(kind ps1Kind, text string) {
	l.tokens = append(l.tokens, ps1Token{kind: kind, text: text, line: l.startLine, column: l.startColumn})
}

// skip moves on and counts lines and characters.
func (l *ps1Lexer) skip(n int) {
	for range n {
		switch c := l.text[l.at]; {
		case c == '\n':
			l.line++
			l.column = 1
		case utf8.RuneStart(c):
			l.column++
		}
		l.at++
	}
}

func (l *ps1Lexer) hereString(rest string) {
	end := "\n" + string(rest[1]) + "@"
	n := upTo(rest, end)
	body := strings.TrimSuffix(rest[2:max(n, 2)], end)
	l.emit(ps1Text, strings.TrimLeft(body, "\r\n"))
	l.skip(n)
}

// single reads '…' with any of the single quotes; two of them are one.
func (l *ps1Lexer) single(open int) {
	var b strings.Builder
	at := l.at + open
	for at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[at:])
		if isPS1Quote(r) {
			next := ps1QuoteLen(l.text[at+n:])
			if next == 0 {
				at += n
				break
			}
			b.WriteRune(r)
			at += n + next
			continue
		}
		b.WriteString(l.text[at : at+n])
		at += n
	}
	l.emit(ps1Text, b.String())
	l.skip(at - l.at)
}

// double reads "…" with backtick escapes; "" is a quote.
func (l *ps1Lexer) double() {
	var b strings.Builder
	at := l.at + 1
	for at < len(l.text) {
		c := l.text[at]
		if c == '`' && at+1 < len(l.text) {
			at++
			b.WriteByte(l.text[at])
		} else if c == '"' {
			if at+1 >= len(l.text) || l.text[at+1] != '"' {
				at++
				break
			}
			b.WriteByte('"')
			at++
		} else {
			b.WriteByte(c)
		}
		at++
	}
	l.emit(ps1Text, b.String())
	l.tokens[len(l.tokens)-1].expands = true
	l.skip(at - l.at)
}

// word reads up to a blank or a mark. "HKLM:\SOFTWARE\x" is a word too.
func (l *ps1Lexer) word(rest string) {
	n := strings.IndexAny(rest, " \t\r\n(){}[],;|=\"'#")
	if n < 0 {
		n = len(rest)
	}
	n = max(n, 1)
	l.emit(ps1Word, rest[:n])
	l.skip(n)
}
