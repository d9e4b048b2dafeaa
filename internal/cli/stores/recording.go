package stores

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tlsready/internal/assess"
	"tlsready/internal/cli/frame"
	"tlsready/internal/cli/servers"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
	"tlsready/internal/store/results"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
)

// Flags name a store and a tenant in it, or a server that has one.
type Flags struct {
	Store, Tenant string
	server        servers.Flags
}

// Add adds the flags to a command.
func (f *Flags) Add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.Store, "store", "", "")
	cmd.Flags().StringVar(&f.Tenant, "tenant", store.DefaultTenant, "")
	f.server.Add(cmd)
}

// Records says whether results are recorded.
func (f *Flags) Records() bool { return f.Store != "" || f.server.URL != "" }

// Recording records what a run finds; nil records nothing.
type Recording struct {
	sending *sending // to a server, instead of a store
	app     *frame.App
	flags   *Flags
	db      store.Database
	store   store.Store
	results *results.Recorder
	asked   results.Asked
	seen    *results.Seen
	kept    bool   // the hosts are those of the store
	slack   []byte // see [results.Slack]
}

// Record opens the store of the flags; nil without one. An error is a mistake in what was
// asked for: nothing was done yet.
func (f *Flags) Record(cmd *cobra.Command, app *frame.App) (*Recording, error) {
	switch sent, err := f.sending(cmd, app); {
	case err != nil:
		return nil, err
	case sent != nil:
		return sent, nil
	case f.Store == "":
		if app.OnCommandLine("tenant") {
			return nil, app.UsageError("tenant-without-store")
		}
		return nil, nil
	}
	r := &Recording{app: app, flags: f}
	if err := r.open(cmd); err != nil {
		return nil, &judge.Mistake{Err: err}
	}
	return r.into(r.store), nil
}

// into begins to record.
func (r *Recording) into(where results.Recording) *Recording {
	r.results = results.NewRecorder(where)
	y, m, d := r.app.Now.Date()
	r.asked.Today.Time = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	r.slack = results.Slack()
	return r
}

