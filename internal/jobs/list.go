package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/document"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/kept"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// State is what has become of a job.
type State = document.JobState

// The states of jobs.
const (
	Waiting   = document.JobWaiting
	Running   = document.JobRunning
	Retrying  = document.JobRetrying
	Done      = document.JobDone
	Cancelled = document.JobCancelled
	Failed    = document.JobFailed
)

// States are all of them.
func States() []State { return []State{Waiting, Running, Retrying, Done, Cancelled, Failed} }

// rivers are the states that River has for one of ours.
func rivers(s State) []rivertype.JobState {
	switch s {
	case Waiting:
		return []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateScheduled}
	case Running:
		return []rivertype.JobState{rivertype.JobStateRunning}
	case Retrying:
		return []rivertype.JobState{rivertype.JobStateRetryable}
	case Done:
		return []rivertype.JobState{rivertype.JobStateCompleted}
	case Cancelled:
		return []rivertype.JobState{rivertype.JobStateCancelled}
	case Failed: // and some of those that are cancelled, see where
		return []rivertype.JobState{rivertype.JobStateDiscarded, rivertype.JobStateCancelled}
	}
	return nil
}

// where narrows the jobs in River's states down to those of a state; "" if there is nothing
// to narrow. River has no state for what was cancelled because it was ordered wrongly.
func where(s State) string {
	switch s {
	case Failed:
		return "(state = 'discarded' OR " + outputText + " = '" + outputWrong + "')"
	case Cancelled:
		return outputText + " <> '" + outputWrong + "'"
	}
	return ""
}

// stateOf is the state of a job that River has in one of its own; output says why it was
// cancelled.
func stateOf(r rivertype.JobState, output string) State {
	if r == rivertype.JobStateCancelled && output == outputWrong {
		return Failed
	}
	for _, s := range States() {
		for _, one := range rivers(s) {
			if one == r {
				return s
			}
		}
	}
	return Waiting
}

// Job is a job as it is shown. Of a batch Run, Number and Of say which plan it is a part
// of; of a plan they are zero.
type Job struct {
	document.Job
	Tenant string
}

// Filter chooses jobs; zero values choose all.
type Filter struct {
	State    State
	Kind     work.Kind // of plans too
	Site     string
	Schedule string
	Run      int64 // the batches of a plan
	Before   int64 // ids below, for the next page
	Limit    int   // at most [MaxPage]; 0 is that
}

// MaxPage is the most jobs of a page.
const MaxPage = 200

// List are the jobs of a tenant, the newest first.
func (j *Jobs) List(ctx context.Context, tenant string, f Filter) ([]Job, error) {
	p := river.NewJobListParams().OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(min(cmp.Or(max(f.Limit, 0), MaxPage), MaxPage))
	if f.State != "" {
		p = p.States(rivers(f.State)...)
		if more := where(f.State); more != "" {
			p = p.Where(more)
		}
	} else {
		p = p.States(allStates()...)
	}
	p = p.Where("args ->> 'tenant' = @tenant", river.NamedArgs{"tenant": tenant})
	for _, one := range []struct {
		column string
		value  any
		given  bool
	}{
		{"args ->> 'kind' = @kind", string(f.Kind), f.Kind != ""},
		{"args ->> 'site' = @site", f.Site, f.Site != ""},
		{"args ->> 'schedule' = @schedule", f.Schedule, f.Schedule != ""},
		{"CAST(args ->> 'run' AS BIGINT) = @run", f.Run, f.Run != 0},
		{"id < @before", f.Before, f.Before != 0},
	} {
		if one.given {
			_, name, _ := strings.Cut(one.column, "@")
			p = p.Where(one.column, river.NamedArgs{name: one.value})
		}
	}
	found, err := j.client.JobList(ctx, p)
	if err != nil {
		return nil, problem(err)
	}
	doing := j.desk.Doing()
	list := make([]Job, 0, len(found.Jobs))
	for _, row := range found.Jobs {
		list = append(list, j.shown(row, doing))
	}
	return list, nil
}

// shown is a job with what the desk knows of it.
func (j *Jobs) shown(row *rivertype.JobRow, doing map[int64]string) Job {
	job := jobOf(row, doing)
	if waits := job.State == Waiting || job.State == Retrying; waits && job.Site != "" && !job.Plan {
		last, there := j.seen(job.Tenant, job.Site)
		if job.Nobody = !there; job.Nobody {
			job.NobodySince = last
		}
	}
	return job
}

