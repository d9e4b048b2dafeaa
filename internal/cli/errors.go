package cli

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

// usage makes the problem p a mistake in how the program was called, which ends it
// with [ExitUsage]; any other error is work that was not finished.
func usage(p *message.Problem) error { return &survey.Mistake{Err: p} }

// usageError is a mistake with the text "cli.error.<id>" and, if there is one, the
// hint "cli.hint.<id>". Both are given args.
func (app *App) usageError(id string, args ...message.Arg) error {
	p := message.Error("cli.error."+id, args...)
	if app.words().Has("cli.hint." + id) {
		p.Hint = message.New("cli.hint."+id, args...)
	}
	return usage(p)
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
		msg, hint := app.text("cli.error.interrupted"), ""
		if errors.As(err, &ended) { // it is known how far the run was
			msg, hint = app.words().Problem(ended.Problem)
		}
		app.Error(msg, hint, ExitInterrupted)
		return ExitInterrupted
	case errors.As(err, &exit):
		return int(exit)
	}
	end := app.ending(err)
	app.Error(end.Msg, end.Hint, end.Code)
	return end.Code
}

// ending is what the user sees of an error, and the exit status.
type ending struct {
	Msg, Hint string
	Code      int
}

// ending words an error. A mistake in what was asked for is a wrong usage; any other
// error is not the user's: the work was not finished, which is "incomplete".
func (app *App) ending(err error) ending {
	end := ending{Code: ExitIncomplete}
	end.Msg, end.Hint = app.words().Problem(err)
	if wrong := (*survey.Mistake)(nil); errors.As(err, &wrong) {
		end.Code = ExitUsage
	}
	return end
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
