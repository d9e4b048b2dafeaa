package survey

import (
	"tlsready/internal/message"
	"tlsready/internal/survey/judge"
)

// Mistake is an error in what was asked for, see [judge.Mistake].
type Mistake = judge.Mistake

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
func mistake(id string, args ...message.Arg) error { return &Mistake{Err: problem(id, args...)} }
