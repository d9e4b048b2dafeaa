package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
)

// State is what has become of a job.
type State string

// The states of jobs.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Retrying  State = "retrying" // it failed, and is tried again later
	Done      State = "done"
	Cancelled State = "cancelled" // by somebody, or because it was ordered wrongly
	Failed    State = "failed"    // it was tried often enough
)

// States are all of them.
func States() []State { return []State{Waiting, Running, Retrying, Done, Cancelled, Failed} }

// rivers are the states that River has for a state.
func (s State) rivers() []rivertype.JobState {
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
	case Failed:
		return []rivertype.JobState{rivertype.JobStateDiscarded}
	}
	return nil
}

func stateOf(r rivertype.JobState) State {
	for _, s := range States() {
		for _, one := range s.rivers() {
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
	ID       int64     `json:"id"`
	Kind     work.Kind `json:"kind"`
	Plan     bool      `json:"plan,omitempty"` // it splits an order into batches
	State    State     `json:"state"`
	Tenant   string    `json:"tenant"`
	Site     string    `json:"site,omitempty"`
	Schedule string    `json:"schedule,omitempty"`
	Services []string  `json:"services,omitempty"`
	Run      int64     `json:"run,omitempty"`
	Number   int       `json:"number,omitempty"`
	Of       int       `json:"of,omitempty"`
	Items    int       `json:"items,omitempty"`  // machines or endpoints of a batch
	Worker   string    `json:"worker,omitempty"` // who does it now; "" if it is the server, or nobody yet

	Attempt  int `json:"attempt"`
	Attempts int `json:"attempts"` // that there are at most

	Created time.Time `json:"created"`
	Next    time.Time `json:"next,omitzero"`  // when it is tried next, of one that waits
	Begun   time.Time `json:"begun,omitzero"` // the last attempt
	Ended   time.Time `json:"ended,omitzero"`

	Failures []Failure `json:"failures,omitempty"` // oldest first
}

// Failure is an attempt that failed.
type Failure struct {
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt"`
	Text    string    `json:"text"` // in English, as all texts that are kept
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
		p = p.States(f.State.rivers()...)
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
		list = append(list, jobOf(row, doing))
	}
	return list, nil
}

// jobOf is a job as it is shown.
func jobOf(row *rivertype.JobRow, doing map[int64]string) Job {
	var a batchArgs
	_ = json.Unmarshal(row.EncodedArgs, &a) // of a newer program it says what it can
	job := Job{
		ID: row.ID, Kind: a.Batch.Kind, Plan: row.Kind == KindPlan, State: stateOf(row.State), Tenant: a.Tenant, Site: a.Site, Schedule: a.Schedule,
		Services: a.Services, Run: a.Run, Number: a.Number, Of: a.Of, Items: len(a.Items), Worker: doing[row.ID],
		Attempt: row.Attempt, Attempts: row.MaxAttempts, Created: row.CreatedAt.UTC(),
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
		job.Failures = append(job.Failures, Failure{At: e.At.UTC(), Attempt: e.Attempt, Text: e.Error})
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
	job := jobOf(row, j.desk.Doing())
	if job.Tenant != tenant {
		return Job{}, errUnknown(id)
	}
	return job, nil
}

// Cancel ends a job that has not ended; what it recorded stays.
func (j *Jobs) Cancel(ctx context.Context, tenant string, id int64) (Job, error) {
	return j.change(ctx, tenant, id, j.client.JobCancel)
}

// Retry does a job again, at once: one that failed or was cancelled, or that waits for its
// next attempt. One that runs goes on.
func (j *Jobs) Retry(ctx context.Context, tenant string, id int64) (Job, error) {
	return j.change(ctx, tenant, id, j.client.JobRetry)
}

func (j *Jobs) change(ctx context.Context, tenant string, id int64, do func(context.Context, int64) (*rivertype.JobRow, error)) (Job, error) {
	if _, err := j.Get(ctx, tenant, id); err != nil {
		return Job{}, err
	}
	row, err := do(ctx, id)
	if err != nil {
		return Job{}, problem(err)
	}
	return jobOf(row, j.desk.Doing()), nil
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
// of the argument.
const countText = "SELECT kind, CAST(state AS TEXT), COUNT(*) FROM river_job WHERE args ->> 'tenant' = $1 GROUP BY kind, state"

// Count counts the jobs of a tenant that are kept.
func (j *Jobs) Count(ctx context.Context, tenant string) (Counts, error) {
	counts := Counts{}
	err := j.each(ctx, countText, []any{tenant}, func(scan func(...any) error) error {
		var kind, state string
		var n int64
		if err := scan(&kind, &state, &n); err != nil {
			return err
		}
		if counts[kind] == nil {
			counts[kind] = map[State]int64{}
		}
		counts[kind][stateOf(rivertype.JobState(state))] += n
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
		for rows.Next() {
			if err := take(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	rows, err := j.queue.SQLite.QueryContext(ctx, strings.ReplaceAll(text, "$1", "?1"), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// unfinished gives another run of a schedule that has jobs which are still to be done; 0
// if there is none.
func (j *Jobs) unfinished(ctx context.Context, tenant, schedule string, run int64) (int64, error) {
	p := river.NewJobListParams().States(unended()...).First(1).
		Where("args ->> 'tenant' = @tenant AND args ->> 'schedule' = @schedule AND CAST(args ->> 'run' AS BIGINT) <> @run",
			river.NamedArgs{"tenant": tenant, "schedule": schedule, "run": run})
	found, err := j.client.JobList(ctx, p)
	if err != nil || len(found.Jobs) == 0 {
		return 0, err
	}
	return jobOf(found.Jobs[0], nil).Run, nil
}

// Workers are the workers of a tenant that are there or were lately.
func (j *Jobs) Workers(tenant string) []desk.Worker { return j.desk.Workers(tenant) }

// IsUnknown says whether an error is that there is no such job.
func IsUnknown(err error) bool {
	var p *message.Problem
	return errors.As(err, &p) && p.What.ID == "jobs.error.unknown"
}
