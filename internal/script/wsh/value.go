package wsh

import (
	"strconv"
	"strings"

	"tlsready/internal/script"
)

// truth is a value as a condition.
func truth(v Value) script.Known {
	switch v := v.(type) {
	case bool:
		return script.Of(v)
	case int64:
		return script.Of(v != 0)
	}
	return script.Unclear
}

// plain runs a statement without keyword: an assignment, or an expression.
func (r *Run) plain(s *plain) {
	list := s.tokens
	if !r.s.js && list[0].is("const") {
		for _, part := range split(list[1:], ",") {
			r.assignment(part)
		}
		return
	}
	for len(list) > 0 && (list[0].is("set") || list[0].is("call") || list[0].is("let")) && !r.s.js {
		list = list[1:]
	}
	if r.s.js {
		for _, part := range split(list, ",") {
			r.assignment(part)
		}
		return
	}
	r.assignment(list)
}

// assignment runs x = y, if that is what the tokens are.
func (r *Run) assignment(list []token) {
	for i := 0; i < len(list); i++ {
		switch t := list[i]; {
		case t.is("("), t.is("["), t.is("{"):
			i = closing(list, i)
		case t.kind == sign && (t.val == "=" || r.s.js && (t.val == "+=" || t.val == "|=")) && i > 0:
			e := &eval{r: r, list: list[:i]}
			v := r.valueOrAssignment(list[i+1:])
			if t.val != "=" {
				v = r.operate(strings.TrimSuffix(t.val, "="), r.value(list[:i]), v)
			}
			e.assign(v)
			return
		case t.kind == sign && t.val != "." || t.kind == text || t.kind == number:
			i = len(list) // a call
		}
	}
	e := &eval{r: r, list: list, statement: true}
	e.expression(0)
}

// valueOrAssignment reads the right side, which in JScript may assign again.
func (r *Run) valueOrAssignment(list []token) Value {
	if r.s.js && len(list) > 2 && list[0].kind == word && list[1].is("=") {
		r.assignment(list)
		v, _ := r.get(list[0].val)
		return v
	}
	return r.value(list)
}

// value evaluates an expression.
func (r *Run) value(list []token) Value {
	e := &eval{r: r, list: list}
	return e.expression(0)
}

// eval goes through the tokens of one expression.
type eval struct {
	r         *Run
	list      []token
	i         int
	depth     int
	statement bool // in VBScript arguments may stand without brackets
}

func (e *eval) peek() token {
	if e.i < len(e.list) {
		return e.list[e.i]
	}
	return token{kind: line}
}

// level is how tightly an operator binds; 0 for none.
func level(t token) int {
	if t.kind != sign && t.kind != word {
		return 0
	}
	switch lower(t.val) {
	case "?":
		return 1
	case "or", "xor", "||", "imp", "eqv":
		return 2
	case "and", "&&":
		return 3
	case "|":
		return 4
	case "=", "<>", "==", "!=", "===", "!==", "<", ">", "<=", ">=", "is", "instanceof":
		return 5
	case "&":
		return 6
	case "+", "-":
		return 7
	case "*", "/", "\\", "mod", "%", "^":
		return 8
	}
	return 0
}

func (e *eval) expression(min int) Value {
	e.depth++
	defer func() { e.depth-- }()
	if e.depth > maxDepth {
		e.i = len(e.list)
		return nil
	}
	v := e.unary()
	for {
		t := e.peek()
		n := level(t)
		if n == 0 || n < min+1 {
			return v
		}
		e.i++
		if t.val == "?" { // a ? b : c
			e.expression(0)
			if e.peek().is(":") {
				e.i++
				e.expression(0)
			}
			return nil
		}
		v = e.r.operate(lower(t.val), v, e.expression(n))
	}
}

func (e *eval) unary() Value {
	t := e.peek()
	switch {
	case t.is("not") && !e.r.s.js || t.is("!"):
		e.i++
		switch truth(e.expression(4)) {
		case script.Yes:
			return false
		case script.No:
			return true
		}
		return nil
	case t.is("-"):
		e.i++
		if n, ok := e.expression(8).(int64); ok {
			return -n
		}
		return nil
	case t.is("typeof"), t.is("void"), t.is("delete"), t.is("++"), t.is("--"):
		e.i++
		e.unary()
		return nil
	case t.is("new"):
		e.i++
		return e.made()
	}
	v, _, _ := e.chain()
	return v
}

// made is new Name(arguments).
func (e *eval) made() Value {
	t := e.peek()
	if t.kind != word {
		return nil
	}
	e.i++
	var args []Value
	if e.peek().is("(") {
		args = e.arguments()
	}
	if lower(t.val) == "activexobject" && len(args) > 0 {
		return e.r.create(t.Pos, args[0])
	}
	if lower(t.val) == "array" {
		return args
	}
	return nil
}

