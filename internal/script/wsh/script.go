package wsh

import (
	"maps"
	"slices"

	"tlsready/internal/script"
)

// Include puts another file in front of a script. All of its places are at.
func (s *Script) Include(source string, at script.Pos) {
	parse := basicAt
	if s.js {
		parse = scriptAt
	}
	other := parse(source, &at)
	s.body = slices.Concat(other.body, s.body)
	maps.Copy(s.words, other.words)
}

// JScript reads a script; what it cannot read is a statement of its own.
func JScript(source string) *Script { return scriptAt(source, nil) }

func scriptAt(source string, fixed *script.Pos) *Script {
	list, whole := lex(source, true, fixed)
	p := &parser{list: list}
	s := &Script{js: true, words: names(list)}
	for {
		s.body = append(s.body, p.statements()...)
		if p.end() {
			break
		}
		p.i++ // a bracket that closes nothing
	}
	if !whole {
		s.body = append(s.body, &unread{p.pos(), "…"})
	}
	return s
}

// statements reads up to a brace that closes something else.
func (p *parser) statements() []statement {
	var list []statement
	for !p.end() && !p.is("}") {
		start := p.i
		if s := p.statement(); s != nil {
			list = append(list, s...)
		}
		if p.i == start {
			p.i++
		}
	}
	return list
}

// block reads {…}, or the one statement that stands in its place.
func (p *parser) block() []statement {
	if p.depth >= maxDepth {
		p.i++
		return []statement{&unread{p.pos(), "{"}}
	}
	p.depth++
	defer func() { p.depth-- }()
	if !p.is("{") {
		return p.statement()
	}
	p.i++
	list := p.statements()
	p.i++
	return list
}

// inBrackets takes what stands in brackets, without them.
func (p *parser) inBrackets() []token {
	start := min(p.i+1, len(p.list))
	end := max(closing(p.list, p.i), start)
	p.i = min(end+1, len(p.list))
	return p.list[start:end]
}

