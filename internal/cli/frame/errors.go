package frame

import (
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

// Usage makes the problem p a mistake in how the program was called, which ends it
// with [ExitUsage]; any other error is work that was not finished.
func Usage(p *message.Problem) error { return &survey.Mistake{Err: p} }

// UsageError is a mistake with the text "cli.error.<id>" and, if there is one, the
// hint "cli.hint.<id>". Both are given args.
func (app *App) UsageError(id string, args ...message.Arg) error {
	p := message.Error("cli.error."+id, args...)
	if app.Catalog().Has("cli.hint." + id) {
		p.Hint = message.New("cli.hint."+id, args...)
	}
	return Usage(p)
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

// finish prints err, if there is anything to print, and returns the exit status.
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
		msg, hint := app.Text("cli.error.interrupted"), ""
		if errors.As(err, &ended) { // it is known how far the run was
			msg, hint = app.Catalog().Problem(ended.Problem)
		}
		app.Error(msg, hint, ExitInterrupted)
		return ExitInterrupted
	case errors.As(err, &exit):
		return int(exit)
	}
	end := app.Ending(err)
	app.Error(end.Msg, end.Hint, end.Code)
	return end.Code
}

// Ending is what the user sees of an error, and the exit status.
type Ending struct {
	Msg, Hint string
	Code      int
}

// Ending words an error. A mistake in what was asked for is a wrong usage; any other
// error is not the user's: the work was not finished, which is "incomplete".
func (app *App) Ending(err error) Ending {
	end := Ending{Code: ExitIncomplete}
	end.Msg, end.Hint = app.Catalog().Problem(err)
	if wrong := (*survey.Mistake)(nil); errors.As(err, &wrong) {
		end.Code = ExitUsage
	}
	return end
}

// reportPanic tells of a defect in the program: what happened, where to report
// it, and the trace that a report needs.
func (app *App) reportPanic(failure any, stack []byte) int {
	if app.Words == nil {
		app.SetLanguage("")
	}
	app.Error(app.Text("cli.error.panic", message.Str("what", fmt.Sprint(failure))), app.Text("cli.hint.panic"), ExitIncomplete)
	app.Trace(stack)
	return ExitIncomplete
}

// Why is the text of a cause.
func (app *App) Why(err error) string {
	what, _ := app.Catalog().Problem(err)
	return what
}
