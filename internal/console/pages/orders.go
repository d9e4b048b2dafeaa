package pages

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"tlsready/internal/console/answer/orders"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// orderRoutes are what forms ask of the queue. What is ordered stands in the address, so
// that the audit log has it.
func (p *pages) orderRoutes() []web.Route {
	post := func(path, said string, do func(*request, *orders.Orders) (*document.JobView, error)) web.Route {
		return web.Route{Pattern: "POST " + path, Needs: web.Operate, Handle: p.ordering(said, do)}
	}
	job := func(what func(*orders.Orders) func(context.Context, int64) (*document.JobView, error)) func(*request, *orders.Orders) (*document.JobView, error) {
		return func(q *request, o *orders.Orders) (*document.JobView, error) {
			id, err := strconv.ParseInt(q.PathValue("id"), 10, 64)
			if err != nil {
				return nil, web.Mistake(http.StatusNotFound, message.Error("pages.lost"))
			}
			return what(o)(q.ctx(), id)
		}
	}
	return []web.Route{
		post("/jobs/{id}/cancel", "cancelled", job(func(o *orders.Orders) func(context.Context, int64) (*document.JobView, error) { return o.Cancel })),
		post("/jobs/{id}/retry", "retried", job(func(o *orders.Orders) func(context.Context, int64) (*document.JobView, error) { return o.Retry })),
		post("/schedules/{name}/run", "ordered", func(q *request, o *orders.Orders) (*document.JobView, error) {
			return o.Run(q.ctx(), q.PathValue("name"))
		}),
		post("/recheck/{service}", "ordered", func(q *request, o *orders.Orders) (*document.JobView, error) {
			return o.Recheck(q.ctx(), store.Series{Service: q.PathValue("service"), On: q.PostForm.Get(paramOn), Callers: q.PostForm.Get(paramCallers)})
		}),
		post("/probe/{target}", "ordered", func(q *request, o *orders.Orders) (*document.JobView, error) {
			key := document.EndpointKey{Target: q.PathValue("target"), Address: q.PostForm.Get("address"), ServerName: q.PostForm.Get("name")}
			return o.Probe(q.ctx(), key, placeOf(q.PostForm.Get("from")))
		}),
	}
}

// The places from which an endpoint can be probed again, beside the sites by name.
const (
	fromLast   = ""        // where it was probed last
	fromServer = "@server" // no site is named so
)

func placeOf(from string) *string {
	switch from {
	case fromLast:
		return nil
	case fromServer:
		from = ""
	}
	return &from
}

// probing is the form that has an endpoint probed again; Target is escaped.
type probing struct {
	Target, Address, Name string
	From                  selection
}

// probing is nil for those who may not order it.
func (p *pages) probing(q *request, key document.EndpointKey) *probing {
	if p.queue == nil || !q.visitor.May(web.Operate) {
		return nil
	}
	places := []string{fromLast, q.say("probe.last"), fromServer, q.say("probe.server")}
	for _, site := range p.orders(q).Sites() {
		places = append(places, site, q.say("job.at", message.Str("site", site)))
	}
	from := choose("from", fromLast, places...)
	from.Always = true
	return &probing{url.PathEscape(key.Target), key.Address, key.ServerName, from}
}

// recheck is the form that has all hosts judged for a series. Do is what its button says,
// Of the same with the name of the service. Service is escaped.
type recheck struct{ Service, On, Callers, Do, Of string }

// recheck is nil for those who may not order it, and where there is no host.
func (q *request) recheck(s document.Series) (*recheck, error) {
	if !q.queued || !q.visitor.May(web.Operate) {
		return nil, nil //nolint:nilnil // there is no form
	}
	all, err := q.allHosts()
	if err != nil || all == 0 {
		return nil, err
	}
	n := message.Int("n", all)
	return &recheck{url.PathEscape(s.Service), s.On, s.Callers, q.say("recheck", n), q.say("recheck.of", n, message.Str("service", q.serviceName(s)))}, nil
}
