package jobs

import (
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"tlsready/internal/jobs/kept"
)

// retries says when a job that failed is tried again: after growing waits, for what was
// wrong may mend itself; at once where it was the worker that fell silent or lied, for
// another one is there or it would wait anyway.
type retries struct {
	river.DefaultClientRetryPolicy

	atOnce sync.Map // ids of jobs that failed because of their worker
}

// atOnceAfter is how long a job waits that failed because of its worker.
const atOnceAfter = time.Second

// NextRetry implements [river.ClientRetryPolicy].
func (r *retries) NextRetry(job *rivertype.JobRow) time.Time {
	if _, atOnce := r.atOnce.LoadAndDelete(job.ID); atOnce {
		return time.Now().Add(atOnceAfter)
	}
	counted := *job // River's waits grow with the errors, also with those that cost no attempt
	counted.Errors = job.Errors[min(kept.Spared(job.Errors), maxSpared):]
	return r.DefaultClientRetryPolicy.NextRetry(&counted)
}
