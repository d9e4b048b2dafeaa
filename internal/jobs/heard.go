package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/riverqueue/river"
)

// heard is when a worker of each site was heard last, also by servers before this one and
// beside it. It stands with the queue of the site, as River's metadata of it.
type heard struct {
	mu      sync.Mutex
	at      map[string]time.Time // by queue, as the database has it
	touched time.Time
}

// queueAbout is what is known about a queue, as its metadata has it.
type queueAbout struct {
	Heard time.Time `json:"heard"`
}

const (
	// heardEvery is how often it is written down that a worker is still there.
	heardEvery = time.Minute
	// touchEvery is how often queues are touched of which it is known: River forgets one
	// that was not touched for a day.
	touchEvery = time.Hour
	// keepHeard is how long it is known, as long as jobs that failed stay.
	keepHeard = keepFailed
	// heardTime is how long it may take to write it down as the server ends.
	heardTime = 5 * time.Second
)

const heardText = "SELECT name, metadata ->> 'heard' FROM river_queue WHERE metadata ->> 'heard' IS NOT NULL"

// readHeard reads what the database has.
func (j *Jobs) readHeard(ctx context.Context) error {
	at := map[string]time.Time{}
	err := j.each(ctx, heardText, nil, func(scan func(...any) error) error {
		var name, text string
		err := scan(&name, &text)
		if when, bad := time.Parse(time.RFC3339, text); bad == nil { // what is not ours is passed over
			at[name] = when
		}
		return err
	})
	if err != nil {
		return err
	}
	j.heard.mu.Lock()
	defer j.heard.mu.Unlock()
	j.heard.at = at
	return nil
}

// writeHeard writes down what this server has heard of workers: as long as they are there
// now and then, at once when they have gone, and with last in any case.
func (j *Jobs) writeHeard(ctx context.Context, last bool) error {
	if err := j.readHeard(ctx); err != nil {
		return err
	}
	for _, s := range j.desk.Sites() {
		name := queueOf(s.Tenant, s.Name)
		since := s.Seen.Sub(j.heard.of(name))
		if since < time.Second || s.There && !last && since < heardEvery {
			continue
		}
		about, err := json.Marshal(queueAbout{s.Seen.Truncate(time.Second)})
		if err != nil {
			return err
		}
		if err := j.updateQueue(ctx, name, about); err != nil {
			return err
		}
	}
	return j.touchQueues(ctx)
}

// lastHeard writes it down as the server ends.
func (j *Jobs) lastHeard(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), heardTime)
	defer cancel()
	if err := j.writeHeard(ctx, true); err != nil {
		j.o.Log.Warn("when workers were heard last could not be written down", "err", err)
	}
}

// touchQueues keeps River from forgetting the queues of sites that nobody works for.
func (j *Jobs) touchQueues(ctx context.Context) error {
	now := j.o.Now()
	j.heard.mu.Lock()
	due := now.Sub(j.heard.touched).Abs() >= touchEvery
	if due {
		j.heard.touched = now
	}
	known := maps.Clone(j.heard.at)
	j.heard.mu.Unlock()
	for name, at := range known {
		if !due || now.Sub(at) > keepHeard {
			continue
		}
		if err := j.updateQueue(ctx, name, nil); err != nil {
			return err
		}
	}
	return nil
}

// updateQueue touches a queue, and writes what is to be known about it, if anything. One
// that is not there was never open, or is forgotten.
func (j *Jobs) updateQueue(ctx context.Context, name string, about []byte) error {
	_, err := j.client.QueueUpdate(ctx, name, &river.QueueUpdateParams{Metadata: about})
	if errors.Is(err, river.ErrNotFound) {
		return nil
	}
	return err
}

// of is when a worker was heard of whose site has a queue; zero if it is not known.
func (h *heard) of(queue string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at[queue]
}

// seen says whether a worker of a site is there, also at a server beside this one, and
// otherwise when the last one was heard; zero if that is not known.
func (j *Jobs) seen(tenant, site string) (last time.Time, there bool) {
	last, there = j.desk.Seen(tenant, site)
	if at := j.heard.of(queueOf(tenant, site)); at.After(last) {
		last = at
		beside := j.queue.PostgreSQL != nil && j.o.Now().Sub(at) < 2*heardEvery
		there = there || beside
	}
	return last.UTC(), there
}
