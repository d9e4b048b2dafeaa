package judge

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

// SourceError is an error that ends the reading of sources: what was named is no
// source, which is a [Mistake], or the context has ended.
func SourceError(err error) error {
	var p *message.Problem
	if errors.As(err, &p) {
		return &Mistake{err}
	}
	return err
}

// CannotRead is the [Mistake] of a file that was named and cannot be read.
func CannotRead(path string, err error) error {
	p := message.Error("cli.error.read", message.Str("path", path), message.Cause("why", err))
	p.Hint = message.New("cli.hint.read")
	return &Mistake{p}
}
