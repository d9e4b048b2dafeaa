// Package wsh reads the scripts of Windows Script Host and of classic ASP, VBScript
// and JScript, and follows them without running them: which objects they make, what
// they set on them and which of their methods they call.
//
// VBScript: https://learn.microsoft.com/previous-versions/d1wf56tt(v=vs.85), JScript:
// https://learn.microsoft.com/previous-versions/hbxc2t98(v=vs.85). Of both it knows the
// statements whole and of expressions what names objects and makes texts and numbers;
// the rest has a value that is not known.
package wsh

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tlsready/internal/script"
)

// kind is what a token is.
type kind byte

const (
	word   kind = iota // a name or a keyword; val in lower case in VBScript
	text               // a string; val without quotes
	number             // num
	sign               // an operator or a bracket
	line               // the end of a line, or a colon in VBScript
)

// token is one word of a script.
type token struct {
	script.Pos
	kind   kind
	val    string
	num    int64
	broken bool // a line ends before it
}

// is says whether a token is this keyword or sign.
func (t token) is(val string) bool { return (t.kind == word || t.kind == sign) && t.val == val }

// PartEnd ends a part of a script in a page, as the end of a line would.
const PartEnd = "\v"

// maxTokens bounds a script; longer ones carry data.
const maxTokens = 200_000

// lexer takes a script apart.
type lexer struct {
	text string
	i    int
	pos  script.Pos
	seen int
	list []token
	js   bool
	nl   bool

	fixed *script.Pos // the place of everything, for a part of another file
}

// lex gives the tokens of a script; whole is false if there are too many.
func lex(text string, js bool, fixed *script.Pos) (list []token, whole bool) {
	l := &lexer{text: text, pos: script.Pos{Line: 1, Column: 1}, js: js, fixed: fixed}
	for l.i < len(l.text) && len(l.list) < maxTokens {
		l.next()
	}
	return l.list, l.i >= len(l.text)
}

// at is the place of what begins at l.i.
func (l *lexer) at() script.Pos {
	if l.fixed != nil {
		return *l.fixed
	}
	for l.seen < l.i {
		if c := l.text[l.seen]; c == '\n' {
			l.pos.Line++
			l.pos.Column = 1
		} else if utf8.RuneStart(c) {
			l.pos.Column++
		}
		l.seen++
	}
	return l.pos
}

func (l *lexer) add(k kind, val string, num int64) {
	l.list = append(l.list, token{Pos: l.at(), kind: k, val: val, num: num, broken: l.nl})
	l.nl = false
}

func (l *lexer) peek(n int) byte {
	if l.i+n < len(l.text) {
		return l.text[l.i+n]
	}
	return 0
}

