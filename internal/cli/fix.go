package cli

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/rehearse"
	"tlsready/internal/cli/stores"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
	"tlsready/internal/verdict"
)

// fixFlags are what fix has beyond check.
type fixFlags struct {
	judgeFlags
	applyFlags
	as         []string
	dir        string
	documented bool
	replace    bool
	rehearsal  string
}

func newFixCommand(app *App) *cobra.Command {
	f := &fixFlags{}
	cmd := &cobra.Command{
		Use: "fix SOURCE...",
		Example: `tlsready fix examples/fleet --service azure-backup --on 2021-09-01 --as ps1 --dir fixes
tlsready fix examples/fleet/osaka/FS01.json --service azure-backup --as reg --as cmd --dir documented --documented
tlsready fix examples/fleet/osaka/FS01.json --service azure-backup -f json
tlsready fix FS01.reg --service azure-backup --as ps1 --dir fixes --rehearsal https://192.0.2.10:8443/
tlsready fix smb://admin@fs01 --service azure-backup --apply
tlsready fix --service azure-backup --store tlsready.db --dir fixes
tlsready fix --undo tlsready-undo-fs01-20261121T050000Z.json`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.fix(cmd, f, args) },
	}
	f.judgeFlags.add(cmd)
	f.applyFlags.add(cmd)
	f.keep.Add(cmd)
	cmd.Flags().StringArrayVar(&f.as, "as", nil, "")
	cmd.Flags().StringVar(&f.dir, "dir", "", "")
	cmd.Flags().BoolVar(&f.documented, "documented", false, "")
	cmd.Flags().BoolVar(&f.replace, "replace", false, "")
	cmd.Flags().StringVar(&f.rehearsal, "rehearsal", "", "")
	frame.Complete(cmd, "as", formats.Names())
	return cmd
}

// fix writes the changes and their undo. Without --dir it only reports them.
func (app *App) fix(cmd *cobra.Command, f *fixFlags, args []string) error {
	if f.undo != "" {
		return app.applying(&f.sourceFlags).undo(cmd.Context(), args, &f.applyFlags)
	}
	if len(args) == 0 && f.hosts == "" && f.keep.Store == "" {
		return app.UsageError("no-source")
	}
	written, rehearsal, err := app.scripts(f)
	if err != nil {
		return err
	}
	j, err := app.judging(cmd.Context(), &f.judgeFlags)
	if err != nil {
		return err
	}
	j.Assessor.Rehearsal = rehearsal
	hosts, err := app.hosts(&f.sourceFlags, f.judgeFlags.hosts, j.Reading, args)
	if err != nil {
		return err
	}
	hosts.Only = survey.OnlyHosts(f.only)
	record, err := f.keep.Judging(cmd, app.App, j, f.asked(), hosts)
	if err != nil {
		return err
	}
	defer record.Close()
	change := app.applying(&f.sourceFlags)
	if f.apply {
		if err := change.ready(j, &f.applyFlags); err != nil {
			return err
		}
	}
	outputs, err := app.Outputs(checkFormats()...)
	if err != nil {
		return err
	}
	defer func() {
		for _, out := range outputs {
			out.Discard()
		}
	}()
	outputs, answer := answerOf(outputs, f)
	command := "fix"
	if f.apply {
		command = "fix --apply" // so that the report does not say that nothing is changed
	}
	c := newCollector(app, cmd, j, &f.judgeFlags, outputs, command, args)
	c.keep, c.documented = true, f.documented
	change.Dir, change.Documented = f.dir, f.documented
	var list []judge.Judged
	take := func(one judge.Judged) error {
		one.Host.Snapshot = nil // its view has it
		list = append(list, one)
		return c.take(one)
	}
	if err := app.each(cmd.Context(), j, hosts, take); err != nil {
		return err
	}
	if f.apply {
		if err := c.finish(); err != nil {
			return err
		}
		change.record = record
		return errors.Join(change.apply(cmd.Context(), j, list, &f.applyFlags), record.End(cmd.Context()))
	}
	if f.dir == "" {
		if err := c.finish(); err != nil {
			return err
		}
		return app.Verdict(unfixed(c.kept), c.sum.Unknown+c.sum.Unreadable)
	}
	return app.fixInto(f, c, written, answer, record)
}

