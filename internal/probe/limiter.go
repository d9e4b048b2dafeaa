package probe

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// limiter spaces the connections to one address. It lets a burst of one second's
// worth through at once, and after slow nothing at once. The rate comes back step by
// step while the server answers: thousands of hosts may share one address, and one
// of them that resets must not hold up all the others.
type limiter struct {
	mu    sync.Mutex
	rate  float64 // 0: no limit, whatever happens
	full  float64 // what rate was at first
	calm  int     // answers since the rate last changed
	burst time.Duration
	next  time.Time // when the connection after the last one is due on average
	users int       // endpoints that hold it; under the lock of limiters
}

// wait returns when the next connection may be made.
func (l *limiter) wait(ctx context.Context) error {
	delay := l.reserve(time.Now())
	if delay <= 0 {
		return ctx.Err()
	}
	return pause(ctx, delay)
}

// reserve takes the next place and says how long it is away.
func (l *limiter) reserve(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rate == 0 {
		return 0
	}
	if l.next.Before(now) {
		l.next = now
	}
	delay := l.next.Sub(now) - l.burst
	l.next = l.next.Add(l.gap())
	return delay
}

// gap is the time between two connections. One in fifty is left out, so that a
// server that counts to the same number in its own second never sees one too many.
func (l *limiter) gap() time.Duration {
	return time.Duration(1.02 / l.rate * float64(time.Second))
}

// slow lowers the rate to at most that many a second, without a burst.
func (l *limiter) slow(rate float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calm = 0; l.rate > rate {
		l.rate, l.burst = rate, 0
		l.next = time.Now().Add(l.gap())
	}
}

// slower halves the rate, down to the least.
func (l *limiter) slower() {
	l.mu.Lock()
	rate := l.rate
	l.mu.Unlock()
	l.slow(max(rate/2, leastRate))
}

// restore brings the whole rate back, without a burst.
func (l *limiter) restore() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calm, l.rate = 0, l.full
	l.next = time.Now()
}

// answered counts an answer of the server; enough of them in a row double the rate.
func (l *limiter) answered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calm++; l.calm >= calmAnswers && l.rate < l.full {
		l.calm, l.rate = 0, min(2*l.rate, l.full)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// maxIdle is how many limiters are kept that no endpoint holds: forgetting one
// early would let an address have its burst again.
const maxIdle = 4096

// limiters keeps one limiter for each address.
type limiters struct {
	mu   sync.Mutex
	rate float64
	all  map[netip.Addr]*limiter
}

func (ls *limiters) hold(a netip.Addr) *limiter {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l := ls.all[a]
	if l == nil {
		if len(ls.all) > maxIdle {
			ls.forget()
		}
		l = &limiter{rate: ls.rate, full: ls.rate, burst: time.Second}
		ls.all[a] = l
	}
	l.users++
	return l
}

func (ls *limiters) release(l *limiter) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l.users--
}

// forget drops what nobody holds and whose burst would be whole again anyway.
func (ls *limiters) forget() {
	now := time.Now()
	for a, l := range ls.all {
		if l.users == 0 && l.next.Before(now) {
			delete(ls.all, a)
		}
	}
}
