package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
)

// KindPlan is the kind of the jobs that split orders into batches.
const KindPlan = "plan"

// queuePlan is the queue of plans: they are short and others wait for what they make.
const queuePlan = "plan"

// planArgs are what a plan is given.
type planArgs struct {
	work.Order
	// Schedule and Due say which schedule ordered it for when; zero if a person did.
	Schedule string    `json:"schedule,omitempty"`
	Due      time.Time `json:"due,omitzero"`
	Like     string    `json:"like,omitempty"` // [likeness] of the order
}

// likeness is the same for orders that are the same; the plan and its batches have it.
func likeness(o work.Order) string {
	text, _ := json.Marshal(o) // plain values: no error
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

func (planArgs) Kind() string { return KindPlan }

// batchArgs are what a batch is given.
type batchArgs struct {
	work.Batch
	Schedule string `json:"schedule,omitempty"`
	Like     string `json:"like,omitempty"`
}

func (a batchArgs) Kind() string { return string(a.Batch.Kind) }

// The kinds of batches, as River tells them apart.
type (
	collectArgs struct{ batchArgs }
	probeArgs   struct{ batchArgs }
	recheckArgs struct{ batchArgs }
	importArgs  struct{ batchArgs }
)

func (collectArgs) Kind() string { return string(work.Collect) }
func (probeArgs) Kind() string   { return string(work.Probe) }
func (recheckArgs) Kind() string { return string(work.Recheck) }
func (importArgs) Kind() string  { return string(work.Import) }

func (a batchArgs) batch() batchArgs { return a }

// workers are what River calls for each kind.
func (j *Jobs) workers() *river.Workers {
	w := river.NewWorkers()
	river.AddWorker(w, river.WorkFunc(j.plan))
	addBatch[collectArgs](w, j)
	addBatch[probeArgs](w, j)
	addBatch[recheckArgs](w, j)
	addBatch[importArgs](w, j)
	return w
}

func addBatch[A interface {
	river.JobArgs
	batch() batchArgs
}](w *river.Workers, j *Jobs,
) {
	river.AddWorker(w, river.WorkFunc(func(ctx context.Context, job *river.Job[A]) error {
		a := job.Args.batch()
		err := j.work(ctx, job.JobRow, a)
		j.ended.add(a.Tenant, a.Site, job.JobRow, err)
		return err
	}))
}

// queueOf is the queue of a tenant's batches for a site; the names of River's queues are
// short and plain, and those of tenants need not be.
func queueOf(tenant, site string) string {
	if site == "" {
		return river.QueueDefault
	}
	sum := sha256.Sum256([]byte(tenant + "\x00" + site))
	return "site-" + hex.EncodeToString(sum[:8])
}

// unended are the states of a job that is still to be done.
func unended() []rivertype.JobState {
	return []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled}
}

// errUnknown is that there is no such job, which is also said of those of other tenants.
func errUnknown(id int64) error { return message.Error("jobs.error.unknown", message.Int("id", id)) }
