package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/caller"
	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/stores"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/source/join"
	"tlsready/internal/source/list"
	"tlsready/internal/source/remote"
	"tlsready/internal/stack"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
)

// judgeFlags are what check and fix have in common.
type judgeFlags struct {
	sourceFlags
	services, endpoints, callers []string
	on, today, assume            string
	with, by, hosts, since       string
	callersFrom, save            string
	resume                       bool
	only, seen                   []string
	keep                         stores.Flags // of check
	details, rows                bool
}

func (f *judgeFlags) add(cmd *cobra.Command) {
	f.sourceFlags.add(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.services, "service", nil, "")
	flags.StringArrayVar(&f.endpoints, "endpoint", nil, "")
	flags.StringArrayVar(&f.callers, "caller", nil, "")
	flags.StringVar(&f.on, "on", "", "")
	flags.StringVar(&f.today, "today", "", "")
	flags.StringVar(&f.assume, "assume", "", "")
	flags.StringVar(&f.with, "with", "", "")
	flags.StringVar(&f.by, "by", "", "")
	flags.StringVar(&f.hosts, "hosts", "", "")
	flags.StringVar(&f.callersFrom, "callers-from", "", "")
	flags.StringArrayVar(&f.only, "only", nil, "")
	flags.StringArrayVar(&f.seen, "seen", nil, "")
	flags.BoolVar(&f.details, "details", false, "")
	flags.BoolVar(&f.rows, "rows", false, "")
	frame.Complete(cmd, "service", service.IDs())
	frame.Complete(cmd, "caller", append(caller.Programs(), stack.Generic()...))
	frame.Complete(cmd, "by", []string{view.ByFolder, view.ByOwner, view.ByCause})
	frame.Complete(cmd, "assume", []string{assumeUpdates})
}

// assumeUpdates is what --assume takes: every update counts as installed.
const assumeUpdates = "updates=current"

// judging is what the flags ask, ready to judge.
func (app *App) judging(ctx context.Context, f *judgeFlags) (*survey.Judging, error) {
	q := survey.Question{
		Services: f.services, Endpoints: f.endpoints, Callers: f.callers, Programs: f.callersFrom, Recipe: f.with,
		AssumeUpdates: f.assume != "", Seen: f.seen, Warn: app.WarnOf,
	}
	var err error
	if q.On, q.Today, err = app.days(f); err != nil {
		return nil, err
	}
	if f.assume != "" && f.assume != assumeUpdates {
		return nil, app.UsageError("assume", message.Str("value", f.assume))
	}
	if err := app.KnownWord("by", f.by, view.ByFolder, view.ByOwner, view.ByCause); err != nil {
		return nil, err
	}
	q.Reading = app.sourceOptions(&f.sourceFlags)
	return q.Judging(ctx)
}

// sourceFlags are what every command that reads hosts takes.
type sourceFlags struct {
	os           string
	covered      []string
	passwordFile string
	concurrency  int
	hostTimeout  time.Duration
	via          string // --via: how machines that --hosts gives by name alone are reached
}

func (f *sourceFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.os, "os", "", "")
	flags.StringArrayVar(&f.covered, "covered", nil, "")
	flags.StringVar(&f.passwordFile, "password-file", "", "")
	flags.IntVar(&f.concurrency, "concurrency", remote.DefaultConcurrency, "")
	flags.DurationVar(&f.hostTimeout, "host-timeout", remote.DefaultLimit, "")
	flags.StringVar(&f.via, "via", "", "")
}

// sourceOptions is how sources are read: files, and what the URL schemes reach.
func (app *App) sourceOptions(f *sourceFlags) source.Options {
	return source.Options{OS: f.os, Covered: f.covered, Stdin: app.In, Warn: app.WarnOf, Join: join.Hosts, Kinds: list.Kinds(), Schemes: list.Schemes(app.remoteOptions(f))}
}

// days are --on, zero without it, and --today.
func (app *App) days(f *judgeFlags) (on, today service.Date, err error) {
	if on, err = app.Day("--on", f.on); err != nil {
		return on, today, err
	}
	today, err = app.Today(f.today)
	return on, today, err
}

// each judges every host and hands them over in the order of their ids.
func (app *App) each(ctx context.Context, j *survey.Judging, hosts *survey.Hosts, take func(judge.Judged) error) error {
	progress := app.Progress(app.Text("cli.progress.judging"), 0)
	defer progress.Done()
	hosts.Tell = follow(progress)
	for one, err := range j.Each(ctx, hosts) {
		if err == nil {
			err = take(one)
		}
		if err != nil {
			return hosts.Ended(ctx, err)
		}
	}
	return nil
}

// asked are the programs that are asked about in place of those of the services, as the
// user named them.
func (f *judgeFlags) asked() []string {
	list := slices.Clone(f.callers)
	if f.callersFrom != "" {
		list = append(list, f.callersFrom)
	}
	return list
}
