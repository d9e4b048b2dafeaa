package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"tlsready/internal/script"
)

// levels is the number of levels of binary operators.
const levels = 7

// levelOf is the level of an operator, the loosest first; -1 for none.
// https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_operator_precedence
func levelOf(op string) int {
	switch op {
	case "and", "or", "xor":
		return 0
	case "band", "bor", "bxor":
		return 1
	case "eq", "ne", "gt", "ge", "lt", "le", "like", "notlike", "match", "notmatch", "contains", "notcontains", "in", "notin",
		"replace", "split", "join", "is", "isnot", "as", "shl", "shr":
		return 2
	case "+", "-":
		return 3
	case "*", "/", "%":
		return 4
	case "f":
		return 5
	case "..":
		return 6
	}
	return -1
}

// binaryOp is the operator at hand, without its dash and the c or i of those that
// compare, and its length in the text; "" for none.
func (p *parser) binaryOp() (string, int) {
	c := p.peek(0)
	switch {
	case p.has(".."):
		return "..", 2
	case c == 0 || strings.IndexByte("+-*/%", c) < 0 && !p.has("\u2013"):
		return "", 0
	case c >= utf8.RuneSelf || c == '-' && isLetter(p.peek(1)):
		word, n := p.dashWord()
		if levelOf(word) >= 0 && isLetter(word[0]) {
			return word, n
		}
		if len(word) > 1 && (word[0] == 'c' || word[0] == 'i') && levelOf(word[1:]) == 2 {
			return word[1:], n
		}
		return "", 0
	case p.peek(1) == '=' || p.peek(1) == c && c != '*':
		return "", 0
	}
	return p.text[p.i : p.i+1], 1
}

// dashWord is the word after the current dash, in lower case, and the length of
// both.
func (p *parser) dashWord() (string, int) {
	_, dash := utf8.DecodeRuneInString(p.text[p.i:])
	n := dash
	for isLetter(p.peek(n)) {
		n++
	}
	if isName(p.peek(n)) {
		return "", 0
	}
	return strings.ToLower(p.text[p.i+dash : p.i+n]), n
}

// binary reads operators of a level and tighter ones. With list, commas make
// lists; in the arguments of a method they separate.
func (p *parser) binary(level int, list bool) Expr {
	if level == levels {
		if list {
			return p.list()
		}
		return p.unary()
	}
	pos := p.at(p.i)
	left := p.binary(level+1, list)
	for left != nil {
		i := p.i
		p.space()
		op, n := p.binaryOp()
		if op == "" || levelOf(op) != level {
			p.i = i
			return left
		}
		p.i += n
		p.lines()
		right := p.binary(level+1, list)
		if right == nil {
			return nil
		}
		left = &Binary{pos, op, left, right}
	}
	return nil
}

// list reads a, b.
func (p *parser) list() Expr {
	pos := p.at(p.i)
	var items []Expr
	if p.peek(0) == ',' { // a list of one
		p.i++
		p.lines()
		one := p.unary()
		if one == nil {
			return nil
		}
		return &List{pos, []Expr{one}}
	}
	for {
		one := p.unary()
		if one == nil {
			return nil
		}
		items = append(items, one)
		i := p.i
		if p.space(); p.peek(0) != ',' {
			p.i = i
			break
		}
		p.i++
		p.lines()
	}
	if len(items) == 1 {
		return items[0]
	}
	return &List{pos, items}
}

// unaryOp is the operator before an operand at hand.
func (p *parser) unaryOp() string {
	switch {
	case p.has("++"):
		return "++"
	case p.has("--") && !p.has("--%"):
		return "--"
	case p.peek(0) == '!':
		return "!"
	case p.peek(0) == '+':
		return "+"
	case p.peek(0) == '-':
		word, n := p.dashWord()
		switch word {
		case "not", "bnot", "split", "join", "csplit", "isplit":
			return p.text[p.i : p.i+n]
		}
		if !isLetter(p.peek(1)) {
			return "-"
		}
	}
	return ""
}

