package cli

import (
	"context"
	"strings"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/survey"
)

// undo puts back what an undo file says, on the machine that it names, or on the
// one source that is given.
func (c *applying) undo(ctx context.Context, sources []string, f *applyFlags) error {
	if len(sources) > 1 {
		return c.app.UsageError("undo-sources")
	}
	if !f.yes && !c.app.CanAsk() {
		return c.app.UsageError("apply-unasked")
	}
	plan, err := c.PlanUndo(f.undo, strings.Join(sources, ""), f.force)
	if err != nil {
		return err
	}
	c.showUndo(plan)
	if !f.yes {
		if err := c.confirm(ctx, "cli.undo.ask"); err != nil {
			return err
		}
	}
	return c.putBack(ctx, plan)
}

func (c *applying) putBack(ctx context.Context, plan *survey.UndoPlan) error {
	done, err := c.Undo(ctx, plan)
	if err != nil && ctx.Err() != nil { // the end says no more than "interrupted"
		what, hint := c.app.Catalog().Problem(err)
		c.app.Error(what, hint, frame.ExitIncomplete)
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	c.app.Say(c.app.Text("cli.undo.done", message.Str("host", plan.ID), message.Int("n", len(done.Restored)), message.Int("already", len(done.Already)), message.Int("keys", len(done.Removed))))
	for _, key := range done.Kept {
		c.app.Warn(c.app.Text("cli.undo.kept", message.Str("key", key)))
	}
	return nil
}

func (c *applying) showUndo(plan *survey.UndoPlan) {
	file := plan.File
	lines := []string{c.app.Text("cli.undo.plan", message.Str("host", plan.ID), message.Int("n", len(file.Values)), message.Str("time", file.WrittenAt.UTC().Format("2006-01-02 15:04:05Z")))}
	for _, s := range file.Values {
		lines = append(lines, "  "+s.Key, "    "+c.line(s.Name, c.stored(s.After), c.stored(s.Before)))
	}
	c.tell(strings.Join(lines, "\n"))
}

func (c *applying) stored(v *registry.Value) string {
	if v == nil {
		return c.app.Text("cli.apply.absent")
	}
	return v.Data().DisplayTyped()
}
