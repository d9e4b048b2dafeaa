package gates

import (
	"bytes"
	"cmp"
	"context"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/gates/exporting"
	"tlsready/internal/gate"
	"tlsready/internal/message"
	"tlsready/internal/report"
	"tlsready/internal/service"
	"tlsready/internal/survey/judge"
)

// planFlags are those of "gate plan".
type planFlags struct {
	gate.Draft
	on, minimum, today     string
	sandbox, first, legacy string
	notice                 gate.Notice
	dir                    string
}

func (app *command) newPlan() *cobra.Command {
	f := &planFlags{}
	cmd := &cobra.Command{
		Use: "plan",
		Example: `tlsready gate plan --like quick --on 2027-06-01 --upstream 192.0.2.10:443
tlsready gate plan --like careful --on 2027-12-01 --upstream 192.0.2.10:443 --sandbox sandbox.example.com=192.0.2.13:443 --dir plan`,
		Args: app.ExactArgs(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return app.plan(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Like, "like", "", "")
	flags.StringVar(&f.on, "on", "", "")
	flags.StringVar(&f.Upstream, "upstream", "", "")
	flags.StringVar(&f.Listen, "listen", "0.0.0.0:443", "")
	flags.StringVar(&f.Divert, "divert", "", "")
	flags.StringVar(&f.minimum, "minimum", gate.DefaultMinimum, "")
	flags.StringVar(&f.Zone, "timezone", "", "")
	flags.StringVar(&f.sandbox, "sandbox", "", "")
	flags.StringVar(&f.first, "new", "", "")
	flags.StringVar(&f.legacy, "legacy", "", "")
	flags.StringVar(&f.notice.Name, "name", "", "")
	flags.StringVar(&f.notice.Endpoint, "endpoint", "", "")
	flags.StringVar(&f.notice.Contact, "contact", "", "")
	flags.StringVar(&f.dir, "dir", ".", "")
	flags.StringVar(&f.today, "today", "", "")
	frame.Complete(cmd, "like", gate.Plans())
	return cmd
}

// The files of a plan.
const (
	planFile   = "gate.yaml"
	noticeFile = "notice.md"
	icsFile    = "plan.ics"
)

// plan writes a plan, its notice and its calendar.
func (app *command) plan(ctx context.Context, f *planFlags) error {
	if err := app.complete(f); err != nil {
		return err
	}
	text, err := f.YAML(app.Catalog())
	if err != nil {
		return &judge.Mistake{Err: err}
	}
	config, err := gate.Reading{Local: time.Local}.Parse(text)
	if err != nil {
		return err
	}
	if f.notice.Today, err = app.TodayIn(config.Location, f.today); err != nil {
		return err
	}
	if !f.notice.Today.Before(f.On.Time) {
		return app.wrong("past", message.Str("date", f.On.String()))
	}
	notice, err := app.notice(ctx, f, config)
	if err != nil {
		return err
	}
	calendar := &bytes.Buffer{}
	ics, _ := report.Formats().ByName("ics")
	if err := ics.Feed(calendar, config.Feed(app.Catalog(), f.notice.Today), report.Options{Lang: app.Lang}); err != nil {
		return err
	}
	if err := app.writePlan(f.dir, []exporting.File{{Name: planFile, Text: string(text)}, {Name: noticeFile, Text: string(notice)}, {Name: icsFile, Text: calendar.String()}}); err != nil {
		return err
	}
	app.remind(f, config)
	return nil
}

// wrong is a mistake with the text "gate.plan.<id>" and the hint "gate.hint.plan-<id>".
func (app *command) wrong(id string, args ...message.Arg) error {
	return frame.Usage(message.Error("gate.plan."+id, args...).Hinted("gate.hint.plan-" + id))
}

// complete reads the flags that are more than text.
func (app *command) complete(f *planFlags) (err error) {
	for _, needed := range [][2]string{{"--like", f.Like}, {"--on", f.on}, {"--upstream", f.Upstream}} {
		if needed[1] == "" {
			return app.wrong("missing", message.Str("flag", needed[0]))
		}
	}
	if f.On, err = app.Day("--on", f.on); err != nil {
		return err
	}
	if f.Zone != "" {
		if _, err := time.LoadLocation(f.Zone); err != nil || f.Zone == "Local" {
			return &judge.Mistake{Err: message.Error("gate.config.timezone", message.Quote("text", f.Zone)).Hinted("gate.hint.timezone")}
		}
	}
	f.Minimum, err = gate.ParseMinimum(f.minimum)
	for _, check := range []error{err, gate.CheckEndpoint(f.Upstream), gate.CheckAddress(f.Listen), checkIf(f.Divert), checkIf(f.notice.Endpoint)} {
		if check != nil {
			return &judge.Mistake{Err: check}
		}
	}
	for text, route := range map[string]*gate.NamedRoute{f.sandbox: &f.Sandbox, f.first: &f.New, f.legacy: &f.Legacy} {
		if text == "" {
			continue
		}
		if *route, err = gate.ParseNamedRoute(text); err != nil {
			return &judge.Mistake{Err: err}
		}
	}
	host, _, err := net.SplitHostPort(cmp.Or(f.notice.Endpoint, f.Upstream))
	f.notice.Name = cmp.Or(f.notice.Name, host)
	return err
}

// checkIf is [gate.CheckEndpoint] of what was given.
func checkIf(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	return gate.CheckEndpoint(endpoint)
}

// notice is the page for customers, as "services guide" makes it.
func (app *command) notice(ctx context.Context, f *planFlags, config *gate.Config) ([]byte, error) {
	profile, ok, err := f.notice.Profile(config, app.Catalog())
	if err != nil || !ok {
		return nil, err
	}
	j, err := judge.Question{Profiles: []*service.Profile{profile}, Today: f.notice.Today}.Judging(ctx)
	if err != nil {
		return nil, err
	}
	w := j.Writer(app.Catalog())
	d := j.Assessor.Services[0]
	guide := j.Assessor.Guide(d, assess.ServiceOf(d.Profile, d.Demand, j.On, j.Today), w)
	page := &bytes.Buffer{}
	err = report.Guide(page, &guide, w.Words)
	return page.Bytes(), err
}

// writePlan writes the files of a plan.
func (app *command) writePlan(dir string, files []exporting.File) error {
	paths, err := exporting.Create(app.App, dir, files)
	if err != nil {
		return err
	}
	app.Say(app.Text("gate.plan.written", message.Str("files", strings.Join(paths, ", ")), message.Str("path", frame.QuoteArg(paths[0]))))
	return nil
}

// remind repeats what a check would warn of first: a plan that was made too late, and a day
// that is none for it.
func (app *command) remind(f *planFlags, config *gate.Config) {
	for _, w := range (gate.Checking{Name: planFile, Today: f.notice.Today}).Check(config).Warnings {
		app.Warn(app.Catalog().Render(w.Text))
	}
}
