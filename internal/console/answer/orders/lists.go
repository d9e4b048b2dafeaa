package orders

import (
	"cmp"
	"context"

	"tlsready/internal/document"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/work"
	"tlsready/internal/store"
)

// Schedules are those of the tenant, with their last runs.
func (o *Orders) Schedules(ctx context.Context) (*document.ScheduleList, error) {
	doc := &document.ScheduleList{Schema: document.ScheduleListSchema, Schedules: []document.Schedule{}}
	list := o.queue.Schedules(o.v.Tenant)
	if len(list) == 0 {
		return doc, nil
	}
	runs, err := o.queue.LastRuns(ctx, o.v.Tenant)
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		one := document.Schedule{
			Name: s.Name, Kind: string(s.Order.Kind), Cron: s.Cron, Every: s.Each, Site: s.Order.Site, Services: s.Order.Services, Next: s.Next(o.fleet.Now()).UTC(),
		}
		if r, ran := runs[s.Name]; ran {
			one.Last = runDoc(&r)
		}
		doc.Schedules = append(doc.Schedules, one)
	}
	return doc, nil
}

// RunOf is the run that a job split.
func (o *Orders) RunOf(ctx context.Context, id int64) (*document.JobRun, error) {
	r, err := o.queue.RunOf(ctx, o.v.Tenant, id)
	if err != nil {
		return nil, asked(err)
	}
	return runDoc(&r), nil
}

func runDoc(r *jobs.Run) *document.JobRun {
	doc := &document.JobRun{ID: r.Plan.ID, State: r.State(), By: r.Plan.By, Begun: r.Plan.Created, Batches: r.Batches}
	if n := len(r.Plan.Failures); n > 0 && r.Plan.State != jobs.Done {
		doc.Error = r.Plan.Failures[n-1].Error
	}
	return doc
}

// States are those that jobs have.
func States() []string { return texts(jobs.States()) }

// Kinds are those that jobs have.
func Kinds() []string { return texts(work.Kinds()) }

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = string(one)
	}
	return out
}

// Find chooses jobs; zero values choose all.
type Find struct {
	State, Kind, Site, Schedule string
	Run                         int64 // the batches of a run
	Before                      int64 // the [document.JobPage.Next] of the page before
	Limit                       int   // 0 for [store.DefaultLimit]
}

// Jobs are a page of the tenant's jobs.
func (o *Orders) Jobs(ctx context.Context, find Find) (*document.JobPage, error) {
	f := jobs.Filter{
		State: jobs.State(find.State), Kind: work.Kind(find.Kind), Site: find.Site, Schedule: find.Schedule, Run: find.Run, Before: find.Before,
		Limit: min(cmp.Or(find.Limit, store.DefaultLimit), jobs.MaxPage),
	}
	counts, err := o.queue.Count(ctx, o.v.Tenant)
	if err != nil {
		return nil, err
	}
	list, err := o.queue.List(ctx, o.v.Tenant, f)
	if err != nil {
		return nil, err
	}
	doc := &document.JobPage{Schema: document.JobPageSchema, Counts: map[document.JobState]int64{}, Jobs: make([]document.Job, len(list))}
	for _, s := range jobs.States() {
		doc.Counts[s] = counts.Of(s)
	}
	for i := range list {
		doc.Jobs[i] = list[i].Job
	}
	if n := len(list); n > 0 && n == f.Limit {
		doc.Next = list[n-1].ID
	}
	return doc, nil
}

// Job is one job of the tenant.
func (o *Orders) Job(ctx context.Context, id int64) (*document.JobView, error) {
	job, err := o.queue.Get(ctx, o.v.Tenant, id)
	return view(&job), asked(err)
}

func view(j *jobs.Job) *document.JobView {
	return &document.JobView{Schema: document.JobSchema, Job: j.Job}
}

// Sites are those at which the tenant can have something done.
func (o *Orders) Sites() []string { return o.queue.Sites(o.v.Tenant) }

// Workers are those of the tenant that are there or were in the last days.
func (o *Orders) Workers() *document.WorkerList {
	doc := &document.WorkerList{Schema: document.WorkerListSchema, Workers: []document.Worker{}}
	for _, w := range o.queue.Workers(o.v.Tenant) {
		doc.Workers = append(doc.Workers, w.Worker)
	}
	return doc
}
