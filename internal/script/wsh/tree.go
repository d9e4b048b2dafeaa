package wsh

import "tlsready/internal/script"

// Script is a parsed script.
type Script struct {
	js    bool
	body  []statement
	words map[string]bool // the names that stand in it, in lower case
}

// statement is one of the types below.
type statement interface{ at() script.Pos }

type (
	// plain is an assignment, a call, a declaration.
	plain struct {
		script.Pos
		tokens []token
	}
	// branch has conditions with what they guard, in order; a nil condition is else.
	branch struct {
		script.Pos
		conds  [][]token
		bodies [][]statement
		either bool // select or switch: any of them
	}
	// turns is a loop.
	turns struct {
		script.Pos
		name string  // of For Each
		cond []token // what is gone through, or the condition
		each bool
		till bool // until, rather than while
		late bool // the condition stands at the end
		init []statement
		body []statement
	}
	// routine is a Sub or a function.
	routine struct {
		script.Pos
		name   string
		params []string
		body   []statement
	}
	// leave ends a routine, a loop or the script.
	leave struct {
		script.Pos
		kind  string // "routine", "loop", "script"
		value []token
	}
	// guarded is try and catch.
	guarded struct {
		script.Pos
		body, caught, finally []statement
	}
	// within is With.
	within struct {
		script.Pos
		of   []token
		body []statement
	}
	// unread is what does not fit.
	unread struct {
		script.Pos
		text string
	}
)

func (s *plain) at() script.Pos   { return s.Pos }
func (s *branch) at() script.Pos  { return s.Pos }
func (s *turns) at() script.Pos   { return s.Pos }
func (s *routine) at() script.Pos { return s.Pos }
func (s *leave) at() script.Pos   { return s.Pos }
func (s *guarded) at() script.Pos { return s.Pos }
func (s *within) at() script.Pos  { return s.Pos }
func (s *unread) at() script.Pos  { return s.Pos }

// maxDepth bounds how deep statements may be nested.
const maxDepth = 100

// parser goes through the tokens of a script once.
type parser struct {
	list  []token
	i     int
	depth int
}

func (p *parser) end() bool { return p.i >= len(p.list) }

func (p *parser) peek(n int) token {
	if p.i+n < len(p.list) {
		return p.list[p.i+n]
	}
	return token{kind: line}
}

// mark is where the parser stands: at most just past the last token.
func (p *parser) mark() int {
	p.i = min(p.i, len(p.list))
	return p.i
}

// pos is the place of the token at hand, or of the last one.
func (p *parser) pos() script.Pos {
	switch {
	case p.i < len(p.list):
		return p.list[p.i].Pos
	case len(p.list) > 0:
		return p.list[len(p.list)-1].Pos
	}
	return script.Pos{Line: 1, Column: 1}
}

// is says whether keywords or signs come next.
func (p *parser) is(words ...string) bool {
	for n, w := range words {
		if !p.peek(n).is(w) {
			return false
		}
	}
	return true
}

// names are the names in a list of tokens.
func names(list []token) map[string]bool {
	m := map[string]bool{}
	for _, t := range list {
		if t.kind == word {
			m[lower(t.val)] = true
		}
	}
	return m
}

// Has says whether a name stands in the script outside texts and comments; name in
// lower case.
func (s *Script) Has(name string) bool { return s.words[name] }
