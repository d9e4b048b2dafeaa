package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/message"
)

// Cancel ends a job that has not ended; what it recorded stays. Of a plan it ends the
// batches with it.
func (j *Jobs) Cancel(ctx context.Context, tenant string, id int64) (Job, error) {
	job, err := j.Get(ctx, tenant, id)
	if err != nil {
		return Job{}, err
	}
	before := job.State
	if job, err = j.change(ctx, id, j.client.JobCancel); err != nil { // a plan first: it makes batches
		return Job{}, err
	}
	n := 0
	if job.Plan {
		if n, err = j.eachBatch(ctx, tenant, id, []State{Waiting, Running, Retrying}, j.client.JobCancel); err != nil {
			return Job{}, err
		}
	}
	if n == 0 && (before == Done || before == Failed) {
		return Job{}, message.Error("jobs.error.ended", message.Int("id", id)).Hinted("jobs.hint.ended")
	}
	return job, nil
}

// Retry does a job again, at once, whatever became of it; one that runs goes on. Of a plan
// that is done it tries the batches again that failed or were cancelled.
func (j *Jobs) Retry(ctx context.Context, tenant string, id int64) (Job, error) {
	job, err := j.Get(ctx, tenant, id)
	if err != nil {
		return Job{}, err
	}
	if !job.Plan || job.State != Done {
		return j.change(ctx, id, j.retry)
	}
	n, err := j.eachBatch(ctx, tenant, id, []State{Retrying, Failed, Cancelled}, j.retry)
	if err == nil && n == 0 {
		err = message.Error("jobs.error.done", message.Int("id", id)).Hinted("jobs.hint.done")
	}
	return job, err
}

// cancelHeard is how long it takes at most until everybody has heard that a job was
// cancelled. River says so through the database, to whoever runs the job by then: on
// SQLite what was said is read every 50 ms.
const cancelHeard = time.Second

// retry does one job again, but not before a cancel of the attempt before can no longer
// be heard: it would end the new one.
func (j *Jobs) retry(ctx context.Context, id int64) (*rivertype.JobRow, error) {
	row, err := j.client.JobGet(ctx, id)
	if err != nil {
		return nil, err
	}
	if row.State == rivertype.JobStateCancelled && row.FinalizedAt != nil {
		heard := time.NewTimer(min(cancelHeard-time.Since(*row.FinalizedAt), cancelHeard)) // also if a clock was put back
		defer heard.Stop()
		select {
		case <-heard.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return j.client.JobRetry(ctx, id)
}

func (j *Jobs) change(ctx context.Context, id int64, do func(context.Context, int64) (*rivertype.JobRow, error)) (Job, error) {
	row, err := do(ctx, id)
	if err != nil {
		return Job{}, problem(err)
	}
	return j.shown(row, j.desk.Doing()), nil
}

// eachBatch does something with each batch of a run that is in one of the states, and says
// how many there were.
func (j *Jobs) eachBatch(ctx context.Context, tenant string, run int64, states []State, do func(context.Context, int64) (*rivertype.JobRow, error)) (n int, err error) {
	for _, state := range states {
		for f := (Filter{Run: run, State: state}); ; {
			list, err := j.List(ctx, tenant, f)
			if err != nil {
				return n, err
			}
			for i := range list {
				if _, err := do(ctx, list[i].ID); err != nil {
					return n, problem(err)
				}
				n++
			}
			if len(list) < MaxPage {
				break
			}
			f.Before = list[len(list)-1].ID
		}
	}
	return n, nil
}
