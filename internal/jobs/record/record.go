// Package record takes what batches find and records it in the store, judged for the
// services of their orders.
package record

import (
	"context"
	"strings"
	"sync"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/source/list"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
	"tlsready/internal/survey"
)

// Recorder takes what a batch finds. It is a sink of package doing.
type Recorder struct {
	store   store.Store
	judging *survey.Judging // nil: nothing is asked of hosts
	asked   results.Asked
	kept    bool // the hosts are those of the store: nobody has read them
	results *results.Recorder
	now     func() time.Time
}

// Recorder makes the recorder of a batch in the store of its tenant.
func (k *Judges) Recorder(ctx context.Context, s store.Store, b *work.Batch, now func() time.Time) (*Recorder, error) {
	r := &Recorder{store: s, results: results.NewRecorder(s), now: now, asked: results.Asked{Today: today(now())}, kept: b.Kind == work.Recheck}
	if b.Kind == work.Probe || len(b.Services) == 0 {
		return r, nil
	}
	judging, err := k.of(ctx, b, r.asked.Today)
	if err != nil {
		return nil, err
	}
	r.judging = judging
	r.asked.On, r.asked.Callers, r.asked.Writer = judging.On, b.Callers, judging.Writer(message.For("en"))
	return r, nil
}

// today is the day of a moment where the server stands.
func today(now time.Time) service.Date {
	y, m, d := now.Date()
	return service.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
}

// result is what is recorded of a host.
func (r *Recorder) result(h source.Host) store.HostResult {
	if r.judging == nil {
		return r.asked.Host(h.ID, h.Snapshot, h.Err, nil)
	}
	one := r.asked.Host(h.ID, h.Snapshot, h.Err, r.judging.Host(h).Services)
	one.Kept = r.kept
	return one
}

// Host takes a machine.
func (r *Recorder) Host(ctx context.Context, h source.Host) error {
	return r.results.Host(ctx, r.result(h))
}

// Endpoint takes an endpoint.
func (r *Recorder) Endpoint(ctx context.Context, e *document.Endpoint) error {
	return r.results.Endpoint(ctx, store.EndpointResult{At: r.now(), Endpoint: e})
}

// End records what has been taken and not recorded yet.
func (r *Recorder) End(ctx context.Context) error { return r.results.End(ctx) }

// Part records a part that a worker sent, whole or not at all. Its results have the time
// at which the batch was given to the worker.
func (r *Recorder) Part(ctx context.Context, f *work.Found, at time.Time) error {
	b := &store.Batch{}
	for _, h := range f.Hosts {
		one := r.result(h)
		if h.Err != nil {
			one.At = at
		}
		b.Hosts = append(b.Hosts, one)
	}
	for _, e := range f.Endpoints {
		b.Endpoints = append(b.Endpoints, store.EndpointResult{At: at, Endpoint: e})
	}
	return r.store.Record(ctx, b)
}

// Judges keep what was asked last: to read the knowledge of it takes longer than to judge
// a hundred hosts. They may be used by several goroutines at once.
type Judges struct {
	mu   sync.Mutex
	kept map[string]*survey.Judging
}

// maxJudges is how many questions are kept.
const maxJudges = 16

// of is how the hosts of a batch are judged.
func (k *Judges) of(ctx context.Context, b *work.Batch, today service.Date) (*survey.Judging, error) {
	key := strings.Join([]string{strings.Join(b.Services, "\x01"), b.On, strings.Join(b.Callers, "\x01"), today.String()}, "\x00")
	k.mu.Lock()
	defer k.mu.Unlock()
	if known := k.kept[key]; known != nil {
		return known, nil
	}
	q := survey.Question{Services: b.Services, Callers: b.Callers, Today: today, Reading: source.Options{Kinds: list.Kinds()}}
	if b.On != "" {
		on, err := service.ParseDate(b.On)
		if err != nil {
			return nil, err
		}
		q.On = on
	}
	judging, err := q.Judging(ctx)
	if err != nil {
		return nil, err
	}
	if len(k.kept) >= maxJudges || k.kept == nil {
		k.kept = map[string]*survey.Judging{}
	}
	k.kept[key] = judging
	return judging, nil
}
