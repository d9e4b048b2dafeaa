package batch

import "strings"

// condition reads if [/i] [not] … command [else command].
func (p *parser) condition(start int) node {
	c := &condition{Pos: p.lines.at(start)}
	first := p.token()
	for {
		switch strings.ToLower(first) {
		case "/i":
			c.fold = true
			first = p.token()
			continue
		case "not":
			c.not = !c.not
			first = p.token()
			continue
		}
		break
	}
	switch low := strings.ToLower(first); low {
	case "exist", "defined", "errorlevel", "cmdextversion":
		c.kind, c.left = low, p.token()
	default:
		c.left = first
		p.blanksOnly()
		if p.peek(0) == '=' && p.peek(1) == '=' {
			for p.peek(0) == '=' {
				p.i++
			}
			c.kind = "=="
		} else {
			switch c.kind = strings.ToLower(p.token()); c.kind {
			case "equ", "neq", "lss", "leq", "gtr", "geq":
			default:
				return nil
			}
		}
		c.right = p.token()
	}
	c.then = p.sequenceUntilElse()
	if c.then == nil {
		return nil
	}
	behind := p.i
	p.blanks()
	if p.word() == "else" {
		p.i += len("else")
		c.other = p.sequence()
		return c
	}
	p.i = behind
	return c
}

// sequenceUntilElse reads what a condition guards: a block, which else may follow,
// or the rest of the line.
func (p *parser) sequenceUntilElse() node {
	p.blanks()
	if p.peek(0) != '(' {
		return p.sequence()
	}
	first := p.block()
	behind := p.i
	p.blanks()
	if c := p.peek(0); c != '&' && c != '|' {
		p.i = behind
		return first
	}
	op := string(p.peek(0))
	p.i++
	if p.peek(0) == op[0] {
		op += op
		p.i++
	}
	rest := p.sequence()
	return &sequence{parts: []node{first, rest}, ops: []string{op}}
}

// loop reads for [/option] %%x in (set) do command.
func (p *parser) loop(start int) node {
	l := &loop{Pos: p.lines.at(start)}
	for {
		p.blanksOnly()
		slash := p.peek(0) == '/'
		if !slash && (p.peek(0) == '%' || l.option == "") {
			break
		}
		text := p.token()
		switch {
		case text == "": // a bracket or a sign that joins commands, which no token takes
			return nil
		case slash:
			l.option = strings.ToLower(text)
		default:
			l.options = strings.Trim(text, `"`)
		}
	}
	if l.variable = p.token(); len(l.variable) != 2 || l.variable[0] != '%' {
		return nil
	}
	l.variable = l.variable[1:]
	p.blanks()
	if p.word() != "in" {
		return nil
	}
	p.i += len("in")
	p.blanks()
	if p.peek(0) != '(' {
		return nil
	}
	var ok bool
	if l.set, ok = p.set(); !ok {
		return nil
	}
	p.blanks()
	if p.word() != "do" {
		return nil
	}
	p.i += len("do")
	l.body = p.sequence()
	return l
}

// set reads the parentheses of for as text.
func (p *parser) set() (string, bool) {
	p.i++
	var b strings.Builder
	quoted := false
	for !p.end() && b.Len() < maxText {
		c := p.text[p.i]
		switch {
		case c == '%':
			b.WriteString(p.percent())
			continue
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '^' && p.i+1 < len(p.text):
			p.i++
			c = p.text[p.i]
		case c == ')':
			p.i++
			return b.String(), true
		case c == '\n':
			c = ' '
		}
		b.WriteByte(c)
		p.i++
	}
	return "", false
}
