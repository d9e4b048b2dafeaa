package survey

import (
	"errors"

	"tlsready/internal/message"
)

// Mistake is an error in what was asked for: nothing was done yet, and asking
// otherwise helps. Any other error says that something could not be done.
type Mistake struct{ Err error }

// Error is the text of the error in it.
func (m *Mistake) Error() string { return m.Err.Error() }

// Unwrap returns the error in it.
func (m *Mistake) Unwrap() error { return m.Err }

// Interrupted is the end of the context in the middle of a run, with how far the
// run was and how to go on with it.
type Interrupted struct{ *message.Problem }

// problem is the text survey.error.ID with the hint survey.hint.ID. Both are given
// the arguments.
func problem(id string, args ...message.Arg) *message.Problem {
	p := message.Error("survey.error."+id, args...)
	p.Hint = message.New("survey.hint."+id, args...)
	return p
}

// mistake is the Mistake with the texts of an id.
func mistake(id string, args ...message.Arg) error { return &Mistake{problem(id, args...)} }

// sourceError is an error that ends the reading of sources: what was named is no
// source, or the context has ended.
func sourceError(err error) error {
	var p *message.Problem
	if errors.As(err, &p) {
		return &Mistake{err}
	}
	return err
}
