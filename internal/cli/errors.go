package cli

import (
	"cmp"
	"errors"
	"fmt"

	"tlsready/internal/message"
	"tlsready/internal/survey"
)

// The exit statuses. Scripts rely on them; every help page prints them.
const (
	ExitConnects    = 0   // everything connects, or the command did its work
	ExitFails       = 1   // something fails
	ExitUsage       = 2   // wrong usage or configuration
	ExitIncomplete  = 3   // something could not be judged, and nothing is known to fail
	ExitInterrupted = 130 // Ctrl-C: 128 + SIGINT, as shells count
)

// exitStatuses lists them in the order of the help pages.
func exitStatuses() []int {
	return []int{ExitConnects, ExitFails, ExitUsage, ExitIncomplete, ExitInterrupted}
}

// UserError is an error that tells the user what is wrong and what to do.
type UserError struct {
	Msg  string // what is wrong, one line, no full stop
	Hint string // what to do; "" where nothing helps
	Code int    // exit status; 0 stands for ExitUsage
	Err  error  // the cause, for errors.Is; may be nil, is not printed
}

// Error returns the message without the hint.
func (e *UserError) Error() string { return e.Msg }

// Unwrap returns the cause.
func (e *UserError) Unwrap() error { return e.Err }

// usageError is a UserError with exit status 2 whose message is the text
// "cli.error.<id>" and whose hint is the text "cli.hint.<id>", where there is
// one. Both are given args.
func (app *App) usageError(id string, args ...message.Arg) error {
	e := &UserError{Msg: app.text("cli.error."+id, args...), Code: ExitUsage}
	if app.Words.Has("cli.hint." + id) {
		e.Hint = app.text("cli.hint."+id, args...)
	}
	return e
}

// Exit ends a command with a status and without a message: its result has said
// it all.
type Exit int

// Error names the status.
func (e Exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Verdict turns the counts of a result into the error that a command returns:
// nil, Exit(1) or Exit(3). What fails wins over what is unknown; with
// --exit-zero it is always nil.
func (app *App) Verdict(fails, unknown int) error {
	switch {
	case app.ExitZero:
		return nil
	case fails > 0:
		return Exit(ExitFails)
	case unknown > 0:
		return Exit(ExitIncomplete)
	}
	return nil
}

// finish prints err, where there is something to print, and returns the exit
// status.
func (app *App) finish(err error, interrupted bool) int {
	var exit Exit
	var panicked *survey.PanicError
	var ended *survey.Interrupted
	switch {
	case err == nil:
		return ExitConnects
	case errors.As(err, &panicked):
		return app.reportPanic(panicked.Value, panicked.Stack)
	case interrupted:
		msg, hint := app.text("cli.error.interrupted"), ""
		if errors.As(err, &ended) { // it is known how far the run was
			msg, hint = app.words().Problem(ended.Problem)
		}
		app.Error(msg, hint, ExitInterrupted)
		return ExitInterrupted
	case errors.As(err, &exit):
		return int(exit)
	}
	user := app.userError(err)
	app.Error(user.Msg, user.Hint, user.Code)
	return user.Code
}

// userError is what the user sees of an error. A mistake in what was asked for is a
// wrong usage; any other error that is not a UserError is not the user's: the work
// was not finished, which is "incomplete".
func (app *App) userError(err error) *UserError {
	var user *UserError
	var wrong *survey.Mistake
	if errors.As(err, &user) {
		return &UserError{Msg: user.Msg, Hint: user.Hint, Code: cmp.Or(user.Code, ExitUsage), Err: user.Err}
	}
	what, hint := app.words().Problem(err)
	if errors.As(err, &wrong) {
		return &UserError{Msg: what, Hint: hint, Code: ExitUsage, Err: err}
	}
	return &UserError{Msg: what, Hint: hint, Code: ExitIncomplete, Err: err}
}

// reportPanic tells of a defect in the program: what happened, where to report
// it, and the trace that a report needs.
func (app *App) reportPanic(failure any, stack []byte) int {
	if app.Words == nil {
		app.setLanguage("")
	}
	app.Error(app.text("cli.error.panic", message.Str("what", fmt.Sprint(failure))), app.text("cli.hint.panic"), ExitIncomplete)
	app.Trace(stack)
	return ExitIncomplete
}

// why is the text of a cause.
func (app *App) why(err error) string {
	what, _ := app.words().Problem(err)
	return what
}