// create makes an object by its program id.
func (r *Run) create(at script.Pos, id Value) Value {
	text, ok := id.(string)
	if o := r.world.Create(r, at, text, ok); o != nil {
		return Handle{o}
	}
	return nil
}

// last is the member at which a chain of names ends, for an assignment to it.
type last struct {
	of   Value
	name string
	args []Value
	at   script.Pos
}

// chain reads a.b(c).d and gives its value, and the member at its end.
func (e *eval) chain() (v Value, l last, ok bool) {
	t := e.peek()
	l.at = t.Pos
	switch {
	case t.kind == text:
		e.i++
		v = t.val
	case t.kind == number:
		e.i++
		v = t.num
	case t.is("("):
		v = e.group()
	case t.is("["):
		v = e.literal()
	case t.is("{"):
		e.i = closing(e.list, e.i) + 1
	case t.is("function"):
		v = e.lambda()
	case t.is(".") && !e.r.s.js:
		v = e.r.with
	case t.kind == word:
		e.i++
		v, l = e.name(t)
		ok = true
	default:
		e.i++
		return nil, l, false
	}
	for e.i < len(e.list) {
		t := e.peek()
		switch {
		case t.is(".") && e.i+1 < len(e.list):
			name := e.list[e.i+1]
			e.i += 2
			l = last{of: v, name: name.val, at: t.Pos}
			if e.peek().is("(") {
				l.args = e.arguments()
			} else if e.statement && e.depth == 1 && !e.r.s.js && e.i < len(e.list) && !e.peek().is(".") {
				l.args = e.bare()
			} else if e.r.s.js && !e.statement || e.peek().is(".") {
				v = e.r.member(l, false)
				ok = true
				continue
			}
			ok = true
			if e.i >= len(e.list) && !e.statement && e.assigning() {
				return v, l, ok
			}
			v = e.r.member(l, true)
		case t.is("("):
			args := e.arguments()
			if f, is := v.(code); is {
				v = e.r.invoke(f.routine, args, t.Pos)
			} else {
				v = item(v, args)
			}
		case t.is("[") && e.r.s.js:
			v = item(v, e.arguments())
		case t.is("++"), t.is("--"):
			e.i++
		default:
			return v, l, ok
		}
	}
	return v, l, ok
}

// assigning is set by assign, whose chain ends in a member that is not called.
func (e *eval) assigning() bool { return e.depth == 0 }

// assign gives the value to what the tokens name.
func (e *eval) assign(v Value) {
	if len(e.list) == 1 && e.list[0].kind == word {
		e.r.set(e.list[0].val, v)
		return
	}
	_, l, ok := e.chain()
	if h, is := l.of.(Handle); ok && is && l.name != "" {
		e.r.world.Set(e.r, l.at, h.Object, lower(l.name), l.args, v)
	}
}

// inside takes the tokens in the brackets at hand.
func (e *eval) inside() []token {
	start := e.i + 1
	end := closing(e.list, e.i)
	e.i = min(end+1, len(e.list))
	return e.list[min(start, end):end]
}

func (e *eval) group() Value { return e.sub(e.inside()) }

// sub evaluates tokens of the same expression, one level deeper.
func (e *eval) sub(list []token) Value {
	inner := &eval{r: e.r, list: list, depth: e.depth}
	return inner.expression(0)
}

func (e *eval) arguments() []Value {
	var args []Value
	for _, part := range split(e.inside(), ",") {
		if args = append(args, e.sub(part)); len(args) > maxItems {
			return nil
		}
	}
	return args
}

// bare are arguments without brackets, up to the end of the statement.
func (e *eval) bare() []Value {
	rest := e.list[e.i:]
	e.i = len(e.list)
	var args []Value
	for _, part := range split(rest, ",") {
		args = append(args, e.sub(part))
	}
	return args
}

// literal is a list in brackets.
func (e *eval) literal() Value { return e.arguments() }

// lambda is a function without a name, as a value.
func (e *eval) lambda() Value {
	p := &parser{list: e.list, i: e.i, depth: e.depth}
	f := p.function()
	e.i = max(p.i, e.i+1)
	return code{f}
}

// item is an element of a list.
func item(v Value, args []Value) Value {
	list, ok := v.([]Value)
	if len(args) != 1 || !ok {
		return nil
	}
	if n, ok := args[0].(int64); ok && n >= 0 && n < int64(len(list)) {
		return list[n]
	}
	return nil
}

