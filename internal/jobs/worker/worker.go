// Package worker does the batches of a site: it asks a server for them over HTTPS, does
// them from where it stands, and sends what it finds. All connections are its own, outward;
// it keeps nothing.
package worker

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/doing"
	"tlsready/internal/message"
)

// Server is what is asked for batches.
type Server interface {
	// URL is that of something on the server: "api/v1/results".
	URL(path string) string
	// Do sends one request with what lets it in, and follows no redirection.
	Do(r *http.Request) (*http.Response, error)
	String() string
}

// Options are how a worker works.
type Options struct {
	Server  Server
	Name    string // tells it apart from others of its token
	Site    string
	Version string // of the program
	Lang    string // in which the server says what was wrong
	Slots   int    // batches at a time; at least one is
	Once    bool   // do what waits now, and end
	Tools   *doing.Tools
	Tell    func(message.Text) // what a log should have; may be called by several goroutines
}

// The waits between two tries of a server that is away.
const (
	firstWait   = time.Second
	longestWait = 30 * time.Second
)

// run is a worker that works.
type run struct {
	Options

	mu   sync.Mutex
	away bool // the server was not there when it was asked last
}

// Run works until ctx ends, which is no error: batches that were begun are given back to
// the server. The error is that the server refuses the worker for good, or with Once that
// it is not there.
func Run(ctx context.Context, o Options) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{Options: o}
	var slots sync.WaitGroup
	for range max(o.Slots, 1) {
		slots.Go(func() {
			if err := r.slot(ctx); err != nil {
				cancel(err)
			}
		})
	}
	slots.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// slot does one batch after the other.
func (r *run) slot(ctx context.Context) error {
	wait := firstWait
	for ctx.Err() == nil {
		l, err := r.ask(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && (isFinal(err) || r.Once):
			return err
		case err != nil:
			r.missed(err)
			pause(ctx, wait)
			wait = min(2*wait, longestWait)
			continue
		}
		r.reached()
		wait = firstWait
		if l == nil {
			if r.Once {
				return nil
			}
			continue
		}
		if err := r.batch(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// missed says once that the server is away, and reached that it is back.
func (r *run) missed(err error) {
	r.mu.Lock()
	told := r.away
	r.away = true
	r.mu.Unlock()
	if !told {
		r.Tell(message.New("worker.away", message.Cause("why", err)))
	}
}

func (r *run) reached() {
	r.mu.Lock()
	back := r.away
	r.away = false
	r.mu.Unlock()
	if back {
		r.Tell(message.New("worker.back"))
	}
}

// errGone is that the batch is no longer this worker's.
var errGone = errors.New("the batch is no longer this worker's")

// batch does one batch and sends what it finds. The error ends the worker.
func (r *run) batch(ctx context.Context, l *desk.Lease) error {
	if l.Batch == nil || l.Lease == "" {
		return message.Error("worker.error.answer")
	}
	begun := time.Now()
	own, cancel := context.WithCancelCause(ctx)
	var beat sync.WaitGroup
	beat.Go(func() { r.beat(own, cancel, l) })
	out := &sender{run: r, lease: l}
	err := r.Tools.Do(own, l.Batch, out)
	if own.Err() == nil {
		err = errors.Join(err, out.flush(own))
	}
	cause := context.Cause(own)
	cancel(nil)
	beat.Wait()
	job := []message.Arg{
		message.Str("kind", string(l.Batch.Kind)), message.Int("run", l.Batch.Run), message.Int("number", l.Batch.Number), message.Int("of", l.Batch.Of),
	}
	switch {
	case errors.Is(cause, errGone), errors.Is(err, errGone):
		r.Tell(message.New("worker.gone", job...))
		return nil
	case isFinal(cause):
		return cause
	case isFinal(err):
		return err
	case ctx.Err() != nil:
		r.Tell(message.New("worker.returned", job...))
		r.end(ctx, l, desk.End{Returned: true})
	case err != nil:
		r.Tell(message.New("worker.failed", append(job, message.Cause("why", err))...))
		r.end(ctx, l, desk.End{Error: message.English(message.CauseOf(err))})
	default:
		r.end(ctx, l, desk.End{})
		r.Tell(message.New("worker.done", append(job, message.Int("results", out.sent), message.Str("time", time.Since(begun).Round(100*time.Millisecond).String()))...))
	}
	return nil
}

// beat says that the worker lives, and ends the batch if it is no longer its own.
func (r *run) beat(ctx context.Context, cancel context.CancelCauseFunc, l *desk.Lease) {
	silence := time.Duration(l.Silence * float64(time.Second))
	for pause(ctx, max(silence/4, 10*time.Millisecond)); ctx.Err() == nil; pause(ctx, max(silence/4, 10*time.Millisecond)) {
		if _, err := r.send(ctx, "/"+url.PathEscape(l.Lease)+"/alive", nil, nil); errors.Is(err, errGone) || isFinal(err) {
			cancel(err)
		}
	}
}

// end says how a batch has ended, even if ctx has. If the server does not hear it, it
// gives the batch to another.
func (r *run) end(ctx context.Context, l *desk.Lease, e desk.End) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	for wait := firstWait; ; wait *= 2 {
		_, err := r.send(ctx, "/"+url.PathEscape(l.Lease)+"/end", e, nil)
		var refused *refusal
		if err == nil || errors.Is(err, errGone) || errors.As(err, &refused) && !refused.again() || ctx.Err() != nil {
			return
		}
		pause(ctx, wait)
	}
}

// endTime is how long the end of a batch may take to be said.
const endTime = 15 * time.Second

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