func (p *parser) unary() Expr {
	if p.depth > maxDepth {
		return nil
	}
	p.depth++
	defer func() { p.depth-- }()
	pos := p.at(p.i)
	if op := p.unaryOp(); op != "" {
		p.i += len(op)
		p.lines()
		x := p.unary()
		if x == nil {
			return nil
		}
		op = strings.TrimPrefix(strings.ToLower(op), "-")
		if op == "" {
			op = "-"
		}
		return &Unary{pos, op, x}
	}
	if p.peek(0) == '[' {
		return p.typed()
	}
	return p.postfix(p.primary())
}

// typed reads [type], [type]::member and [type]x.
func (p *parser) typed() Expr {
	pos := p.at(p.i)
	name := strings.ToLower(strings.Join(strings.Fields(p.brackets()), ""))
	if len(name) < 3 || name[len(name)-1] != ']' {
		return nil
	}
	name = name[1 : len(name)-1]
	t := &Type{pos, name}
	i := p.i
	p.space()
	if p.has("::") {
		return p.postfix(t)
	}
	if c := p.peek(0); c != 0 && (strings.IndexByte("$@([\"'{", c) >= 0 || isDigit(c) || quoteLen(p.text[p.i:]) > 0 || doubleQuoteLen(p.text[p.i:]) > 0 || c == '-' && p.unaryOp() != "" || c == '!') {
		x := p.unary()
		if x == nil {
			return nil
		}
		return &Cast{pos, name, x}
	}
	p.i = i
	return p.postfix(t)
}

// postfix reads members, calls, indexes, ++ and -- after an expression.
func (p *parser) postfix(x Expr) Expr {
	for x != nil {
		pos := p.at(p.i)
		switch {
		case p.has("::") || p.peek(0) == '.' && p.peek(1) != '.' && (isName(p.peek(1)) || strings.IndexByte("$'\"( \n\r", p.peek(1)) >= 0) && !isNumber(x):
			static := p.peek(0) == ':'
			p.i++
			if static {
				p.i++
			}
			x = p.member(x, static)
		case p.has("?.") && isLetter(p.peek(2)):
			p.i += 2
			x = p.member(x, false)
		case p.peek(0) == '[' && !isNumber(x):
			p.i++
			p.lines()
			index := p.binary(0, true)
			if p.lines(); index == nil || p.peek(0) != ']' {
				return nil
			}
			p.i++
			x = &Index{pos, x, index}
		case p.has("++") || p.has("--"):
			x = &Unary{pos, p.text[p.i : p.i+2], x}
			p.i += 2
		default:
			return x
		}
	}
	return nil
}

func isNumber(x Expr) bool {
	_, ok := x.(*Number)
	return ok
}

// member reads the name after . or :: and the arguments of a method.
func (p *parser) member(x Expr, static bool) Expr {
	m := &Member{Pos: x.At(), X: x, Static: static}
	p.lines()
	pos := p.at(p.i)
	switch c := p.peek(0); {
	case isName(c):
		start := p.i
		for isName(p.peek(0)) {
			p.i++
		}
		m.Name = &Literal{pos, strings.ToLower(p.text[start:p.i])}
	case c == '$' || c == '\'' || c == '"' || c == '(':
		m.Name = p.primary()
	}
	if m.Name == nil {
		return nil
	}
	if p.peek(0) != '(' {
		return m
	}
	p.i++
	m.Call = true
	for {
		p.lines()
		switch p.peek(0) {
		case ')':
			p.i++
			return m
		case ',':
			p.i++
			continue
		}
		arg := p.binary(0, false)
		if arg == nil {
			return nil
		}
		m.Args = append(m.Args, arg)
	}
}

// primary reads what has no operator.
func (p *parser) primary() Expr {
	pos := p.at(p.i)
	c := p.peek(0)
	switch {
	case c == '$' && p.peek(1) == '(':
		p.i += 2
		return p.sub(&Sub{Pos: pos})
	case c == '$':
		return p.variable()
	case c == '@' && p.peek(1) == '(':
		p.i += 2
		return p.sub(&Sub{Pos: pos, Array: true})
	case c == '@' && p.peek(1) == '{':
		p.i += 2
		return p.hash(pos)
	case c == '@' && (p.peek(1) == '\'' || p.peek(1) == '"'):
		return p.hereString()
	case c == '(':
		p.i++
		return p.sub(&Sub{Pos: pos, Paren: true})
	case c == '{':
		if body := p.script(); body != nil {
			return &BlockExpr{pos, body}
		}
		return nil
	case quoteLen(p.text[p.i:]) > 0:
		return p.single()
	case c == '"' || doubleQuoteLen(p.text[p.i:]) > 0:
		return p.double()
	case isDigit(c) || c == '.' && isDigit(p.peek(1)):
		return p.number()
	}
	return nil
}

