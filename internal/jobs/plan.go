package jobs

import (
	"context"
	"errors"

	"github.com/riverqueue/river"

	"tlsready/internal/jobs/kept"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/source/list"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
)

// insertAtOnce is how many batches are put into the queue in one transaction: on SQLite
// others wait for it.
const insertAtOnce = 500

// plan splits an order into batches. A plan that died in the middle is done again and puts
// in what is missing: a batch of a run is in the queue once, whatever became of it.
func (j *Jobs) plan(ctx context.Context, job *river.Job[planArgs]) error {
	err := givenUp(ctx, j.split(ctx, job), kept.Blame{})
	j.ended.add(job.Args.Tenant, job.Args.Site, job.JobRow, err)
	return err
}

func (j *Jobs) split(ctx context.Context, job *river.Job[planArgs]) error {
	a := job.Args
	if a.Schedule != "" {
		if earlier, err := j.unfinished(ctx, a.Tenant, a.Schedule, job.ID); err != nil {
			return err
		} else if earlier > 0 {
			_ = river.RecordOutput(ctx, outputOverlap) // without it the job is cancelled all the same
			return river.JobCancel(message.Error("jobs.error.overlap", message.Int("run", earlier)))
		}
	}
	s, err := j.o.Store.AddTenant(ctx, a.Tenant)
	if err != nil {
		return err
	}
	p := work.Planner{Schemes: list.Schemes(j.o.Tools.Remote), Endpoints: j.o.BatchEndpoints, Hosts: j.o.BatchHosts}
	batches, err := p.Split(ctx, a.Order, s)
	if err != nil {
		return err
	}
	var some []river.InsertManyParams
	for i, b := range batches {
		b.Run = job.ID
		some = append(some, river.InsertManyParams{Args: batchArgs{b, a.Schedule, a.Like}, InsertOpts: &river.InsertOpts{
			Queue: queueOf(b.Tenant, b.Site), UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: allStates()},
		}})
		if len(some) == insertAtOnce || i == len(batches)-1 {
			if _, err := j.client.InsertMany(ctx, some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	return nil
}

// givenUp says what River does with an error, and keeps: what was ordered wrongly is not
// tried again, and what the end of the server cut off is not counted.
func givenUp(ctx context.Context, err error, b kept.Blame) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), river.ErrJobCancelledRemotely):
		return river.JobCancel(err)
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return kept.Error(message.Error("jobs.error.hours", message.Int("hours", int(longest.Hours()))), b)
	case ctx.Err() != nil:
		return river.JobSnooze(0)
	case isWrong(err):
		_ = river.RecordOutput(ctx, outputWrong) // without it the job is shown as cancelled
		return river.JobCancel(kept.Error(err, b))
	}
	return kept.Error(err, b)
}

// isWrong says whether what was ordered cannot be done, however often it is tried.
func isWrong(err error) bool {
	var wrong *judge.Mistake
	var tenant *store.NoTenantError
	return errors.As(err, &wrong) || errors.As(err, &tenant)
}
