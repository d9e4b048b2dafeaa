package stencil

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

var (
	errOpen    = errors.New("an action is not closed")
	errContext = errors.New("a part of HTML does not end as it began")
	errAction  = errors.New("no action")
)

// parser reads one template.
type parser struct {
	set  *Set
	rest string
	trim bool    // the next static text loses its leading space
	at   context // of HTML, at the end of what was read
	stop string  // the action that ended a body: "end", "else", or "" at the end of the text
}

const space = " \t\r\n"

// body reads nodes up to "end" or "else", or to the end of the text.
func (p *parser) body() ([]node, error) {
	var nodes []node
	for {
		text, action, found := strings.Cut(p.rest, "{{")
		if p.trim {
			text, p.trim = strings.TrimLeft(text, space), false
		}
		if found && strings.HasPrefix(action, "- ") {
			text = strings.TrimRight(text, space)
		}
		if text != "" {
			if err := p.see(text); err != nil {
				return nil, err
			}
			nodes = append(nodes, static(text))
		}
		if p.rest = action; !found {
			p.stop = ""
			return nodes, nil
		}
		words, err := p.action()
		if err != nil {
			return nil, err
		}
		if words[0] == "end" || words[0] == "else" {
			p.stop = words[0]
			return nodes, nil
		}
		n, err := p.node(words)
		if err != nil {
			return nil, err
		}
		if n != nil {
			nodes = append(nodes, n)
		}
	}
}

// see follows the text of HTML.
func (p *parser) see(text string) error {
	if !p.set.html {
		return nil
	}
	var err error
	p.at, err = p.at.after(text)
	return err
}

// action takes the words of an action.
func (p *parser) action() ([]string, error) {
	inside, rest, found := strings.Cut(p.rest, "}}")
	if !found {
		return nil, errOpen
	}
	if body, trimmed := strings.CutSuffix(inside, " -"); trimmed {
		inside, p.trim = body, true
	}
	inside = strings.TrimPrefix(inside, "- ")
	p.rest = rest
	var words []string
	for inside = strings.TrimLeft(inside, space); inside != ""; inside = strings.TrimLeft(inside, space) {
		end := strings.IndexAny(inside, space)
		if inside[0] == '"' {
			end = 2 + strings.IndexByte(inside[1:], '"')
		}
		if end <= 0 {
			end = len(inside)
		}
		words = append(words, inside[:end])
		inside = inside[end:]
	}
	if len(words) == 0 {
		return nil, errAction
	}
	return words, nil
}

func (p *parser) node(words []string) (node, error) {
	switch words[0] {
	case "if", "with":
		e, err := p.expression(words[1:])
		if err != nil {
			return nil, err
		}
		n := &branch{expression: e, with: words[0] == "with"}
		n.then, n.rest, err = p.bodies()
		return n, err
	case "range":
		return p.loop(words[1:])
	case "template":
		return p.include(words[1:])
	case "define":
		return nil, p.define(words[1:])
	}
	if len(words) > 2 && words[1] == ":=" {
		e, err := p.expression(words[2:])
		return &assign{expression: e, name: words[0]}, err
	}
	e, err := p.expression(words)
	if err != nil || !p.set.html {
		return &shown{expression: e}, err
	}
	escape, err := p.at.escaper()
	return &shown{expression: e, escape: escape}, err
}

// bodies reads what stands up to "end", with "else" or without. Both parts leave HTML
// where it was, so that what follows has one context.
func (p *parser) bodies() (first, second []node, err error) {
	before := p.at
	if first, err = p.closed(before); err != nil || p.stop == "end" {
		return first, nil, err
	}
	if second, err = p.closed(before); err == nil && p.stop != "end" {
		err = errOpen
	}
	return first, second, err
}

func (p *parser) closed(before context) ([]node, error) {
	nodes, err := p.body()
	switch {
	case err != nil:
		return nil, err
	case p.stop == "":
		return nil, errOpen
	case p.at != before:
		return nil, errContext
	}
	return nodes, nil
}

func (p *parser) loop(words []string) (node, error) {
	n := &loop{}
	if len(words) > 3 && words[2] == ":=" {
		n.index, n.element = strings.TrimSuffix(words[0], ","), words[1]
		words = words[3:]
	}
	var err error
	if n.expression, err = p.expression(words); err != nil {
		return nil, err
	}
	n.each, n.rest, err = p.bodies()
	return n, err
}

func (p *parser) include(words []string) (node, error) {
	if len(words) != 2 || p.at.place != inText {
		return nil, errAction
	}
	name, err := strconv.Unquote(words[0])
	if err != nil {
		return nil, err
	}
	e, err := p.expression(words[1:])
	return &include{expression: e, name: name}, err
}

func (p *parser) define(words []string) error {
	if len(words) != 1 || p.at.place != inText {
		return errAction
	}
	name, err := strconv.Unquote(words[0])
	if err != nil {
		return err
	}
	nodes, err := p.closed(p.at)
	p.set.named[name] = nodes
	return err
}

// expression reads a value, or a function with its arguments.
func (p *parser) expression(words []string) (expression, error) {
	var e expression
	if len(words) == 0 {
		return e, errAction
	}
	if !strings.ContainsRune(`.$"0123456789`, rune(words[0][0])) {
		if e.function = builtin(words[0]); e.function == nil {
			e.function = p.set.funcs[words[0]]
		}
		if e.function == nil {
			return e, fmt.Errorf("no function %q", words[0])
		}
		words = words[1:]
	}
	for _, word := range words {
		o, err := operandOf(word)
		if err != nil {
			return e, err
		}
		e.args = append(e.args, o)
	}
	if e.function == nil && len(e.args) != 1 {
		return e, errAction
	}
	return e, nil
}

func operandOf(word string) (*operand, error) {
	switch word[0] {
	case '"':
		text, err := strconv.Unquote(word)
		return &operand{constant: reflect.ValueOf(text)}, err
	case '.', '$':
	default:
		number, err := strconv.Atoi(word)
		return &operand{constant: reflect.ValueOf(number)}, err
	}
	name, fields, _ := strings.Cut(word, ".")
	o := &operand{variable: name}
	for one := range strings.SplitSeq(fields, ".") {
		if one != "" {
			o.fields = append(o.fields, &field{name: one})
		}
	}
	return o, nil
}
