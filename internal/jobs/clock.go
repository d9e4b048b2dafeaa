package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// clock compares the time of day with a clock that does not jump.
type clock struct{ day, steady time.Time }

func newClock(now time.Time) clock { return clock{now.Round(0), time.Now()} }

// jump is from when on a difference of the clocks is a jump: what time servers correct in
// the course of things is less.
const jump = time.Minute

// jumped says by how much the time of day has jumped since it was asked last; 0 if it has
// not.
func (c *clock) jumped(now time.Time) time.Duration {
	by := now.Round(0).Sub(c.day) - time.Since(c.steady)
	*c = newClock(now)
	if by.Abs() < jump {
		return 0
	}
	return by
}

// jumped looks again when everything is due after the clock has jumped.
func (j *Jobs) jumped(ctx context.Context, by time.Duration) {
	j.o.Log.Warn("the clock of the server has jumped: what is due is looked for again", "by", by.Round(time.Second).String())
	j.client.PeriodicJobs().Clear()
	j.client.PeriodicJobs().AddMany(j.periodic())
	j.overdue(ctx)
}

// longestWait is longer than any job waits for its next attempt: that of the last is ten
// minutes, and some.
const longestWait = 15 * time.Minute

// overdue lets jobs be done now that are to be done at a time which is too far away to be
// meant: a clock was ahead when they were ordered.
func (j *Jobs) overdue(ctx context.Context) {
	p := river.NewJobListParams().OrderBy(river.JobListOrderByScheduledAt, river.SortOrderDesc).First(atOnce).
		States(rivertype.JobStateAvailable, rivertype.JobStateScheduled, rivertype.JobStateRetryable)
	done := 0
	for more := true; more; {
		found, err := j.client.JobList(ctx, p)
		if err != nil {
			j.o.Log.Warn("jobs that a clock was ahead of could not be looked for", "err", err)
			return
		}
		more = len(found.Jobs) == atOnce
		for _, row := range found.Jobs {
			if !row.ScheduledAt.After(time.Now().Add(longestWait)) {
				more = false
				break
			}
			if _, err := j.client.JobRetry(ctx, row.ID); err != nil {
				j.o.Log.Warn("a job that a clock was ahead of could not be put forward", "job", row.ID, "err", err)
				return
			}
			done++
		}
	}
	if done > 0 {
		j.o.Log.Info("a clock was ahead when jobs were ordered: they are done now", "jobs", done)
	}
}
