package powershell

import (
	"regexp"
	"strconv"
	"strings"

	"tlsready/internal/script"
	"tlsready/internal/script/powershell/syntax"
)

func (r *Run) unary(e *syntax.Unary) Value {
	v := r.eval(e.X)
	if r.cur == nil {
		return Value{}
	}
	switch e.Op {
	case "not", "!":
		switch v.Truth() {
		case script.Yes:
			return Truth(false)
		case script.No:
			return Truth(true)
		}
		c, ok := v.Object.(Cond)
		if x, is := v.Object.(Conditional); is {
			c, ok = x.Condition()
		}
		if ok {
			c.Negated = !c.Negated
			return Value{Object: c}
		}
		return Value{}
	case "++", "--":
		next := r.operate(e.Op[:1], v, NumberValue(1))
		r.store(e.X, next, e.Pos)
		return Value{Kind: Nothing}
	case "+":
		return v
	case "-":
		return r.operate("-", NumberValue(0), v)
	case "bnot":
		if v.Kind == Object {
			out, _ := r.world.Operate(r, "bnot", v, Value{})
			return out
		}
		if n, ok := v.Number(); ok {
			return Value{Kind: Int, Int: ^n, Wide: v.Wide}
		}
	case "join", "cjoin", "ijoin":
		return r.operate("join", v, TextValue(""))
	case "split", "csplit", "isplit":
		if text, ok := v.Text(); ok {
			var list []Value
			for _, f := range strings.Fields(text) {
				list = append(list, TextValue(f))
			}
			return listOf(list)
		}
	}
	return Value{}
}

// binary evaluates both sides; those of -and and -or only if they count.
func (r *Run) binary(e *syntax.Binary) Value {
	left := r.eval(e.L)
	if r.cur == nil {
		return Value{}
	}
	if e.Op == "and" || e.Op == "or" {
		return r.logical(e, left)
	}
	right := r.eval(e.R)
	if r.cur == nil {
		return Value{}
	}
	return r.operate(e.Op, left, right)
}

func (r *Run) logical(e *syntax.Binary, left Value) Value {
	settles := script.No
	if e.Op == "or" {
		settles = script.Yes
	}
	known := left.Truth()
	if known == settles {
		return Truth(settles == script.Yes)
	}
	var right Value
	if known == script.Unclear {
		r.maybe(e.R.At(), func() exits { right = r.eval(e.R); return exits{} })
	} else {
		right = r.eval(e.R)
	}
	switch r2 := right.Truth(); {
	case r2 == settles:
		return Truth(settles == script.Yes)
	case known == script.Unclear || r2 == script.Unclear:
		if known != script.Unclear { // what is left decides
			return right
		}
		return Value{}
	}
	return Truth(settles != script.Yes)
}

// operate applies an operator to values.
func (r *Run) operate(op string, a, b Value) Value {
	if isObject(a) || isObject(b) {
		if v, ok := r.world.Operate(r, op, a, b); ok {
			return v
		}
		return Value{}
	}
	switch op {
	case "+":
		return add(a, b)
	case "-", "*", "/", "%", "band", "bor", "bxor", "shl", "shr":
		return arithmetic(op, a, b)
	case "f":
		if text, ok := a.Text(); ok {
			return format(text, b)
		}
	case "..":
		return span(a, b)
	case "join":
		return joined(a, b)
	case "split":
		sa, ok := a.Text()
		sb, okB := b.Text()
		if ok && okB && sb != "" && regexp.QuoteMeta(sb) == sb {
			return split(sa, sb)
		}
	case "replace":
		return replaced(a, b)
	case "as":
		if b.Kind == Object {
			break
		}
		return a
	default:
		return compare(op, a, b)
	}
	return Value{}
}

// isObject says whether a value is one of the world's own. Types count too.
func isObject(v Value) bool { return v.Kind == Object }

func add(a, b Value) Value {
	switch {
	case a.Kind == Array:
		if !b.Known() && b.Kind != Array || len(a.Items)+len(b.Each()) > maxItems {
			return Value{}
		}
		return listOf(append(append([]Value{}, a.Items...), b.Each()...))
	case a.Kind == Null:
		return b
	case a.Kind == Table && b.Kind == Table:
		sum := a
		for k, v := range b.Table {
			sum = sum.with(k, v)
		}
		return sum
	case a.Kind == String:
		if text, ok := b.Text(); ok && len(a.Str)+len(text) <= maxChars {
			return TextValue(a.Str + text)
		}
		return Value{}
	}
	return arithmetic("+", a, b)
}

