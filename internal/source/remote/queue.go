package remote

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/remote/peer"
)

// ahead is how many times the concurrency may be read ahead of the machine that
// is waited for, so that a slow one holds up neither the others nor memory.
const ahead = 4

// connectTime is how long a machine may take to answer on the network. Without it,
// those that are switched off would cost their whole time limit. It is somewhat less
// than the system's own tries, which last two minutes on Linux.
const connectTime = 20 * time.Second

// withConnectTimeout makes connections that come within connectTime.
func withConnectTimeout(dial dialer) dialer {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTime)
		defer cancel()
		return dial(ctx, network, address)
	}
}

// dialer makes TCP connections.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// lastWait is how long, after the end of the run, machines whose reading has
// begun may take to end: their connections are closed at once.
const lastWait = 3 * time.Second

// queue reads machines ahead: sources ask for one after the other, in the order
// of their ids, and the queue knows from the start which they will be.
type queue struct {
	opt Options

	mu      sync.Mutex
	waiting []entry         // not yet begun, sorted once reading has begun
	sorted  bool            // no source has been added since waiting was sorted
	begun   map[string]*job // by URL; not yet fetched
	running int
	over    chan struct{} // closed lastWait after the end of the run
	ending  sync.Once
}

type entry struct {
	url    string
	target peer.Target
}

// job is one machine being read.
type job struct {
	done     chan struct{}
	snapshot *host.Snapshot
	err      error
}

func newQueue(opt Options) *queue {
	if opt.Concurrency <= 0 {
		opt.Concurrency = DefaultConcurrency
	}
	opt.logins = &logins{}
	return &queue{opt: opt, begun: map[string]*job{}, over: make(chan struct{})}
}

// id names a machine.
func (q *queue) id(url string) (string, error) {
	t, err := peer.Parse(url)
	if err != nil {
		return "", forUser(t, err)
	}
	return t.ID(), nil
}

// expect notes a machine for reading.
func (q *queue) expect(url string) {
	t, err := peer.Parse(url)
	if err != nil {
		return // read says so
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting, q.sorted = append(q.waiting, entry{url, t}), false
}

// read gives a machine; others are read meanwhile.
func (q *queue) read(ctx context.Context, url string, opt source.Options) (*host.Snapshot, error) {
	q.ending.Do(func() { // the first context is the run's
		context.AfterFunc(ctx, func() { time.AfterFunc(lastWait, func() { close(q.over) }) })
	})
	q.mu.Lock()
	if q.begun[url] == nil {
		if err := q.first(url); err != nil {
			q.mu.Unlock()
			return nil, err
		}
		q.start(ctx, opt)
	}
	j := q.begun[url]
	q.fill(ctx, opt)
	q.mu.Unlock()
	select {
	case <-j.done:
	case <-ctx.Done():
		return q.ended(j, ctx.Err())
	}
	q.mu.Lock()
	delete(q.begun, url)
	q.fill(ctx, opt)
	q.mu.Unlock()
	return j.snapshot, j.err
}

// ended waits for a machine that is being read although the run has ended: it may
// have been read just now.
func (q *queue) ended(j *job, err error) (*host.Snapshot, error) {
	select {
	case <-j.done:
		return j.snapshot, j.err
	default:
	}
	select {
	case <-j.done:
		return j.snapshot, j.err
	case <-q.over:
		return nil, err
	}
}

// left gives a machine that was read and that nobody took before the run ended.
func (q *queue) left(url string) (*host.Snapshot, bool) {
	q.mu.Lock()
	j := q.begun[url]
	delete(q.begun, url)
	q.mu.Unlock()
	if j == nil {
		return nil, false
	}
	s, err := q.ended(j, context.Canceled)
	return s, err == nil
}

// first puts a machine at the head of those that wait.
func (q *queue) first(url string) error {
	if !q.sorted {
		slices.SortStableFunc(q.waiting, func(a, b entry) int {
			return cmp.Or(cmp.Compare(strings.ToLower(a.target.ID()), strings.ToLower(b.target.ID())), cmp.Compare(a.url, b.url))
		})
		q.waiting, q.sorted = slices.CompactFunc(q.waiting, func(a, b entry) bool { return a.url == b.url }), true
	}
	t, err := peer.Parse(url)
	if err != nil {
		return forUser(t, err)
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(e entry) bool { return e.url == url })
	q.waiting = slices.Insert(q.waiting, 0, entry{url, t})
	return nil
}

// fill begins as many machines as may be read at a time.
func (q *queue) fill(ctx context.Context, opt source.Options) {
	for len(q.waiting) > 0 && q.running < q.opt.Concurrency && len(q.begun) < ahead*q.opt.Concurrency && ctx.Err() == nil {
		q.start(ctx, opt)
	}
}

// start begins the machine at the head of those that wait.
func (q *queue) start(ctx context.Context, opt source.Options) {
	next := q.waiting[0]
	q.waiting = q.waiting[1:]
	j := &job{done: make(chan struct{})}
	q.begun[next.url] = j
	q.running++
	go func() {
		j.snapshot, j.err = q.opt.guarded(ctx, next.target, opt)
		close(j.done)
		q.mu.Lock()
		defer q.mu.Unlock()
		q.running--
		q.fill(ctx, opt)
	}()
}

// guarded reads one machine; a failure inside costs that machine, not the run.
func (o Options) guarded(ctx context.Context, t peer.Target, opt source.Options) (s *host.Snapshot, err error) {
	defer func() {
		if failure := recover(); failure != nil {
			s, err = nil, forUser(t, message.Error("remote.defect", message.Str("what", fmt.Sprintf("%v\n%s", failure, debug.Stack()))))
		}
	}()
	return o.snapshot(ctx, t, opt)
}
