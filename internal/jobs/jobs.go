// Package jobs is the work of a server: it is ordered by people and by schedules, split
// into batches, and done by the server itself or by workers at sites. The queue is River,
// on the database of the store, whichever of the two it is; there is no table of ours.
//
// A job is one batch (package work) or the plan that splits an order into batches. Every
// job is done at least once, and what it does twice it does with the same effect: what is
// recorded in a store twice is there once. Three things may die at any moment:
//
//   - a worker at a site: it falls silent (package desk), and its batch goes to another;
//   - a server: the next one that runs, or another one beside it, takes its jobs again as
//     soon as it is known to be dead (rescue.go);
//   - the database: River and the store wait for it.
package jobs

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/doing"
	"tlsready/internal/jobs/record"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
	"tlsready/internal/store/results"
)

// Options are how jobs are done.
type Options struct {
	Store store.Database // takes the results; open for writing
	Tools *doing.Tools   // how the server does batches itself
	// Slots is how many batches the server does at a time; 0 is one for each processor.
	Slots     int
	Schedules []Schedule
	Log       *slog.Logger
	Now       func() time.Time

	// Who says which worker sends a request, and Refuse tells it what was wrong.
	Who    func(*http.Request) desk.Visitor
	Refuse func(http.ResponseWriter, *http.Request, int, *message.Problem)

	// Silence is how long a worker may say nothing; 0 is [desk.Silence].
	Silence time.Duration
	// Watch is how often the server looks after the dead and the clock; 0 is 15 seconds.
	Watch time.Duration
	// BatchEndpoints and BatchHosts are the sizes of batches; 0 are those of package work.
	BatchEndpoints, BatchHosts int
}

// Jobs is a queue that is open.
type Jobs struct {
	o      Options
	queue  open.Queue
	client client
	rows   riverdriver.Executor
	desk   *desk.Desk
	judges record.Judges
	sites  sites
	life   life
	waits  retries
	ended  tally
	heard  heard
}

// client is what is needed of River's client, whatever the database.
type client interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
	ID() string
	Insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
	InsertMany(ctx context.Context, params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
	JobGet(ctx context.Context, id int64) (*rivertype.JobRow, error)
	JobCancel(ctx context.Context, id int64) (*rivertype.JobRow, error)
	JobRetry(ctx context.Context, id int64) (*rivertype.JobRow, error)
	JobList(ctx context.Context, params *river.JobListParams) (*river.JobListResult, error)
	QueueUpdate(ctx context.Context, name string, params *river.QueueUpdateParams) (*rivertype.Queue, error)
	Queues() *river.QueueBundle
	PeriodicJobs() *river.PeriodicJobBundle
}

const (
	// attempts is how often a batch is tried: with the growing waits between them the
	// last is some twenty minutes after the first.
	attempts = 6
	// longest is how long one job may take: a folder of an export of a whole fleet takes
	// minutes, a batch at a slow site an hour.
	longest = 3 * time.Hour
	// keep is how long jobs stay in the list when they have ended, and keepFailed those
	// that somebody should look at. While a run's jobs are there it is not planned twice.
	keep       = 14 * 24 * time.Hour
	keepFailed = 60 * 24 * time.Hour
	// poll is how often a file is looked at for jobs, which costs some thousandths of a
	// processor while there are none; PostgreSQL tells of them by itself. While there are,
	// it is looked at again after pollBusy.
	poll     = 500 * time.Millisecond
	pollBusy = 50 * time.Millisecond
	// stopTime is how long jobs may go on when the server stops; then they are given back.
	stopTime = 5 * time.Second
)

// Open opens the queue in the database of a store, and makes or migrates its tables. Jobs
// can be ordered and looked at from then on; [Jobs.Run] does them.
func Open(ctx context.Context, where string, o Options) (*Jobs, error) {
	queue, err := open.OpenQueue(ctx, where)
	if err != nil {
		return nil, err
	}
	j := &Jobs{o: o, queue: queue}
	j.o.Slots, j.o.Watch = cmp.Or(o.Slots, runtime.NumCPU()), cmp.Or(o.Watch, watchEvery)
	j.desk = desk.New(desk.Options{
		Silence: o.Silence, Now: o.Now, Log: o.Log, Who: o.Who, Refuse: o.Refuse, Came: j.sites.came, Left: j.sites.left,
	})
	if queue.PostgreSQL != nil {
		err = connect(ctx, j, riverpgxv5.New(queue.PostgreSQL))
	} else {
		err = connect(ctx, j, riversqlite.New(queue.SQLite))
	}
	if err == nil {
		err = j.beginLife(ctx)
	}
	if err == nil {
		err = j.readHeard(ctx)
	}
	if err != nil {
		return nil, errors.Join(problem(err), queue.Close())
	}
	j.sites.begin(j.client, j.o.Log)
	return j, nil
}

