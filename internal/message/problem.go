package message

import (
	"errors"
	"io/fs"
	"sync"
)

// Problem is an error that a reader can act on: where it is, what is wrong, what
// to do. It is kept as texts and becomes words at the edge ([Catalog.Problem]).
type Problem struct {
	Where string // a file, folder, URL or host, with the position in it; "" if nowhere
	What  Text   // one line without a full stop; zero if Err says it all
	Hint  Text   // what to do; zero if nothing helps, or if Err has the hint
	Err   error  // the cause, for errors.Is and errors.As; not printed if What is set
}

// Error makes a problem. Its cause is that of the arguments that [Cause] made.
func Error(id string, args ...Arg) *Problem {
	var causes []error
	for _, a := range args {
		if a.err != nil {
			causes = append(causes, a.err)
		}
	}
	p := &Problem{What: New(id, args...)}
	if len(causes) == 1 {
		p.Err = causes[0]
	} else {
		p.Err = errors.Join(causes...)
	}
	return p
}

// Because makes a problem of one that is known, of which errors.Is tells, and of
// why it is so.
func Because(what error, id string, args ...Arg) *Problem {
	p := Error(id, args...)
	return &Problem{What: New("problem.because", Sub("what", CauseOf(what)), Sub("why", p.What)), Err: errors.Join(what, p.Err)}
}

// Join makes one problem of several, which are reported one after the other; nil if
// there are none.
func Join(errs ...error) error {
	var texts []Text
	for _, err := range errs {
		if err != nil {
			texts = append(texts, CauseOf(err))
		}
	}
	switch len(texts) {
	case 0:
		return nil
	case 1:
		return &Problem{What: texts[0], Err: errors.Join(errs...)}
	}
	return &Problem{What: New("problem.list", Sub("list", texts...)), Err: errors.Join(errs...)}
}

// From gives p its cause, which is told with it, and returns it; nil is no cause.
func (p *Problem) From(cause error) *Problem {
	if cause != nil {
		p.What = New("problem.because", Sub("what", p.What), Cause("why", cause))
		p.Err = errors.Join(p.Err, cause)
	}
	return p
}

// At gives p its place and returns it.
func (p *Problem) At(where string) *Problem {
	p.Where = where
	return p
}

// OnLine gives p the line of the file that it is about and returns it.
func (p *Problem) OnLine(line int) *Problem {
	p.What = AtLine(line, p.What)
	return p
}

// Hinted gives p a hint and returns it.
func (p *Problem) Hinted(id string, args ...Arg) *Problem {
	p.Hint = New(id, args...)
	return p
}

// At is err with the place where it happened; nil if err is nil, and err itself if it
// already names that place.
func At(where string, err error) error {
	if err == nil {
		return nil
	}
	if p := (*Problem)(nil); errors.As(err, &p) && p.Where == where {
		return err
	}
	return &Problem{Where: where, Err: err}
}

// OnLine is err with the line of a file that it is about; nil if err is nil.
func OnLine(line int, err error) error {
	if err == nil {
		return nil
	}
	return &Problem{What: AtLine(line, CauseOf(err)), Err: err}
}

// Error is where and what in English, for logs and tests; people are shown
// [Catalog.Problem].
func (p *Problem) Error() string { return English(p.Text()) }

// English gives the words of texts in English, for the Error method of a [Texter]
// and for tests.
func English(texts ...Text) string { return english().join(texts) }

// english is read once: an error may be printed in a loop.
var english = sync.OnceValue(func() *Catalog { return For("en") })

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Problem gives the words of an error and of its hint: those of the outermost
// Problem in its chain, and of the first that has a hint; else the error's own
// text.
func (c *Catalog) Problem(err error) (what, hint string) {
	return c.Render(CauseOf(err)), c.Render(HintOf(err))
}

// Cause is an argument that says why: the text of an error.
func Cause(name string, err error) Arg {
	return Arg{Name: name, texts: []Text{CauseOf(err)}, err: err}
}

// Texter is an error that is a text: a [Problem], or an error of a type of its own
// for those who look into it.
type Texter interface {
	error
	Text() Text // where and what, without a hint
}

// CauseOf is the text of an error, to be named in another one: that of the outermost
// [Texter] in its chain. If there is no Texter, the catalog that renders the text
// looks for words, see [Catalog.WithCauses].
func CauseOf(err error) Text {
	var known Texter
	switch {
	case err == nil:
		return Text{}
	case errors.As(err, &known):
		return known.Text()
	}
	if file, ok := err.(*fs.PathError); ok { // whoever tells of it names the file
		err = file.Err
	}
	return Text{err: err}
}

// Text is where and what.
func (p *Problem) Text() Text {
	what := p.What
	if what.IsZero() {
		what = CauseOf(p.Err)
	}
	if p.Where == "" {
		return what
	}
	return New("problem.at", Str("where", p.Where), Sub("what", what))
}

// HintOf is the hint that the outermost Problem with one gives; zero if there is
// none.
func HintOf(err error) Text {
	var p *Problem
	for errors.As(err, &p) {
		if !p.Hint.IsZero() {
			return p.Hint
		}
		err = p.Err
	}
	return Text{}
}
