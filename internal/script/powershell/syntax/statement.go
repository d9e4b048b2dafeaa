package syntax

import (
	"strings"

	"tlsready/internal/script"
)

// keyword reads a statement that begins with a word of the language; nil if the
// word begins a command.
func (p *parser) keyword(word string, pos script.Pos, start int) Statement {
	p.i += len(word)
	fail := func() Statement { return p.rest(start) }
	switch word {
	case "if":
		if s := p.ifStatement(pos); s != nil {
			return s
		}
		return fail()
	case "while", "for", "foreach":
		if word == "foreach" && !p.parenAhead() {
			p.i = start
			return nil // the alias of ForEach-Object
		}
		if s := p.loop(word, pos); s != nil {
			return s
		}
		return fail()
	case "do":
		if s := p.doLoop(pos); s != nil {
			return s
		}
		return fail()
	case "switch":
		if s := p.switchStatement(pos); s != nil {
			return s
		}
		return fail()
	case "function", "filter", "workflow":
		if s := p.function(pos, word == "filter"); s != nil {
			return s
		}
		return fail()
	case "try":
		if s := p.try(pos); s != nil {
			return s
		}
		return fail()
	case "trap":
		p.lines()
		if p.peek(0) == '[' {
			p.brackets()
			p.lines()
		}
		if body := p.block(); body != nil {
			return &Trap{pos, body}
		}
		return fail()
	case "return", "exit", "throw", "break", "continue":
		return p.flow(word, pos)
	case "class", "enum":
		return p.definition(pos, start)
	case "data", "parallel", "sequence", "inlinescript", "configuration":
		return p.opaque(start)
	}
	p.i = start
	return nil
}

// parenAhead says whether a parenthesis comes next.
func (p *parser) parenAhead() bool {
	i := p.i
	p.space()
	yes := p.peek(0) == '('
	p.i = i
	return yes
}

// condition reads (statement).
func (p *parser) condition() (Statement, bool) {
	p.lines()
	if p.peek(0) != '(' {
		return nil, false
	}
	p.i++
	p.lines()
	s := p.pipelineOrAssign()
	p.lines()
	if p.peek(0) != ')' {
		return nil, false
	}
	p.i++
	return s, true
}

func (p *parser) ifStatement(pos script.Pos) Statement {
	s := &If{Pos: pos}
	for {
		cond, ok := p.condition()
		if !ok {
			return nil
		}
		p.lines()
		body := p.block()
		if body == nil {
			return nil
		}
		s.Clauses = append(s.Clauses, Clause{cond, body})
		behind := p.i
		p.lines()
		switch p.word() {
		case "elseif":
			p.i += len("elseif")
			continue
		case "else":
			p.i += len("else")
			p.lines()
			if s.Else = p.block(); s.Else == nil {
				return nil
			}
			return s
		}
		p.i = behind
		return s
	}
}

func (p *parser) loop(word string, pos script.Pos) Statement {
	s := &Loop{Pos: pos, Kind: map[string]LoopKind{"while": While, "for": For, "foreach": Foreach}[word]}
	ok := true
	switch s.Kind {
	case While:
		s.Cond, ok = p.condition()
	case For:
		ok = p.forHead(s)
	default:
		ok = p.foreachHead(s)
	}
	if !ok {
		return nil
	}
	p.lines()
	if s.Body = p.block(); s.Body == nil {
		return nil
	}
	return s
}

// forHead reads (init; cond; step), of which any may be missing.
func (p *parser) forHead(s *Loop) bool {
	p.lines()
	if p.peek(0) != '(' {
		return false
	}
	p.i++
	parts := []*Statement{&s.Init, &s.Cond, &s.Step}
	for n := 0; ; {
		p.lines()
		switch p.peek(0) {
		case ';':
			p.i++
			n++
			continue
		case ')':
			p.i++
			return true
		}
		if n >= len(parts) || *parts[n] != nil || p.end() {
			return false
		}
		start := p.i
		if *parts[n] = p.pipelineOrAssign(); p.i == start {
			return false
		}
	}
}