// connect migrates River's tables and makes its client.
func connect[Tx any](ctx context.Context, j *Jobs, driver riverdriver.Driver[Tx]) error {
	log := slog.New(quiet{j.o.Log.Handler(), &lately{at: map[string]time.Time{}}})
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	config := &river.Config{
		ID: lifeID(j.o.Now()), Logger: log, Workers: j.workers(), MaxAttempts: attempts,
		Queues:        map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: j.o.Slots}, queuePlan: {MaxWorkers: 1}},
		FetchCooldown: pollBusy, FetchPollInterval: poll,
		JobTimeout: longest, RescueStuckJobsAfter: longest + time.Hour,
		CompletedJobRetentionPeriod: keep, CancelledJobRetentionPeriod: keep, DiscardedJobRetentionPeriod: keepFailed,
		SoftStopTimeout: stopTime, RetryPolicy: &j.waits,
		PeriodicJobs: j.periodic(),
	}
	if j.queue.PostgreSQL != nil {
		config.FetchCooldown, config.FetchPollInterval = river.FetchCooldownDefault, river.FetchPollIntervalDefault
	}
	c, err := river.NewClient(driver, config)
	if err != nil {
		return err
	}
	j.client, j.rows = c, driver.GetExecutor()
	return nil
}

// problem gives an error of the queue its words.
func problem(err error) error {
	var known *message.Problem
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	p := message.Error("jobs.error.queue", message.Cause("why", err))
	if open.IsAway(err) {
		p.Err = errors.Join(p.Err, store.ErrAway)
	}
	return p
}

// insist does what jobs begin with, and does it again until the database lets it: one that is
// away, or whose disk is full, comes back while the pages are up.
func (j *Jobs) insist(ctx context.Context, do func(context.Context) error) error {
	tick := time.NewTicker(againEvery)
	defer tick.Stop()
	for said := ""; ; {
		err := do(ctx)
		if err == nil {
			return nil
		}
		if said != err.Error() {
			said = err.Error()
			j.o.Log.Error("the queue of jobs could not begin, and is tried again", "err", problem(err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}

// Run does jobs until the context ends. What has not come to its end by then, some seconds
// later, is given back and done by the next server.
func (j *Jobs) Run(ctx context.Context) error {
	slack := results.Slack() // batches are recorded as runs are
	defer runtime.KeepAlive(slack)
	if err := j.insist(ctx, j.rescue); err != nil {
		return problem(err)
	}
	j.catchUp(ctx)
	j.overdue(ctx)
	if err := j.insist(ctx, func(ctx context.Context) error { return j.client.Start(context.WithoutCancel(ctx)) }); err != nil {
		return problem(err)
	}
	j.watch(ctx)
	j.desk.Close()
	j.sites.end()
	j.lastHeard(ctx)
	return problem(j.client.Stop(context.WithoutCancel(ctx)))
}

// watch looks after the dead and the clock until the context ends.
func (j *Jobs) watch(ctx context.Context) {
	tick := time.NewTicker(j.o.Watch)
	defer tick.Stop()
	clock := newClock(j.o.Now())
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := j.rescue(ctx); err != nil && ctx.Err() == nil {
				j.o.Log.Warn("jobs of dead servers could not be looked for", "err", err)
			}
			if err := j.writeHeard(ctx, false); err != nil && ctx.Err() == nil {
				j.o.Log.Warn("when workers were heard could not be written down", "err", err)
			}
			if by := clock.jumped(j.o.Now()); by != 0 {
				j.jumped(ctx, by)
			}
		}
	}
}

// Close closes the queue. The store is closed after it.
func (j *Jobs) Close() error {
	j.endLife()
	return j.queue.Close()
}

// Routes are what workers ask for, below /api/v1/leases. Each needs the right to work.
func (j *Jobs) Routes() []desk.Route { return j.desk.Routes() }

// quiet takes River's log down a step: that a server elected itself, or that a job was
// tried again, is no news to the administrator of a server. What it says several times a
// second while a database is away is said once a minute.
type quiet struct {
	slog.Handler
	said *lately
}

// sayEvery is how often the same is said.
const sayEvery = time.Minute

// lately is what was said, and when.
type lately struct {
	mu sync.Mutex
	at map[string]time.Time // by message, of which River has some dozens
}

// again says whether a message was said a moment ago, and notes that it is said now.
func (l *lately) again(message string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, said := l.at[message]
	if said && now.Sub(last).Abs() < sayEvery {
		return true
	}
	l.at[message] = now
	return false
}

// Handle leaves out what River says in the course of things.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn || q.said.again(r.Message, r.Time) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs keeps the rule for loggers made of this one.
func (q quiet) WithAttrs(list []slog.Attr) slog.Handler {
	return quiet{q.Handler.WithAttrs(list), q.said}
}

// WithGroup keeps the rule for loggers made of this one.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name), q.said} }
