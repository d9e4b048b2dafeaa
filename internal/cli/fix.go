package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/survey"
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
}

func newFixCommand(app *App) *cobra.Command {
	f := &fixFlags{}
	cmd := &cobra.Command{
		Use: "fix SOURCE...",
		Example: `tlsready fix examples/fleet --service azure-backup --on 2021-09-01 --as ps1 --dir fixes
tlsready fix examples/fleet/osaka/FS01.json --service azure-backup --as reg --as cmd --dir documented --documented
tlsready fix examples/fleet/osaka/FS01.json --service azure-backup -f json
tlsready fix smb://admin@fs01 --service azure-backup --apply
tlsready fix --undo tlsready-undo-fs01-20261121T050000Z.json`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.fix(cmd, f, args) },
	}
	f.judgeFlags.add(cmd)
	f.applyFlags.add(cmd)
	cmd.Flags().StringArrayVar(&f.as, "as", nil, "")
	cmd.Flags().StringVar(&f.dir, "dir", "", "")
	cmd.Flags().BoolVar(&f.documented, "documented", false, "")
	cmd.Flags().BoolVar(&f.replace, "replace", false, "")
	complete(cmd, "as", formats.Names())
	return cmd
}

// fix writes the changes and their undo. Without --dir it only reports them.
func (app *App) fix(cmd *cobra.Command, f *fixFlags, args []string) error {
	if f.undo != "" {
		return app.applying(&f.sourceFlags).undo(cmd.Context(), args, &f.applyFlags)
	}
	if len(args) == 0 && f.hosts == "" {
		return app.usageError("no-source")
	}
	written, err := app.recipeFormats(f.as)
	if err != nil {
		return err
	}
	if f.dir == "" && len(f.as) > 0 {
		return app.usageError("as-without-dir")
	}
	j, err := app.judging(cmd.Context(), &f.judgeFlags)
	if err != nil {
		return err
	}
	hosts, err := app.hosts(&f.sourceFlags, f.judgeFlags.hosts, j.Reading, args)
	if err != nil {
		return err
	}
	hosts.Only = survey.OnlyHosts(f.only)
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
	command := "fix"
	if f.apply {
		command = "fix --apply" // so that the report does not say that nothing is changed
	}
	c := newCollector(app, cmd, j, &f.judgeFlags, outputs, command, args)
	c.keep = true
	change.Dir, change.Documented = f.dir, f.documented
	var list []survey.Judged
	take := func(one survey.Judged) error {
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
		return change.apply(cmd.Context(), j, list, &f.applyFlags)
	}
	left := 0
	if f.dir != "" {
		if left, err = app.writeFixes(j, c.kept, f, written); err != nil {
			return err
		}
	}
	if err := c.finish(); err != nil {
		return err
	}
	return app.Verdict(unfixed(c.kept)+left, c.sum.Unknown+c.sum.Unreadable)
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
			return nil, app.usageError("recipe-format", message.Str("name", name), message.Str("known", strings.Join(formats.Names(), ", ")))
		}
		if !slices.ContainsFunc(list, func(g recipe.Format) bool { return g.Name == f.Name }) {
			list = append(list, f)
		}
	}
	return list, nil
}

// writeFixes groups the hosts and writes a folder for each group. It names the
// hosts that a format could not carry, and gives their number.
func (app *App) writeFixes(j *survey.Judging, list []*assess.Judged, f *fixFlags, as []recipe.Format) (left int, err error) {
	plans, leftOut := j.Assessor.RecipePlans(list, f.documented)
	for _, why := range leftOut {
		app.Warn(app.words().Render(why))
	}
	if len(plans) == 0 {
		app.Warn(app.text("cli.fix.nothing"))
		return 0, nil
	}
	set := recipe.Compose(plans, as, app.words())
	without := map[string]bool{}
	for _, one := range set.Refused {
		for _, host := range one.Hosts {
			without[host] = true
			app.Warn(app.text("cli.fix.refused", message.Str("host", host), message.Str("format", one.Format), message.Str("why", app.why(one.Err))))
		}
	}
	if len(set.Files) == 0 {
		app.Warn(app.text("cli.fix.nothing"))
		return len(without), nil
	}
	if err := app.put(f, set.Files); err != nil {
		return 0, err
	}
	app.Say(app.text("cli.fix.written", message.Str("dir", f.dir), message.Int("groups", set.Groups), message.Int("hosts", set.Hosts)))
	return len(without), nil
}

// put writes the files of fixes into a folder that holds none yet.
func (app *App) put(f *fixFlags, files []recipe.File) error {
	err := survey.FixFolder{Dir: f.dir, Replace: f.replace}.Put(files)
	if errors.Is(err, survey.ErrEarlierRun) || errors.Is(err, survey.ErrForeignFolder) {
		what, hint := app.words().Problem(err)
		return &UserError{Msg: what, Hint: hint, Code: ExitUsage, Err: err}
	}
	if err != nil {
		return app.cannotWrite(f.dir, err)
	}
	return nil
}
