package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/source"
	"tlsready/internal/source/remote"
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

// changer changes machines.
type changer struct {
	app    *App
	target func(url string) (*target, error)
}

func (app *App) changer(far remote.Options) *changer {
	return &changer{
		app:    app,
		target: func(url string) (*target, error) { return app.targetOf(url, far) },
	}
}

// application is what apply works on: what the run met and judged, and what the
// user asked for.
type application struct {
	run        *run
	hosts      []source.Host    // as they were met; the snapshots are not needed
	list       []*assess.Judged // for each host and service
	flags      *applyFlags
	dir        string // for the undo files; "" is the working folder
	documented bool   // take the vendors' whole recipes
}

// note keeps what apply needs to know of a host.
func (a *application) note(h source.Host) {
	a.hosts = append(a.hosts, source.Host{ID: h.ID, Path: h.Path, Err: h.Err})
}

// intent is what one machine needs.
type intent struct {
	*target
	changes []host.Change
	first   []recipe.Prerequisite // what has to be there for the changes to help
	restart recipe.Restart
	undo    string
}

// ready refuses what could not be done, before machines are read.
func (c *changer) ready(r *run, f *applyFlags) error {
	if !f.yes && !c.app.CanAsk() {
		return c.app.usageError("apply-unasked")
	}
	if len(r.Assumed) > 0 { // the changes would be proved for a machine that is not there
		return c.app.usageError("apply-with")
	}
	return nil
}

// apply changes the machines: it shows what it is going to do on all of them,
// asks once, and then goes from one to the next: it writes the undo file, changes,
// reads back and judges again. Every host has to be a running machine; one that
// could not be read is left alone. The error is the exit status of what is true
// afterwards.
func (c *changer) apply(ctx context.Context, a *application) error {
	if err := c.ready(a.run, a.flags); err != nil {
		return err
	}
	intents, err := c.intents(a)
	if err != nil {
		return err
	}
	w := &work{changer: c, run: a.run, rows: c.unread(a)}
	w.count(a.list, intents)
	if len(intents) == 0 {
		c.app.Say(c.app.text("cli.apply.nothing"))
		return w.status(ctx)
	}
	for _, in := range intents {
		c.show(in)
	}
	if !a.flags.yes {
		if err := c.confirm(ctx, "cli.apply.ask"); err != nil {
			return err
		}
	}
	if a.dir != "" {
		if err := os.MkdirAll(a.dir, 0o755); err != nil {
			return c.app.cannotWrite(a.dir, err)
		}
	}
	w.all(ctx, intents)
	return w.status(ctx)
}

// unread tells of the machines that could not be read.
func (c *changer) unread(a *application) []row {
	var rows []row
	for _, h := range a.hosts {
		if h.Err == nil {
			continue
		}
		e := &UserError{Msg: c.app.text("cli.apply.unreadable", message.Str("host", h.ID), message.Str("why", c.app.why(h.Err))), Hint: c.app.hint(h.Err), Code: ExitIncomplete, Err: h.Err}
		c.tell(e.Msg)
		rows = append(rows, row{host: h.ID, fate: unreadRow, err: e})
	}
	return rows
}

// intents joins what was judged with the machines. Several recipes for one
// machine are one intent. A file is refused by its name, and not by what it says
// of where it came from.
func (c *changer) intents(a *application) ([]*intent, error) {
	judged := map[string][]*assess.Judged{}
	for _, j := range a.list {
		judged[strings.ToLower(j.ID)] = append(judged[strings.ToLower(j.ID)], j)
	}
	var all []*intent
	for _, h := range a.hosts {
		t, err := c.target(h.Path)
		if err != nil {
			return nil, err
		}
		in := &intent{target: t, restart: recipe.Restart("none"), undo: filepath.Join(a.dir, c.undoName(t.id))}
		for _, j := range judged[strings.ToLower(h.ID)] {
			p, leftOut, ok := a.run.Assessor.RecipePlan(j, a.documented)
			if !leftOut.IsZero() {
				c.app.Warn(c.app.words().Render(leftOut))
			}
			if !ok {
				continue
			}
			if err := in.add(c.app, p); err != nil {
				return nil, err
			}
		}
		if len(in.changes) == 0 {
			continue
		}
		if !t.mayWrite {
			return nil, c.app.notElevated(t.id)
		}
		all = append(all, in)
	}
	return all, nil
}

