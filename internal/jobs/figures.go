package jobs

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Figure is how many jobs of a kind are to be done, for one tenant at one site.
type Figure struct {
	Tenant, Site string // Site is "" for what the server does itself
	Kind         string // of a batch, or [KindPlan]
	State        State  // Waiting, Running or Retrying
	N            int64
	// Since is when the oldest of them could have begun; in the future if none could yet.
	Since time.Time
}

// figuresText counts the jobs that are to be done. Those that have ended are not looked at:
// they stay for weeks, and each has its whole batch in it.
const figuresText = "SELECT COALESCE(args ->> 'tenant', ''), COALESCE(args ->> 'site', ''), kind, CAST(state AS TEXT), COUNT(*), "

// Figures count the jobs of all tenants that are to be done, sorted.
func (j *Jobs) Figures(ctx context.Context) ([]Figure, error) {
	oldest := "unixepoch(MIN(scheduled_at))"
	if j.queue.PostgreSQL != nil {
		oldest = "CAST(FLOOR(EXTRACT(EPOCH FROM MIN(scheduled_at))) AS BIGINT)"
	}
	sums := map[Figure]Figure{} // several states of River are one of ours
	text := figuresText + oldest + " FROM river_job WHERE state IN ('available', 'pending', 'scheduled', 'running', 'retryable') GROUP BY 1, 2, 3, 4"
	err := j.each(ctx, text, nil, func(scan func(...any) error) error {
		var key Figure
		var state string
		var n, since int64
		err := scan(&key.Tenant, &key.Site, &key.Kind, &state, &n, &since)
		key.State = stateOf(rivertype.JobState(state), "")
		sum, seen := sums[key]
		if at := time.Unix(since, 0).UTC(); !seen || at.Before(sum.Since) {
			sum.Since = at
		}
		sum.Tenant, sum.Site, sum.Kind, sum.State, sum.N = key.Tenant, key.Site, key.Kind, key.State, sum.N+n
		sums[key] = sum
		return err
	})
	return slices.SortedFunc(maps.Values(sums), compareFigures), problem(err)
}

func compareFigures(a, b Figure) int {
	return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.State, b.State))
}

// Ended is how attempts at jobs have ended.
type Ended struct {
	Tenant, Site, Kind string
	Result             string // EndedDone, or one of the others
}

// The results of attempts.
const (
	EndedDone      = "done"
	EndedRetried   = "retried" // it failed and is tried again
	EndedFailed    = "failed"  // it failed and was tried often enough, or cannot be done at all
	EndedCancelled = "cancelled"
)

// tally counts the attempts that this server has seen end since it began.
type tally struct {
	mu sync.Mutex
	n  map[Ended]int64
}

// add counts an attempt. One that found no worker, or was given back, counts as none.
func (t *tally) add(tenant, site string, row *rivertype.JobRow, err error) {
	e := Ended{Tenant: tenant, Site: site, Kind: row.Kind, Result: EndedDone}
	var rest *river.JobSnoozeError
	var cancelled *river.JobCancelError
	switch {
	case err == nil:
	case errors.As(err, &rest), errors.Is(err, context.Canceled):
		return
	case errors.As(err, &cancelled) && !isWrong(err):
		e.Result = EndedCancelled
	case isWrong(err), row.Attempt >= row.MaxAttempts:
		e.Result = EndedFailed
	default:
		e.Result = EndedRetried
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[Ended]int64{}
	}
	t.n[e]++
}

// Ended counts the attempts at jobs that this server has seen end since it began.
func (j *Jobs) Ended() map[Ended]int64 {
	j.ended.mu.Lock()
	defer j.ended.mu.Unlock()
	return maps.Clone(j.ended.n)
}