func arithmetic(op string, a, b Value) Value {
	x, ok := a.Number()
	y, okB := b.Number()
	if !ok || !okB {
		return Value{}
	}
	var n int64
	switch op {
	case "+":
		n = x + y
	case "-":
		n = x - y
	case "*":
		n = x * y
	case "band":
		n = x & y
	case "bor":
		n = x | y
	case "bxor":
		n = x ^ y
	case "shl":
		n = x << (uint64(y) & 63)
	case "shr":
		n = x >> (uint64(y) & 63)
	default:
		if y == 0 || op == "/" && x%y != 0 {
			return Value{}
		}
		if n = x / y; op == "%" {
			n = x % y
		}
	}
	return Value{Kind: Int, Int: n, Wide: a.Wide || b.Wide || n != int64(int32(n))}
}

// format fills {0}, {1} and so on; with widths and formats it is not followed.
func format(text string, args Value) Value {
	items := args.Each()
	var b strings.Builder
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			break
		}
		if strings.HasPrefix(rest, "{") {
			b.WriteByte('{')
			text = rest[1:]
			continue
		}
		inside, after, closed := strings.Cut(rest, "}")
		n, err := strconv.Atoi(inside)
		if !closed || err != nil || n < 0 || n >= len(items) {
			return Value{}
		}
		one, ok := items[n].Text()
		if !ok || b.Len() > maxChars {
			return Value{}
		}
		b.WriteString(one)
		text = after
	}
	return TextValue(strings.ReplaceAll(b.String(), "}}", "}"))
}

func span(a, b Value) Value {
	x, ok := a.Number()
	y, okB := b.Number()
	if !ok || !okB || x-y > maxTurns || y-x > maxTurns {
		return Value{}
	}
	step := int64(1)
	if x > y {
		step = -1
	}
	list := []Value{NumberValue(x)}
	for x != y {
		x += step
		list = append(list, NumberValue(x))
	}
	return listOf(list)
}

func joined(a, b Value) Value {
	between, ok := b.Text()
	if !ok || !a.Known() {
		return Value{}
	}
	parts := make([]string, 0, len(a.Each()))
	size := 0
	for _, item := range a.Each() {
		text, ok := item.Text()
		if size += len(text) + len(between); !ok || size > maxChars {
			return Value{}
		}
		parts = append(parts, text)
	}
	return TextValue(strings.Join(parts, between))
}

// replaced is -replace with a pattern that Go reads as .NET does.
func replaced(a, b Value) Value {
	text, ok := a.Text()
	args := b.Each()
	if !ok || a.Kind == Array || len(args) == 0 || len(args) > 2 {
		return Value{}
	}
	pattern, ok := args[0].Text()
	with := ""
	if len(args) == 2 {
		var okWith bool
		with, okWith = args[1].Text()
		ok = ok && okWith
	}
	if !ok || strings.Contains(with, "$") || len(pattern) > 200 {
		return Value{}
	}
	re, err := regexp.Compile("(?i)" + pattern)
	if err != nil {
		return Value{}
	}
	out := re.ReplaceAllLiteralString(text, with)
	if len(out) > maxChars {
		return Value{}
	}
	return TextValue(out)
}

// compare is what the operators with a yes or no give; a list on the left, which
// filters, is not followed.
func compare(op string, a, b Value) Value {
	if !a.Known() || !b.Known() {
		return Value{}
	}
	switch op {
	case "contains", "notcontains":
		return contains(a, b, op == "contains")
	case "in", "notin":
		return contains(b, a, op == "in")
	}
	if a.Kind == Array {
		return Value{}
	}
	equal, order, ok := order(a, b)
	if !ok {
		return Value{}
	}
	switch op {
	case "eq":
		return Truth(equal)
	case "ne":
		return Truth(!equal)
	case "gt":
		return Truth(order > 0)
	case "ge":
		return Truth(order >= 0)
	case "lt":
		return Truth(order < 0)
	case "le":
		return Truth(order <= 0)
	}
	return Value{}
}

func contains(list, one Value, want bool) Value {
	for _, item := range list.Each() {
		if equal, _, ok := order(item, one); !ok {
			return Value{}
		} else if equal {
			return Truth(want)
		}
	}
	return Truth(!want)
}

// order compares two values, the right one turned into the type of the left.
func order(a, b Value) (equal bool, sign int, ok bool) {
	switch {
	case a.Kind == Null || b.Kind == Null:
		return a.Kind == b.Kind, 0, a.Kind == Null && b.Kind == Null || a.Kind != Unknown && b.Kind != Unknown
	case a.Kind == Int || a.Kind == Bool:
		x, okA := a.Number()
		y, okB := b.Number()
		if a.Kind == Bool {
			y, okB = int64(map[bool]int{true: 1}[b.Truth() == script.Yes]), b.Truth() != script.Unclear
		}
		return x == y, cmpInt(x, y), okA && okB
	case a.Kind == String:
		y, okB := b.Text()
		return strings.EqualFold(a.Str, y), strings.Compare(lower(a.Str), lower(y)), okB
	}
	return false, 0, false
}

func cmpInt(x, y int64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
