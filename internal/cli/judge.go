package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/recipe"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/source/list"
	"tlsready/internal/source/remote"
	"tlsready/internal/stack"
	"tlsready/internal/survey"
	"tlsready/internal/verdict"
)

// judgeFlags are what check and fix have in common.
type judgeFlags struct {
	sourceFlags
	services, endpoints, callers []string
	on, today, assume            string
	with, by, hosts              string
	callersFrom, save            string
	resume                       bool
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
}

// run is one run of check or fix: everything that was asked, ready to judge.
type run struct {
	*survey.Judging
	app         *App
	flags       *judgeFlags
	source      source.Options
	programs    []*caller.Caller                      // --callers-from: the programs found there
	predicted   []*endpoint.Settings                  // --service host:SNAPSHOT, without --with
	differences map[string][]document.EndpointFinding // between these and the endpoints, by service
}

func (app *App) newRun(ctx context.Context, f *judgeFlags) (*run, error) {
	model, err := stack.New()
	if err != nil {
		return nil, err
	}
	r := &run{app: app, flags: f, Judging: &survey.Judging{Model: model}}
	if err := r.readDates(); err != nil {
		return nil, err
	}
	if f.assume != "" && f.assume != "updates=current" {
		return nil, app.usageError("assume", message.Str("value", f.assume))
	}
	if err := app.knownWord("by", f.by, "folder", "owner", "cause"); err != nil {
		return nil, err
	}
	r.source = app.sourceOptions(&f.sourceFlags)
	if r.Assessor, err = assess.New(model); err != nil {
		return nil, err
	}
	r.Assessor.AssumeUpdates, r.Assessor.WithDocumented = f.assume != "", true
	if f.callersFrom != "" {
		if r.programs, err = survey.Programs(ctx, f.callersFrom, app.warnOf); err != nil {
			return nil, err
		}
	}
	return r, r.demands(ctx)
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
	return source.Options{OS: f.os, Covered: f.covered, Stdin: app.In, Warn: app.warnf, Kinds: list.Kinds(), Schemes: list.Schemes(app.remoteOptions(f))}
}

// warnOf warns of a text.
func (app *App) warnOf(t message.Text) { app.Warn(app.words().Render(t)) }

func (app *App) warnf(format string, args ...any) { app.Warn(sprintf(format, args...)) }

func (app *App) knownWord(flag, value string, words ...string) error {
	for _, w := range append(words, "") {
		if value == w {
			return nil
		}
	}
	return app.usageError("word", message.Str("flag", "--"+flag), message.Str("value", value), message.Str("known", strings.Join(words, ", ")))
}

func (r *run) readDates() error {
	y, m, d := r.app.Now.Date()
	r.Today = service.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
	for _, one := range []struct {
		flag, text string
		into       *service.Date
	}{{"--on", r.flags.on, &r.On}, {"--today", r.flags.today, &r.Today}} {
		if one.text == "" {
			continue
		}
		day, err := service.ParseDate(one.text)
		if err != nil {
			return r.app.usageError("date", message.Str("flag", one.flag), message.Str("value", one.text))
		}
		*one.into = day
	}
	return nil
}

// demands reads the services that were named; without any, those whose programs
// a host has, else the generic one.
func (r *run) demands(ctx context.Context) error {
	asked := r.flags.services
	auto := len(asked) == 0 && len(r.flags.endpoints) == 0
	if auto {
		asked = []string{genericService}
	}
	profiles := make([]*service.Profile, 0, len(asked))
	var servers []assess.Demanded
	for _, one := range asked {
		if path, ok := strings.CutPrefix(one, "host:"); ok {
			d, err := r.server(ctx, path)
			if err != nil {
				return err
			}
			servers = append(servers, d)
			continue
		}
		p, err := survey.Service(one)
		if err != nil {
			return err
		}
		profiles = append(profiles, p)
	}
	predicted := len(servers) > 0
	for _, one := range r.flags.endpoints {
		d, err := r.endpoint(ctx, one)
		if err != nil {
			return err
		}
		servers = append(servers, d)
	}
	var automatic []*service.Profile
	if auto {
		automatic = builtinProfiles()
	}
	r.chooseDay(profiles)
	for _, p := range profiles {
		d, err := r.demanded(p)
		if err != nil {
			return err
		}
		r.Assessor.Services = append(r.Assessor.Services, d)
	}
	r.Assessor.Services = append(r.Assessor.Services, servers...)
	for _, p := range automatic {
		d, err := r.demanded(p)
		if err != nil {
			return err
		}
		if !d.Explicit && p.ID != genericService {
			r.Assessor.Auto = append(r.Assessor.Auto, d)
		}
	}
	return r.readWith(predicted)
}

