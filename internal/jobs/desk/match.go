package desk

import (
	"context"
	"net/http"
	"slices"
	"time"

	"tlsready/internal/message"
)

// ask is a worker that waits for a batch.
type ask struct {
	worker string      // its key
	got    chan *lease // takes one
}

// give waits until a worker has a batch.
func (d *Desk) give(ctx context.Context, l *lease) error {
	s := d.offer(l)
	if s == nil {
		return ErrNobody
	}
	timeout := time.NewTimer(waitWorker)
	defer timeout.Stop()
	var err error
	select {
	case <-l.given:
		return nil
	case <-s.gone:
		err = ErrNobody
	case <-d.closed:
		err = ErrReturned
	case <-timeout.C:
		err = ErrReturned // others have their turn
	case <-ctx.Done():
		err = ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.worker != "" { // somebody has it by now
		return nil
	}
	s.offers = slices.DeleteFunc(s.offers, func(other *lease) bool { return other == l })
	return err
}

// offer gives a batch to the worker that has waited for one the longest and may have it, or
// lets it wait for one; nil if the site has no workers.
func (d *Desk) offer(l *lease) *site {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.sites[l.key]
	if s == nil {
		return nil
	}
	at := slices.IndexFunc(s.asks, func(a *ask) bool { return d.may(s, a.worker, l) })
	if at < 0 {
		s.offers = append(s.offers, l)
		return s
	}
	a := s.asks[at]
	s.asks = slices.Delete(s.asks, at, at+1)
	d.took(s, a.worker, l)
	a.got <- l
	return s
}

// wait waits for a batch that a worker may have; nil if there is none, or if nobody waits
// for it any more.
func (d *Desk) wait(r *http.Request, s *site, worker string, asked time.Duration) *lease {
	a := &ask{worker: worker, got: make(chan *lease, 1)}
	if l := d.first(s, a); l != nil {
		return l
	}
	most := min(waitBatch, d.o.Silence/2)
	if asked > 0 {
		most = min(most, asked)
	}
	timeout := time.NewTimer(most)
	defer timeout.Stop()
	select {
	case l := <-a.got:
		return l
	case <-timeout.C:
	case <-s.gone:
	case <-d.closed:
	case <-r.Context().Done():
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s.asks = slices.DeleteFunc(s.asks, func(other *ask) bool { return other == a })
	select {
	case l := <-a.got: // it came in the last moment
		return l
	default:
		return nil
	}
}

// first takes the batch that has waited the longest of those that a worker may have; nil if
// there is none: the worker waits then.
func (d *Desk) first(s *site, a *ask) *lease {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := slices.IndexFunc(s.offers, func(l *lease) bool { return d.may(s, a.worker, l) })
	if at < 0 {
		s.asks = append(s.asks, a)
		return nil
	}
	l := s.offers[at]
	s.offers = slices.Delete(s.offers, at, at+1)
	d.took(s, a.worker, l)
	return l
}

// took notes who has a batch. It is under the lock.
func (d *Desk) took(s *site, worker string, l *lease) {
	l.worker, l.name, l.begun, l.heard = worker, s.workers[worker].Name, time.Now(), time.Now()
	d.leases[l.id] = l
	close(l.given)
}

// may says whether a worker may have a batch. One that failed at it may while nobody else is
// there: what was wrong may have been mended. It is under the lock.
func (d *Desk) may(s *site, worker string, l *lease) bool {
	return !slices.Contains(l.Failed, worker) || !d.hasOther(s, l.Failed)
}

// hasOther says whether a worker is there that is not one of some. It is under the lock.
func (d *Desk) hasOther(s *site, some []string) bool {
	for key, w := range s.workers {
		if d.there(w) && !slices.Contains(some, key) {
			return true
		}
	}
	return false
}

// fail ends a lease because of its worker: what it sent was refused, or it says itself that
// it could not do the batch. It says whether that was not too late.
func (d *Desk) fail(l *lease, p *message.Problem) bool {
	d.mu.Lock()
	s := d.sites[l.key]
	spare := s != nil && d.hasOther(s, append(slices.Clone(l.Failed), l.worker))
	d.mu.Unlock()
	return l.finish(&FailedError{Problem: p, Worker: l.worker, Spare: spare})
}

// lied ends a lease whose worker sent what it should not have.
func (d *Desk) lied(l *lease, p *message.Problem) {
	d.fail(l, message.Error("jobs.error.lied", message.Str("worker", l.name), message.Cause("why", p)))
}

// finish says how a lease has ended, unless somebody has.
func (l *lease) finish(err error) bool {
	select {
	case l.ended <- err:
		return true
	default:
		return false
	}
}