// scripts are the formats that are written, and the rehearsal server that their verify
// connects to.
func (app *App) scripts(f *fixFlags) (written []recipe.Format, rehearsal string, err error) {
	if written, err = app.recipeFormats(f.as); err != nil {
		return nil, "", err
	}
	if f.dir == "" && len(f.as) > 0 {
		return nil, "", app.UsageError("as-without-dir")
	}
	rehearsal, err = rehearse.Endpoint(f.rehearsal)
	return written, rehearsal, err
}

// fixInto writes the fixes below --dir and says what was written.
func (app *App) fixInto(f *fixFlags, c *collector, as []recipe.Format, answer *frame.Output, record *stores.Recording) error {
	done, err := app.writeFixes(c.judging, c.kept, f, as)
	if err == nil {
		err = c.finish()
	}
	if err == nil {
		err = app.tellFixes(answer, f, done, c)
	}
	if err == nil {
		err = errors.Join(record.Given(c.cmd.Context(), c.kept), record.End(c.cmd.Context()))
	}
	if err != nil {
		return err
	}
	unknown := c.sum.Unknown + c.sum.Unreadable
	if f.documented && len(done.set.Files) == 0 {
		unknown++ // what was asked for is not there
	}
	return app.Verdict(unfixed(c.kept)+done.left, unknown)
}

// unfixed counts the failing hosts for which no fix is given.
func unfixed(list []*assess.Judged) (n int) {
	for _, j := range list {
		if j.Judgement.Verdict == verdict.Fails && !j.Plan.Given {
			n++
		}
	}
	return n
}

func (app *App) recipeFormats(names []string) ([]recipe.Format, error) {
	if len(names) == 0 {
		names = []string{"ps1"}
	}
	var list []recipe.Format
	for _, name := range names {
		f, ok := formats.ByName(name)
		if !ok {
			return nil, app.UsageError("recipe-format", message.Str("name", name), message.List("known", formats.Names()))
		}
		if !slices.ContainsFunc(list, func(g recipe.Format) bool { return g.Name == f.Name }) {
			list = append(list, f)
		}
	}
	return list, nil
}

// fixes is what --dir wrote.
type fixes struct {
	set  recipe.Set
	left int // hosts that at least one format could not carry
}

// writeFixes groups the hosts and writes a folder for each group, and one for all. It
// names the hosts that a format could not carry. A recipe of the vendor that was asked
// for and is not there for any host is no success.
func (app *App) writeFixes(j *survey.Judging, list []*assess.Judged, f *fixFlags, as []recipe.Format) (fixes, error) {
	set, leftOut := j.Assessor.Recipes(list, f.documented, as, app.Catalog())
	for _, why := range leftOut {
		app.Warn(app.Catalog().Render(why))
	}
	without := map[string]bool{}
	for _, one := range set.Refused {
		for _, host := range one.Hosts {
			without[host] = true
			app.Warn(app.Text("cli.fix.refused", message.Str("host", host), message.Str("format", one.Format), message.Str("why", app.Why(one.Err))))
		}
	}
	for _, one := range set.NotInAll {
		app.Warn(app.Text("cli.fix.not-in-all", message.Str("why", app.Catalog().Render(one.Why))))
	}
	done := fixes{set, len(without)}
	if len(set.Files) > 0 {
		return done, app.put(f, set.Files)
	}
	id := "cli.fix.nothing"
	if f.documented {
		id = "cli.fix.nothing-documented"
	}
	app.Warn(app.Text(id))
	return done, nil
}

// put writes the files of fixes into a folder that holds none yet.
func (app *App) put(f *fixFlags, files []recipe.File) error {
	err := survey.FixFolder{Dir: f.dir, Replace: f.replace}.Put(files)
	if errors.Is(err, survey.ErrEarlierRun) || errors.Is(err, survey.ErrForeignFolder) {
		return &survey.Mistake{Err: err}
	}
	if err != nil {
		return frame.CannotWrite(f.dir, err)
	}
	return nil
}
