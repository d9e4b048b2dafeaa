// Package stencil fills templates, in the part of text/template's language that the
// reports use, with the escaping of html/template for HTML.
//
// It exists for what those two bring along: a template may call any method of what it is
// given, so that the linker keeps every exported method of every type. Without them the
// page for browsers is a seventh smaller. A stencil looks at fields alone. It is also
// faster, since a place knows how it is escaped once it is parsed.
package stencil

import (
	"fmt"
	"io"
	"strings"
)

// Funcs are the functions that a template may call. Each takes and returns what
// [Set.Execute] says of values.
type Funcs map[string]func(args []Value) (Value, error)

// Say makes a function of one text.
func Say(f func(string) string) func([]Value) (Value, error) {
	return func(args []Value) (Value, error) {
		if len(args) != 1 || args[0].Kind() != textKind {
			return Value{}, errArguments
		}
		return ValueOf(f(args[0].String())), nil
	}
}

// Markup, Style and Script are text that is not escaped. Markup may stand where text may,
// the others in the elements of their names alone.
type (
	Markup string
	Style  string
	Script string
)

// Set is a set of templates that may fill in each other. Once parsed it may be used by
// many goroutines at once.
type Set struct {
	html  bool
	funcs Funcs
	named map[string][]node
}

// Text makes an empty set of templates for plain text.
func Text(funcs Funcs) *Set { return &Set{funcs: funcs, named: map[string][]node{}} }

// HTML makes an empty set of templates for HTML.
func HTML(funcs Funcs) *Set {
	s := Text(funcs)
	s.html = true
	return s
}

// Parse adds a template, and those that it defines. An error names the place.
func (s *Set) Parse(name, text string) error {
	p := &parser{set: s, rest: text}
	nodes, err := p.body()
	if err == nil && p.stop != "" {
		err = fmt.Errorf("%q closes nothing", p.stop)
	}
	if err == nil && p.at.place != inText {
		err = errContext
	}
	if err != nil {
		line := 1 + strings.Count(text[:len(text)-len(p.rest)], "\n")
		return fmt.Errorf("%s:%d: %w", name, line, err)
	}
	s.named[name] = nodes
	return nil
}

// Execute fills a template with data: a struct, or a value that the template takes as it
// is. Values that are shown are texts and whole numbers, and booleans.
func (s *Set) Execute(w io.Writer, name string, data any) error {
	nodes, ok := s.named[name]
	if !ok {
		return fmt.Errorf("no template %q", name)
	}
	f := &filling{set: s, out: w}
	f.inside(nodes, ValueOf(data))
	if f.err == nil {
		f.flush()
	}
	if f.err != nil {
		return fmt.Errorf("%s: %w", name, f.err)
	}
	return nil
}
