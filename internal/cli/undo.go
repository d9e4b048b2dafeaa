package cli

import (
	"context"
	"errors"
	"os"
	"strings"

	"tlsready/internal/apply"
	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// undo puts back what an undo file says, on the machine that it names, or on the
// one source that is given.
func (c *changer) undo(ctx context.Context, sources []string, f *applyFlags) error {
	if len(sources) > 1 {
		return c.app.usageError("undo-sources")
	}
	if !f.yes && !c.app.CanAsk() {
		return c.app.usageError("apply-unasked")
	}
	file, err := c.app.readUndo(f.undo)
	if err != nil {
		return err
	}
	url := file.Source
	if len(sources) == 1 {
		url = sources[0]
	}
	t, err := c.target(url)
	if err != nil {
		return err
	}
	if !strings.EqualFold(t.id, file.Host) && !f.force {
		return c.app.usageError("undo-host", message.Str("file", f.undo), message.Str("host", file.Host), message.Str("here", t.id))
	}
	if !t.mayWrite {
		return c.app.notElevated(t.id)
	}
	c.showUndo(t, file)
	if !f.yes {
		if err := c.confirm(ctx, "cli.undo.ask"); err != nil {
			return err
		}
	}
	return c.putBack(ctx, t, file, f)
}

func (c *changer) putBack(ctx context.Context, t *target, file *apply.File, f *applyFlags) error {
	w, err := t.open(ctx)
	if err != nil {
		return c.app.unreached(t, err)
	}
	defer w.Close()
	done, err := apply.Undo(ctx, w, file, f.force)
	if err != nil {
		e := c.app.undoError(t, f.undo, err)
		if ctx.Err() != nil { // the end says no more than "interrupted"
			c.app.Error(e.Msg, e.Hint, e.Code)
			return ctx.Err()
		}
		return e
	}
	c.app.Say(c.app.text("cli.undo.done", message.Str("host", t.id), message.Int("n", len(done.Restored)), message.Int("already", len(done.Already)), message.Int("keys", len(done.Removed))))
	for _, key := range done.Kept {
		c.app.Warn(c.app.text("cli.undo.kept", message.Str("key", key)))
	}
	return nil
}

func (app *App) readUndo(path string) (*apply.File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, app.cannotRead(path, err)
	}
	file, err := apply.Decode(text)
	if err != nil {
		return nil, &UserError{Msg: path + ": " + app.why(err), Hint: app.text("cli.hint.undo-file"), Err: err}
	}
	return file, nil
}

func (c *changer) showUndo(t *target, file *apply.File) {
	lines := []string{c.app.text("cli.undo.plan", message.Str("host", t.id), message.Int("n", len(file.Values)), message.Str("time", file.WrittenAt.UTC().Format("2006-01-02 15:04:05Z")))}
	for _, s := range file.Values {
		lines = append(lines, "  "+s.Key, "    "+c.line(s.Name, c.stored(s.After), c.stored(s.Before)))
	}
	c.tell(strings.Join(lines, "\n"))
}

func (c *changer) stored(v *registry.Value) string {
	if v == nil {
		return c.app.text("cli.apply.absent")
	}
	return v.Data().DisplayTyped()
}

func (app *App) undoError(t *target, path string, err error) *UserError {
	var drift *apply.DriftError
	var left *apply.UndoError
	e := &UserError{Code: ExitIncomplete, Err: err}
	name := message.Str("host", t.id)
	switch {
	case errors.As(err, &drift):
		steps := make([]apply.Step, len(drift.Values))
		for i, d := range drift.Values {
			steps[i] = d.Step
		}
		e.Msg = app.text("cli.error.undo-drift", name, message.Int("n", len(steps)), message.Str("what", leftOver(steps, nil)))
		e.Hint = app.text("cli.hint.undo-drift")
	case errors.As(err, &left):
		e.Msg = app.text("cli.error.undo-left", name, message.Str("why", app.why(left.Err)), message.Str("what", leftOver(left.Left, left.LeftKeys)))
		e.Hint = app.text("cli.hint.undo-left", message.Str("command", undoCommand(path)))
	default: // it failed while it looked
		e.Msg = app.text("cli.error.undo-untouched", name, message.Str("why", app.why(err)))
		e.Hint = app.hint(err)
	}
	if errors.Is(err, registry.ErrDenied) {
		e.Hint = app.rightHint(t)
	}
	return e
}
