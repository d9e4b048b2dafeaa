package jobs

import (
	"context"
	"slices"

	"github.com/riverqueue/river/rivertype"
)

// Run is one run of a schedule, or an order: its plan, and how many of the batches that it
// was split into are in which state.
type Run struct {
	Plan    Job
	Batches map[State]int64
}

// State is how a run as a whole went, or goes: as long as something is to be done it runs
// or waits, and it failed if one of its batches did.
func (r *Run) State() State {
	if s := r.Plan.State; s != Done {
		return s
	}
	for _, s := range []State{Running, Retrying, Waiting, Failed, Cancelled} {
		if r.Batches[s] > 0 {
			return s
		}
	}
	return Done
}

// lastText gives the last plan of each schedule of a tenant, but for those that did not
// begin, for the run before had not ended.
const lastText = "SELECT MAX(id) FROM river_job WHERE kind = 'plan' AND args ->> 'tenant' = $1 AND args ->> 'schedule' IS NOT NULL" +
	" AND NOT (state = 'cancelled' AND " + outputText + " = '" + outputOverlap + "') GROUP BY args ->> 'schedule'"

// LastRuns are the last runs of the schedules of a tenant, by name.
func (j *Jobs) LastRuns(ctx context.Context, tenant string) (map[string]Run, error) {
	var ids []int64
	err := j.each(ctx, lastText, []any{tenant}, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, problem(err)
	}
	runs, err := j.runs(ctx, tenant, ids)
	list := make(map[string]Run, len(runs))
	for _, r := range runs {
		list[r.Plan.Schedule] = r
	}
	return list, err
}

// RunOf is the run whose plan is a job of a tenant.
func (j *Jobs) RunOf(ctx context.Context, tenant string, id int64) (Run, error) {
	runs, err := j.runs(ctx, tenant, []int64{id})
	if err != nil {
		return Run{}, err
	}
	return runs[0], nil
}

// batchesText counts the batches of the runs since one; those of a run come after its plan.
const batchesText = "SELECT CAST(args ->> 'run' AS BIGINT), CAST(state AS TEXT), " + outputText + ", COUNT(*) FROM river_job" +
	" WHERE id > $2 AND kind <> 'plan' AND args ->> 'tenant' = $1 GROUP BY 1, 2, 3"

func (j *Jobs) runs(ctx context.Context, tenant string, ids []int64) ([]Run, error) {
	list := make([]Run, 0, len(ids))
	at := map[int64]int{}
	for _, id := range ids {
		plan, err := j.Get(ctx, tenant, id)
		if err == nil && !plan.Plan {
			err = errUnknown(id) // it is a batch
		}
		if err != nil {
			return nil, err
		}
		at[id] = len(list)
		list = append(list, Run{Plan: plan, Batches: map[State]int64{}})
	}
	if len(list) == 0 {
		return nil, nil
	}
	err := j.each(ctx, batchesText, []any{tenant, slices.Min(ids)}, func(scan func(...any) error) error {
		var run, n int64
		var state, output string
		if err := scan(&run, &state, &output, &n); err != nil {
			return err
		}
		if i, asked := at[run]; asked {
			list[i].Batches[stateOf(rivertype.JobState(state), output)] += n
		}
		return nil
	})
	return list, problem(err)
}