// add takes over the changes of a plan.
func (in *intent) add(app *App, p recipe.Plan) error {
	for _, change := range p.Changes {
		known := false
		for _, other := range in.changes {
			if !strings.EqualFold(other.Key, change.Key) || !strings.EqualFold(other.Name, change.Name) {
				continue
			}
			if known = true; other.Delete != change.Delete || !other.Data.Equal(change.Data) {
				return app.usageError("apply-conflict", message.Str("host", in.id), message.Str("key", change.Key), message.Str("name", change.Name))
			}
		}
		if !known {
			in.changes = append(in.changes, change)
		}
	}
	for _, need := range p.Prerequisites {
		if !slices.ContainsFunc(in.first, func(known recipe.Prerequisite) bool { return known.Kind == need.Kind && known.ID == need.ID }) {
			in.first = append(in.first, need)
		}
	}
	if restartRank(p.Restart) > restartRank(in.restart) {
		in.restart = p.Restart
	}
	return nil
}

func restartRank(r recipe.Restart) int {
	return strings.Index("none process service reboot", string(r))
}

// undoName is a file name that no other machine and no other run has.
func (c *changer) undoName(id string) string {
	safe := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"/\|?*`, r) || r < ' ' {
			return '_'
		}
		return r
	}, id)
	return "tlsready-undo-" + safe + "-" + c.app.Now.UTC().Format("20060102T150405Z") + ".json"
}

// show prints what is going to be done. It is shown even with --quiet, unless
// nobody is asked.
func (c *changer) show(in *intent) {
	text := c.app.text
	lines := []string{text("cli.apply.plan", message.Str("host", in.id), message.Int("n", len(in.changes)), message.Str("undo", in.undo))}
	for _, need := range in.first {
		lines = append(lines, "  "+text("cli.apply.first", message.Str("what", strings.TrimSpace(need.ID+" "+c.app.words().Render(need.Or)))))
	}
	for _, change := range in.changes {
		lines = append(lines, "  "+change.Key, "    "+c.line(change.Name, c.before(change.Before), c.after(change)))
		if change.Owner == host.GroupPolicy {
			lines = append(lines, "    "+text("cli.apply.policy"))
		}
	}
	c.tell(strings.Join(lines, "\n"))
}

func (c *changer) line(name, before, after string) string {
	return cmp.Or(name, "(Default)") + ": " + before + " → " + after
}

func (c *changer) before(b host.Before) string {
	if b.State != host.Present {
		return c.app.text("cli.apply.absent")
	}
	return b.Data.DisplayTyped()
}

func (c *changer) after(change host.Change) string {
	if change.Delete {
		return c.app.text("cli.apply.absent")
	}
	return change.Data.DisplayTyped()
}

// tell writes to standard error what the person who decides has to see.
func (c *changer) tell(text string) {
	if c.app.JSON && !c.app.CanAsk() {
		return
	}
	c.app.Clear()
	_, _ = fmt.Fprintln(c.app.Err, text)
}

// confirm asks, and takes nothing but a yes for one.
func (c *changer) confirm(ctx context.Context, question string) error {
	yes, err := c.app.Confirm(ctx, c.app.text(question))
	switch {
	case ctx.Err() != nil:
		c.tell(c.app.text("cli.error.apply-declined"))
		return ctx.Err()
	case yes || err != nil:
		return err
	}
	return &UserError{Msg: c.app.text("cli.error.apply-declined"), Code: ExitIncomplete}
}
