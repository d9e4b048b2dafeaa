package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/kept"
	"tlsready/internal/jobs/record"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/source/list"
	"tlsready/internal/store"
)

// work does one batch.
func (j *Jobs) work(ctx context.Context, row *rivertype.JobRow, a batchArgs) error {
	err := j.do(ctx, row, &a.Batch)
	if errors.Is(err, desk.ErrNobody) || errors.Is(err, desk.ErrReturned) {
		return river.JobSnooze(snooze(err)) // it did not fail
	}
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		j.o.Log.Warn("a job failed", "job", row.ID, "kind", row.Kind, "tenant", a.Tenant, "site", a.Site, "attempt", row.Attempt, "of", row.MaxAttempts, "err", err)
	}
	var note kept.Blame
	var failed *desk.FailedError
	if errors.As(err, &failed) {
		note = kept.Blame{Worker: failed.Worker, Spared: failed.Spare && j.spare(ctx, row)}
		if note.Spared || errors.Is(err, desk.ErrSilent) {
			j.waits.atOnce.Store(row.ID, true)
		}
	}
	return givenUp(ctx, err, note)
}

// maxSpared is how many failures of its workers cost a batch no attempt: with the attempts
// it bounds how often a batch is given away that every worker lies about.
const maxSpared = 6

// spare gives a batch one more attempt, for the one that its worker has spoilt.
func (j *Jobs) spare(ctx context.Context, row *rivertype.JobRow) bool {
	if kept.Spared(row.Errors) >= maxSpared {
		return false
	}
	_, err := j.rows.JobUpdateFull(ctx, &riverdriver.JobUpdateFullParams{ID: row.ID, MaxAttemptsDoUpdate: true, MaxAttempts: row.MaxAttempts + 1})
	if err != nil {
		j.o.Log.Warn("an attempt that a worker has spoilt counts, for it could not be made up for", "job", row.ID, "err", err)
		return false
	}
	row.MaxAttempts++ // River looks here whether this attempt was the last
	return true
}

// snooze is how long a batch rests that nobody could do: it was no fault of its own.
func snooze(err error) time.Duration {
	if errors.Is(err, desk.ErrReturned) {
		return 0
	}
	return 10 * time.Second
}

func (j *Jobs) do(ctx context.Context, row *rivertype.JobRow, b *work.Batch) error {
	s, err := j.o.Store.Tenant(ctx, b.Tenant)
	if err != nil {
		return err
	}
	if b.Kind == work.Recheck {
		return j.recheck(ctx, s, b)
	}
	r, err := j.judges.Recorder(ctx, s, b, j.o.Now)
	if err != nil {
		return err
	}
	if b.Site != "" {
		return j.hand(ctx, row, b, r)
	}
	return message.Join(j.o.Tools.Do(ctx, b, r), r.End(ctx))
}

// hand gives a batch to a worker of its site and records what it sends.
func (j *Jobs) hand(ctx context.Context, row *rivertype.JobRow, b *work.Batch, r *record.Recorder) error {
	expected, err := b.Expect(list.Schemes(j.o.Tools.Remote))
	if err != nil {
		return err
	}
	given := desk.Given{
		Job: row.ID, Batch: b, Failed: kept.Blamed(row.Errors), Begin: expected.Begin, End: expected.Complete,
		Take: func(ctx context.Context, part []byte) error {
			found, err := expected.Read(part, j.o.Now())
			if err != nil {
				return err
			}
			if err := r.Part(ctx, found, expected.Begun()); err != nil {
				return err
			}
			expected.Keep(found)
			return nil
		},
	}
	return j.desk.Hand(ctx, given)
}

// page is how many hosts of a store are read at a time.
const page = 500

// recheck judges the hosts of a batch with their newest settings.
func (j *Jobs) recheck(ctx context.Context, s store.Store, b *work.Batch) error {
	r, err := j.judges.Recorder(ctx, s, b, j.o.Now)
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
				return r.End(ctx)
			}
			if err := r.Host(ctx, source.Host{ID: after, Snapshot: one.Snapshot}); err != nil {
				return message.Join(err, r.End(ctx))
			}
		}
		if len(list) < page || after == b.Upto {
			return r.End(ctx)
		}
	}
}
