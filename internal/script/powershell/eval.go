package powershell

import (
	"slices"
	"strings"
	"unicode/utf16"

	"tlsready/internal/script"
	"tlsready/internal/script/powershell/syntax"
)

func lower(s string) string { return strings.ToLower(s) }

// eval evaluates an expression.
func (r *Run) eval(e syntax.Expr) Value {
	if r.cur == nil || !r.step(e.At()) {
		return Value{}
	}
	switch e := e.(type) {
	case *syntax.Literal:
		return TextValue(e.Value)
	case *syntax.Text:
		return r.text(e)
	case *syntax.Number:
		if e.Text != "" {
			return TextValue(e.Text)
		}
		return Value{Kind: Int, Int: e.Value, Wide: e.Wide}
	case *syntax.Variable:
		return r.lookup(e.Name)
	case *syntax.List:
		items := make([]Value, 0, len(e.Items))
		for _, one := range e.Items {
			items = append(items, r.eval(one))
		}
		return listOf(items)
	case *syntax.Sub:
		return r.sub(e)
	case *syntax.Hash:
		return r.hash(e)
	case *syntax.BlockExpr:
		return Value{Kind: Code, Block: e.Body}
	case *syntax.Type:
		return Thing(*e)
	case *syntax.Cast:
		return r.cast(e.Type, r.eval(e.X))
	case *syntax.Member:
		return r.member(e)
	case *syntax.Index:
		return r.index(r.eval(e.X), r.eval(e.I))
	case *syntax.Unary:
		return r.unary(e)
	case *syntax.Binary:
		return r.binary(e)
	}
	return Value{}
}

// text joins the parts of a string.
func (r *Run) text(e *syntax.Text) Value {
	var b strings.Builder
	known := true
	for _, p := range e.Parts {
		if l, ok := p.(*syntax.Literal); ok {
			b.WriteString(l.Value)
			continue
		}
		text, ok := r.eval(p).Text()
		known = known && ok && b.Len() <= maxChars
		if known {
			b.WriteString(text)
		}
	}
	if !known || r.cur == nil {
		return Value{}
	}
	if e.Bare {
		if n, ok := parseNumber(b.String()); ok {
			return n
		}
	}
	return TextValue(b.String())
}

// sub runs $(…), @(…) and (…). Leaving the script from inside one is not followed.
func (r *Run) sub(e *syntax.Sub) Value {
	before := r.cur.clone()
	v, out := r.collect(func() exits { return r.block(e.Body) })
	r.leave(out)
	if out.brk != nil || out.cont != nil || out.ret != nil { // leaves the statement in the middle
		r.world.Unclear(r, e.Pos, "")
		if r.cur == nil {
			r.cur = before
		}
	}
	switch {
	case r.cur == nil:
		return Value{}
	case e.Array && v.Kind != Array && v.Kind != Unknown:
		return listOf(v.Each())
	case v.Kind == Nothing:
		return Value{Kind: Null}
	}
	return v
}

func (r *Run) hash(e *syntax.Hash) Value {
	t := Value{Kind: Table, Table: map[string]Value{}}
	for i := range e.Keys {
		key, ok := r.eval(e.Keys[i]).Text()
		v, _ := r.collect(func() exits { return r.statement(e.Values[i]) })
		if !ok || r.cur == nil {
			return Value{}
		}
		if v.Kind == Nothing {
			v.Kind = Null
		}
		t = t.with(key, v)
	}
	return t
}

func (r *Run) index(x, i Value) Value {
	switch x.Kind {
	case Table:
		if key, ok := i.Text(); ok {
			if v, has := x.Table[lower(key)]; has {
				return v
			}
			return Value{Kind: Null}
		}
	case Array:
		n, ok := i.Number()
		if n < 0 {
			n += int64(len(x.Items))
		}
		if ok && n >= 0 && n < int64(len(x.Items)) {
			return x.Items[n]
		}
		if ok {
			return Value{Kind: Null}
		}
	}
	return Value{}
}