// fewTargets is how many endpoints of a job are named.
const fewTargets = 3

// jobOf is a job as it is shown.
func jobOf(row *rivertype.JobRow, doing map[int64]string) Job {
	var a batchArgs
	_ = json.Unmarshal(row.EncodedArgs, &a) // of a newer program it says what it can
	more := aboutOf(row)
	job := Job{Tenant: a.Tenant, Job: document.Job{
		ID: row.ID, Kind: string(a.Batch.Kind), Plan: row.Kind == KindPlan, State: stateOf(row.State, more.output()), Site: a.Site, Schedule: a.Schedule,
		By: more.By, Services: a.Services, On: a.On, Run: a.Run, Number: a.Number, Of: a.Of, Items: len(a.Items), Worker: doing[row.ID],
		Attempt: row.Attempt, Attempts: row.MaxAttempts, Created: row.CreatedAt.UTC(),
	}}
	if targets := append(a.Targets, a.Items...); a.Batch.Kind == work.Probe && len(targets) <= fewTargets {
		job.Targets = targets
	}
	if job.State == Waiting || job.State == Retrying {
		job.Next = row.ScheduledAt.UTC()
	}
	if row.AttemptedAt != nil {
		job.Begun = row.AttemptedAt.UTC()
	}
	if row.FinalizedAt != nil {
		job.Ended = row.FinalizedAt.UTC()
	}
	for _, e := range row.Errors {
		job.Failures = append(job.Failures, document.JobFailure{At: e.At.UTC(), Attempt: e.Attempt, Error: kept.Of(e).Why})
	}
	return job
}

// Get is one job of a tenant.
func (j *Jobs) Get(ctx context.Context, tenant string, id int64) (Job, error) {
	row, err := j.client.JobGet(ctx, id)
	if errors.Is(err, river.ErrNotFound) {
		return Job{}, errUnknown(id)
	}
	if err != nil {
		return Job{}, problem(err)
	}
	job := j.shown(row, j.desk.Doing())
	if job.Tenant != tenant {
		return Job{}, errUnknown(id)
	}
	return job, nil
}

// Counts are numbers of jobs by kind and state; plans count as [KindPlan].
type Counts map[string]map[State]int64

// Of is how many there are in a state.
func (c Counts) Of(s State) (n int64) {
	for by := range maps.Values(c) {
		n += by[s]
	}
	return n
}

// countText counts the jobs of a tenant; both databases read it, with their own spelling
// of the arguments.
const countText = "SELECT kind, CAST(state AS TEXT), " + outputText + ", COUNT(*) FROM river_job WHERE args ->> 'tenant' = $1 GROUP BY 1, 2, 3"

// Count counts the jobs of a tenant that are kept.
func (j *Jobs) Count(ctx context.Context, tenant string) (Counts, error) {
	counts := Counts{}
	err := j.each(ctx, countText, []any{tenant}, func(scan func(...any) error) error {
		var kind, state, output string
		var n int64
		if err := scan(&kind, &state, &output, &n); err != nil {
			return err
		}
		if counts[kind] == nil {
			counts[kind] = map[State]int64{}
		}
		counts[kind][stateOf(rivertype.JobState(state), output)] += n
		return nil
	})
	return counts, problem(err)
}

// each reads rows with either database.
func (j *Jobs) each(ctx context.Context, text string, args []any, take func(scan func(...any) error) error) error {
	if pool := j.queue.PostgreSQL; pool != nil {
		rows, err := pool.Query(ctx, text, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		return store.EachRow(rows, take)
	}
	rows, err := j.queue.SQLite.QueryContext(ctx, strings.ReplaceAll(text, "$", "?"), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return store.EachRow(rows, take)
}

// Workers are the workers of a tenant that are there or were lately.
func (j *Jobs) Workers(tenant string) []desk.Worker { return j.desk.Workers(tenant) }

// IsUnknown says whether an error is that there is no such job or schedule.
func IsUnknown(err error) bool { return is(err, "jobs.error.unknown", "jobs.error.no-schedule") }

// IsOver says whether an error is that a job or run has come to its end already.
func IsOver(err error) bool { return is(err, "jobs.error.ended", "jobs.error.done") }

// IsAway says whether an error is that the queue cannot be asked.
func IsAway(err error) bool { return is(err, "jobs.error.queue") }

func is(err error, ids ...string) bool {
	var p *message.Problem
	return errors.As(err, &p) && slices.Contains(ids, p.What.ID)
}