// closing is the place of the bracket that closes the one at i; the end if that is
// missing.
func closing(list []token, i int) int {
	depth := 0
	for ; i < len(list); i++ {
		if list[i].kind != sign {
			continue
		}
		switch list[i].val {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(list)
}

func (p *parser) statement() []statement {
	pos := p.pos()
	t := p.peek(0)
	switch {
	case p.is(";"):
		p.i++
		return nil
	case p.is("{"):
		return p.block()
	case t.kind != word:
		return p.expression()
	}
	switch t.val {
	case "function":
		if p.peek(1).kind == word {
			return []statement{p.function()}
		}
	case "if":
		return []statement{p.choice()}
	case "while", "for":
		return []statement{p.loop()}
	case "do":
		p.i++
		s := &turns{Pos: pos, late: true, body: p.block()}
		if p.is("while") {
			p.i++
			s.cond = p.inBrackets()
		}
		return []statement{s}
	case "switch":
		p.i++
		p.inBrackets()
		s := &branch{Pos: pos, either: true}
		if p.is("{") {
			inner := &parser{list: p.inBrackets(), depth: p.depth + 1}
			if inner.depth < maxDepth {
				s.conds, s.bodies = [][]token{nil}, [][]statement{inner.statements()}
			}
		}
		return []statement{s}
	case "case", "default":
		for !p.end() && !p.is(":") {
			p.i++
		}
		p.i++
		return nil
	case "try":
		return []statement{p.guarded()}
	case "return", "throw":
		p.i++
		s := &leave{Pos: pos, kind: "routine"}
		if !p.peek(0).broken {
			for _, e := range p.expression() {
				s.value = e.(*plain).tokens
			}
		}
		return []statement{s}
	case "break", "continue":
		p.i++
		if !p.peek(0).broken && p.peek(0).kind == word {
			p.i++
		}
		return []statement{&leave{Pos: pos, kind: "loop"}}
	case "var", "let", "const":
		p.i++
		return p.declarations()
	}
	if p.is("WScript", ".", "Quit") || p.is("Response", ".", "End") {
		p.expression()
		return []statement{&leave{Pos: pos, kind: "script"}}
	}
	return p.expression()
}

// choice is an if with its else.
func (p *parser) choice() statement {
	s := &branch{Pos: p.pos()}
	p.i++
	s.conds = append(s.conds, p.inBrackets())
	s.bodies = append(s.bodies, p.block())
	if p.is("else") {
		p.i++
		s.conds, s.bodies = append(s.conds, nil), append(s.bodies, p.block())
	}
	return s
}

// expression takes the tokens of one: up to a semicolon, a brace that closes, or a
// line that ends where it may.
func (p *parser) expression() []statement {
	start := p.mark()
	for !p.end() && !p.is(";") && !p.is("}") && !p.is(")") {
		if p.i > start && p.list[p.i].broken && ends(p.list[p.i-1], p.list[p.i]) {
			break
		}
		if p.is("(") || p.is("[") || p.is("{") {
			p.i = min(closing(p.list, p.i)+1, len(p.list))
			continue
		}
		p.i++
	}
	tokens := p.list[start:p.i]
	if p.is(";") {
		p.i++
	}
	if len(tokens) == 0 {
		return nil
	}
	return []statement{&plain{tokens[0].Pos, tokens}}
}

// ends says whether a statement may end between two tokens on different lines.
func ends(before, behind token) bool {
	if before.kind == sign && !slices.Contains([]string{")", "]", "}", "++", "--"}, before.val) {
		return false
	}
	return behind.kind != sign || behind.val == "{" || behind.val == "++" || behind.val == "--"
}

// declarations reads a = 1, b = 2 after var.
func (p *parser) declarations() []statement {
	var list []statement
	for _, s := range p.expression() {
		for _, part := range split(s.(*plain).tokens, ",") {
			if len(part) > 2 {
				list = append(list, &plain{part[0].Pos, part})
			}
		}
	}
	return list
}

// split takes tokens apart at a sign outside brackets.
func split(list []token, at string) [][]token {
	var parts [][]token
	start := 0
	for i := 0; i < len(list); i++ {
		switch {
		case list[i].is("(") || list[i].is("[") || list[i].is("{"):
			i = closing(list, i)
		case list[i].is(at):
			parts = append(parts, list[start:i])
			start = i + 1
		}
	}
	if start < len(list) {
		parts = append(parts, list[start:])
	}
	return parts
}

// function reads function name(params) {…}.
func (p *parser) function() *routine {
	s := &routine{Pos: p.pos()}
	p.i++
	if t := p.peek(0); t.kind == word {
		s.name = t.val
		p.i++
	}
	if p.is("(") {
		for _, t := range p.inBrackets() {
			if t.kind == word {
				s.params = append(s.params, t.val)
			}
		}
	}
	if p.is("{") {
		s.body = p.block()
	}
	return s
}

// loop reads while and for.
func (p *parser) loop() statement {
	s := &turns{Pos: p.pos()}
	isFor := p.is("for")
	p.i++
	if !p.is("(") {
		return &unread{s.Pos, "for"}
	}
	head := p.inBrackets()
	if isFor {
		s.each = true
		if parts := split(head, ";"); len(parts) > 1 {
			inner := &parser{list: parts[0], depth: p.depth + 1}
			if inner.depth < maxDepth {
				s.init = inner.statements()
			}
		}
	} else {
		s.cond = head
	}
	s.body = p.block()
	return s
}

func (p *parser) guarded() statement {
	s := &guarded{Pos: p.pos()}
	p.i++
	s.body = p.block()
	if p.is("catch") {
		p.i++
		if p.is("(") {
			p.inBrackets()
		}
		s.caught = p.block()
	}
	if p.is("finally") {
		p.i++
		s.finally = p.block()
	}
	return s
}