// member reads x.name, calls x.name(…), and the same of types.
func (r *Run) member(e *syntax.Member) Value {
	name, ok := r.eval(e.Name).Text()
	args := make([]Value, 0, len(e.Args))
	for _, a := range e.Args {
		args = append(args, r.eval(a))
	}
	if r.cur == nil {
		return Value{}
	}
	name = lower(name)
	typ, isType := r.typeOf(e)
	switch {
	case !ok:
		r.world.Unclear(r, e.Pos, "")
		return Value{}
	case isType && e.Call:
		if v, ok := r.staticCall(typ.Name, name, args); ok {
			return v
		}
		v, ok := r.world.CallStatic(r, typ.Name, name, args, e.Pos)
		if !ok {
			r.world.Unclear(r, e.Pos, "["+typ.Name+"]::"+name)
		}
		return v
	case isType:
		v, _ := r.world.Static(r, typ.Name, name, e.Pos)
		return v
	}
	x := r.eval(e.X)
	if r.cur == nil {
		return Value{}
	}
	if v, ok := e.X.(*syntax.Variable); ok && e.Call && name == "add" && (x.Kind == Table || x.Kind == Array) {
		r.addTo(v.Name, x, args)
		return Value{Kind: Nothing}
	}
	if e.Call {
		return r.method(x, name, args, e.Pos)
	}
	return r.property(x, name, e.Pos)
}

// typeOf is the type of which a static member is meant: it stands there, or in a
// variable.
func (r *Run) typeOf(m *syntax.Member) (syntax.Type, bool) {
	if t, ok := m.X.(*syntax.Type); ok {
		return *t, m.Static
	}
	if !m.Static {
		return syntax.Type{}, false
	}
	t, ok := r.eval(m.X).Object.(syntax.Type)
	return t, ok
}

// addTo is .Add of a table or a list in a variable.
func (r *Run) addTo(variable string, x Value, args []Value) {
	switch {
	case x.Kind == Table && len(args) == 2:
		r.storeIndex(variable, args[0], args[1])
	case x.Kind == Array && len(args) == 1:
		r.Assign(variable, listOf(append(slices.Clone(x.Items), args[0])))
	default:
		r.Assign(variable, Value{})
	}
}

// staticCall is what strings and paths of .NET give.
func (r *Run) staticCall(typ, name string, args []Value) (Value, bool) {
	texts := make([]string, 0, len(args))
	for _, a := range args {
		text, ok := a.Text()
		if !ok {
			return Value{}, false
		}
		texts = append(texts, text)
	}
	switch typ + "::" + name {
	case "string::format", "system.string::format":
		if len(args) > 0 {
			return format(texts[0], listOf(args[1:])), true
		}
	case "string::join", "system.string::join":
		if len(args) == 2 {
			return r.operate("join", args[1], args[0]), true
		}
	case "string::isnullorempty", "string::isnullorwhitespace":
		if len(texts) == 1 {
			return Truth(strings.TrimSpace(texts[0]) == ""), true
		}
	case "string::concat":
		return TextValue(strings.Join(texts, "")), true
	}
	return Value{}, false
}

func (r *Run) property(x Value, name string, at script.Pos) Value {
	switch x.Kind {
	case Table:
		if v, ok := x.Table[name]; ok {
			return v
		}
		switch name {
		case "count", "length":
			return NumberValue(int64(len(x.Table)))
		case "keys", "values":
			return Value{}
		}
		return Value{Kind: Null}
	case Array:
		if name == "count" || name == "length" {
			return NumberValue(int64(len(x.Items)))
		}
		var list []Value // of each item
		for _, item := range x.Items {
			list = append(list, r.property(item, name, at))
		}
		return listOf(list)
	case String:
		if name == "length" {
			return NumberValue(int64(len([]rune(x.Str))))
		}
	}
	v, _ := r.world.Get(r, x, name, at)
	return v
}

func (r *Run) method(x Value, name string, args []Value, at script.Pos) Value {
	if x.Kind == String {
		if v, ok := r.textMethod(x.Str, name, args); ok {
			return v
		}
	}
	if x.Kind == Code && (name == "invoke" || name == "invokereturnasis") {
		return r.invoke(x.Block, positional(args, at), Value{Kind: Nothing})
	}
	v, ok := r.world.Method(r, x, name, args, at)
	if !ok {
		r.world.Unclear(r, at, name)
	}
	return v
}

func positional(args []Value, at script.Pos) []CallArg {
	list := make([]CallArg, len(args))
	for i, a := range args {
		list[i] = CallArg{Pos: at, Value: a, Given: true}
	}
	return list
}

