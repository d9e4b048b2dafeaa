package stencil

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"sync/atomic"
)

// Value is what a template works on.
type Value = reflect.Value

// ValueOf is a value for a template.
func ValueOf(v any) Value { return reflect.ValueOf(v) }

const textKind = reflect.String

var (
	errArguments = errors.New("a function is not called as it wants")
	errShown     = errors.New("neither text nor a whole number")
	errRange     = errors.New("range wants a list")
)

// filling is one run over a template. The first error ends it.
type filling struct {
	set       *Set
	out       io.Writer
	held      []byte
	variables []variable
	err       error
}

type variable struct {
	name  string
	value Value
}

// enough is how many bytes are held before they are written.
const enough = 16 << 10

func (f *filling) flush() {
	if _, err := f.out.Write(f.held); err != nil && f.err == nil {
		f.err = err
	}
	f.held = f.held[:0]
}

// node is a part of a template.
type node interface{ fill(f *filling, dot Value) }

func (f *filling) fill(nodes []node, dot Value) {
	for _, n := range nodes {
		if f.err != nil {
			return
		}
		n.fill(f, dot)
	}
	if len(f.held) > enough {
		f.flush()
	}
}

// scoped fills nodes whose variables end with them.
func (f *filling) scoped(nodes []node, dot Value, own ...variable) {
	before := len(f.variables)
	f.variables = append(f.variables, own...)
	f.fill(nodes, dot)
	f.variables = f.variables[:before]
}

// inside fills a whole template, whose "$" is its own.
func (f *filling) inside(nodes []node, data Value) {
	outer := f.variables
	f.variables = []variable{{"$", data}}
	f.fill(nodes, data)
	f.variables = outer
}

func (f *filling) variable(name string) Value {
	for i := len(f.variables) - 1; i >= 0; i-- {
		if f.variables[i].name == name {
			return f.variables[i].value
		}
	}
	f.fail(fmt.Errorf("no variable %q", name))
	return Value{}
}

func (f *filling) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

type (
	static string
	shown  struct {
		expression
		escape escaper // nil: as it is
	}
	branch struct {
		expression
		with       bool // the value is the dot of what is filled
		then, rest []node
	}
	loop struct {
		expression
		index, element string // names of variables; "" for none
		each, rest     []node
	}
	include struct {
		expression
		name string
	}
	assign struct {
		expression
		name string
	}
)

func (n static) fill(f *filling, _ Value) { f.held = append(f.held, n...) }

func (n *shown) fill(f *filling, dot Value) {
	v := n.value(f, dot)
	switch {
	case f.err != nil:
	case v.Kind() == reflect.String && n.escape != nil:
		var err error
		if f.held, err = n.escape(f.held, v); err != nil {
			f.fail(err)
		}
	case v.Kind() == reflect.String:
		f.held = append(f.held, v.String()...)
	case v.CanInt():
		f.held = strconv.AppendInt(f.held, v.Int(), 10)
	case v.Kind() == reflect.Bool:
		f.held = strconv.AppendBool(f.held, v.Bool())
	default:
		f.fail(errShown)
	}
}

func (n *branch) fill(f *filling, dot Value) {
	v := n.value(f, dot)
	switch {
	case f.err != nil:
	case !truth(v):
		f.scoped(n.rest, dot)
	case n.with:
		f.scoped(n.then, v)
	default:
		f.scoped(n.then, dot)
	}
}

// truth says whether a value is anything but nothing.
func truth(v Value) bool {
	switch v.Kind() {
	case reflect.Struct:
		return true
	case reflect.Slice, reflect.Map:
		return v.Len() > 0
	}
	return v.IsValid() && !v.IsZero()
}

func (n *loop) fill(f *filling, dot Value) {
	list := n.value(f, dot)
	if f.err != nil {
		return
	}
	if list.Kind() != reflect.Slice {
		f.fail(errRange)
		return
	}
	if list.Len() == 0 {
		f.scoped(n.rest, dot)
	}
	for i := range list.Len() {
		one := plain(list.Index(i))
		if n.index == "" {
			f.scoped(n.each, one)
			continue
		}
		f.scoped(n.each, one, variable{n.index, ValueOf(i)}, variable{n.element, one})
	}
}

func (n *include) fill(f *filling, dot Value) {
	v := n.value(f, dot)
	nodes, ok := f.set.named[n.name]
	if !ok {
		f.fail(fmt.Errorf("no template %q", n.name))
	}
	if f.err == nil {
		f.inside(nodes, v)
	}
}

func (n *assign) fill(f *filling, dot Value) {
	f.variables = append(f.variables, variable{n.name, n.value(f, dot)})
}

// expression is a value, or a function with its arguments.
type expression struct {
	function func([]Value) (Value, error) // nil: the only argument is the value
	args     []*operand
}

func (e *expression) value(f *filling, dot Value) Value {
	if e.function == nil {
		return e.args[0].value(f, dot)
	}
	args := make([]Value, len(e.args))
	for i, a := range e.args {
		args[i] = a.value(f, dot)
	}
	if f.err != nil {
		return Value{}
	}
	v, err := e.function(args)
	if err != nil {
		f.fail(err)
	}
	return v
}

// operand is a constant, or fields of the dot or of a variable.
type operand struct {
	constant Value
	variable string   // "" for the dot
	fields   []*field // may be none
}

func (o *operand) value(f *filling, dot Value) Value {
	v := dot
	switch {
	case o.constant.IsValid():
		return o.constant
	case o.variable != "":
		v = f.variable(o.variable)
	}
	for _, one := range o.fields {
		if v = one.of(f, plain(v)); f.err != nil {
			return Value{}
		}
	}
	return plain(v)
}

// plain looks through pointers and interfaces.
func plain(v Value) Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

// field is a field of a struct by its name, and where it was found the last time.
type field struct {
	name string
	last atomic.Pointer[place]
}

type place struct {
	of    reflect.Type
	index []int
}

func (d *field) of(f *filling, v Value) Value {
	if v.Kind() != reflect.Struct {
		f.fail(fmt.Errorf("no %s in a %s", d.name, v.Kind()))
		return Value{}
	}
	at := d.last.Load()
	if at == nil || at.of != v.Type() {
		found, ok := v.Type().FieldByName(d.name)
		if !ok {
			f.fail(fmt.Errorf("no %s in %s", d.name, v.Type()))
			return Value{}
		}
		at = &place{v.Type(), found.Index}
		d.last.Store(at)
	}
	return v.FieldByIndex(at.index)
}

// builtin gives the functions that every template has.
func builtin(name string) func([]Value) (Value, error) {
	switch name {
	case "eq":
		return func(args []Value) (Value, error) {
			if len(args) != 2 || !args[0].CanInt() || !args[1].CanInt() {
				return Value{}, errArguments
			}
			return ValueOf(args[0].Int() == args[1].Int()), nil
		}
	case "not":
		return func(args []Value) (Value, error) {
			if len(args) != 1 {
				return Value{}, errArguments
			}
			return ValueOf(!truth(args[0])), nil
		}
	case "len":
		return func(args []Value) (Value, error) {
			if len(args) != 1 || args[0].Kind() != reflect.Slice {
				return Value{}, errArguments
			}
			return ValueOf(args[0].Len()), nil
		}
	}
	return nil
}
