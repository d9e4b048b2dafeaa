package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tlsready/internal/apply"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/registry"
	"tlsready/internal/source"
	"tlsready/internal/source/live"
	"tlsready/internal/verdict"
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

// target is a running machine whose registry can be changed.
type target struct {
	id, url string
	registry.Writer
	mayWrite bool // false: the account is known to lack the right
	close    func() error
}

// openTarget reaches the machine that a URL names. The caller closes it.
func (app *App) openTarget(_ context.Context, url string) (*target, error) {
	scheme := live.Scheme()
	if !strings.EqualFold(url, live.URL) {
		return nil, app.usageError("apply-file", message.Str("source", url))
	}
	id, err := scheme.ID(url)
	if err != nil {
		return nil, app.sourceError(err)
	}
	w, err := live.Open()
	if err != nil {
		return nil, err
	}
	return &target{id: id, url: live.URL, Writer: w, mayWrite: live.Elevated(), close: func() error { return nil }}, nil
}

// applyFix changes the machines that the sources name: it shows what it is going
// to do, asks, writes the undo files below dir ("" is the working folder),
// changes, reads back and judges again. Every source has to be a running machine.
// The list is what the run judged; documented takes the vendors' whole recipes.
// The error is the exit status of what is true afterwards.
func (app *App) applyFix(ctx context.Context, r *run, sources []string, list []*document.Judged, f *applyFlags, dir string, documented bool) error {
	c := &changer{app: app, open: app.openTarget, terminal: app.inTerminal()}
	return c.apply(ctx, r, sources, list, f, dir, documented)
}

// undoFix puts back what an undo file says, on the machine that it names, or on
// the one source that is given.
func (app *App) undoFix(ctx context.Context, sources []string, f *applyFlags) error {
	c := &changer{app: app, open: app.openTarget, terminal: app.inTerminal()}
	return c.undo(ctx, sources, f)
}

// inTerminal says whether a person can answer on standard input.
func (app *App) inTerminal() bool {
	in := app.In
	if wrapped, ok := in.(interruptible); ok {
		in = wrapped.in
	}
	file, ok := in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// changer changes machines.
type changer struct {
	app      *App
	open     func(ctx context.Context, url string) (*target, error)
	terminal bool
}

// intent is what one machine needs.
type intent struct {
	*target
	changes []host.Change
	restart recipe.Restart
	undo    string
}

func (c *changer) apply(ctx context.Context, r *run, sources []string, list []*document.Judged, f *applyFlags, dir string, documented bool) error {
	if !f.yes && !c.terminal {
		return c.app.usageError("apply-unasked")
	}
	if len(r.with) > 0 { // the changes would be proved for a machine that is not there
		return c.app.usageError("apply-with")
	}
	targets, err := c.targets(ctx, sources)
	defer closeAll(targets)
	if err != nil {
		return err
	}
	intents, err := c.intents(r, targets, list, dir, documented)
	if err != nil {
		return err
	}
	if len(intents) == 0 {
		c.app.Say(c.app.text("cli.apply.nothing"))
		return nil
	}
	for _, in := range intents {
		c.show(in)
	}
	if !f.yes {
		if err := c.confirm(ctx, "cli.apply.ask"); err != nil {
			return err
		}
	}
	if dir != "" {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return c.app.cannotWrite(dir, err)
		}
	}
	return c.applyAll(ctx, r, intents)
}

// targets opens the machines. A file is refused by its name, and not by what it
// says of where it came from.
func (c *changer) targets(ctx context.Context, sources []string) ([]*target, error) {
	var all []*target
	for _, url := range sources {
		t, err := c.open(ctx, url)
		if err != nil {
			return all, err
		}
		all = append(all, t)
	}
	return all, nil
}

func closeAll(targets []*target) {
	for _, t := range targets {
		_ = t.close() // what was to be done is done and read back
	}
}

