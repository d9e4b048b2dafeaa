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

	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/source"
	"tlsready/internal/source/list"
	"tlsready/internal/stack"
	"tlsready/internal/starttls"
	"tlsready/internal/survey"
	"tlsready/internal/verdict"
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

func probeFormats() []Format { return []Format{FormatTable, FormatJSONL, FormatJSON, FormatCSV} }

// probeRun is one run of probe: everything that was asked, ready to begin.
type probeRun struct {
	app       *App
	flags     *probeFlags
	questions probe.Questions
	prober    *probe.Prober
	simulator *simulator // nil without clients
	rules     []acceptRule
	checks    []checker
	base      *baseline
	skip      map[string]bool // --resume: what stands in the result already
	model     *stack.Model    // nil until it is needed
	roots     *rootFinder     // nil where no certificates are asked for
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
	feeding := r.stream(ctx, targets, func(list []*probed) error {
		progress.Add(1)
		for _, p := range list {
			app.Clear()
			if err := w.write(p); err != nil {
				return err
			}
		}
		return nil
	})
	progress.Done()
	if err := w.finish(feeding == nil); err != nil || feeding != nil {
		return errors.Join(feeding, err)
	}
	r.warnMissing()
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

// readDemands reads what endpoints are held against, and gives the endpoints that
// the services name.
func (r *probeRun) readDemands(ctx context.Context) (endpoints []string, err error) {
	app, f := r.app, r.flags
	if r.rules, err = app.readRules(f.accepting); err != nil {
		return nil, err
	}
	if err := r.readServers(ctx); err != nil {
		return nil, err
	}
	for _, one := range f.services {
		if strings.HasPrefix(one, hostPrefix) {
			continue
		}
		p, err := app.readService(one)
		if err != nil {
			return nil, err
		}
		if len(p.Endpoints) == 0 {
			app.Warn(app.text("probe.service-without-endpoints", message.Str("service", p.ID)))
		}
		endpoints = append(endpoints, p.Endpoints...)
		r.checks = append(r.checks, serviceCheck{profile: p, now: app.Now, against: "service:" + p.ID})
	}
	if f.policy != "" {
		c, err := app.readPolicy(f.policy)
		if err != nil {
			return nil, err
		}
		r.checks = append(r.checks, c)
	}
	if f.diff != "" {
		if r.base, err = app.readBaseline(f.diff); err != nil {
			return nil, err
		}
		r.checks = append(r.checks, r.base)
	}
	return endpoints, nil
}

// readServers reads the servers of --service host:SNAPSHOT. They name no endpoints:
// a snapshot does not say on which ports a server listens.
func (r *probeRun) readServers(ctx context.Context) error {
	var servers []*predictedCheck
	for _, one := range r.flags.services {
		path, ok := strings.CutPrefix(one, hostPrefix)
		if !ok {
			continue
		}
		model, err := r.needModel()
		if err != nil {
			return err
		}
		c, err := r.app.readPredicted(ctx, model, path, source.Options{Stdin: r.app.In, Kinds: list.Kinds(), Warn: r.app.warnf})
		if err != nil {
			return err
		}
		servers = append(servers, c)
	}
	for _, c := range servers {
		c.alone = len(servers) == 1
		r.checks = append(r.checks, c)
	}
	return nil
}

func (r *probeRun) needModel() (model *stack.Model, err error) {
	if r.model == nil {
		r.model, err = stack.New()
	}
	return r.model, err
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
	r.prober = probe.New(probe.Options{Questions: r.questions, Rate: float64(f.rate), TotalRate: float64(f.totalRate), Jitter: f.jitter, Timeout: f.timeout, Dial: dial})
	if r.questions.Certificates {
		r.roots = newRootFinder()
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
	r.simulator, err = newSimulator(&verdict.Judge{Model: model}, r.prober, clients)
	return err
}

// ask is what the flags, the clients and the demands need to know.
func (r *probeRun) ask(simulate bool) probe.Questions {
	f := r.flags
	if f.every {
		return probe.Everything()
	}
	q := probe.Questions{SSL: f.ssl, Suites: f.suites, Groups: f.groups, Certificates: f.certificates}
	if simulate {
		q.Suites, q.Groups, q.SignatureAlgorithms, q.Certificates = true, true, true, true
	}
	for _, c := range r.checks {
		n := c.needs()
		q.SSL, q.Suites, q.Groups, q.Certificates = q.SSL || n.SSL, q.Suites || n.Suites, q.Groups || n.Groups, q.Certificates || n.Certificates
	}
	return q
}

// detailed says whether there is more to show than versions.
func (r *probeRun) detailed() bool {
	q := r.questions
	return q.Suites || q.Groups || q.Certificates || q.WithoutServerName || r.simulator != nil
}

func (r *probeRun) warnMissing() {
	if r.base == nil {
		return
	}
	if list := r.base.missing(); len(list) > 0 {
		shown := strings.Join(list[:min(len(list), maxNamed)], ", ")
		r.app.Warn(r.app.text("probe.baseline-missing", message.Int("n", len(list)), message.Str("targets", shown)))
	}
}

// maxHeld is how many finished targets wait for one that was begun before them, so
// that results come in the order of the targets. Beyond it a slow one comes late:
// memory does not grow with the number of targets.
const maxHeld = 1024

// stream probes every target, so many at a time as the flags say, and gives each
// one's lines to emit in the order of the targets.
func (r *probeRun) stream(ctx context.Context, targets *targetSource, emit func([]*probed) error) error {
	s := survey.Stream[probeTarget, []*probed]{
		Workers: r.flags.places(), Ahead: maxHeld, Overtake: true,
		Work: func(ctx context.Context, t probeTarget) ([]*probed, error) {
			lines := r.one(ctx, t)
			return lines, ctx.Err() // what was cut short is no result
		},
	}
	all := func(context.Context) iter.Seq2[probeTarget, error] { return targets.all() }
	for lines, err := range s.Each(ctx, all) {
		if err == nil {
			err = emit(lines)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// one probes every address of a target.
func (r *probeRun) one(ctx context.Context, t probeTarget) []*probed {
	name := t.String()
	if t.reason != "" {
		return []*probed{{target: name, listed: t.reason}}
	}
	addresses, err := r.addresses(ctx, t)
	if err != nil {
		return []*probed{r.judged(&probed{target: name, result: probe.Result{Err: err}})}
	}
	lines := make([]*probed, len(addresses))
	var work sync.WaitGroup
	for i, address := range addresses {
		if r.skip[endpointKey(name, addressText(address))] {
			continue
		}
		work.Go(func() {
			p := &probed{target: name, result: r.prober.Probe(ctx, address)}
			p.ends = r.roots.ends(&p.result)
			if r.simulator != nil && p.result.Err == nil {
				var made int
				p.clients, made = r.simulator.run(ctx, p, r.rules)
				p.result.Connections += made
			}
			lines[i] = r.judged(p)
		})
	}
	work.Wait()
	return slices.DeleteFunc(lines, func(p *probed) bool { return p == nil })
}

// judged holds an address against everything that was asked of it.
func (r *probeRun) judged(p *probed) *probed {
	if p.result.Err != nil {
		return p // it could not be judged, which its line says
	}
	for _, c := range r.checks {
		p.findings = append(p.findings, c.check(p)...)
	}
	return p
}
