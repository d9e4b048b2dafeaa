package desk

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
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

// hello notes that a worker asks for a batch, and opens its site.
func (d *Desk) hello(v Visitor, w Worker) (*site, *Worker, *message.Problem) {
	d.mu.Lock()
	s, first, p := d.siteOf(siteKey{v.Tenant, w.Site})
	if p != nil {
		d.mu.Unlock()
		return nil, nil, p
	}
	known, p := d.known(s, v, w)
	d.mu.Unlock()
	if first {
		d.o.Log.Info("the first worker of a site has come", "tenant", v.Tenant, "site", w.Site, "worker", w.Name)
		d.o.Came(v.Tenant, w.Site)
		go d.attend(s)
	}
	return s, known, p
}

// siteOf is an open site, or opens one. It is under the lock.
func (d *Desk) siteOf(key siteKey) (s *site, first bool, p *message.Problem) {
	if s = d.sites[key]; s != nil {
		return s, false, nil
	}
	n := 0
	for other := range d.sites {
		if other.tenant == key.tenant {
			n++
		}
	}
	if n >= maxSites {
		return nil, false, message.Error("jobs.error.sites", message.Int("most", maxSites))
	}
	s = &site{key: key, gone: make(chan struct{}), workers: d.past.again(key)}
	d.sites[key] = s
	return s, true, nil
}

// known is what is known of a worker that asks for a batch, which is a sign of life. It is
// under the lock.
func (d *Desk) known(s *site, v Visitor, w Worker) (*Worker, *message.Problem) {
	key := workerKey(v, w.Name)
	known := s.workers[key]
	if known == nil {
		if len(s.workers) >= maxWorkers && !forgetOne(s.workers, d.o.Silence) {
			return nil, message.Error("jobs.error.workers", message.Int("most", maxWorkers))
		}
		w.Since, w.Tenant, w.Token = d.o.Now().UTC(), v.Tenant, v.Name
		known = &w
		s.workers[key] = known
	}
	known.Version, known.Address = w.Version, w.Address
	known.hear(d.o.Now())
	known.waits++
	return known, nil
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

// workerKey tells workers apart: two of one token by the names that they give. It is kept
// with what they failed at, and tells nothing about the token.
func workerKey(v Visitor, name string) string {
	sum := sha256.Sum256([]byte(v.ID + "\x00" + name))
	return hex.EncodeToString(sum[:8])
}

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