// textMethod is a method of a string that scripts build paths with.
func (r *Run) textMethod(s, name string, args []Value) (Value, bool) {
	var texts []string
	for _, a := range args {
		text, ok := a.Text()
		if !ok {
			return Value{}, true // of text nothing is written
		}
		texts = append(texts, text)
	}
	switch {
	case name == "replace" && len(texts) == 2 && texts[0] != "":
		return TextValue(strings.ReplaceAll(s, texts[0], texts[1])), true
	case name == "tolower" || name == "tolowerinvariant":
		return TextValue(strings.ToLower(s)), true
	case name == "toupper" || name == "toupperinvariant":
		return TextValue(strings.ToUpper(s)), true
	case name == "trim" && len(texts) == 0:
		return TextValue(strings.TrimSpace(s)), true
	case name == "trimend" && len(texts) == 1:
		return TextValue(strings.TrimRight(s, texts[0])), true
	case name == "trimstart" && len(texts) == 1:
		return TextValue(strings.TrimLeft(s, texts[0])), true
	case name == "startswith" && len(texts) == 1:
		return Truth(strings.HasPrefix(s, texts[0])), true
	case name == "endswith" && len(texts) == 1:
		return Truth(strings.HasSuffix(s, texts[0])), true
	case name == "contains" && len(texts) == 1:
		return Truth(strings.Contains(s, texts[0])), true
	case name == "split" && len(texts) == 1 && len(texts[0]) == 1:
		return split(s, texts[0]), true
	case name == "tostring":
		return TextValue(s), true
	case name == "indexof" && len(texts) == 1:
		return place(s, strings.Index(s, texts[0])), true
	case name == "lastindexof" && len(texts) == 1:
		return place(s, strings.LastIndex(s, texts[0])), true
	case name == "substring" && (len(texts) == 1 || len(texts) == 2):
		return substring(s, args), true
	}
	return Value{}, true
}

// place is a place in a string in the units that .NET counts, of one in bytes; -1 is none.
func place(s string, at int) Value {
	if at < 0 {
		return NumberValue(-1)
	}
	return NumberValue(int64(len(utf16.Encode([]rune(s[:at])))))
}

// substring is a string from a place on, or so many units of it. Where there are none .NET
// throws.
func substring(s string, args []Value) Value {
	units := utf16.Encode([]rune(s))
	from, ok := args[0].Number()
	if !ok || from < 0 || from > int64(len(units)) {
		return Value{}
	}
	units = units[from:]
	if len(args) == 2 {
		n, ok := args[1].Number()
		if !ok || n < 0 || n > int64(len(units)) {
			return Value{}
		}
		units = units[:n]
	}
	return TextValue(string(utf16.Decode(units)))
}

// char is a character of its number, or of a string that is one.
func char(v Value) Value {
	if n, ok := v.Number(); ok && v.Kind == Int && n >= 0 && n <= 0xffff {
		return TextValue(string(utf16.Decode([]uint16{uint16(n)})))
	}
	if s, ok := v.Text(); ok && len([]rune(s)) == 1 {
		return TextValue(s)
	}
	return Value{}
}

func split(s, at string) Value {
	var list []Value
	for part := range strings.SplitSeq(s, at) {
		if list = append(list, TextValue(part)); len(list) > maxItems {
			return Value{}
		}
	}
	return listOf(list)
}

func (r *Run) cast(typ string, v Value) Value {
	typ = strings.TrimPrefix(typ, "system.")
	if list, ok := strings.CutSuffix(typ, "[]"); ok {
		if !v.Known() && v.Kind != Array {
			return Value{}
		}
		items := make([]Value, 0, len(v.Each()))
		for _, item := range v.Each() {
			items = append(items, r.cast(list, item))
		}
		return listOf(items)
	}
	switch typ {
	case "string":
		if text, ok := v.Text(); ok {
			return TextValue(text)
		}
		return Value{}
	case "int", "int32", "uint32", "int16", "uint16", "byte", "int64", "uint64", "long", "ulong", "decimal", "double", "bigint":
		n, ok := v.Number()
		if !ok {
			return Value{}
		}
		wide := strings.HasSuffix(typ, "64") || strings.HasSuffix(typ, "long")
		return Value{Kind: Int, Int: n, Wide: wide || n != int64(int32(n))}
	case "char":
		return char(v)
	case "bool", "boolean", "switch":
		switch v.Truth() {
		case script.Yes:
			return Truth(true)
		case script.No:
			return Truth(false)
		}
		return v
	case "void":
		return Value{Kind: Nothing}
	case "array":
		if v.Kind == Unknown {
			return v
		}
		return listOf(v.Each())
	case "scriptblock":
		if v.Kind == String {
			return Value{Kind: Code, Block: syntax.Parse(v.Str)}
		}
	}
	if out, ok := r.world.Cast(r, typ, v); ok {
		return out
	}
	return v
}
