// Package results turns what runs find into batches for a store.
package results

import (
	"context"
	"errors"

	"tlsready/internal/store"
)

// batchHosts are the hosts of a batch, and batchOthers the entries of everything else. A
// batch takes some megabytes and less than a second.
const (
	batchHosts  = 500
	batchOthers = 5000
)

// slack is what [Slack] gives, in bytes.
const slack = 64 << 20

// Slack is memory that nobody touches, so that it takes none of the machine's. The collector
// of garbage counts it as kept and waits for as much garbage before it begins: a run that
// keeps some thirty megabytes of a fleet is interrupted a third as often, which was an
// eighth of its time, and takes that much more and no multiple of what it keeps.
func Slack() []byte { return make([]byte, slack) }

// Recorder records what comes one by one, in batches: one is on its way while the next is
// filled. It is not safe for concurrent use.
type Recorder struct {
	Hosts, Endpoints, Observations, Fixes int // recorded, or on their way

	store Recording
	batch *store.Batch
	sent  chan error   // of the batch on its way; nil: there is none
	onWay *store.Batch // that batch, until it is kept
}

// Recording keeps batches: a store, or a server that has one.
type Recording interface {
	// Record keeps a batch, whole or not at all. Recording it again changes nothing.
	Record(ctx context.Context, b *store.Batch) error
}

// NewRecorder records into a store.
func NewRecorder(s Recording) *Recorder { return &Recorder{store: s, batch: &store.Batch{}} }

// Spend has the next batch take the use of a token for one use. Whoever reports with one
// reports a host, which is one batch.
func (r *Recorder) Spend(s *store.Spending) { r.batch.Spent = s }

// Host records a host.
func (r *Recorder) Host(ctx context.Context, h store.HostResult) error {
	r.batch.Hosts = append(r.batch.Hosts, h)
	r.Hosts++
	return r.full(ctx, len(r.batch.Hosts), batchHosts)
}

// Endpoint records a probe.
func (r *Recorder) Endpoint(ctx context.Context, e store.EndpointResult) error {
	r.batch.Endpoints = append(r.batch.Endpoints, e)
	r.Endpoints++
	return r.full(ctx, len(r.batch.Endpoints), batchHosts)
}

// Observation records what was seen.
func (r *Recorder) Observation(ctx context.Context, o store.Observation) error {
	r.batch.Observations = append(r.batch.Observations, o)
	r.Observations++
	return r.full(ctx, len(r.batch.Observations), batchOthers)
}

// Owner records whom something belongs to.
func (r *Recorder) Owner(ctx context.Context, o store.Owner) error {
	r.batch.Owners = append(r.batch.Owners, o)
	return r.full(ctx, len(r.batch.Owners), batchOthers)
}

// Fix records what was done about a host.
func (r *Recorder) Fix(ctx context.Context, f store.Fix) error {
	r.batch.Fixes = append(r.batch.Fixes, f)
	r.Fixes++
	return r.full(ctx, len(r.batch.Fixes), batchOthers)
}

func (r *Recorder) full(ctx context.Context, have, most int) error {
	if have < most {
		return nil
	}
	return r.send(ctx)
}

// send waits for the batch before and sends this one on its way.
func (r *Recorder) send(ctx context.Context) error {
	if err := r.wait(); err != nil {
		return err
	}
	batch, sent := r.batch, make(chan error, 1)
	r.batch, r.sent, r.onWay = &store.Batch{}, sent, batch
	go func() { sent <- r.store.Record(ctx, batch) }()
	return nil
}

func (r *Recorder) wait() error {
	if r.sent == nil {
		return nil
	}
	err := <-r.sent
	if r.sent = nil; err == nil {
		r.onWay = nil
	}
	return err
}

// End records what is left, even if ctx has ended: what a run found before it was
// interrupted is not lost, and neither is the batch whose way was interrupted.
func (r *Recorder) End(ctx context.Context) error {
	err, lasting := r.wait(), context.WithoutCancel(ctx)
	if r.onWay != nil && (err == nil || errors.Is(err, context.Canceled)) {
		err = r.store.Record(lasting, r.onWay)
	}
	if err != nil {
		return err
	}
	return r.store.Record(lasting, r.batch)
}