// script reads a script block, whose parameters may stand in it.
func (p *parser) script() *Block { return p.block() }

// sub reads statements up to the closing parenthesis.
func (p *parser) sub(s *Sub) Expr {
	if p.depth > maxDepth {
		return nil
	}
	s.Body = &Block{}
	p.statements(s.Body)
	if p.peek(0) != ')' {
		return nil
	}
	p.i++
	return s
}

// hash reads key = value pairs up to the closing brace.
func (p *parser) hash(pos script.Pos) Expr {
	h := &Hash{Pos: pos}
	for {
		for p.lines(); p.peek(0) == ';'; p.lines() {
			p.i++
		}
		if p.peek(0) == '}' {
			p.i++
			return h
		}
		var key Expr
		if c := p.peek(0); isName(c) && !isDigit(c) {
			start, at := p.i, p.at(p.i)
			for isName(p.peek(0)) || p.peek(0) == '-' || p.peek(0) == '.' {
				p.i++
			}
			key = &Literal{at, p.text[start:p.i]}
		} else {
			key = p.unary()
		}
		if p.lines(); key == nil || p.peek(0) != '=' {
			return nil
		}
		p.i++
		p.lines()
		start := p.i
		value := p.pipelineOrAssign()
		if p.i == start {
			return nil
		}
		h.Keys, h.Values = append(h.Keys, key), append(h.Values, value)
	}
}

// number reads an integer with its suffixes; other numbers are kept as text.
func (p *parser) number() Expr {
	pos, start := p.at(p.i), p.i
	n := &Number{Pos: pos}
	if p.peek(0) == '0' && (p.peek(1) == 'x' || p.peek(1) == 'X') {
		for p.i += 2; strings.IndexByte("0123456789abcdefABCDEF", p.peek(0)) >= 0 && !p.end(); {
			p.i++
		}
		u, err := strconv.ParseUint(p.text[start+2:p.i], 16, 64)
		if err != nil {
			n.Text = p.text[start:p.i]
			return n
		}
		// Eight digits are an Int32, so that 0xffffffff is -1.
		if n.Value = int64(u); u <= 0xffffffff && p.i-start-2 <= 8 {
			n.Value = int64(int32(uint32(u)))
		}
	} else {
		for isDigit(p.peek(0)) {
			p.i++
		}
		if p.peek(0) == '.' && isDigit(p.peek(1)) || p.peek(0) == 'e' || p.peek(0) == 'E' {
			for isName(p.peek(0)) || p.peek(0) == '.' {
				p.i++
			}
			n.Text = p.text[start:p.i]
			return n
		}
		v, err := strconv.ParseInt(p.text[start:p.i], 10, 64)
		if n.Value = v; err != nil {
			n.Text = p.text[start:p.i]
		}
	}
	p.suffix(n, start)
	return n
}

// Integer reads an integer without sign as PowerShell does in arguments and casts.
func Integer(s string) (*Number, bool) {
	p := &parser{text: s, starts: []int{0}, pos: script.Pos{Line: 1, Column: 1}}
	if p.end() || !isDigit(p.peek(0)) {
		return nil, false
	}
	n, ok := p.number().(*Number)
	return n, ok && n.Text == "" && p.end()
}

// suffix reads l, d and kb to pb after a number.
func (p *parser) suffix(n *Number, start int) {
	if c := p.peek(0); c == 'l' || c == 'L' || c == 'd' || c == 'D' {
		n.Wide = true
		p.i++
	}
	if c := p.peek(1); c == 'b' || c == 'B' {
		if at := strings.IndexByte("kmgtp", p.peek(0)|0x20); at >= 0 && p.peek(0) != 0 {
			n.Value <<= 10 * (at + 1)
			p.i += 2
		}
	}
	if isName(p.peek(0)) { // 7zip, 1st: no number
		for isName(p.peek(0)) {
			p.i++
		}
		n.Value, n.Text = 0, p.text[start:p.i]
	}
	n.Wide = n.Wide || n.Value != int64(int32(n.Value))
}