// Judging is Record for a run that judges hosts: those of the store if it has no other
// sources. Callers are the programs that it asks about, as the user named them.
func (f *Flags) Judging(cmd *cobra.Command, app *frame.App, j *survey.Judging, callers []string, hosts *survey.Hosts) (*Recording, error) {
	r, err := f.Record(cmd, app)
	if r == nil || err != nil {
		return nil, err
	}
	r.asked = results.Asked{On: j.On, Today: j.Today, Callers: callers, Writer: j.Writer(app.CatalogOf("en")).Remembering()}
	if err := r.sources(cmd.Context(), hosts); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

func (r *Recording) open(cmd *cobra.Command) (err error) {
	if r.db, err = open.Database(cmd.Context(), r.flags.Store, holding(cmd, r.app)); err != nil {
		return err
	}
	if r.store, err = r.db.AddTenant(cmd.Context(), r.flags.Tenant); err != nil {
		r.Close()
	}
	return err
}

// holding is how a command that writes opens a store.
func holding(cmd *cobra.Command, app *frame.App) store.Options {
	return store.Options{Holder: cmd.CommandPath(), Waiting: func(err error) {
		what, _ := app.Catalog().Problem(err)
		app.Warn(app.Text("cli.store.waiting", message.Str("what", what)))
	}}
}

// Close closes the store; what was not recorded by [Recording.End] is not kept.
func (r *Recording) Close() {
	if r != nil && r.db != nil {
		_ = r.db.Close() // what was acknowledged is on the disk
		r.db = nil
	}
	if r != nil {
		r.slack = nil
	}
}

// Write has hosts written in English by the writer of the recording, which remembers what
// it wrote: what an output and a store both need is written once.
func (r *Recording) Write(writers map[string]*assess.Writer) {
	if r != nil {
		writers["en"] = r.asked.Writer
	}
}

// Judged records a host.
func (r *Recording) Judged(ctx context.Context, j judge.Judged) error {
	if r == nil {
		return nil
	}
	h := r.asked.Host(j.Host.ID, j.Host.Snapshot, j.Host.Err, j.Services)
	h.Kept = r.kept
	return r.results.Host(ctx, h)
}

// Collected records a host of which nothing was asked.
func (r *Recording) Collected(ctx context.Context, h source.Host) error {
	return r.Judged(ctx, judge.Judged{Host: h})
}

// Endpoint records a probe.
func (r *Recording) Endpoint(ctx context.Context, e *document.Endpoint) error {
	if r == nil {
		return nil
	}
	return r.results.Endpoint(ctx, store.EndpointResult{At: r.app.Now, Endpoint: e})
}

// Given records the fixes that were written for hosts.
func (r *Recording) Given(ctx context.Context, list []*assess.Judged) error {
	if r == nil {
		return nil
	}
	for _, f := range results.Fixes(list, store.FixGiven, r.app.Now, r.asked.Writer) {
		if err := r.results.Fix(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// Applied records the fix of a machine if it was changed.
func (r *Recording) Applied(ctx context.Context, done survey.MachineResult, list []judge.Judged) error {
	at := slices.IndexFunc(list, func(j judge.Judged) bool { return j.Host.ID == done.Host })
	if r == nil || done.Result != survey.Changed || at < 0 {
		return nil
	}
	for _, f := range results.Fixes(list[at].Services, store.FixApplied, r.app.Now, r.asked.Writer) {
		if err := r.results.Fix(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// Connection takes in a connection that was seen. It is recorded by [Recording.End].
func (r *Recording) Connection(c *document.Connection) {
	if r.seen == nil {
		r.seen = results.NewSeen(store.DayOf(r.app.Now))
	}
	r.seen.Add(c)
}

// sources gives a run without sources the hosts of the store with their newest settings.
func (r *Recording) sources(ctx context.Context, hosts *survey.Hosts) error {
	if len(hosts.Sources) > 0 || hosts.List != nil || r.sending != nil {
		return nil
	}
	total, err := r.store.CountHosts(ctx)
	if err != nil {
		return err
	}
	one, err := r.store.Latest(ctx, "", 1)
	if err != nil {
		return err
	}
	if len(one) == 0 {
		return &judge.Mistake{Err: message.Error("store.no-hosts", message.Str("tenant", r.flags.Tenant)).At(r.flags.Store).Hinted("store.hint.no-hosts")}
	}
	r.kept = true
	hosts.Kept = &survey.Kept{Total: total, Each: r.each}
	return nil
}

func (r *Recording) each(ctx context.Context) iter.Seq2[source.Host, error] {
	return func(yield func(source.Host, error) bool) {
		for one, err := range store.EachLatest(ctx, r.store) {
			if !yield(source.Host{ID: one.Host.ID, Snapshot: one.Snapshot}, err) {
				return
			}
		}
	}
}

// End records what is left, closes the store and says what it was given.
func (r *Recording) End(ctx context.Context) error {
	if r == nil {
		return nil
	}
	defer r.Close()
	if r.seen != nil {
		if err := r.seen.Record(context.WithoutCancel(ctx), r.results); err != nil {
			return err
		}
		if r.seen.Lost > 0 {
			r.app.Warn(r.app.Text("cli.store.lost", message.Int("n", r.seen.Lost)))
		}
	}
	if err := r.results.End(ctx); err != nil {
		return err
	}
	if r.sending != nil {
		return r.sending.end(r)
	}
	r.app.Say(r.app.Text("cli.store.recorded", message.Str("store", r.flags.Store), message.Str("tenant", r.flags.Tenant),
		message.Int("hosts", r.results.Hosts), message.Int("endpoints", r.results.Endpoints), message.Int("observations", r.results.Observations), message.Int("fixes", r.results.Fixes)))
	return nil
}