// intents joins what was judged with the machines. Several recipes for one
// machine are one intent.
func (c *changer) intents(r *run, targets []*target, list []*document.Judged, dir string, documented bool) ([]*intent, error) {
	var all []*intent
	for _, t := range targets {
		in := &intent{target: t, restart: recipe.Restart("none"), undo: filepath.Join(dir, c.undoName(t.id))}
		for _, j := range list {
			if !strings.EqualFold(j.ID, t.id) {
				continue
			}
			p, ok := r.planOf(j, documented)
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
	return shownData(b.Data)
}

func (c *changer) after(change host.Change) string {
	if change.Delete {
		return c.app.text("cli.apply.absent")
	}
	return shownData(change.Data)
}

func shownData(d host.Data) string {
	raw, err := d.JSON()
	if err != nil {
		return string(d.Type)
	}
	return string(d.Type) + " " + string(raw)
}

// tell writes to standard error what the person who decides has to see.
func (c *changer) tell(text string) {
	if c.app.errorsJSON && !c.terminal {
		return
	}
	c.app.clearProgress()
	_, _ = fmt.Fprintln(c.app.Err, text)
}

// confirm asks, and takes nothing but a yes for one.
func (c *changer) confirm(ctx context.Context, question string) error {
	_, _ = fmt.Fprint(c.app.Err, c.app.text(question)+" ")
	answer, err := bufio.NewReader(c.app.In).ReadString('\n')
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "はい":
		return nil
	}
	return &UserError{Msg: c.app.text("cli.error.apply-declined"), Code: ExitIncomplete}
}

// applyAll goes from machine to machine; one that fails does not stop the
// others.
func (c *changer) applyAll(ctx context.Context, r *run, intents []*intent) error {
	var failed error
	fails, unknown := 0, 0
	for _, in := range intents {
		outcome, err := c.applyOne(ctx, r, in)
		switch {
		case err != nil && ctx.Err() != nil:
			return err
		case err != nil && failed != nil:
			c.app.Warn(in.id + ": " + err.Error())
		case err != nil:
			failed = err
		case outcome == verdict.Fails:
			fails++
		case outcome == verdict.Unknown:
			unknown++
		}
	}
	if failed != nil {
		return failed
	}
	return c.app.Verdict(fails, unknown)
}

func (c *changer) applyOne(ctx context.Context, r *run, in *intent) (verdict.Verdict, error) {
	outcome := verdict.Unknown
	report, err := apply.Apply(ctx, in.Writer, apply.Request{
		Host: in.id, Source: in.url, Changes: in.changes, Undo: in.undo, Now: c.app.Now,
		Judge: func(ctx context.Context) (err error) {
			outcome, err = r.judgeAgain(ctx, in.url)
			return err
		},
	})
	if err != nil {
		return outcome, c.app.applyError(in.id, err)
	}
	text, name := c.app.text, message.Str("host", in.id)
	if report.Undo == "" {
		c.app.Say(text("cli.apply.unchanged", name))
	} else {
		c.app.Say(text("cli.apply.done", name, message.Int("n", len(report.Changed)), message.Int("keys", len(report.Created))))
		c.app.Say(text("cli.apply.how-to-undo", message.Str("command", "tlsready fix --undo "+quoteArg(report.Undo))))
	}
	if report.Judge != nil {
		c.app.Warn(text("cli.apply.not-judged", name, message.Str("why", report.Judge.Error())))
		return verdict.Unknown, nil
	}
	c.app.Say(text("cli.apply.judged", name, message.Str("verdict", text("verdict."+string(outcome)))))
	if in.restart != "none" {
		c.app.Say(text("cli.apply.restart", name, message.Str("what", text("restart."+string(in.restart)))))
	}
	return outcome, nil
}

// judgeAgain reads a machine anew and gives the worst of its verdicts.
func (r *run) judgeAgain(ctx context.Context, url string) (verdict.Verdict, error) {
	worst := verdict.Connects
	for h, err := range source.Read(ctx, []string{url}, r.source) {
		if err = cmp.Or(err, h.Err); err != nil {
			return verdict.Unknown, err
		}
		j := r.judge(h)
		if j.err != nil {
			return verdict.Unknown, j.err
		}
		for _, one := range j.list {
			switch v := one.Outcome.Verdict; {
			case v == verdict.Fails:
				worst = v
			case v == verdict.Unknown && worst != verdict.Fails:
				worst = v
			}
		}
	}
	return worst, nil
}

func (app *App) notElevated(id string) error {
	return &UserError{
		Msg: app.text("cli.error.apply-elevation", message.Str("host", id)), Hint: app.text("cli.hint.apply-elevation"),
		Code: ExitIncomplete, Err: registry.ErrDenied,
	}
}

// applyError says what a failure means for the machine.
func (app *App) applyError(id string, err error) error {
	var broken *apply.BrokenError
	var stale *apply.StaleError
	var unwritten *apply.UndoFileError
	e := &UserError{Msg: id + ": " + err.Error(), Code: ExitIncomplete, Err: err}
	name := message.Str("host", id)
	switch {
	case errors.As(err, &broken) && !broken.Whole():
		e.Msg = app.text("cli.error.apply-half", name, message.Str("why", broken.Err.Error()), message.Str("what", leftOver(broken.Left, broken.LeftKeys)))
		e.Hint = app.text("cli.hint.apply-half", message.Str("command", "tlsready fix --undo "+quoteArg(broken.Undo)))
	case errors.As(err, &broken):
		e.Msg = app.text("cli.error.apply-restored", name, message.Str("why", broken.Err.Error()), message.Int("n", len(broken.Restored)))
	case errors.As(err, &stale):
		e.Msg = app.text("cli.error.apply-stale", name, message.Str("key", stale.Key), message.Str("name", stale.Name))
		e.Hint = app.text("cli.hint.apply-stale")
	case errors.As(err, &unwritten):
		e.Msg = app.text("cli.error.apply-no-undo", name, message.Str("path", unwritten.Path), message.Str("why", plainCause(unwritten.Err)))
		e.Hint = app.text("cli.hint.apply-no-undo")
	}
	if errors.Is(err, registry.ErrDenied) && e.Hint == "" {
		e.Hint = app.text("cli.hint.apply-elevation")
	}
	return e
}

// leftOver names values and keys in one line.
func leftOver(steps []apply.Step, keys []string) string {
	names := make([]string, 0, len(steps)+len(keys))
	for _, s := range steps {
		names = append(names, s.Key+" "+s.Name)
	}
	return strings.Join(append(names, keys...), "; ")
}

func (c *changer) undo(ctx context.Context, sources []string, f *applyFlags) error {
	if len(sources) > 1 {
		return c.app.usageError("undo-sources")
	}
	if !f.yes && !c.terminal {
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
	t, err := c.open(ctx, url)
	if err != nil {
		return err
	}
	defer closeAll([]*target{t})
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
	done, err := apply.Undo(ctx, t.Writer, file, f.force)
	if err != nil {
		return c.app.undoError(t.id, f.undo, err)
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
		return nil, &UserError{Msg: path + ": " + err.Error(), Hint: app.text("cli.hint.undo-file"), Err: err}
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
	return shownData(v.Data())
}

func (app *App) undoError(id, path string, err error) error {
	var drift *apply.DriftError
	var left *apply.UndoError
	e := &UserError{Msg: id + ": " + err.Error(), Code: ExitIncomplete, Err: err}
	switch {
	case errors.As(err, &drift):
		steps := make([]apply.Step, len(drift.Values))
		for i, d := range drift.Values {
			steps[i] = d.Step
		}
		e.Msg = app.text("cli.error.undo-drift", message.Str("host", id), message.Int("n", len(steps)), message.Str("what", leftOver(steps, nil)))
		e.Hint = app.text("cli.hint.undo-drift")
	case errors.As(err, &left):
		e.Msg = app.text("cli.error.undo-left", message.Str("host", id), message.Str("why", left.Err.Error()), message.Str("what", leftOver(left.Left, left.LeftKeys)))
		e.Hint = app.text("cli.hint.undo-left", message.Str("command", "tlsready fix --undo "+quoteArg(path)))
	}
	if errors.Is(err, registry.ErrDenied) && left != nil {
		e.Hint = app.text("cli.hint.apply-elevation")
	}
	return e
}
