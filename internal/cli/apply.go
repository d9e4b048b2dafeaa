package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/stores"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source/live"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
)

// applyFlags are what fix has for changing machines itself.
type applyFlags struct {
	apply bool   // change the machines
	yes   bool   // without asking
	undo  string // put back what this undo file says
	force bool   // with undo: also what somebody changed since
}

func (f *applyFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.apply, "apply", false, "")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "")
	cmd.Flags().StringVar(&f.undo, "undo", "", "")
	cmd.Flags().BoolVar(&f.force, "force", false, "")
}

// applying is one run of fix that changes machines.
type applying struct {
	*survey.Applier
	app    *App
	reach  *sourceFlags // how machines are reached
	record *stores.Recording
}

func (app *App) applying(f *sourceFlags) *applying {
	far := app.remoteOptions(f)
	c := &applying{app: app, reach: f}
	c.Applier = &survey.Applier{
		Machine: func(url string) (*survey.Machine, error) { return survey.MachineAt(url, far) },
		Now:     app.Now, UndoCommand: c.undoCommand, Warn: app.WarnOf,
	}
	return c
}

// ready refuses what could not be done, before machines are read.
func (c *applying) ready(j *survey.Judging, f *applyFlags) error {
	if !f.yes && !c.app.CanAsk() {
		return c.app.UsageError("apply-unasked")
	}
	if j.Assessor.Assumed != nil { // the changes would be proved for a machine that is not there
		return c.app.UsageError("apply-with")
	}
	return nil
}

// apply changes the machines: it shows what it is going to do on all of them, asks
// once, and then goes from one to the next. Every host has to be a running machine;
// one that could not be read is left alone. The error is the exit status of what is
// true afterwards.
func (c *applying) apply(ctx context.Context, j *survey.Judging, list []judge.Judged, f *applyFlags) error {
	if err := c.ready(j, f); err != nil {
		return err
	}
	c.Judging = j
	plans, err := c.Plans(list)
	if err != nil {
		return err
	}
	o := &applied{app: c.app, undo: c.undoCommand, results: survey.Unread(list)}
	for _, one := range o.results {
		what, _ := c.app.Catalog().Problem(one.Problem)
		c.tell(what)
	}
	o.fails, o.unknown = survey.CountUnplanned(list, plans)
	if len(plans) == 0 {
		c.app.Say(c.app.Text("cli.apply.nothing"))
		return o.status(ctx)
	}
	for _, p := range plans {
		c.show(p)
	}
	if !f.yes {
		if err := c.confirm(ctx, "cli.apply.ask"); err != nil {
			return err
		}
	}
	o.several = len(o.results)+len(plans) > 1
	for one, err := range c.Apply(ctx, plans) {
		if err != nil {
			return err
		}
		o.take(ctx, one)
		if err := c.record.Applied(ctx, one, list); err != nil {
			return err
		}
	}
	if o.several || ctx.Err() != nil || c.app.JSON {
		c.summary(o.results)
	}
	return o.status(ctx)
}

// show prints what is going to be done. It is shown even with --quiet, unless
// nobody is asked.
func (c *applying) show(p *survey.MachinePlan) {
	text := c.app.Text
	lines := []string{text("cli.apply.plan", message.Str("host", p.ID), message.Int("n", len(p.Changes)), message.Str("undo", p.Undo))}
	for _, need := range p.Prerequisites {
		lines = append(lines, "  "+text("cli.apply.first", message.Str("what", strings.TrimSpace(need.ID+" "+c.app.Catalog().Render(need.Or)))))
	}
	for _, change := range p.Changes {
		lines = append(lines, "  "+change.Key, "    "+c.line(change.Name, c.before(change.Before), c.after(change)))
		if change.Owner == host.GroupPolicy {
			lines = append(lines, "    "+c.policy(change.Policy))
		}
	}
	c.tell(strings.Join(lines, "\n"))
}

// policy says that a group policy writes a value again, and which, if that is known.
func (c *applying) policy(gpo string) string {
	if gpo == "" {
		return c.app.Text("cli.apply.policy")
	}
	return c.app.Text("cli.apply.gpo", message.Str("gpo", gpo))
}

func (c *applying) line(name, before, after string) string {
	return cmp.Or(name, "(Default)") + ": " + before + " → " + after
}

func (c *applying) before(b host.Before) string {
	if b.State != host.Present {
		return c.app.Text("cli.apply.absent")
	}
	return b.Data.DisplayTyped()
}

func (c *applying) after(change host.Change) string {
	if change.Delete {
		return c.app.Text("cli.apply.absent")
	}
	return change.Data.DisplayTyped()
}

// tell writes to standard error what the person who decides has to see.
func (c *applying) tell(text string) {
	if c.app.JSON && !c.app.CanAsk() {
		return
	}
	c.app.Clear()
	_, _ = fmt.Fprintln(c.app.Err, text)
}

// confirm asks, and takes nothing but a yes for one.
func (c *applying) confirm(ctx context.Context, question string) error {
	yes, err := c.app.Confirm(ctx, c.app.Text(question))
	switch {
	case ctx.Err() != nil:
		c.tell(c.app.Text("cli.error.apply-declined"))
		return ctx.Err()
	case yes || err != nil:
		return err
	}
	return message.Error("cli.error.apply-declined")
}

// undoCommand is what puts back what an undo file says. A machine that is not this
// one stands in it, since an undo file alone does not decide where a password goes.
func (c *applying) undoCommand(url, path string) string {
	words := []string{"tlsready", "fix"}
	if !strings.EqualFold(url, live.URL) {
		words = append(words, frame.QuoteArg(url))
	}
	words = append(words, "--undo", frame.QuoteArg(path))
	if c.app.OnCommandLine("password-file") {
		words = append(words, "--password-file", frame.QuoteArg(c.reach.passwordFile))
	}
	return strings.Join(append(words, c.app.CommonFlags()...), " ")
}
