package cli

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/stores"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/report"
	"tlsready/internal/source/remote/peer"
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
	resume, details                          bool
	rate, totalRate, concurrency, nodes      int
	jitter, timeout                          time.Duration
	keep                                     stores.Flags
}

func newProbeCommand(app *App) *cobra.Command {
	f := &probeFlags{}
	cmd := &cobra.Command{
		Use: "probe [TARGET...]",
		Example: `tlsready probe backup.example.com
tlsready probe backup.example.com --as all-windows --accepting "TLS 1.2+; -CBC"
tlsready probe --targets hosts.txt --policy mozilla-intermediate -o result.jsonl
tlsready probe --targets hosts.txt --store tlsready.db`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.probe(cmd, f, args) },
	}
	f.keep.Add(cmd)
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
	flags.IntVar(&f.nodes, "nodes", 0, "")
	flags.BoolVar(&f.details, "details", false, "")
	return cmd
}

func probeFormats() []frame.Format {
	return frame.FormatsWith(func(f report.Format) bool { return f.Endpoints != nil })
}

// probeRun is one run of probe: everything that was asked, ready to begin.
type probeRun struct {
	app       *App
	flags     *probeFlags
	look      survey.Endpoints
	questions probe.Questions
	base      *endpoint.Baseline // --diff; nil without it
	model     *stack.Model       // nil until it is needed
	oneNode   bool               // a "no" rests on one connection because there are many endpoints
}

// probeGC trades memory for time: a run keeps little alive and makes much short-lived
// garbage, some 4 % of its processor time with the default. GOGC overrides it.
const probeGC = 300

// probe is the command.
func (app *App) probe(cmd *cobra.Command, f *probeFlags, args []string) error {
	ctx := cmd.Context()
	if app.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(probeGC))
	}
	r := &probeRun{app: app, flags: f}
	if err := r.checkFlags(); err != nil {
		return err
	}
	endpoints, err := r.readDemands(ctx)
	if err != nil {
		return err
	}
	targets, err := app.targets(f, args, endpoints)
	if err != nil {
		return err
	}
	total, err := targets.Check()
	if err != nil {
		return err
	}
	if err := r.prepare(ctx, total); err != nil {
		return err
	}
	record, err := f.keep.Record(cmd, app.App)
	if err != nil {
		return err
	}
	defer record.Close()
	w, err := r.openWriters()
	if err != nil {
		return err
	}
	defer w.discard()
	progress := app.Progress(app.Text("probe.progress"), total)
	defer progress.Done()
	ended := func() error {
		for list, err := range r.look.Each(ctx, targets) {
			if err != nil {
				return err
			}
			progress.Add(1)
			for _, one := range list {
				app.Clear()
				if err := errors.Join(w.write(one), record.Endpoint(ctx, one.Endpoint)); err != nil {
					return err
				}
			}
		}
		return nil
	}()
	progress.Done()
	if err := errors.Join(w.finish(ended == nil), record.End(ctx)); err != nil || ended != nil {
		return errors.Join(ended, err)
	}
	r.warnMissing(w.met)
	return app.Verdict(w.notMet, w.unjudged)
}

func (r *probeRun) checkFlags() error {
	f, app := r.flags, r.app
	switch {
	case f.starttls != "" && starttls.DefaultPort(f.starttls) == 0:
		return app.KnownWord("starttls", f.starttls, starttls.Protocols()...)
	case f.rate < 0:
		return app.UsageError("rate", message.Int("value", f.rate))
	case f.totalRate < 0:
		return app.UsageError("total-rate", message.Int("value", f.totalRate))
	case f.jitter < 0 || f.jitter > maxJitter:
		return app.UsageError("jitter", message.Str("value", f.jitter.String()), message.Str("most", maxJitter.String()))
	case f.timeout < minTimeout || f.timeout > maxTimeout:
		return app.UsageError("timeout", message.Str("value", f.timeout.String()), message.Str("least", minTimeout.String()), message.Str("most", maxTimeout.String()))
	case f.nodes < 0 || f.nodes > maxNodes:
		return app.UsageError("nodes", message.Int("value", f.nodes), message.Int("most", maxNodes))
	case f.concurrency < 1 || f.concurrency > maxConcurrency:
		return app.UsageError("concurrency", message.Int("value", f.concurrency), message.Int("most", maxConcurrency))
	}
	return nil
}

// A "no" to an old version rests on several connections, because several machines may
// stand behind one address and take turns. In a scan of more than fewEndpoints, or of
// nobody knows how many, it rests on one.
const (
	fewEndpoints = 100
	maxNodes     = 16
)

// nodesFor is how many connections a "no" to an old version rests on.
func (r *probeRun) nodesFor(total int) int {
	switch {
	case r.flags.nodes > 0:
		return r.flags.nodes
	case total > 0 && total <= fewEndpoints:
		return probe.DefaultNodes
	}
	r.oneNode = true
	return 1
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

// prepare makes the prober and the clients for so many endpoints.
func (r *probeRun) prepare(ctx context.Context, total int) error {
	f := r.flags
	simulate := len(f.as) > 0 || len(f.hello) > 0 || f.accepting != ""
	r.questions = r.ask(simulate)
	options := probe.Options{Questions: r.questions, Rate: float64(f.rate), TotalRate: float64(f.totalRate), Jitter: f.jitter, Timeout: f.timeout, Nodes: r.nodesFor(total)}
	if f.proxy != "" {
		proxy, err := probe.ParseProxy(f.proxy)
		if err != nil {
			return r.app.UsageError("proxy", message.Str("value", peer.WithoutPassword(f.proxy)))
		}
		options.Dial, r.look.ProxyResolves = proxy.Dial, proxy.Resolves
	}
	r.look.Prober = probe.New(options)
	r.look.ServerName, r.look.StartTLS, r.look.Workers = f.sni, f.starttls, f.places()
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
	clients, err := r.clientNames().Clients(ctx, model)
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
		r.app.Warn(r.app.Text("probe.baseline-missing", message.Int("n", len(list)), message.Str("targets", shown)))
	}
}

// maxShown is how many targets a warning names.
const maxShown = 4

// targets are what was named: the arguments, the endpoints of --service, the lists of
// --targets. It is an error if there is nothing.
func (app *App) targets(f *probeFlags, args, endpoints []string) (*survey.Targets, error) {
	t := &survey.Targets{Port: uint16(starttls.DefaultPort(f.starttls))}
	for _, word := range slices.Concat(args, endpoints) {
		if word == "-" {
			t.Lists = append(t.Lists, app.targetList(word))
		} else {
			t.Lists = append(t.Lists, survey.TargetList{Words: []string{word}})
		}
	}
	for _, file := range f.targets {
		t.Lists = append(t.Lists, app.targetList(file))
	}
	if len(t.Lists) == 0 {
		return nil, app.UsageError("no-target")
	}
	return t, nil
}

// targetList is the list in a file, "-" for standard input.
func (app *App) targetList(file string) survey.TargetList {
	if file == "-" {
		return survey.TargetList{Name: app.Text("probe.stdin"), Once: true, Open: func() (io.ReadCloser, error) { return io.NopCloser(app.In), nil }}
	}
	return survey.TargetsIn(file)
}

// clientNames are --as and --hello; --accepting alone asks of all clients.
func (r *probeRun) clientNames() survey.ClientNames {
	f := r.flags
	names := survey.ClientNames{As: f.as, Hellos: f.hello, Reading: r.sourceOptions()}
	if len(f.as)+len(f.hello) == 0 && f.accepting != "" {
		names.As = []string{survey.AllWindows}
	}
	return names
}
