package desk

import (
	"maps"
	"time"
)

// past are the workers of sites from which the last one has gone.
type past map[siteKey]map[string]*Worker

// maxPast bounds the sites of a tenant that are remembered: whoever has a token of a worker
// can come from any.
const maxPast = 2 * maxSites

// keep remembers the workers of a site that is left; if there are too many sites of the
// tenant, that one goes whose workers went first.
func (p past) keep(key siteKey, workers map[string]*Worker) {
	p[key] = workers
	n, oldest := 0, key
	for other := range p {
		if other.tenant != key.tenant {
			continue
		}
		if n++; lastSeen(p[other]).Before(lastSeen(p[oldest])) {
			oldest = other
		}
	}
	if n > maxPast {
		delete(p, oldest)
	}
}

// again gives the workers of a site to which one comes again.
func (p past) again(key siteKey) map[string]*Worker {
	workers := p[key]
	delete(p, key)
	if workers == nil {
		workers = map[string]*Worker{}
	}
	return workers
}

// of are the workers of a tenant, as far as they are remembered.
func (p past) of(tenant string) []Worker {
	var list []Worker
	for key, workers := range p {
		for _, w := range workers {
			if key.tenant == tenant && time.Since(w.heard) <= remembered {
				list = append(list, *w)
			}
		}
	}
	return list
}

// lastSeen is the last sign of life of any of some workers; zero if there are none.
func lastSeen(workers map[string]*Worker) (last time.Time) {
	for w := range maps.Values(workers) {
		if w.Seen.After(last) {
			last = w.Seen
		}
	}
	return last
}

// forgetOne makes room for another worker: the one goes that has been silent for longest,
// if it has gone.
func forgetOne(workers map[string]*Worker, silence time.Duration) bool {
	oldest, most := "", silence
	for id, w := range workers {
		if silent := time.Since(w.heard); w.waits == 0 && silent > most {
			oldest, most = id, silent
		}
	}
	delete(workers, oldest)
	return oldest != ""
}

// there says whether a worker is there. It is under the lock.
func (d *Desk) there(w *Worker) bool { return w.waits > 0 || time.Since(w.heard) <= d.o.Silence }

// Seen says whether a worker of a site is there, and otherwise when the last one was; zero
// if none has come since the desk began.
func (d *Desk) Seen(tenant, name string) (last time.Time, there bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen(siteKey{tenant, name})
}

func (d *Desk) seen(key siteKey) (last time.Time, there bool) {
	workers := d.past[key]
	if s := d.sites[key]; s != nil {
		workers = s.workers
		for _, w := range workers {
			there = there || d.there(w)
		}
	}
	return lastSeen(workers), there
}

// Site is a place where workers are, or were lately.
type Site struct {
	Tenant, Name string
	Seen         time.Time // the last sign of life of one of them
	There        bool      // one is there
}

// Sites are those of all tenants.
func (d *Desk) Sites() []Site {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []Site
	add := func(key siteKey) {
		s := Site{Tenant: key.tenant, Name: key.site}
		if s.Seen, s.There = d.seen(key); !s.Seen.IsZero() {
			list = append(list, s)
		}
	}
	for key := range d.sites {
		add(key)
	}
	for key := range d.past {
		add(key)
	}
	return list
}
