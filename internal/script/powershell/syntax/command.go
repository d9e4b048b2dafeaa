package syntax

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// expressionAhead says whether a statement begins with an expression rather than
// the name of a command.
func (p *parser) expressionAhead() bool {
	c := p.peek(0)
	switch {
	case c == 0:
		return false
	case strings.IndexByte("$@([\"'{+!,", c) >= 0, isDigit(c), quoteLen(p.text[p.i:]) > 0:
		return true
	case c == '-':
		return isDigit(p.peek(1)) || p.peek(1) == '-' || p.unaryOp() != "" || strings.IndexByte("$(", p.peek(1)) >= 0
	case c == '.':
		return isDigit(p.peek(1))
	}
	return doubleQuoteLen(p.text[p.i:]) > 0
}

// command reads a command with its arguments; nil if none begins here.
func (p *parser) command() *Command {
	c := &Command{Pos: p.at(p.i)}
	if o := p.peek(0); o == '&' || o == '.' && strings.IndexByte(" \t$'\"({", p.peek(1)) >= 0 {
		c.Operator = string(o)
		p.i++
		p.space()
	}
	start := p.i
	if c.Name = p.argument(); c.Name == nil || p.i == start {
		return nil
	}
	for {
		p.space()
		p.redirections()
		if p.end() || strings.IndexByte("\n;|)}&", p.text[p.i]) >= 0 {
			return c
		}
		if p.has("--%") { // the rest of the line as it stands
			start := p.i
			p.i += strings.IndexAny(p.text[p.i:]+"\n", "\n|")
			pos := p.before(start)
			c.Args = append(c.Args, Arg{Pos: pos, Value: &Text{Pos: pos, Parts: []Expr{&Literal{pos, strings.TrimSpace(p.text[start+3 : p.i])}}}})
			continue
		}
		arg, ok := p.arg()
		if !ok {
			return nil
		}
		c.Args = append(c.Args, arg)
	}
}

// arg reads one argument: -Name, -Name:value, @splat or a value.
func (p *parser) arg() (Arg, bool) {
	a := Arg{Pos: p.at(p.i)}
	if p.peek(0) == '-' && (isLetter(p.peek(1)) || p.peek(1) == '_' || p.peek(1) == '?') {
		n := 1
		for isName(p.peek(n)) || p.peek(n) == '?' || p.peek(n) == '-' {
			n++
		}
		switch c := p.peek(n); {
		case c == ':':
			a.Param = strings.ToLower(p.text[p.i+1 : p.i+n])
			p.i += n + 1
			p.space()
			a.Value = p.arguments()
			return a, a.Value != nil
		case c == 0 || strings.IndexByte(" \t\r\n;|)}(){,", c) >= 0 || c == '`':
			a.Param = strings.ToLower(p.text[p.i+1 : p.i+n])
			p.i += n
			return a, true
		}
	}
	if p.peek(0) == '@' && (isLetter(p.peek(1)) || p.peek(1) == '_') {
		n := 1
		for isName(p.peek(n)) {
			n++
		}
		a.Value, a.Splat = &Variable{a.Pos, strings.ToLower(p.text[p.i+1 : p.i+n])}, true
		p.i += n
		return a, true
	}
	start := p.i
	a.Value = p.arguments()
	return a, a.Value != nil && p.i > start
}

// arguments reads values with commas between.
func (p *parser) arguments() Expr {
	pos := p.at(p.i)
	first := p.argument()
	if first == nil {
		return nil
	}
	items := []Expr{first}
	for {
		i := p.i
		if p.space(); p.peek(0) != ',' {
			p.i = i
			break
		}
		p.i++
		p.lines()
		next := p.argument()
		if next == nil {
			return nil
		}
		items = append(items, next)
	}
	if len(items) == 1 {
		return first
	}
	return &List{pos, items}
}

// argument reads one value of a command: an expression in brackets or after a
// dollar sign, a string, or a bare word.
func (p *parser) argument() Expr {
	c := p.peek(0)
	switch {
	case c == '$' && (isName(p.peek(1)) || strings.IndexByte("({?^$:", p.peek(1)) >= 0):
		e := p.postfix(p.primary())
		if e != nil && p.glued() { // $path\sub
			return p.bare([]Expr{e})
		}
		return e
	case c == '(' || c == '{' || c == '@' && strings.IndexByte("({'\"", p.peek(1)) >= 0:
		return p.postfix(p.primary())
	case c == '"' || quoteLen(p.text[p.i:]) > 0 || doubleQuoteLen(p.text[p.i:]) > 0:
		e := p.primary()
		if e != nil && p.glued() {
			return p.bare([]Expr{e})
		}
		return p.postfix(e)
	case c == 0 || strings.IndexByte("\n\r\t ;|)}&<>,", c) >= 0:
		return nil
	}
	return p.bare(nil)
}

// glued says whether a word goes on right after an expression.
func (p *parser) glued() bool {
	c := p.peek(0)
	return c != 0 && strings.IndexByte("\n\r\t ;|(){}&<>,.[+-=:", c) < 0 && !p.has("`\n") && !p.has("`\r\n")
}

// bare reads a word without quotes; quotes and variables inside it are joined.
func (p *parser) bare(parts []Expr) Expr {
	t := &Text{Pos: p.at(p.i), Parts: parts, Bare: len(parts) == 0}
	var b strings.Builder
	from := p.at(p.i)
	flush := func() {
		if b.Len() > 0 {
			t.Parts = append(t.Parts, &Literal{from, b.String()})
			b.Reset()
		}
		from = p.at(p.i)
	}
	for !p.end() {
		c := p.text[p.i]
		switch {
		case strings.IndexByte("\n\r\t ;|(){}&<>,", c) >= 0 || c >= utf8.RuneSelf && p.wideSpace():
			flush()
			return t
		case c == '`' && (p.peek(1) == '\n' || p.peek(1) == '\r'):
			flush()
			return t
		case c == '`' && p.i+1 < len(p.text):
			p.i++
			b.WriteByte(p.text[p.i])
			p.i++
		case c == '$' && (isName(p.peek(1)) || p.peek(1) == '(' || p.peek(1) == '{'):
			flush()
			t.Bare = false
			e := p.primary()
			if e == nil {
				return nil
			}
			t.Parts = append(t.Parts, e)
			from = p.at(p.i)
		case c == '"' || quoteLen(p.text[p.i:]) > 0 || doubleQuoteLen(p.text[p.i:]) > 0:
			flush()
			t.Bare = false
			e := p.primary()
			if e == nil {
				return nil
			}
			t.Parts = append(t.Parts, e)
			from = p.at(p.i)
		default:
			b.WriteByte(c)
			p.i++
		}
	}
	flush()
	return t
}

// wideSpace says whether a blank outside ASCII is at hand.
func (p *parser) wideSpace() bool {
	r, _ := utf8.DecodeRuneInString(p.text[p.i:])
	return unicode.IsSpace(r)
}

// redirections takes > file, 2>&1 and the like: where output goes does not matter
// here, except for the file that is written.
func (p *parser) redirections() {
	for {
		i := p.i
		p.space()
		n := 0
		if c := p.peek(0); (c >= '1' && c <= '6' || c == '*') && p.peek(1) == '>' {
			n = 1
		}
		if p.peek(n) != '>' {
			p.i = i
			return
		}
		p.i += n + 1
		if p.peek(0) == '>' {
			p.i++
		}
		if p.peek(0) == '&' && isDigit(p.peek(1)) {
			p.i += 2
			continue
		}
		p.space()
		if p.argument() == nil {
			return
		}
	}
}
