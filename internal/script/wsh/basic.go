package wsh

import (
	"strings"

	"tlsready/internal/script"
)

func lower(s string) string { return strings.ToLower(s) }

// VBScript reads a script; what it cannot read is a statement of its own.
func VBScript(source string) *Script { return basicAt(source, nil) }

func basicAt(source string, fixed *script.Pos) *Script {
	list, whole := lex(source, false, fixed)
	p := &parser{list: list}
	s := &Script{words: names(list)}
	for {
		s.body = append(s.body, p.basic()...)
		if p.end() {
			break
		}
		p.i++ // an end of nothing
		p.rest()
	}
	if !whole {
		s.body = append(s.body, &unread{p.pos(), "…"})
	}
	return s
}

// rest takes the tokens up to the end of the line, a colon, or an Else on it.
func (p *parser) rest() []token {
	start := p.mark()
	for !p.end() && p.list[p.i].kind != line && !p.is("else") {
		p.i++
	}
	return p.list[start:p.i]
}

// basic reads statements of VBScript up to one that ends a block.
func (p *parser) basic() []statement {
	var list []statement
	if p.depth >= maxDepth {
		return []statement{&unread{p.pos(), "…"}}
	}
	p.depth++
	defer func() { p.depth-- }()
	for !p.end() {
		if p.peek(0).kind == line {
			p.i++
			continue
		}
		if p.basicEnd() {
			return list
		}
		if s := p.basicStatement(); s != nil {
			list = append(list, s...)
		}
	}
	return list
}

// basicEnd says whether a word ends or parts a block.
func (p *parser) basicEnd() bool {
	t := p.peek(0)
	if t.kind != word {
		return false
	}
	switch t.val {
	case "end":
		return p.peek(1).kind == word
	case "else", "elseif", "next", "loop", "wend", "case":
		return true
	}
	return false
}

// close takes what ends a block: End If, Next and so on.
func (p *parser) close() []token {
	if p.end() {
		return nil
	}
	p.i++
	return p.rest()
}

func (p *parser) basicStatement() []statement {
	for p.is("public") || p.is("private") || p.is("default") {
		p.i++
	}
	pos := p.pos()
	switch t := p.peek(0); t.val {
	case "if":
		return []statement{p.basicIf()}
	case "for", "do", "while":
		return []statement{p.basicLoop()}
	case "select":
		return []statement{p.basicSelect()}
	case "sub", "function", "property":
		return []statement{p.basicRoutine()}
	case "class":
		p.rest()
		body := p.basic()
		p.close()
		return body // its methods are routines
	case "with":
		p.i++
		of := p.rest()
		s := &within{Pos: pos, of: of, body: p.basic()}
		p.close()
		return []statement{s}
	case "exit":
		p.i++
		kind := map[string]string{"for": "loop", "do": "loop"}[p.peek(0).val]
		p.rest()
		if kind == "" {
			kind = "routine"
		}
		return []statement{&leave{Pos: pos, kind: kind}}
	case "dim", "redim", "option", "randomize", "on":
		p.rest()
		return nil
	}
	tokens := p.rest()
	if len(tokens) >= 3 && tokens[0].is("wscript") && tokens[1].is(".") && tokens[2].is("quit") || len(tokens) >= 3 && tokens[0].is("response") && tokens[1].is(".") && tokens[2].is("end") {
		return []statement{&leave{Pos: pos, kind: "script"}}
	}
	if len(tokens) == 0 {
		p.i++
		return nil
	}
	return []statement{&plain{pos, tokens}}
}

// basicIf reads If of one line, or of many.
func (p *parser) basicIf() statement {
	s := &branch{Pos: p.pos()}
	for {
		p.i++ // if, elseif
		start := p.mark()
		for !p.end() && p.peek(0).kind != line && !p.is("then") {
			p.i++
		}
		s.conds = append(s.conds, p.list[start:p.i])
		if !p.is("then") {
			return &unread{s.Pos, "If"}
		}
		p.i++
		if p.peek(0).kind != line || p.peek(0).val == ":" {
			if len(s.conds) == 1 {
				return p.ifOfOneLine(s)
			}
		}
		s.bodies = append(s.bodies, p.basic())
		switch {
		case p.is("elseif"):
			continue
		case p.is("else"):
			p.i++
			s.conds = append(s.conds, nil)
			s.bodies = append(s.bodies, p.basic())
		}
		p.close()
		return s
	}
}

// ifOfOneLine reads what follows Then up to the end of the line.
func (p *parser) ifOfOneLine(s *branch) statement {
	end := p.mark()
	for end < len(p.list) && !(p.list[end].kind == line && p.list[end].val != ":") {
		end++
	}
	inner := &parser{list: p.list[p.i:end], depth: p.depth + 1}
	p.i = end
	if inner.depth > maxDepth {
		return &unread{s.Pos, "If"}
	}
	s.bodies = append(s.bodies, inner.basic())
	if inner.is("else") {
		inner.i++
		s.conds = append(s.conds, nil)
		s.bodies = append(s.bodies, inner.basic())
	}
	return s
}

// basicLoop reads For, For Each, Do and While.
func (p *parser) basicLoop() statement {
	s := &turns{Pos: p.pos()}
	first := p.peek(0).val
	p.i++
	head := p.rest()
	switch {
	case first == "for" && len(head) > 3 && head[0].is("each") && head[2].is("in"):
		s.each, s.name, s.cond = true, head[1].val, head[3:]
	case first == "for":
		s.each = true // how often nobody asks
	case first == "while":
		s.cond = head
	case len(head) > 1 && (head[0].is("while") || head[0].is("until")):
		s.cond, s.till = head[1:], head[0].is("until")
	}
	s.body = p.basic()
	tail := p.close()
	if first == "do" && len(tail) > 1 && (tail[0].is("while") || tail[0].is("until")) {
		s.late = true
	}
	if first == "do" && len(head) == 0 {
		s.late = true
	}
	return s
}

func (p *parser) basicSelect() statement {
	s := &branch{Pos: p.pos(), either: true}
	p.rest()
	p.basic()
	for p.is("case") {
		if p.i++; p.is("else") {
			p.i++
		}
		s.conds = append(s.conds, p.rest())
		s.bodies = append(s.bodies, p.basic())
	}
	p.close()
	return s
}

// basicRoutine reads Sub, Function and Property.
func (p *parser) basicRoutine() statement {
	s := &routine{Pos: p.pos()}
	property := p.is("property")
	p.i++
	head := p.rest()
	for i, t := range head {
		switch {
		case t.kind != word || t.val == "byval" || t.val == "byref" || property && i == 0 && (t.val == "get" || t.val == "let" || t.val == "set"):
		case s.name == "":
			s.name = t.val
		default:
			s.params = append(s.params, t.val)
		}
	}
	s.body = p.basic()
	p.close()
	return s
}
