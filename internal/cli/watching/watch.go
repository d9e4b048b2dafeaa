// Package watching is the command "watch": who still comes with old TLS, from captures and
// logs.
package watching

import (
	"errors"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/stores"
	"tlsready/internal/document"
	"tlsready/internal/report"
	"tlsready/internal/report/view"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/source/files"
	"tlsready/internal/survey/watch"
)

// watchFlags are the flags of watch.
type watchFlags struct {
	service, on, today           string
	accepts                      []string
	ownerBy, owners              string
	clientField, logFormat, kind string
	since, shard, key, plan      string
	zone                         string
	pseudonymise, details        bool
	concurrency                  int
	keep                         stores.Flags
}

type command struct{ *frame.App }

// New makes "watch".
func New(shared *frame.App) *cobra.Command {
	app := &command{shared}
	f := &watchFlags{}
	cmd := &cobra.Command{
		Use: "watch FILE...",
		Example: `tlsready watch edge.pcap
tlsready watch /var/log/nginx --owners customers.csv --client-field X-Forwarded-For
tlsready watch edge.pcap u_ex2111.log -o report.html -o mails.tickets
tlsready watch /var/log/nginx -o watch.parquet
tlsready watch /var/log/nginx --owners customers.csv --store tlsready.db
tcpdump -U -w - 'tcp port 443' | tlsready watch - -f jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error { return app.watch(cmd, f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.service, "service", "", "")
	flags.StringVar(&f.on, "on", "", "")
	flags.StringVar(&f.today, "today", "", "")
	flags.StringArrayVar(&f.accepts, "accepts", nil, "")
	flags.StringVar(&f.ownerBy, "owner-by", "", "")
	flags.StringVar(&f.owners, "owners", "", "")
	flags.StringVar(&f.clientField, "client-field", "", "")
	flags.StringVar(&f.logFormat, "log-format", "", "")
	flags.StringVar(&f.kind, "log", "", "")
	flags.StringVar(&f.zone, "timezone", "", "")
	flags.StringVar(&f.since, "since", "", "")
	flags.StringVar(&f.shard, "shard", "", "")
	flags.StringVar(&f.plan, "plan", "", "")
	flags.BoolVar(&f.pseudonymise, "pseudonymise", false, "")
	flags.StringVar(&f.key, "pseudonym-key", "", "")
	flags.IntVar(&f.concurrency, "concurrency", 0, "")
	flags.BoolVar(&f.details, "details", false, "")
	f.keep.Add(cmd)
	frame.Complete(cmd, "service", service.IDs())
	frame.Complete(cmd, "log", watch.LogNames())
	frame.Complete(cmd, "owner-by", watch.FieldNames())
	return cmd
}

func watchFormats() []frame.Format {
	return frame.FormatsWith(func(f report.Format) bool { return f.Watch != nil })
}

// watchGC is how much may be allocated between two collections of garbage, in percent of
// what is kept: half of the default, because what is kept is counted in millions of small
// things, and reading leaves little garbage behind. GOGC overrides it.
const watchGC = 50

// watch is the command.
func (app *command) watch(cmd *cobra.Command, f *watchFlags, args []string) error {
	if app.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(watchGC))
	}
	run, err := app.watchRun(f, args)
	if err != nil {
		return err
	}
	outputs, err := app.Outputs(watchFormats()...)
	if err != nil {
		return err
	}
	w := &watchWriters{app: app, outputs: outputs}
	defer w.discard()
	w.open(f)
	record, err := f.keep.Record(cmd, app.App)
	if err != nil {
		return err
	}
	defer record.Close()
	run.Line = w.line(record)
	progress := app.Progress(app.Text("watch.progress"), len(run.Inputs))
	defer progress.Done()
	run.Read = func(document.WatchSource) { progress.Add(1) }
	sum, err := run.Do(cmd.Context())
	progress.Done()
	if err != nil {
		return err
	}
	if err := errors.Join(w.end(sum), record.End(cmd.Context())); err != nil {
		return err
	}
	return app.Verdict(sum.Summary.Cannot, watchOpen(sum))
}

// watchOpen counts what keeps the answer from being whole: clients of which it is not
// known whether they survive, files that were not read, and a run that saw nothing.
func watchOpen(sum *document.Watch) int {
	open := sum.Summary.Likely + sum.Summary.Unknown
	for _, s := range sum.Coverage.Sources {
		if !s.Error.IsZero() && !s.PassedOver {
			open++
		}
	}
	if sum.Summary.Connections == 0 {
		open++
	}
	return open
}

// watchRun is what the flags ask, ready to read.
func (app *command) watchRun(f *watchFlags, args []string) (*watch.Run, error) {
	if err := app.KnownWord("log", f.kind, watch.LogNames()...); err != nil {
		return nil, err
	}
	on, err := app.Day("--on", f.on)
	if err != nil {
		return nil, err
	}
	today, err := app.Today(f.today)
	if err != nil {
		return nil, err
	}
	return watch.Question{
		Words: args, Stdin: app.In, Hosts: []source.Kind{files.Snapshot(), files.Collected()}, Service: f.service, On: on, Today: today, Accepts: f.accepts, OwnerBy: f.ownerBy, Owners: f.owners,
		Log: f.kind, LogFormat: f.logFormat, ClientField: f.clientField, Timezone: f.zone, Since: f.since, Now: time.Now(), Shard: f.shard,
		Pseudonymise: f.pseudonymise, PseudonymKey: f.key, Plan: f.plan, SameTimeFiles: f.concurrency,
	}.Run()
}

// watchWriters writes to every output.
type watchWriters struct {
	app     *command
	outputs []*frame.Output
	writers []report.WatchWriter
	wants   []bool // whether an output wants each connection
}

func (w *watchWriters) open(f *watchFlags) {
	for _, out := range w.outputs {
		format := out.Format.Renderer()
		w.wants = append(w.wants, format.WatchLines)
		w.writers = append(w.writers, format.Watch(out, report.WatchOptions{
			Words: w.app.Catalog(), Width: w.app.ColumnsOf(out), Color: w.app.Color && out.Terminal(),
			Details: f.details, Command: "watch", Live: out.Terminal(),
		}))
	}
}

// lines says whether an output wants each connection.
func (w *watchWriters) lines() bool {
	return slices.Contains(w.wants, true)
}

// line is told of each connection if an output or a store wants them; nil if none does.
func (w *watchWriters) line(record *stores.Recording) func(*document.Connection) error {
	switch lines := w.lines(); {
	case record == nil && !lines:
		return nil
	case record == nil:
		return w.connection
	default:
		return func(c *document.Connection) error {
			record.Connection(c)
			if !lines {
				return nil
			}
			return w.connection(c)
		}
	}
}

func (w *watchWriters) connection(c *document.Connection) error {
	for i, out := range w.outputs {
		if !w.wants[i] {
			continue
		}
		w.app.Clear()
		if err := w.writers[i].Connection(c); err != nil {
			return frame.CannotWrite(out.Path, err)
		}
	}
	return nil
}

// end writes the sum. What there is to know of the sources is told apart where no output
// has it.
func (w *watchWriters) end(sum *document.Watch) error {
	w.app.Clear()
	if !slices.ContainsFunc(w.outputs, func(out *frame.Output) bool { return !out.Format.Renderer().LinesAlone }) {
		for _, trouble := range view.WatchTroubles(w.app.Catalog(), &sum.Coverage) {
			w.app.Warn(trouble)
		}
	}
	for i, out := range w.outputs {
		err := w.writers[i].End(sum)
		if err == nil {
			err = w.app.Commit(out)
		}
		if err != nil {
			return frame.CannotWrite(out.Path, err)
		}
	}
	return nil
}

func (w *watchWriters) discard() {
	for _, out := range w.outputs {
		out.Discard()
	}
}