// genericService is asked of hosts that have no service's program.
const genericService = "tls12"

func builtinProfiles() []*service.Profile {
	var all []*service.Profile
	for _, id := range service.IDs() {
		if p, ok, err := service.ByID(id); ok && err == nil { // a test reads them all
			all = append(all, p)
		}
	}
	return all
}

// chooseDay is --on, else the last phase's beginning, or today if that is later.
func (r *run) chooseDay(profiles []*service.Profile) {
	if !r.On.IsZero() {
		return
	}
	r.On = r.Today
	for _, p := range profiles {
		if from := p.Last().From; from.After(r.On.Time) {
			r.On = from
		}
	}
}

func (r *run) demanded(p *service.Profile) (assess.Demanded, error) {
	d := assess.Demanded{Profile: p, Demand: assess.DemandOf(p, r.On), Explicit: len(r.flags.callers)+len(r.programs) > 0}
	ids := p.Callers
	if d.Explicit {
		ids = r.flags.callers
	}
	named, err := survey.Callers(ids)
	d.Callers = append(named, r.programs...)
	return d, err
}

// server predicts what a Windows server accepts from its own snapshot.
func (r *run) server(ctx context.Context, path string) (assess.Demanded, error) {
	s, err := source.ReadOne(ctx, path, r.source)
	if err != nil {
		return assess.Demanded{}, r.app.sourceError(err)
	}
	r.predicted = append(r.predicted, endpoint.NewSettings(r.Model, s))
	v := host.NewView(s)
	if r.flags.with != "" {
		changes, err := r.app.readRecipe(r.flags.with)
		if err != nil {
			return assess.Demanded{}, err
		}
		v = v.With(changes...)
	}
	accepts, _ := r.Model.Serve(v)
	d := assess.Demanded{Demand: verdict.Demand{Service: "host:" + s.Name, Phases: []verdict.Phase{{Accepts: assess.Resolve(accepts)}}}, Explicit: true}
	ids := r.flags.callers
	if len(ids) == 0 {
		generic, _, err := service.ByID(genericService)
		if err != nil {
			return d, err
		}
		ids = generic.Callers
	}
	d.Callers, err = survey.Callers(ids)
	return d, err
}

// readWith reads --with for hosts; with a host: service it belongs to the
// server instead.
func (r *run) readWith(used bool) error {
	if r.flags.with == "" || used {
		return nil
	}
	var err error
	r.Assumed, err = r.app.readRecipe(r.flags.with)
	return err
}

func (app *App) readRecipe(path string) ([]host.Change, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, app.cannotRead(path, err)
	}
	changes, _, err := recipe.Parse(filepath.Base(path), data)
	if err != nil {
		return nil, &UserError{Msg: path + ": " + app.why(err), Err: err}
	}
	return changes, nil
}

// each judges every host and hands them over in the order of their ids.
func (r *run) each(ctx context.Context, hosts *survey.Hosts, take func(survey.Judged) error) error {
	progress := r.app.Progress(r.app.text("cli.progress.judging"), 0)
	defer progress.Done()
	hosts.Tell = follow(progress)
	for j, err := range r.Each(ctx, hosts) {
		if err == nil {
			err = take(j)
		}
		if err != nil {
			return hosts.Ended(ctx, err)
		}
	}
	return nil
}
