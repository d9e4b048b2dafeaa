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

// came opens the queue of a site: its first worker has come.
func (s *sites) came(tenant, site string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := queueOf(tenant, site)
	if s.client == nil || s.ended || s.open[name] {
		return
	}
	if err := s.client.Queues().Add(name, river.QueueConfig{MaxWorkers: ahead}); err != nil {
		s.log.Warn("the queue of a site could not be opened", "tenant", tenant, "site", site, "err", err)
		return
	}
	s.open[name] = true
}

// closeTime is how long the batches of a site that is left may take to go back.
const closeTime = 10 * time.Second

// left closes the queue of a site: its last worker has gone. What was taken out ahead has
// gone back by then, or is about to.
func (s *sites) left(tenant, site string) {
	s.work.Go(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		name := queueOf(tenant, site)
		if !s.open[name] || s.ended {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		if err := s.client.Queues().Remove(ctx, name); err != nil {
			s.log.Warn("the queue of a site could not be closed", "tenant", tenant, "site", site, "err", err)
			return
		}
		delete(s.open, name)
	})
}

// end waits for what is being closed.
func (s *sites) end() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.work.Wait()
}
