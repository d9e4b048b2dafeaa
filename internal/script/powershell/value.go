package powershell

import (
	"maps"
	"reflect"
	"strconv"
	"strings"

	"tlsready/internal/script"
	"tlsready/internal/script/powershell/syntax"
)

// Kind is what is known of a value.
type Kind int

// The kinds. Unknown may be anything; Nothing is no output at all.
const (
	Unknown Kind = iota
	Nothing
	Null
	Bool
	Int
	String
	Array
	Table
	Code   // a script block
	Object // something that the [World] knows
)

// Value is a value, as far as it is known without running the script.
type Value struct {
	Kind   Kind
	Int    int64  // Int; 1 for true
	Wide   bool   // Int that is a long
	Str    string // String; for an Int that was a bare word, the word
	Items  []Value
	Table  map[string]Value // by names in lower case
	Block  *syntax.Block
	Object any // of the world; together with Unknown, a [Cond]

	weight int // how many values it holds, those in its items too
}

// Cond marks an unknown truth that a world can make use of in the branches that
// depend on it: whether a key exists.
type Cond struct {
	Of      any
	Negated bool
}

// Text makes a string.
func TextValue(s string) Value { return Value{Kind: String, Str: s} }

// Number makes an integer.
func NumberValue(n int64) Value { return Value{Kind: Int, Int: n, Wide: n != int64(int32(n))} }

// Truth makes a boolean.
func Truth(b bool) Value {
	if b {
		return Value{Kind: Bool, Int: 1}
	}
	return Value{Kind: Bool}
}

// Thing makes a value that the world knows.
func Thing(x any) Value { return Value{Kind: Object, Object: x} }

// listOf makes a list; one that holds too much, also by holding lists many times,
// is not known.
func listOf(items []Value) Value {
	v := Value{Kind: Array, Items: items, weight: 1}
	for _, item := range items {
		if v.weight += 1 + item.weight; v.weight > maxItems {
			return Value{}
		}
	}
	return v
}

// with is a table with one entry more.
func (v Value) with(name string, x Value) Value {
	v.Table = maps.Clone(v.Table)
	if v.Table == nil {
		v.Table = map[string]Value{}
	}
	v.Table[lower(name)] = x
	if v.weight += 1 + x.weight; v.weight > maxItems {
		return Value{}
	}
	return v
}

// Known says whether the value and all that it holds is known.
func (v Value) Known() bool {
	switch v.Kind {
	case Unknown:
		return false
	case Array:
		for _, item := range v.Items {
			if !item.Known() {
				return false
			}
		}
	}
	return true
}

// Text is the value as a string; false if that is not known.
func (v Value) Text() (string, bool) {
	switch v.Kind {
	case Null, Nothing:
		return "", true
	case Bool:
		return map[int64]string{0: "False", 1: "True"}[v.Int], true
	case Int:
		if v.Str != "" {
			return v.Str, true
		}
		return strconv.FormatInt(v.Int, 10), true
	case String:
		return v.Str, true
	case Array:
		parts := make([]string, len(v.Items))
		for i, item := range v.Items {
			text, ok := item.Text()
			if !ok {
				return "", false
			}
			parts[i] = text
		}
		return strings.Join(parts, " "), true
	}
	return "", false
}

// Number is the value as an integer.
func (v Value) Number() (int64, bool) {
	switch v.Kind {
	case Int, Bool:
		return v.Int, true
	case Null:
		return 0, true
	case String:
		n, ok := parseNumber(strings.TrimSpace(v.Str))
		return n.Int, ok
	}
	return 0, false
}

// parseNumber reads an integer as PowerShell does in arguments and casts.
func parseNumber(s string) (Value, bool) {
	n, ok := syntax.Integer(strings.TrimPrefix(s, "-"))
	if !ok {
		return Value{}, false
	}
	v := Value{Kind: Int, Int: n.Value, Wide: n.Wide, Str: s}
	if strings.HasPrefix(s, "-") {
		v.Int = -v.Int
	}
	return v, true
}

// Each gives the items of a list, or the value itself.
func (v Value) Each() []Value {
	switch v.Kind {
	case Array:
		return v.Items
	case Nothing:
		return nil
	}
	return []Value{v}
}

// Truth is the value as a condition.
func (v Value) Truth() script.Known {
	switch v.Kind {
	case Null, Nothing:
		return script.No
	case Bool, Int:
		return script.Of(v.Int != 0)
	case String:
		return script.Of(v.Str != "")
	case Array:
		if len(v.Items) == 1 {
			return v.Items[0].Truth()
		}
		return script.Of(len(v.Items) > 0)
	case Object:
		if c, ok := v.Object.(Conditional); ok {
			return c.Truth()
		}
		return script.Yes
	case Table, Code:
		return script.Yes
	}
	return script.Unclear
}

// same says whether two values are known and equal.
func same(a, b Value) bool { return a.Kind != Unknown && reflect.DeepEqual(a, b) }

// either is what is known of a value that is one of two.
func either(a, b Value) Value {
	if same(a, b) {
		return a
	}
	return Value{}
}
