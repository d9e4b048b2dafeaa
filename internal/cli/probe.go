package cli

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/report"
	"tlsready/internal/stack"
	"tlsready/internal/starttls"
	"tlsready/internal/survey"
)

// probeFlags are the flags of probe.
type probeFlags struct {
	as, hello, targets, services             []string
	accepting, sni, starttls                 string
	policy, diff, proxy                      string
	suites, groups, certificates, ssl, every bool
	resume                                   bool
	rate, totalRate, concurrency             int
	jitter, timeout                          time.Duration
}

func newProbeCommand(app *App) *cobra.Command {
	f := &probeFlags{}
	cmd := &cobra.Command{
		Use: "probe [TARGET...]",
		Example: `tlsready probe backup.example.com
tlsready probe backup.example.com --as all-windows --accepting 'TLS 1.2+; -CBC'
tlsready probe --targets hosts.txt --policy mozilla-intermediate -o result.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.probe(cmd.Context(), f, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.as, "as", nil, "")
	flags.StringArrayVar(&f.hello, "hello", nil, "")
	flags.StringVar(&f.accepting, "accepting", "", "")
	flags.BoolVar(&f.suites, "suites", false, "")
	flags.BoolVar(&f.groups, "groups", false, "")
	flags.BoolVar(&f.certificates, "certificates", false, "")
	flags.BoolVar(&f.ssl, "ssl", false, "")
	flags.BoolVar(&f.every, "all", false, "")
	flags.StringVar(&f.sni, "sni", "", "")
	flags.StringVar(&f.starttls, "starttls", "", "")
	flags.StringArrayVar(&f.targets, "targets", nil, "")
	flags.StringArrayVar(&f.services, "service", nil, "")
	flags.StringVar(&f.policy, "policy", "", "")
	flags.StringVar(&f.diff, "diff", "", "")
	flags.IntVar(&f.rate, "rate", probe.DefaultRate, "")
	flags.IntVar(&f.totalRate, "total-rate", 0, "")
	flags.DurationVar(&f.jitter, "jitter", 0, "")
	flags.DurationVar(&f.timeout, "timeout", probe.DefaultTimeout, "")
	flags.IntVar(&f.concurrency, "concurrency", probe.DefaultConcurrency, "")
	flags.StringVar(&f.proxy, "proxy", "", "")
	flags.BoolVar(&f.resume, "resume", false, "")
	return cmd
}

func probeFormats() []Format {
	return formatsWith(func(f report.Format) bool { return f.Endpoints != nil })
}

// probeRun is one run of probe: everything that was asked, ready to begin.
type probeRun struct {
	app       *App
	flags     *probeFlags
	look      survey.Endpoints
	questions probe.Questions
	base      *endpoint.Baseline // --diff; nil without it
	skip      map[string]bool    // --resume: what stands in the result already
	model     *stack.Model       // nil until it is needed
}

// probe is the command.
func (app *App) probe(ctx context.Context, f *probeFlags, args []string) error {
	r := &probeRun{app: app, flags: f}
	if err := r.checkFlags(); err != nil {
		return err
	}
	endpoints, err := r.readDemands(ctx)
	if err != nil {
		return err
	}
	targets, err := app.newTargetSource(f, args, endpoints)
	if err != nil {
		return err
	}
	total, err := targets.total()
	if err != nil {
		return err
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	w, err := r.openWriters()
	if err != nil {
		return err
	}
	defer w.discard()
	progress := app.Progress(app.text("probe.progress"), total)
	defer progress.Done()
	feeding := r.stream(ctx, targets, func(list []lookedAt) error {
		progress.Add(1)
		for _, one := range list {
			app.Clear()
			if err := w.write(one); err != nil {
				return err
			}
		}
		return nil
	})
	progress.Done()
	if err := w.finish(feeding == nil); err != nil || feeding != nil {
		return errors.Join(feeding, err)
	}
	r.warnMissing(w.met)
	return app.Verdict(w.notMet, w.unjudged)
}

func (r *probeRun) checkFlags() error {
	f, app := r.flags, r.app
	switch {
	case f.starttls != "" && starttls.DefaultPort(f.starttls) == 0:
		return app.knownWord("starttls", f.starttls, starttls.Protocols()...)
	case f.rate < 0:
		return app.usageError("rate", message.Int("value", f.rate))
	case f.totalRate < 0:
		return app.usageError("total-rate", message.Int("value", f.totalRate))
	case f.jitter < 0 || f.jitter > maxJitter:
		return app.usageError("jitter", message.Str("value", f.jitter.String()), message.Str("most", maxJitter.String()))
	case f.timeout < minTimeout || f.timeout > maxTimeout:
		return app.usageError("timeout", message.Str("value", f.timeout.String()), message.Str("least", minTimeout.String()), message.Str("most", maxTimeout.String()))
	case f.concurrency < 1 || f.concurrency > maxConcurrency:
		return app.usageError("concurrency", message.Int("value", f.concurrency), message.Int("most", maxConcurrency))
	}
	return nil
}

// maxConcurrency is the most endpoints in flight: each has a few connections, and
// systems give a process some ten thousand.
const maxConcurrency = 4096

// maxJitter is the most that a connection waits by chance: more would make the time
// that one endpoint may take pass with waiting.
const maxJitter = 2 * time.Second

// One connection gets at least the time of a long way there and back, and at most half
// of what one endpoint gets.
const (
	minTimeout = 100 * time.Millisecond
	maxTimeout = probe.DefaultDeadline / 2
)

// places is how many endpoints are in flight. With a total rate there are no more than
// it has connections a second, or each would wait until its time has passed.
func (f *probeFlags) places() int {
	if f.totalRate > 0 {
		return min(f.concurrency, f.totalRate)
	}
	return f.concurrency
}

// prepare makes the prober and the clients.
func (r *probeRun) prepare(ctx context.Context) error {
	f := r.flags
	simulate := len(f.as) > 0 || len(f.hello) > 0 || f.accepting != ""
	r.questions = r.ask(simulate)
	dial, err := r.app.proxyDial(f.proxy)
	if err != nil {
		return err
	}
	r.look.Prober = probe.New(probe.Options{Questions: r.questions, Rate: float64(f.rate), TotalRate: float64(f.totalRate), Jitter: f.jitter, Timeout: f.timeout, Dial: dial})
	if r.questions.Certificates {
		r.look.Roots = endpoint.NewRootFinder()
	}
	if !simulate {
		return nil
	}
	model, err := r.needModel()
	if err != nil {
		return err
	}
	clients, err := r.clients(ctx, model)
	if err != nil {
		return err
	}
	r.look.Clients, err = endpoint.NewSimulator(model, clients).Sending()
	return err
}

// ask is what the flags, the clients and the demands need to know.
func (r *probeRun) ask(simulate bool) probe.Questions {
	f := r.flags
	if f.every {
		return probe.Everything()
	}
	need := endpoint.Needs{SSL: f.ssl, Suites: f.suites || simulate, Groups: f.groups || simulate, Certificates: f.certificates || simulate}
	for _, c := range r.look.Checks {
		need = need.And(c.Needs())
	}
	return probe.Questions{SSL: need.SSL, Suites: need.Suites, Groups: need.Groups, Certificates: need.Certificates, SignatureAlgorithms: simulate}
}

// warnMissing names targets of the baseline that are not among those that were met.
func (r *probeRun) warnMissing(met map[string]bool) {
	if r.base == nil {
		return
	}
	if list := r.base.Missing(met); len(list) > 0 {
		shown := strings.Join(list[:min(len(list), maxShown)], ", ")
		r.app.Warn(r.app.text("probe.baseline-missing", message.Int("n", len(list)), message.Str("targets", shown)))
	}
}

// maxShown is how many targets a warning names.
const maxShown = 4

// maxHeld is how many finished targets wait for one that was begun before them, so
// that results come in the order of the targets. Beyond it a slow one comes late:
// memory does not grow with the number of targets.
const maxHeld = 1024

// lookedAt is one address of a target, or a target that has none.
type lookedAt struct {
	*document.Endpoint
	passedOver bool // listed and not probed, as its error says: a wildcard names no server
}

// judged says whether the endpoint answered what was asked of it.
func (l lookedAt) judged(ssl bool) bool { return l.passedOver || report.Judged(l.Endpoint, ssl) }

// stream looks at every target, so many at a time as the flags say, and gives the
// addresses of each to emit in the order of the targets.
func (r *probeRun) stream(ctx context.Context, targets *targetSource, emit func([]lookedAt) error) error {
	s := survey.Stream[probeTarget, []lookedAt]{
		Workers: r.flags.places(), Ahead: maxHeld, Overtake: true,
		Work: func(ctx context.Context, t probeTarget) ([]lookedAt, error) {
			list := r.one(ctx, t)
			return list, ctx.Err() // what was cut short is no result
		},
	}
	all := func(context.Context) iter.Seq2[probeTarget, error] { return targets.all() }
	for list, err := range s.Each(ctx, all) {
		if err == nil {
			err = emit(list)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// one looks at every address of a target.
func (r *probeRun) one(ctx context.Context, t probeTarget) []lookedAt {
	if t.reason != "" {
		return []lookedAt{{survey.NotProbed(t.String(), message.New(t.reason)), true}}
	}
	addresses, err := r.addresses(ctx, t)
	if err != nil {
		return []lookedAt{{Endpoint: survey.NotProbed(t.String(), survey.WhyNotProbed(err))}}
	}
	list := make([]lookedAt, len(addresses))
	var work sync.WaitGroup
	for i, address := range addresses {
		if r.skip[survey.EndpointKey(address)] {
			continue
		}
		work.Go(func() { list[i].Endpoint = r.look.Look(ctx, address) })
	}
	work.Wait()
	return slices.DeleteFunc(list, func(l lookedAt) bool { return l.Endpoint == nil })
}
