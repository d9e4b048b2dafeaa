package document

import (
	"time"

	"tlsready/internal/message"
)

// The names of the formats about jobs that the console answers with.
const (
	ScheduleListSchema = "tlsready.schedule-list/v1"
	JobPageSchema      = "tlsready.jobs/v1"
	JobSchema          = "tlsready.job/v1"
	WorkerListSchema   = "tlsready.workers/v1"
)

// ScheduleList are the schedules of a tenant, in the order of their file.
type ScheduleList struct {
	Schema    string     `json:"schema"`
	Schedules []Schedule `json:"schedules"`
}

// Schedule is work that is ordered again and again. What it reads, and with which account,
// stands in the server's file alone.
type Schedule struct {
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`            // collect, probe, recheck, import
	Cron     string    `json:"cron,omitempty"`  // minute hour day month weekday, in the time zone of the server
	Every    string    `json:"every,omitempty"` // such as 6h, counted from midnight UTC
	Site     string    `json:"site,omitempty"`
	Services []string  `json:"services,omitempty"`
	Next     time.Time `json:"next"`           // when it is due next
	Last     *JobRun   `json:"last,omitempty"` // nil if it did not run in the time that jobs are kept
}

// JobRun is one run of a schedule, or an order: it is split into batches.
type JobRun struct {
	ID      int64              `json:"id"`    // of the job that splits it
	State   JobState           `json:"state"` // of all of it together
	By      string             `json:"by,omitempty"`
	Begun   time.Time          `json:"begun"`
	Batches map[JobState]int64 `json:"batches"` // how many are in which state; those without one are left out
	Error   message.Text       `json:"error,omitzero"`
}

// JobPage is a page of jobs, the newest first.
type JobPage struct {
	Schema string             `json:"schema"`
	Counts map[JobState]int64 `json:"counts"` // of all jobs of the tenant, by state
	Jobs   []Job              `json:"jobs"`
	Next   int64              `json:"next,omitempty"` // what asks for the page after this one, as "before"
}

// JobState is what has become of a job, or of a run.
type JobState string

// The states of jobs and runs.
const (
	JobWaiting   JobState = "waiting"
	JobRunning   JobState = "running"
	JobRetrying  JobState = "retrying" // it failed, and is tried again later
	JobDone      JobState = "done"
	JobCancelled JobState = "cancelled" // by somebody, or because the run before has not ended
	JobFailed    JobState = "failed"    // it was tried often enough, or what was ordered cannot be done
)

// Job is one job: a batch of a run, or what splits a run into batches.
type Job struct {
	ID       int64    `json:"id"`
	Kind     string   `json:"kind"`
	Plan     bool     `json:"plan,omitempty"` // it splits a run into batches
	State    JobState `json:"state"`
	Site     string   `json:"site,omitempty"`
	Schedule string   `json:"schedule,omitempty"`
	By       string   `json:"by,omitempty"` // who ordered it
	Services []string `json:"services,omitempty"`
	On       string   `json:"on,omitempty"`
	Targets  []string `json:"targets,omitempty"` // of a batch of few endpoints, or of their plan
	Run      int64    `json:"run,omitempty"`     // of a batch
	Number   int      `json:"number,omitempty"`  // of a batch, from 1
	Of       int      `json:"of,omitempty"`
	Items    int      `json:"items,omitempty"` // machines or endpoints of a batch
	Worker   string   `json:"worker,omitempty"`
	// Nobody says of a job that waits for a worker that none of its site is there. NobodySince
	// is when the last one was heard; left out if that is not known.
	Nobody      bool      `json:"nobody,omitempty"`
	NobodySince time.Time `json:"nobodySince,omitzero"`

	Attempt  int          `json:"attempt"`
	Attempts int          `json:"attempts"`
	Created  time.Time    `json:"created"`
	Next     time.Time    `json:"next,omitzero"` // when it is tried next
	Begun    time.Time    `json:"begun,omitzero"`
	Ended    time.Time    `json:"ended,omitzero"`
	Failures []JobFailure `json:"failures,omitempty"` // oldest first
}

// JobFailure is an attempt that failed.
type JobFailure struct {
	At      time.Time    `json:"at"`
	Attempt int          `json:"attempt"`
	Error   message.Text `json:"error"` // in English
}

// JobView is one job.
type JobView struct {
	Schema string `json:"schema"`
	Job
}

// WorkerList are the workers of a tenant that are there or were in the last days, by site
// and name.
type WorkerList struct {
	Schema  string   `json:"schema"`
	Workers []Worker `json:"workers"`
}

// Worker is a worker at a site.
type Worker struct {
	Name    string    `json:"name"`
	Token   string    `json:"token,omitempty"` // the name of its token or certificate
	Site    string    `json:"site"`
	Version string    `json:"version,omitempty"`
	Address string    `json:"address,omitempty"`
	Since   time.Time `json:"since"`
	Seen    time.Time `json:"seen"` // its last sign of life
	There   bool      `json:"there"`
	Jobs    []int64   `json:"jobs,omitempty"` // that it does now
	Done    int       `json:"done"`           // batches, since it came
}
