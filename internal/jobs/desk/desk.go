// Package desk gives batches to workers at sites, which ask for them over HTTPS, and takes
// what they find. Who has which batch stands in memory alone: if the server ends, its
// batches are given out again by the next one.
//
// A worker is trusted with nothing. It gets batches of its own tenant, sends results for
// what it was given and no other, within bounds and in time; what is wrong with them is
// said and nothing of it is recorded.
package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
)

// Silence is how long a worker may say nothing before its batch is given to another. It
// says something every quarter of it.
const Silence = time.Minute

const (
	// waitWorker is how long a batch waits for a worker that is free, before it makes room
	// for another one.
	waitWorker = 10 * time.Minute
	// waitBatch is how long a worker's question waits for a batch: proxies cut off what
	// says nothing for a minute.
	waitBatch = 25 * time.Second
	// longest is how long a worker may take for a batch, however much it says.
	longest = 2 * time.Hour
	// maxSites and maxWorkers bound those of a tenant: they cost memory and a queue.
	maxSites, maxWorkers = 64, 1000
)

// Options are how a desk works.
type Options struct {
	Silence time.Duration // 0 is [Silence]
	Now     func() time.Time
	Log     *slog.Logger
	// Who says which worker sends a request; Refuse tells it what was wrong.
	Who    func(*http.Request) Visitor
	Refuse func(http.ResponseWriter, *http.Request, int, *message.Problem)
	// Came and Left are told of the first and the last worker of a site.
	Came, Left func(tenant, site string)
}

// Visitor is who sends a request.
type Visitor struct {
	ID     string // tells tokens or certificates apart
	Name   string // for people
	Tenant string
}

// Given is a batch that is to be given to a worker.
type Given struct {
	Job   int64
	Batch *work.Batch
	// Failed are the workers that did not do it before, see [FailedError]: one of them gets
	// it again only while nobody else is there.
	Failed []string
	Begin  func(now time.Time)                          // it is given away
	Take   func(ctx context.Context, part []byte) error // records a part; a [work.LieError] ends the lease
	End    func() error                                 // says whether everything is there; so does a [work.LieError]
}

// ErrNobody is that no worker of the site is there, ErrReturned that a batch was given back,
// for its worker or the server was told to stop, and ErrSilent that a worker said nothing
// any more.
var (
	ErrSilent   = errors.New("the worker is silent")
	ErrNobody   = errors.New("no worker of the site is there")
	ErrReturned = errors.New("the worker gave it back")
)

// FailedError is that a worker did not do a batch that it had, and why.
type FailedError struct {
	*message.Problem
	Worker string // tells it apart from others of its tenant; for [Given.Failed]
	// Spare says that the worker is to blame and not the batch, as far as can be known: it
	// lied or could not do it, and another one is there that has not tried yet.
	Spare bool
}

// Unwrap gives the problem.
func (e *FailedError) Unwrap() error { return e.Problem }

// Desk gives out batches. It may be used by many goroutines at once.
type Desk struct {
	o Options

	mu     sync.Mutex
	sites  map[siteKey]*site
	leases map[string]*lease
	past   past
	closed chan struct{}
	once   sync.Once
}

type siteKey struct{ tenant, site string }

// site is a place where workers are.
type site struct {
	key     siteKey
	offers  []*lease           // batches that wait for a worker, the oldest first
	asks    []*ask             // workers that wait for a batch, the oldest first
	gone    chan struct{}      // closed when the last worker has gone
	workers map[string]*Worker // by their keys
}

// New makes a desk.
func New(o Options) *Desk {
	if o.Silence <= 0 {
		o.Silence = Silence
	}
	return &Desk{o: o, sites: map[siteKey]*site{}, leases: map[string]*lease{}, past: past{}, closed: make(chan struct{})}
}

// Close lets nobody wait any more, and gives nothing out.
func (d *Desk) Close() { d.once.Do(func() { close(d.closed) }) }

// lease is a batch and the worker that has it.
type lease struct {
	Given
	id     string
	key    siteKey
	worker string // the key of the worker; "" before one has it
	name   string
	begun  time.Time
	heard  time.Time
	given  chan struct{} // closed when a worker has it
	ended  chan error    // takes one: how it ended

	taking sync.Mutex // parts are recorded one after the other
	over   bool       // under taking: it takes nothing any more
}

// Hand gives a batch to a worker of its site and waits until it is done. The error is a
// [FailedError], [ErrNobody], [ErrReturned] or that of ctx.
func (d *Desk) Hand(ctx context.Context, g Given) error {
	l := &lease{Given: g, id: rand.Text(), key: siteKey{g.Batch.Tenant, g.Batch.Site}, given: make(chan struct{}), ended: make(chan error, 1)}
	if err := d.give(ctx, l); err != nil {
		return err
	}
	err := d.follow(ctx, l)
	d.mu.Lock()
	delete(d.leases, l.id)
	d.mu.Unlock()
	l.taking.Lock() // a part that is being recorded is recorded yet
	defer l.taking.Unlock()
	l.over = true
	return err
}

// follow waits until a lease has ended, one way or another.
func (d *Desk) follow(ctx context.Context, l *lease) error {
	tick := time.NewTicker(d.o.Silence / 8)
	defer tick.Stop()
	for {
		select {
		case err := <-l.ended:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-d.closed:
			return ErrReturned
		case <-tick.C:
			d.mu.Lock()
			silent, took := time.Since(l.heard), time.Since(l.begun)
			d.mu.Unlock()
			if silent > d.o.Silence {
				p := message.Error("jobs.error.silent", message.Str("worker", l.name), message.Str("time", silent.Round(time.Second).String()))
				p.Err = ErrSilent
				return &FailedError{Problem: p, Worker: l.worker}
			}
			if took > longest {
				p := message.Error("jobs.error.long", message.Str("worker", l.name), message.Str("time", took.Round(time.Second).String()))
				return &FailedError{Problem: p, Worker: l.worker}
			}
		}
	}
}

// Doing are the workers that have a batch now, by job.
func (d *Desk) Doing() map[int64]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := map[int64]string{}
	for _, l := range d.leases {
		list[l.Job] = l.name
	}
	return list
}
