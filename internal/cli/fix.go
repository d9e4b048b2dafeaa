package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/fix"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/recipe/formats"
	"tlsready/internal/stack"
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
tlsready fix FS01.json --service azure-backup --as reg --as cmd --dir fixes --documented
tlsready fix FS01.json --service azure-backup -f json
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
	return cmd
}

// fix writes the changes and their undo. Without --dir it only reports them.
func (app *App) fix(cmd *cobra.Command, f *fixFlags, args []string) error {
	if f.undo != "" {
		return app.changer(app.remoteOptions(&f.sourceFlags)).undo(cmd.Context(), args, &f.applyFlags)
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
	r, err := app.newRun(cmd.Context(), &f.judgeFlags)
	if err != nil {
		return err
	}
	hosts, err := app.hosts(&f.sourceFlags, f.judgeFlags.hosts, r.source, args)
	if err != nil {
		return err
	}
	change := app.changer(app.remoteOptions(&f.sourceFlags))
	if f.apply {
		if err := change.ready(r, &f.applyFlags); err != nil {
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
	c := newCollector(r, outputs)
	c.keep, c.command = true, "fix"
	if f.apply {
		c.command = "fix --apply" // so that the report does not say that nothing is changed
	}
	a := &application{run: r, flags: &f.applyFlags, dir: f.dir, documented: f.documented}
	take := func(j judged) error {
		a.note(j.host)
		return c.take(j)
	}
	if err := r.each(cmd.Context(), hosts, take); err != nil {
		return hosts.Ended(cmd.Context(), err)
	}
	if f.apply {
		if err := c.finish(args); err != nil {
			return err
		}
		a.list = c.kept
		return change.apply(cmd.Context(), a)
	}
	left := 0
	if f.dir != "" {
		if left, err = r.writeFixes(c.kept, f, written); err != nil {
			return err
		}
	}
	if err := c.finish(args); err != nil {
		return err
	}
	return app.Verdict(unfixed(c.kept)+left, c.sum.Unknown+c.sum.Unreadable)
}

// unfixed counts the failing hosts for which no fix is given.
func unfixed(list []*assess.Judged) (n int) {
	for _, j := range list {
		if j.Outcome.Verdict == verdict.Fails && !j.Plan.Given {
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
func (r *run) writeFixes(list []*assess.Judged, f *fixFlags, as []recipe.Format) (left int, err error) {
	plans := r.plans(list, f.documented)
	if len(plans) == 0 {
		r.app.Warn(r.app.text("cli.fix.nothing"))
		return 0, nil
	}
	set := recipe.Compose(plans, as, r.app.words())
	without := map[string]bool{}
	for _, one := range set.Refused {
		for _, host := range one.Hosts {
			without[host] = true
			r.app.Warn(r.app.text("cli.fix.refused", message.Str("host", host), message.Str("format", one.Format), message.Str("why", r.app.why(one.Err))))
		}
	}
	if len(set.Files) == 0 {
		r.app.Warn(r.app.text("cli.fix.nothing"))
		return len(without), nil
	}
	if err := r.put(f, set.Files); err != nil {
		return 0, err
	}
	r.app.Say(r.app.text("cli.fix.written", message.Str("dir", f.dir), message.Int("groups", set.Groups), message.Int("hosts", set.Hosts)))
	return len(without), nil
}

// put writes the files of fixes into a folder that holds none yet.
func (r *run) put(f *fixFlags, files []recipe.File) error {
	err := recipe.Folder{Dir: f.dir, Replace: f.replace}.Put(files)
	if errors.Is(err, recipe.ErrEarlierRun) || errors.Is(err, recipe.ErrForeignFolder) {
		what, hint := r.app.words().Problem(err)
		return &UserError{Msg: what, Hint: hint, Code: ExitUsage, Err: err}
	}
	if err != nil {
		return r.app.cannotWrite(f.dir, err)
	}
	return nil
}

// plans groups hosts that need the same changes from the same state.
func (r *run) plans(list []*assess.Judged, documented bool) []recipe.Plan {
	byKey := map[string]int{}
	var plans []recipe.Plan
	done := map[string]bool{}
	for _, j := range list {
		p, ok := r.planOf(j, documented)
		if !ok || done[j.ID+"\x00"+p.ID()] {
			continue
		}
		done[j.ID+"\x00"+p.ID()] = true
		key := fmt.Sprintf("%s %s %s %v %v", p.OS.Version, p.OS.Architecture, p.ID(), p.Prerequisites, p.Notes)
		if at, known := byKey[key]; known {
			plans[at].Hosts = append(plans[at].Hosts, j.ID)
			continue
		}
		byKey[key] = len(plans)
		plans = append(plans, p)
	}
	slices.SortStableFunc(plans, func(a, b recipe.Plan) int {
		return cmp.Or(cmp.Compare(a.OS.Build, b.OS.Build), cmp.Compare(a.Hosts[0], b.Hosts[0]))
	})
	return plans
}

func (r *run) planOf(j *assess.Judged, documented bool) (recipe.Plan, bool) {
	if j.Err != nil || j.Outcome.Verdict == verdict.NotInstalled {
		return recipe.Plan{}, false
	}
	if documented {
		return r.documentedPlan(j)
	}
	if !j.Plan.Given || len(j.Plan.Changes) == 0 {
		return recipe.Plan{}, false
	}
	p := r.basicPlan(j)
	p.Changes = j.Plan.Changes
	p.Restart = recipe.Restart(j.Plan.Restart.String())
	for _, need := range j.Plan.Prerequisites {
		p.Prerequisites = append(p.Prerequisites, r.prerequisite(need))
	}
	return p, r.undoKnown(j, p.Changes)
}

func (r *run) prerequisite(p fix.Prerequisite) recipe.Prerequisite {
	one := recipe.Prerequisite{Kind: string(p.Kind), ID: p.ID}
	if p.Kind == fix.Update {
		one.Or = r.app.text("prerequisite.or-later")
	}
	return one
}

// documentedPlan is the vendor's whole recipe for a host, whether it is enough
// or not: the head of the files says what the verdict is after it.
func (r *run) documentedPlan(j *assess.Judged) (recipe.Plan, bool) {
	if j.Profile == nil || len(j.Demand.Documented) == 0 {
		return recipe.Plan{}, false
	}
	p := r.basicPlan(j)
	p.Changes = fix.WithBefore(j.View, j.Demand.Documented)
	for i := range p.Changes {
		p.Changes[i].Services = []string{j.Profile.ID}
	}
	p.Restart = recipe.RestartReboot
	updates := j.Profile.UpdatesFor(j.View.OS)
	for _, id := range updates {
		p.Prerequisites = append(p.Prerequisites, r.prerequisite(fix.Prerequisite{Kind: fix.Update, ID: id}))
	}
	after := r.assessor.Fixer.After(j.View, j.Demand, p.Changes, updates)
	p.Notes = []string{r.app.text("cli.fix.after-documented", message.Str("verdict", r.app.text("verdict."+string(after.Verdict))))}
	for _, row := range after.Rows {
		if row.Verdict != verdict.Connects {
			p.Notes = append(p.Notes, r.app.text("cli.fix.documented-lacks", message.Str("stack", row.Stack), message.Str("cause", r.app.text("cause."+string(row.Cause)))))
		}
	}
	return p, r.undoKnown(j, p.Changes)
}

// undoKnown leaves a host out of which nobody knows what the changes would
// replace, or that a machine-wide script cannot reach, and says so.
func (r *run) undoKnown(j *assess.Judged, changes []host.Change) bool {
	for _, c := range changes {
		if c.Before.State == host.NotAsked {
			r.app.Warn(r.app.text("cli.fix.undo-unknown", message.Str("host", j.ID), message.Str("key", c.Key), message.Str("name", c.Name)))
			return false
		}
		if !strings.HasPrefix(c.Key, `HKLM\`) && !strings.HasPrefix(c.Key, `HKU\`) {
			r.app.Warn(r.app.text("cli.fix.user-setting", message.Str("host", j.ID), message.Str("key", c.Key), message.Str("name", c.Name)))
			return false
		}
	}
	return true
}

func (r *run) basicPlan(j *assess.Judged) recipe.Plan {
	p := recipe.Plan{Hosts: []string{j.ID}, OS: j.View.OS, Endpoint: verifyEndpoint(j)}
	for _, row := range j.Outcome.Rows {
		if c, ok := verifyCaller(row.Stack); ok && !slices.Contains(p.Callers, c) {
			p.Callers = append(p.Callers, c)
		}
	}
	return p
}

// verifyEndpoint is the first endpoint of the service that is one address; a
// name with a wildcard cannot be connected to.
func verifyEndpoint(j *assess.Judged) string {
	if j.Profile == nil {
		return ""
	}
	for _, e := range j.Profile.Endpoints {
		if !strings.Contains(e, "*") {
			return e
		}
	}
	return ""
}

// verifyCaller turns a row's stack into what the verifying script connects as.
func verifyCaller(id string) (recipe.Caller, bool) {
	s, err := stack.Parse(id)
	if err != nil || s.Bits == 0 {
		return recipe.Caller{}, false
	}
	c := recipe.Caller{ID: id, Bits: s.Bits}
	switch s.Kind {
	case stack.WinHTTP:
		c.Stack = recipe.StackWinHTTP
	case stack.DotNet:
		c.Stack = recipe.StackDotNet
		base, _, _ := strings.Cut(id, ":")
		c.Target = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(base, "dotnet-"), "-x64"), "-x86")
	default:
		return recipe.Caller{}, false
	}
	return c, true
}
