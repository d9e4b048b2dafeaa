package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/list"
	"tlsready/internal/store"
)

// work does one batch.
func (j *Jobs) work(ctx context.Context, row *rivertype.JobRow, a batchArgs) error {
	err := j.do(ctx, row.ID, &a.Batch)
	if errors.Is(err, desk.ErrNobody) || errors.Is(err, desk.ErrReturned) {
		return river.JobSnooze(snooze(err)) // it did not fail
	}
	if err != nil && ctx.Err() == nil {
		j.o.Log.Warn("a job failed", "job", row.ID, "kind", row.Kind, "tenant", a.Tenant, "site", a.Site, "attempt", row.Attempt, "of", row.MaxAttempts, "err", err)
	}
	if errors.Is(err, desk.ErrSilent) {
		j.waits.silent.Store(row.ID, true)
	}
	return givenUp(ctx, err)
}

// snooze is how long a batch rests that nobody could do: it was no fault of its own.
func snooze(err error) time.Duration {
	if errors.Is(err, desk.ErrReturned) {
		return 0
	}
	return 10 * time.Second
}

func (j *Jobs) do(ctx context.Context, id int64, b *work.Batch) error {
	s, err := j.o.Store.Tenant(ctx, b.Tenant)
	if err != nil {
		return err
	}
	if b.Kind == work.Recheck {
		return j.recheck(ctx, s, b)
	}
	r, err := j.recorder(ctx, s, b)
	if err != nil {
		return err
	}
	if b.Site != "" {
		return j.hand(ctx, id, b, r)
	}
	return errors.Join(j.o.Tools.Do(ctx, b, r), r.results.End(ctx))
}

// hand gives a batch to a worker of its site and records what it sends.
func (j *Jobs) hand(ctx context.Context, id int64, b *work.Batch, r *recorder) error {
	var expected *work.Expected
	given := desk.Given{
		Job: id, Batch: b,
		Begin: func(now time.Time) (err error) {
			expected, err = b.Expect(list.Schemes(j.o.Tools.Remote), now)
			return err
		},
		Take: func(ctx context.Context, part []byte) error {
			found, err := expected.Read(part, j.o.Now())
			if err != nil {
				return err
			}
			if err := r.part(ctx, found, expected.Begun()); err != nil {
				return err
			}
			expected.Keep(found)
			return nil
		},
		End: func() error {
			if list := expected.Missing(); len(list) > 0 {
				return message.Error("jobs.error.missing", message.Int("n", len(list)), message.List("some", list[:min(len(list), 3)]))
			}
			return nil
		},
	}
	return j.desk.Hand(ctx, given)
}

// page is how many hosts of a store are read at a time.
const page = 500

// recheck judges the hosts of a batch with their newest settings.
func (j *Jobs) recheck(ctx context.Context, s store.Store, b *work.Batch) error {
	r, err := j.recorder(ctx, s, b)
	if err != nil {
		return err
	}
	for after := b.After; ; {
		list, err := s.Latest(ctx, after, page)
		if err != nil {
			return err
		}
		for _, one := range list {
			if after = one.Host.ID; b.Upto != "" && after > b.Upto {
				return r.results.End(ctx)
			}
			if err := r.Host(ctx, source.Host{ID: after, Snapshot: one.Snapshot}); err != nil {
				return errors.Join(err, r.results.End(ctx))
			}
		}
		if len(list) < page || after == b.Upto {
			return r.results.End(ctx)
		}
	}
}
