package cli

import (
	"errors"
	"strings"

	"tlsready/internal/apply"
	"tlsready/internal/message"
	"tlsready/internal/registry"
)

func (app *App) notElevated(id string) error {
	return &UserError{
		Msg: app.text("cli.error.apply-elevation", message.Str("host", id)), Hint: app.text("cli.hint.apply-elevation"),
		Code: ExitIncomplete, Err: registry.ErrDenied,
	}
}

// unreached is a machine that could be read, but not reached to change it.
func (app *App) unreached(t *target, err error) *UserError {
	return &UserError{
		Msg: app.text("cli.error.apply-unreached", message.Str("host", t.id), message.Str("why", app.why(err))), Hint: app.hint(err),
		Code: ExitIncomplete, Err: err,
	}
}

// why is the text of a cause.
func (app *App) why(err error) string {
	what, _ := app.words().Problem(err)
	return what
}

// applyError says what a failure means for the machine, and the path of the undo
// file where that is needed.
func (app *App) applyError(t *target, err error) (fate, string, *UserError) {
	var broken *apply.BrokenError
	var stale *apply.StaleError
	var unwritten *apply.UndoFileError
	e := &UserError{Code: ExitIncomplete, Err: err}
	name := message.Str("host", t.id)
	switch {
	case errors.As(err, &broken):
		return app.brokenError(t, broken)
	case errors.As(err, &stale):
		e.Msg = app.text("cli.error.apply-stale", name, message.Str("key", stale.Key), message.Str("name", valueName(stale.Name)))
		e.Hint = app.text("cli.hint.apply-stale")
	case errors.As(err, &unwritten):
		e.Msg = app.text("cli.error.apply-no-undo", name, message.Str("path", unwritten.Path), message.Str("why", app.why(unwritten.Err)))
		e.Hint = app.text("cli.hint.apply-no-undo")
	default:
		e.Msg = app.text("cli.error.apply-untouched", name, message.Str("why", app.why(err)))
		if errors.Is(err, registry.ErrDenied) {
			e.Hint = app.rightHint(t)
		}
	}
	return untouchedRow, "", e
}

// brokenError is a change that failed half-way.
func (app *App) brokenError(t *target, broken *apply.BrokenError) (fate, string, *UserError) {
	e := &UserError{Code: ExitIncomplete, Err: broken}
	name, why := message.Str("host", t.id), message.Str("why", app.why(broken.Err))
	restored := message.Int("n", len(broken.Restored)+len(broken.Removed))
	var step *apply.StepError
	denied := errors.As(broken.Err, &step) && errors.Is(step, registry.ErrDenied)
	switch {
	case !broken.Whole():
		return halfRow, broken.Undo, app.halfError(t, broken)
	case denied:
		e.Msg = app.deniedText(t, step)
		e.Hint = app.rightHint(t)
	case len(broken.Restored)+len(broken.Removed) == 0:
		e.Msg = app.text("cli.error.apply-untouched", name, why)
	default:
		e.Msg = app.text("cli.error.apply-restored", name, why, restored)
	}
	return untouchedRow, broken.Undo, e
}

// halfError names what is known to be changed, what is not known, and the command
// that puts it back.
func (app *App) halfError(t *target, broken *apply.BrokenError) *UserError {
	name, why := message.Str("host", t.id), message.Str("why", app.why(broken.Err))
	known, doubtful := parts(broken)
	id := "cli.error.apply-half"
	if broken.Lost != nil {
		id = "cli.error.apply-lost"
	}
	msg := app.text(id, name, why, message.Str("what", firstOf(known, app.text("cli.apply.none"))))
	if doubtful != "" {
		msg += app.text("cli.error.apply-doubtful", message.Str("what", doubtful))
	}
	return &UserError{
		Msg: msg, Hint: app.text("cli.hint.apply-half", message.Str("command", undoCommand(broken.Undo))),
		Code: ExitIncomplete, Err: broken,
	}
}

// parts parts what is left into what is known to be changed and what is not.
func parts(e *apply.BrokenError) (known, doubtful string) {
	isDoubtful := func(s apply.Step) bool {
		for _, d := range e.Doubtful {
			if d.Key == s.Key && d.Name == s.Name {
				return true
			}
		}
		return false
	}
	var steps []apply.Step
	for _, s := range e.Left {
		if !isDoubtful(s) {
			steps = append(steps, s)
		}
	}
	var keys, perhaps []string
	for _, k := range e.LeftKeys {
		if k == e.DoubtfulKey {
			perhaps = append(perhaps, k)
		} else {
			keys = append(keys, k)
		}
	}
	return leftOver(steps, keys), leftOver(e.Doubtful, perhaps)
}

// deniedText names the right that is missing, in the words of Windows' own list
// of permissions. That nothing is changed is known here.
func (app *App) deniedText(t *target, step *apply.StepError) string {
	right, key := "set", step.Key
	if step.Create {
		right, key = "create", registry.Parent(step.Key)
	}
	account := firstOf(t.account, app.text("cli.apply.this-account"))
	return app.text("cli.error.apply-denied", message.Str("host", t.id), message.Str("account", account),
		message.Str("right", app.text("cli.apply.right."+right)), message.Str("key", key))
}

// rightHint says how to come by the rights on this kind of machine.
func (app *App) rightHint(t *target) string {
	switch t.scheme {
	case "smb", "winrm":
		return app.text("cli.hint.apply-denied-network")
	case "ssh":
		return app.text("cli.hint.apply-denied-ssh")
	}
	return app.text("cli.hint.apply-elevation")
}

// leftOver names values and keys in one line.
func leftOver(steps []apply.Step, keys []string) string {
	names := make([]string, 0, len(steps)+len(keys))
	for _, s := range steps {
		names = append(names, s.Key+" "+valueName(s.Name))
	}
	return strings.Join(append(names, keys...), "; ")
}

// valueName is how a value is called, of which the default one has no name.
func valueName(name string) string { return firstOf(name, "(Default)") }
