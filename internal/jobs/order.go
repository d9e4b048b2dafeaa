package jobs

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Enqueue orders work in somebody's name. With twice the same order has not come to its
// end yet: id is its job, and nothing new was ordered. An order comes from outside, see
// [work.Order.Check].
func (j *Jobs) Enqueue(ctx context.Context, by string, o work.Order) (id int64, twice bool, err error) {
	if err := o.Check(true); err != nil {
		return 0, false, err
	}
	if id, err = j.unendedLike(ctx, o); err != nil || id > 0 {
		return id, id > 0, err
	}
	return j.order(ctx, by, planArgs{Order: o, Like: likeness(o)}, unended())
}

// RunSchedule orders a schedule's work now, in somebody's name. With twice a run of it, id,
// has not come to its end yet.
func (j *Jobs) RunSchedule(ctx context.Context, tenant, name, by string) (id int64, twice bool, err error) {
	list := j.Schedules(tenant)
	at := slices.IndexFunc(list, func(s Schedule) bool { return s.Name == name })
	if at < 0 {
		return 0, false, message.Error("jobs.error.no-schedule", message.Quote("name", store.Text(name)))
	}
	if id, err = j.unfinished(ctx, tenant, name, 0); err != nil || id > 0 {
		return id, id > 0, err
	}
	// It is due at no time: two that order it at once order the same.
	return j.order(ctx, by, planArgs{Order: list[at].Order, Schedule: name, Like: likeness(list[at].Order)}, unended())
}

// about is what River keeps of a job beside its arguments.
type about struct {
	By     string `json:"by,omitempty"`     // who ordered it; "" if a schedule did
	Output string `json:"output,omitempty"` // why a job was cancelled by itself
	// CancelledAt is when somebody cancelled it, until it is tried again.
	CancelledAt *json.RawMessage `json:"cancel_attempted_at,omitempty"`
}

// aboutOf reads it.
func aboutOf(row *rivertype.JobRow) (a about) {
	_ = json.Unmarshal(row.Metadata, &a) // of a newer program it says what it can
	return a
}

// output is why a job was cancelled by itself; "" if somebody did it.
func (a about) output() string {
	if a.CancelledAt != nil {
		return ""
	}
	return a.Output
}

// outputText is the same for the database.
const outputText = "CASE WHEN metadata ->> 'cancel_attempted_at' IS NULL THEN COALESCE(metadata ->> 'output', '') ELSE '' END"

// Why a job was cancelled by itself.
const (
	outputWrong   = "wrong"   // what was ordered cannot be done
	outputOverlap = "overlap" // the run before has not ended
)

// order inserts a plan, unless one like it is in one of the states.
func (j *Jobs) order(ctx context.Context, by string, a planArgs, states []rivertype.JobState) (id int64, twice bool, err error) {
	meta, err := json.Marshal(about{By: by})
	if err != nil {
		return 0, false, err
	}
	opts := &river.InsertOpts{Queue: queuePlan, Metadata: meta, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: states}}
	r, err := j.client.Insert(ctx, a, opts)
	if err != nil {
		return 0, false, problem(err)
	}
	return r.Job.ID, r.UniqueSkippedAsDuplicate, nil
}

// unendedLike gives the run of an order like this one that has jobs which are still to be
// done; 0 if there is none.
func (j *Jobs) unendedLike(ctx context.Context, o work.Order) (int64, error) {
	p := river.NewJobListParams().States(unended()...).First(1).Where("args ->> 'like' = @like", river.NamedArgs{"like": likeness(o)})
	found, err := j.client.JobList(ctx, p)
	if err != nil || len(found.Jobs) == 0 {
		return 0, problem(err)
	}
	return runOf(found.Jobs[0]), nil
}

// unfinished gives another run of a schedule that has jobs which are still to be done; 0
// if there is none.
func (j *Jobs) unfinished(ctx context.Context, tenant, schedule string, run int64) (int64, error) {
	p := river.NewJobListParams().States(unended()...).First(1).
		Where("args ->> 'tenant' = @tenant AND args ->> 'schedule' = @schedule", river.NamedArgs{"tenant": tenant, "schedule": schedule})
	if run > 0 { // a plan that is done now does not wait for those that come after it
		p = p.Where("CAST(args ->> 'run' AS BIGINT) <> @run", river.NamedArgs{"run": run})
	}
	found, err := j.client.JobList(ctx, p)
	if err != nil || len(found.Jobs) == 0 {
		return 0, problem(err)
	}
	return runOf(found.Jobs[0]), nil
}

// runOf is the run of a batch, and a plan's own id.
func runOf(row *rivertype.JobRow) int64 {
	if row.Kind == KindPlan {
		return row.ID
	}
	return jobOf(row, nil).Run
}
