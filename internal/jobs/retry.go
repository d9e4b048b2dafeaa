package jobs

import (
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// retries says when a job that failed is tried again: after growing waits, for what was
// wrong may mend itself; at once where it was the worker that fell silent, for another one
// is there or it would wait anyway.
type retries struct {
	river.DefaultClientRetryPolicy

	silent sync.Map // ids of jobs whose worker fell silent
}

// atOnceAfter is how long a job waits whose worker fell silent.
const atOnceAfter = time.Second

// NextRetry implements [river.ClientRetryPolicy].
func (r *retries) NextRetry(job *rivertype.JobRow) time.Time {
	if _, silent := r.silent.LoadAndDelete(job.ID); silent {
		return time.Now().Add(atOnceAfter)
	}
	return r.DefaultClientRetryPolicy.NextRetry(job)
}