// foreachHead reads ($x in …).
func (p *parser) foreachHead(s *Loop) bool {
	p.lines()
	p.i++ // parenAhead has seen it
	p.lines()
	v, ok := p.variable().(*Variable)
	if !ok {
		return false
	}
	s.Var = v.Name
	p.lines()
	if p.word() != "in" {
		return false
	}
	p.i += len("in")
	p.lines()
	s.Cond = p.pipelineOrAssign()
	p.lines()
	if p.peek(0) != ')' {
		return false
	}
	p.i++
	return true
}

func (p *parser) doLoop(pos script.Pos) Statement {
	s := &Loop{Pos: pos, Kind: DoWhile}
	p.lines()
	if s.Body = p.block(); s.Body == nil {
		return nil
	}
	p.lines()
	switch word := p.word(); word {
	case "until":
		s.Kind = DoUntil
		fallthrough
	case "while":
		p.i += len(word)
		var ok bool
		if s.Cond, ok = p.condition(); ok {
			return s
		}
	}
	return nil
}

// switchStatement reads switch [-option] (value) { pattern {…} … }.
func (p *parser) switchStatement(pos script.Pos) Statement {
	s := &Switch{Pos: pos, Plain: true}
	p.lines()
	for p.peek(0) == '-' {
		p.i++
		option := p.word()
		p.i += len(option)
		if option == "" {
			return nil
		}
		s.Plain = s.Plain && (option == "casesensitive" || option == "exact")
		p.lines()
	}
	var ok bool
	if s.Value, ok = p.condition(); !ok {
		return nil
	}
	if p.lines(); p.peek(0) != '{' {
		return nil
	}
	p.i++
	for {
		for p.lines(); p.peek(0) == ';'; p.lines() {
			p.i++
		}
		if p.peek(0) == '}' {
			p.i++
			return s
		}
		if p.end() || !p.switchCase(s) {
			return nil
		}
	}
}

func (p *parser) switchCase(s *Switch) bool {
	isDefault := p.word() == "default"
	pattern := p.argument()
	p.lines()
	body := p.block()
	if pattern == nil || body == nil {
		return false
	}
	if isDefault {
		s.Default = body
	} else {
		s.Cases = append(s.Cases, Case{pattern, body})
	}
	return true
}

func (p *parser) function(pos script.Pos, filter bool) Statement {
	p.space()
	start := p.i
	for !p.end() && strings.IndexByte(" \t\r\n({;|&", p.text[p.i]) < 0 {
		p.i++
	}
	name := strings.ToLower(p.text[start:p.i])
	if name == "" {
		return nil
	}
	if n := strings.LastIndexByte(name, ':'); n >= 0 { // global:name
		name = name[n+1:]
	}
	var params []Param
	if p.lines(); p.peek(0) == '(' {
		var ok bool
		if params, ok = p.params(); !ok {
			return nil
		}
		p.lines()
	}
	body := p.block()
	if body == nil {
		return nil
	}
	body.Params = append(params, body.Params...)
	body.Process = body.Process || filter
	return &Function{pos, name, body}
}

func (p *parser) try(pos script.Pos) Statement {
	s := &Try{Pos: pos}
	p.lines()
	if s.Body = p.block(); s.Body == nil {
		return nil
	}
	for {
		behind := p.i
		p.lines()
		switch p.word() {
		case "catch":
			p.i += len("catch")
			p.lines()
			for p.peek(0) == '[' || p.peek(0) == ',' {
				if p.peek(0) == ',' {
					p.i++
				} else {
					p.brackets()
				}
				p.lines()
			}
			body := p.block()
			if body == nil {
				return nil
			}
			s.Catches = append(s.Catches, body)
			continue
		case "finally":
			p.i += len("finally")
			p.lines()
			if s.Finally = p.block(); s.Finally == nil {
				return nil
			}
			return s
		}
		p.i = behind
		return s
	}
}

