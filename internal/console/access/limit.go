package access

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limit is how often something may be done: burst times at once, and then once in every.
type limit struct {
	every time.Duration
	burst int
}

// The limits. A person who mistypes never meets one; a program that tries passwords does
// at once.
var (
	// signInsFrom is for an address: an office behind one address signs in in the morning.
	signInsFrom = limit{2 * time.Second, 30}
	// signInsAs is for a name, from anywhere: 120 guesses an hour. Who floods it keeps the
	// user out of browsers in which they never signed in while it lasts, which is why it is
	// not smaller.
	signInsAs = limit{30 * time.Second, 20}
	// signInsBy is for a browser that is known for a name, and for that name: one that was
	// stolen with its cookie guesses no faster than others.
	signInsBy = limit{30 * time.Second, 20}
	// badTokens is for an address that shows tokens which are not good, or were used: each
	// is written down, or costs as much as a report that is new.
	badTokens = limit{time.Second, 30}
	// requests is for a token or a user: a page is some requests.
	requests = limit{20 * time.Millisecond, 200}
	// leases is for the token of workers, which all those of a site may share: each batch is
	// three requests and more, and batches of one endpoint are done in milliseconds. Work
	// that was ordered is not to be slowed down; the bound is there for a worker that has
	// gone wild.
	leases = limit{time.Millisecond, 5000}
	// reports is for a token for enrolment, which a report that is refused does not spend: a
	// host sends one, and a few more if an answer is lost.
	reports = limit{10 * time.Second, 10}
	// uploads is for a token or a user, machines apart: what is sent is parsed and stored,
	// which costs more than a page.
	uploads = limit{100 * time.Millisecond, 100}
)

// maxKeys bounds what is remembered of a limit: some megabytes.
const maxKeys = 20_000

// limiter holds many to one limit. What it remembers is bounded: the oldest are forgotten
// first, those that have all of their burst again before others.
type limiter struct {
	limit limit
	now   func() time.Time

	mu   sync.Mutex
	keys map[string]*rate.Limiter
}

func newLimiter(l limit, now func() time.Time) *limiter {
	return &limiter{limit: l, now: now, keys: map[string]*rate.Limiter{}}
}

// allow takes one turn, or says how long to wait for it.
func (l *limiter) allow(key string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	one := l.keys[key]
	if one == nil {
		if len(l.keys) >= maxKeys {
			l.forget(now)
		}
		one = rate.NewLimiter(rate.Every(l.limit.every), l.limit.burst)
		l.keys[key] = one
	}
	turn := one.ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait > 0 {
		turn.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// turn takes a turn of a limiter, or says how long to wait.
func turn(l *limiter, key string) error {
	if wait, ok := l.allow(key); !ok {
		return &tooOften{wait}
	}
	return nil
}

// forget makes room: those who are not limited are forgotten, and if all are, the half that
// is nearest to it. Nobody loses more than a part of a burst by that.
func (l *limiter) forget(now time.Time) {
	for key, one := range l.keys {
		if one.TokensAt(now) >= float64(l.limit.burst) {
			delete(l.keys, key)
		}
	}
	for bound := float64(l.limit.burst) / 2; len(l.keys) >= maxKeys; bound /= 2 {
		if bound < 1 {
			bound = -1 // all of them are at their end: begin anew
		}
		for key, one := range l.keys {
			if one.TokensAt(now) >= bound {
				delete(l.keys, key)
			}
		}
	}
}

// block is an address as limits count it: of IPv6 the /64, which one machine has to itself
// (RFC 4291, section 2.5.1).
func block(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
