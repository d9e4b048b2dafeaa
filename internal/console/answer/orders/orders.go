// Package orders is what the pages and the API of the console ask of the queue of jobs: what
// there is, and what may be ordered. An order names nothing that the server does not know
// already: a schedule of its file, a service, an endpoint that was probed.
package orders

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"tlsready/internal/console/answer"
	"tlsready/internal/console/answer/judges"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
)

// Queue is what is asked of the queue of jobs.
type Queue interface {
	List(ctx context.Context, tenant string, f jobs.Filter) ([]jobs.Job, error)
	Get(ctx context.Context, tenant string, id int64) (jobs.Job, error)
	Count(ctx context.Context, tenant string) (jobs.Counts, error)
	Schedules(tenant string) []jobs.Schedule
	LastRuns(ctx context.Context, tenant string) (map[string]jobs.Run, error)
	RunOf(ctx context.Context, tenant string, id int64) (jobs.Run, error)
	Workers(tenant string) []desk.Worker
	Sites(tenant string) []string
	ProbedAt(ctx context.Context, tenant, target string) (string, error)

	Enqueue(ctx context.Context, by string, o work.Order) (id int64, twice bool, err error)
	RunSchedule(ctx context.Context, tenant, name, by string) (id int64, twice bool, err error)
	Cancel(ctx context.Context, tenant string, id int64) (jobs.Job, error)
	Retry(ctx context.Context, tenant string, id int64) (jobs.Job, error)
}

// Orders are those of one visitor.
type Orders struct {
	queue Queue
	fleet *answer.Tenant
	v     web.Visitor
}

// Of are the orders of a visitor, who asks about a fleet.
func Of(q Queue, fleet *answer.Tenant, v web.Visitor) *Orders { return &Orders{q, fleet, v} }

// asked gives an error of the queue the status that it has for whoever asked.
func asked(err error) error {
	var status *web.Status
	var p *message.Problem
	switch {
	case err == nil, errors.As(err, &status), !errors.As(err, &p):
		return err
	case jobs.IsUnknown(err):
		return web.Mistake(http.StatusNotFound, p)
	case jobs.IsAway(err):
		return err
	case jobs.IsOver(err):
		return web.Mistake(http.StatusConflict, p)
	}
	return web.Mistake(http.StatusBadRequest, p)
}

// ordered is the job of an order, or that the same one has not ended yet.
func (o *Orders) ordered(ctx context.Context, id int64, twice bool, err error) (*document.JobView, error) {
	if err != nil {
		return nil, asked(err)
	}
	if twice {
		return nil, web.Mistake(http.StatusConflict, message.Error("console.answer.twice", message.Int("id", id)).Hinted("console.hint.twice"))
	}
	return o.Job(ctx, id)
}

// Run orders the work of a schedule now.
func (o *Orders) Run(ctx context.Context, name string) (*document.JobView, error) {
	id, twice, err := o.queue.RunSchedule(ctx, o.v.Tenant, name, o.v.Name)
	return o.ordered(ctx, id, twice, err)
}

// Recheck orders that all hosts are judged again for a service: as they were judged last if
// neither a day nor programs are named.
func (o *Orders) Recheck(ctx context.Context, s store.Series) (*document.JobView, error) {
	if judge.IsFile(s.Service) || strings.HasPrefix(s.Service, judge.ServerPrefix) {
		return nil, web.Missing("service", message.Quote("service", s.Service))
	}
	if _, known, err := service.ByID(s.Service); err != nil || !known {
		return nil, errors.Join(err, web.Missing("service", message.Quote("service", s.Service)))
	}
	if s.On == "" && s.Callers == "" {
		current, known, err := o.fleet.Current(ctx, s.Service)
		if err != nil {
			return nil, err
		}
		if known {
			s = current
		}
	}
	order := work.Order{Kind: work.Recheck, Tenant: o.v.Tenant, Services: []string{s.Service}, On: s.On}
	if s.Callers != "" {
		order.Callers = strings.Split(s.Callers, ",")
	}
	id, twice, err := o.queue.Enqueue(ctx, o.v.Name, order)
	return o.ordered(ctx, id, twice, judges.Asked(err))
}

// Probe orders that an endpoint is probed again that was probed before: at a site, by the
// server if it is "", or where it was probed last if it is nil.
func (o *Orders) Probe(ctx context.Context, key document.EndpointKey, site *string) (*document.JobView, error) {
	known, err := o.fleet.Endpoint(ctx, key)
	if err != nil {
		return nil, err
	}
	order := work.Order{Kind: work.Probe, Tenant: o.v.Tenant, Targets: []string{key.Target}, StartTLS: known.Probe.StartTLS, All: true}
	if site != nil {
		order.Site = *site
	} else if order.Site, err = o.queue.ProbedAt(ctx, o.v.Tenant, key.Target); err != nil {
		return nil, asked(err)
	}
	id, twice, err := o.queue.Enqueue(ctx, o.v.Name, order)
	return o.ordered(ctx, id, twice, err)
}

// Cancel ends a job, or all batches of a run.
func (o *Orders) Cancel(ctx context.Context, id int64) (*document.JobView, error) {
	job, err := o.queue.Cancel(ctx, o.v.Tenant, id)
	return view(&job), asked(err)
}

// Retry does a job again, or all batches of a run that failed.
func (o *Orders) Retry(ctx context.Context, id int64) (*document.JobView, error) {
	job, err := o.queue.Retry(ctx, o.v.Tenant, id)
	return view(&job), asked(err)
}
