package message

import (
	"errors"
	"sync"
)

// Problem is an error that a reader can act on: where it is, what is wrong, what
// to do. It is kept as texts and becomes words at the edge ([Catalog.Problem]).
type Problem struct {
	Where string // a file, folder, URL or host, with the position in it; "" if nowhere
	What  Text   // one line without a full stop
	Hint  Text   // what to do; zero if nothing helps
	Err   error  // the cause, for errors.Is and errors.As; not printed by itself
}

// Error is where and what in English, for logs and tests; people are shown
// [Catalog.Problem].
func (p *Problem) Error() string {
	what, _ := english().Problem(p)
	return what
}

// english is read once: an error may be printed in a loop.
var english = sync.OnceValue(func() *Catalog { return For("en") })

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Problem gives the words of an error and of its hint: those of the outermost
// Problem in its chain, else the error's own text.
func (c *Catalog) Problem(err error) (what, hint string) {
	var p *Problem
	if !errors.As(err, &p) {
		return c.Render(CauseOf(err)), ""
	}
	what = c.Render(p.What)
	if p.Where != "" {
		what = p.Where + ": " + what
	}
	return what, c.Render(p.Hint)
}

// Cause is an argument that says why: the text of an error.
func Cause(name string, err error) Arg { return Sub(name, CauseOf(err)) }

// CauseOf is the text of an error, to be named in another one. Where the error is
// a Problem, that is what it says, without its hint.
func CauseOf(err error) Text {
	var p *Problem
	switch {
	case err == nil:
		return Text{}
	case !errors.As(err, &p):
		return Literal(err.Error())
	case p.Where == "":
		return p.What
	}
	return New("problem.at", Str("where", p.Where), Sub("what", p.What))
}
