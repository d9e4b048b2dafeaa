package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

// ahead is how many batches of a site are taken out of the queue for the workers that are
// there, so that the next one is at hand when one has ended.
const ahead = 8

// sites are the queues of the sites whose workers are there. A queue is taken from while
// it has one: the batches of a site without workers wait in the queue, where they are seen
// to wait.
type sites struct {
	mu     sync.Mutex
	client client // nil before it is there
	log    *slog.Logger
	open   map[string]bool
	ended  bool
	work   sync.WaitGroup
}

func (s *sites) begin(c client, log *slog.Logger) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client, s.log, s.open = c, log, map[string]bool{}
}

// came opens the queue of a site: its first worker has come. A database that is away or has
// too much to do is asked again: nobody else opens the queue as long as the worker is there.
func (s *sites) came(tenant, site string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := queueOf(tenant, site)
	if s.client == nil || s.ended || s.open[name] {
		return
	}
	s.open[name] = true
	if err := s.add(name); err != nil {
		s.log.Warn("the queue of a site could not be opened, and is tried again", "tenant", tenant, "site", site, "err", err)
		s.work.Go(func() { s.again(name) })
	}
}

func (s *sites) add(name string) error {
	return s.client.Queues().Add(name, river.QueueConfig{MaxWorkers: ahead})
}

// againEvery is how often a queue is tried that could not be opened.
const againEvery = time.Second

// again tries to open a queue until it is open, or nobody wants it any more. What is left of
// the try before is removed first.
func (s *sites) again(name string) {
	tick := time.NewTicker(againEvery)
	defer tick.Stop()
	for range tick.C {
		s.mu.Lock()
		wanted, err := s.open[name] && !s.ended, error(nil)
		if wanted {
			ctx, cancel := context.WithTimeout(context.Background(), closeTime)
			_ = s.client.Queues().Remove(ctx, name) // it may not be there
			cancel()
			err = s.add(name)
		}
		s.mu.Unlock()
		if !wanted || err == nil {
			return
		}
	}
}

// closeTime is how long the batches of a site that is left may take to go back.
const closeTime = 10 * time.Second

// left closes the queue of a site: its last worker has gone. What was taken out ahead has
// gone back by then, or is about to.
func (s *sites) left(tenant, site string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended { // nobody may begin what is waited for
		return
	}
	s.work.Go(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		name := queueOf(tenant, site)
		if !s.open[name] || s.ended {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		delete(s.open, name) // also if it is half closed: it is opened anew for the next worker
		if err := s.client.Queues().Remove(ctx, name); err != nil {
			s.log.Warn("the queue of a site could not be closed", "tenant", tenant, "site", site, "err", err)
		}
	})
}

// end waits for what is being closed.
func (s *sites) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.work.Wait()
}