// name is a variable, a routine that is called, or a function of the language.
func (e *eval) name(t token) (Value, last) {
	low := lower(t.val)
	var args []Value
	called := e.peek().is("(")
	if v, ok := e.r.get(t.val); ok && !(called && e.r.known[low] != nil && v == nil) {
		return v, last{}
	}
	switch {
	case called:
		args = e.arguments()
	case e.statement && e.depth == 1 && !e.r.s.js && !e.peek().is("."):
		args, called = e.bare(), true
	}
	if f := e.r.known[low]; f != nil {
		if called || !e.r.s.js {
			return e.r.invoke(f, args, t.Pos), last{}
		}
		return code{f}, last{}
	}
	return e.r.function(t, low, args, called), last{}
}

// function is what the language and the host know by a name.
func (r *Run) function(t token, low string, args []Value, called bool) Value {
	switch low {
	case "true", "false":
		return low == "true"
	case "vbcrlf", "vbnewline":
		return "\r\n"
	case "createobject":
		if called && len(args) > 0 {
			return r.create(t.Pos, args[0])
		}
	case "array":
		return args
	case "chr":
		if n, ok := first(args).(int64); ok && n > 0 && n < 128 {
			return string(rune(n))
		}
	case "lcase":
		if s, ok := first(args).(string); ok {
			return lower(s)
		}
	case "cstr", "clng", "cint", "trim", "eval":
		if low == "eval" && called {
			r.inline(args, t.Pos)
			return nil
		}
		return first(args)
	case "execute", "executeglobal":
		if called {
			r.inline(args, t.Pos)
		}
	}
	return nil
}

func first(args []Value) Value {
	if len(args) == 0 {
		return nil
	}
	return args[0]
}

// inline runs a text as a part of the script.
func (r *Run) inline(args []Value, at script.Pos) {
	source, ok := first(args).(string)
	if !ok || r.calls >= maxCalls {
		r.world.Unclear(r, at, "Execute")
		return
	}
	r.calls++
	defer func() { r.calls-- }()
	parse := basicAt
	if r.s.js {
		parse = scriptAt
	}
	body := parse(source, &at).body
	r.gather(body)
	r.block(body)
}

// member is what a member of a value gives.
func (r *Run) member(l last, called bool) Value {
	name := lower(l.name)
	switch of := l.of.(type) {
	case Handle:
		return r.world.Call(r, l.at, of.Object, name, l.args)
	case nil: // Server.CreateObject, WScript.CreateObject
		if name == "createobject" && len(l.args) > 0 {
			return r.create(l.at, l.args[0])
		}
	case []Value:
		if name == "length" {
			return int64(len(of))
		}
	case code:
		if (name == "call" || name == "apply") && called {
			return r.invoke(of.routine, nil, l.at)
		}
	}
	return nil
}

// operate applies an operator.
func (r *Run) operate(op string, a, b Value) Value {
	x, okX := a.(int64)
	y, okY := b.(int64)
	switch op {
	case "&":
		if !r.s.js {
			return concat(a, b)
		}
		if okX && okY {
			return x & y
		}
	case "+":
		if okX && okY {
			return x + y
		}
		if _, ok := a.(string); ok || r.s.js {
			return concat(a, b)
		}
	case "or", "|":
		if okX && okY {
			return x | y
		}
	case "-":
		if okX && okY {
			return x - y
		}
	case "=", "==", "===", "<>", "!=", "!==":
		return compared(a, b, op == "<>" || op[0] == '!')
	}
	return r.logic(op, a, b)
}

func (r *Run) logic(op string, a, b Value) Value {
	x, y := truth(a), truth(b)
	switch op {
	case "and", "&&":
		if x == script.No || y == script.No {
			return false
		}
		if x == script.Yes && y == script.Yes {
			return true
		}
	case "or", "||":
		if op == "||" && x == script.Unclear && a != nil {
			return a // a text is taken as it is
		}
		if x == script.Yes || y == script.Yes {
			return true
		}
		if x == script.No && y == script.No {
			return false
		}
	}
	return nil
}

func concat(a, b Value) Value {
	x, okX := asText(a)
	y, okY := asText(b)
	if !okX || !okY || len(x)+len(y) > maxChars {
		return nil
	}
	return x + y
}

func asText(v Value) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	}
	return "", false
}

func compared(a, b Value, not bool) Value {
	x, okX := asText(a)
	y, okY := asText(b)
	if okX && okY {
		return (x == y) != not
	}
	p, okP := a.(bool)
	q, okQ := b.(bool)
	if okP && okQ {
		return (p == q) != not
	}
	return nil
}