// flow reads return and its like with what follows on the line.
func (p *parser) flow(word string, pos script.Pos) Statement {
	s := &Flow{Pos: pos, Kind: word}
	p.space()
	if !p.end() && strings.IndexByte("\n;})", p.text[p.i]) < 0 {
		if word == "break" || word == "continue" { // a label
			p.argument()
			return s
		}
		s.Value = p.pipelineOrAssign()
	}
	return s
}

// definition passes over a class or an enumeration.
func (p *parser) definition(pos script.Pos, start int) Statement {
	for !p.end() && strings.IndexByte("{\n;", p.text[p.i]) < 0 {
		p.i++
	}
	p.lines()
	if p.block() == nil {
		return p.rest(start)
	}
	return &Definition{pos}
}

// opaque is a construct that is not followed: a workflow's or a configuration's.
func (p *parser) opaque(start int) Statement {
	for !p.end() && strings.IndexByte("{\n;", p.text[p.i]) < 0 {
		p.i++
	}
	if p.lines(); p.peek(0) != '{' {
		p.i = start
		return nil
	}
	u := &Unparsed{p.before(start), p.show(start)}
	p.block()
	return u
}

// pipelineOrAssign reads a statement without keyword, or one with a keyword on
// the right of an assignment.
func (p *parser) pipelineOrAssign() Statement {
	start, pos := p.i, p.at(p.i)
	if p.depth > maxDepth {
		return p.rest(start)
	}
	p.depth++
	defer func() { p.depth-- }()
	if word := p.word(); word == "if" || word == "foreach" || word == "switch" || word == "while" || word == "for" || word == "do" || word == "try" {
		if s := p.keyword(word, pos, start); s != nil {
			return s
		}
	}
	if !p.expressionAhead() {
		return p.pipeline(pos, start, Element{})
	}
	e := p.binary(0, true)
	if e == nil {
		return p.rest(start)
	}
	p.space()
	if op := p.assignOp(); op != "" {
		p.i += len(op)
		p.lines()
		value := p.pipelineOrAssign()
		return &Assign{pos, e, op, value}
	}
	return p.pipeline(pos, start, Element{Expr: e})
}

func (p *parser) assignOp() string {
	for _, op := range []string{"??=", "+=", "-=", "*=", "/=", "%="} {
		if p.has(op) {
			return op
		}
	}
	if p.peek(0) == '=' {
		return "="
	}
	return ""
}

// pipeline reads the commands after |, and the chain after && or ||.
func (p *parser) pipeline(pos script.Pos, start int, first Element) Statement {
	s := &Pipeline{Pos: pos}
	if first.Expr != nil {
		p.redirections()
		s.Elements = append(s.Elements, first)
	} else {
		c := p.command()
		if c == nil {
			return p.rest(start)
		}
		s.Elements = append(s.Elements, Element{Command: c})
	}
	for {
		p.space()
		switch {
		case p.has("&&") || p.has("||"):
			s.OnError = p.peek(0) == '|'
			p.i += 2
			p.lines()
			next, ok := p.pipelineOrAssign().(*Pipeline)
			if !ok {
				return p.rest(start)
			}
			s.Next = next
			return s
		case p.peek(0) == '|' || p.pipeBelow():
			p.i++
			p.lines()
			c := p.command()
			if c == nil {
				return p.rest(start)
			}
			s.Elements = append(s.Elements, Element{Command: c})
			continue
		case p.peek(0) == '&': // in the background
			p.i++
		}
		return s
	}
}

// pipeBelow goes to a line that begins with |, which PowerShell 7 takes for the
// rest of the line above.
func (p *parser) pipeBelow() bool {
	if p.peek(0) != '\n' {
		return false
	}
	i := p.i
	if p.lines(); p.peek(0) == '|' && p.peek(1) != '|' {
		return true
	}
	p.i = i
	return false
}
