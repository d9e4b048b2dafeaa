package desk

import (
	"cmp"
	"slices"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Worker is a worker that is there, or was lately.
type Worker struct {
	document.Worker
	Tenant string

	waits int       // questions that wait for a batch
	heard time.Time // as Seen, by a clock that does not jump
}

// hear notes a sign of life. It is under the lock of the desk.
func (w *Worker) hear(now time.Time) { w.Seen, w.heard = now.UTC(), time.Now() }

// remembered is how long a worker that has gone is shown: who asks why a site stands still
// wants to know which worker was there last.
const remembered = 7 * 24 * time.Hour

// hello notes a sign of life of a worker, and opens its site. It is under no lock.
func (d *Desk) hello(v Visitor, w Worker, waits bool) (*site, *Worker, *message.Problem) {
	key := siteKey{v.Tenant, w.Site}
	d.mu.Lock()
	s := d.sites[key]
	first := s == nil
	if first {
		n := 0
		for other := range d.sites {
			if other.tenant == v.Tenant {
				n++
			}
		}
		if n >= maxSites {
			d.mu.Unlock()
			return nil, nil, message.Error("jobs.error.sites", message.Int("most", maxSites))
		}
		s = &site{key: key, offers: make(chan *lease), gone: make(chan struct{}), workers: d.past.again(key)}
		d.sites[key] = s
	}
	id := workerKey(v, w.Name)
	known := s.workers[id]
	if known == nil {
		if len(s.workers) >= maxWorkers && !forgetOne(s.workers, d.o.Silence) {
			d.mu.Unlock()
			return nil, nil, message.Error("jobs.error.workers", message.Int("most", maxWorkers))
		}
		w.Since, w.Tenant, w.Token = d.o.Now().UTC(), v.Tenant, v.Name
		known = &w
		s.workers[id] = known
	}
	known.Version, known.Address = w.Version, w.Address
	known.hear(d.o.Now())
	if waits {
		known.waits++
	}
	d.mu.Unlock()
	if first {
		d.o.Log.Info("the first worker of a site has come", "tenant", v.Tenant, "site", w.Site, "worker", w.Name)
		d.o.Came(v.Tenant, w.Site)
		go d.attend(s)
	}
	return s, known, nil
}

// attend closes a site when all its workers have been silent.
func (d *Desk) attend(s *site) {
	tick := time.NewTicker(d.o.Silence / 4)
	defer tick.Stop()
	for {
		select {
		case <-d.closed:
			return
		case <-tick.C:
		}
		d.mu.Lock()
		there := false
		for id, w := range s.workers {
			there = there || d.there(w)
			if time.Since(w.heard) > remembered && w.waits == 0 {
				delete(s.workers, id)
			}
		}
		if !there {
			delete(d.sites, s.key)
			d.past.keep(s.key, s.workers)
			close(s.gone)
		}
		d.mu.Unlock()
		if !there {
			d.o.Log.Info("the last worker of a site has gone", "tenant", s.key.tenant, "site", s.key.site)
			d.o.Left(s.key.tenant, s.key.site)
			return
		}
	}
}

// workerKey tells workers apart: two of one token by the names that they give.
func workerKey(v Visitor, name string) string { return v.ID + "\x00" + name }

// Workers are the workers of a tenant, sorted by site and name.
func (d *Desk) Workers(tenant string) []Worker {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []Worker
	for key, s := range d.sites {
		if key.tenant != tenant {
			continue
		}
		for id, w := range s.workers {
			one := *w
			one.There = d.there(w)
			for _, l := range d.leases {
				if l.key == key && l.worker == id {
					one.Jobs = append(one.Jobs, l.Job)
				}
			}
			slices.Sort(one.Jobs)
			list = append(list, one)
		}
	}
	list = append(list, d.past.of(tenant)...)
	slices.SortFunc(list, func(a, b Worker) int { return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Name, b.Name)) })
	return list
}
