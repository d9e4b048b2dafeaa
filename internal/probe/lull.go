package probe

import (
	"context"
	"sync"
)

// lull is the moment when nothing new is learned any more: every list has met a
// refusal. Then refusals are asked again, because each answer before makes it less
// likely that one comes of chance, and so fewer have to be.
//
// What was answered by then is what counts for all of them: so the same server is
// asked the same number of times, whoever asks first.
type lull struct {
	count func() int // the answers so far

	mu       sync.Mutex
	working  int
	answered int           // when the lull began
	quiet    chan struct{} // closed when nobody works
}

func newLull(count func() int) *lull { return &lull{count: count, quiet: make(chan struct{})} }

// worker is one list that is made.
type worker struct {
	lull *lull
	once sync.Once
}

// begin counts a worker in. It has to be called before those before it have ended.
func (l *lull) begin() *worker {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.working++
	return &worker{lull: l}
}

// end counts it out; a second call does nothing.
func (w *worker) end() {
	w.once.Do(func() {
		w.lull.mu.Lock()
		defer w.lull.mu.Unlock()
		if w.lull.working--; w.lull.working == 0 {
			w.lull.answered = w.lull.count()
			close(w.lull.quiet)
		}
	})
}

// wait counts the worker out and waits for all others to end or wait. It gives the
// number of answers there were then.
func (w *worker) wait(ctx context.Context) int {
	w.end()
	select {
	case <-w.lull.quiet:
		return w.lull.answered
	case <-ctx.Done():
		return 0
	}
}