func isLetter(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// next reads one token.
func (l *lexer) next() {
	c := l.text[l.i]
	r, size := utf8.DecodeRuneInString(l.text[l.i:])
	switch {
	case c == '\n' || c == PartEnd[0]:
		l.nl = true
		if !l.js {
			l.add(line, "", 0)
		}
		l.i++
	case unicode.IsSpace(r) || r == '\ufeff':
		l.i += size
	case l.comment():
	case l.js && (c == '"' || c == '\''):
		l.quoted(c)
	case !l.js && c == '"':
		l.basicText()
	case isDigit(c) || !l.js && c == '&' && (l.peek(1)|0x20 == 'h' || l.peek(1)|0x20 == 'o'):
		l.digits()
	case isLetter(r):
		l.name()
	case l.js && c == '/' && l.regexAhead():
		l.regex()
	default:
		l.mark()
	}
}

// comment passes over a comment.
func (l *lexer) comment() bool {
	switch {
	case !l.js && l.text[l.i] == '\'' || l.js && strings.HasPrefix(l.text[l.i:], "//"):
		l.toLineEnd()
	case l.js && strings.HasPrefix(l.text[l.i:], "/*"):
		n := strings.Index(l.text[l.i+2:], "*/")
		end := len(l.text)
		if n >= 0 {
			end = l.i + 2 + n + 2
		}
		l.nl = l.nl || strings.Contains(l.text[l.i:end], "\n")
		l.i = end
	default:
		return false
	}
	return true
}

func (l *lexer) toLineEnd() {
	if n := strings.IndexByte(l.text[l.i:], '\n'); n >= 0 {
		l.i += n
	} else {
		l.i = len(l.text)
	}
}

// basicText is a string of VBScript: two quotes in it are one; it ends with its line.
func (l *lexer) basicText() {
	at := l.i
	var b strings.Builder
	for l.i++; l.i < len(l.text) && l.text[l.i] != '\n'; l.i++ {
		if l.text[l.i] == '"' {
			if l.peek(1) != '"' {
				l.i++
				break
			}
			l.i++
		}
		b.WriteByte(l.text[l.i])
	}
	l.from(at, func() { l.add(text, b.String(), 0) })
}

// from adds a token that began earlier.
func (l *lexer) from(at int, f func()) {
	end := l.i
	l.i = at
	f()
	l.i = end
}

// quoted is a string of JScript.
func (l *lexer) quoted(quote byte) {
	at := l.i
	var b strings.Builder
	for l.i++; l.i < len(l.text) && l.text[l.i] != quote && l.text[l.i] != '\n'; l.i++ {
		c := l.text[l.i]
		if c == '\\' && l.i+1 < len(l.text) {
			l.i++
			switch c = l.text[l.i]; c {
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			}
		}
		b.WriteByte(c)
	}
	l.i = min(l.i+1, len(l.text))
	l.from(at, func() { l.add(text, b.String(), 0) })
}

func (l *lexer) digits() {
	at := l.i
	digits, base := "", 10
	switch {
	case !l.js && l.text[l.i] == '&':
		if base = 16; l.peek(1)|0x20 == 'o' {
			base = 8
		}
		l.i += 2
		at2 := l.i
		for l.i < len(l.text) && strings.IndexByte("0123456789abcdefABCDEF", l.text[l.i]) >= 0 {
			l.i++
		}
		digits = l.text[at2:l.i]
		if l.peek(0) == '&' {
			l.i++
		}
	case l.text[l.i] == '0' && l.peek(1)|0x20 == 'x':
		base = 16
		l.i += 2
		at2 := l.i
		for l.i < len(l.text) && strings.IndexByte("0123456789abcdefABCDEF", l.text[l.i]) >= 0 {
			l.i++
		}
		digits = l.text[at2:l.i]
	default:
		for l.i < len(l.text) && (isDigit(l.text[l.i]) || l.text[l.i] == '.' && isDigit(l.peek(1))) {
			l.i++
		}
		digits = l.text[at:l.i]
	}
	n, err := strconv.ParseInt(digits, base, 64)
	l.from(at, func() {
		if err != nil {
			l.add(word, "", 0) // a number that is not followed
		} else {
			l.add(number, digits, n)
		}
	})
}

// name is a name; in VBScript without regard to case, and Rem begins a comment.
func (l *lexer) name() {
	at := l.i
	for l.i < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.i:])
		if !isLetter(r) && !unicode.IsDigit(r) {
			break
		}
		l.i += size
	}
	val := l.text[at:l.i]
	if l.js {
		l.from(at, func() { l.add(word, val, 0) })
		return
	}
	val = strings.ToLower(val)
	if val == "_" && strings.TrimLeft(l.text[l.i:min(l.i+20, len(l.text))], " \t\r") != "" && strings.HasPrefix(strings.TrimLeft(l.text[l.i:], " \t\r"), "\n") {
		l.i += strings.IndexByte(l.text[l.i:], '\n') + 1 // the line goes on
		return
	}
	if val == "rem" && (len(l.list) == 0 || l.list[len(l.list)-1].kind == line) {
		l.toLineEnd()
		return
	}
	l.from(at, func() { l.add(word, val, 0) })
}

// regexAhead says whether a slash begins a regular expression rather than divides.
func (l *lexer) regexAhead() bool {
	if len(l.list) == 0 {
		return true
	}
	last := l.list[len(l.list)-1]
	switch last.kind {
	case sign:
		return last.val != ")" && last.val != "]" && last.val != "}"
	case word:
		return last.val == "return" || last.val == "typeof" || last.val == "case"
	}
	return false
}

func (l *lexer) regex() {
	at := l.i
	class := false
	for l.i++; l.i < len(l.text) && l.text[l.i] != '\n'; l.i++ {
		switch c := l.text[l.i]; {
		case c == '\\':
			l.i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			l.i++
			for l.i < len(l.text) && unicode.IsLetter(rune(l.text[l.i])) {
				l.i++
			}
			l.from(at, func() { l.add(word, "", 0) })
			return
		}
	}
	l.i = min(l.i, len(l.text))
	l.from(at, func() { l.add(word, "", 0) })
}

// mark is an operator or a bracket.
func (l *lexer) mark() {
	two := l.text[l.i:min(l.i+3, len(l.text))]
	list := []string{"<>", "<=", ">="}
	if l.js {
		list = []string{"===", "!==", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "|=", "&=", "*=", "/=", "=>"}
	}
	for _, op := range list {
		if strings.HasPrefix(two, op) {
			l.add(sign, op, 0)
			l.i += len(op)
			return
		}
	}
	c := l.text[l.i : l.i+1]
	if !l.js && c == ":" {
		l.add(line, ":", 0)
	} else {
		l.add(sign, c, 0)
	}
	l.i++
}
