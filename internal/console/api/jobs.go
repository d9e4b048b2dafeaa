package api

import (
	"context"
	"net/http"
	"strconv"

	"tlsready/internal/console/answer/orders"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// jobRoutes are those about jobs but for what workers ask for.
func (a *api) jobRoutes() []web.Route {
	get := func(path string, h asked) web.Route {
		return web.Route{Pattern: "GET " + Base + path, Needs: web.View, Handle: a.answer(queryTime, h)}
	}
	post := func(path string, h asked) web.Route {
		return web.Route{Pattern: "POST " + Base + path, Needs: web.Operate, Handle: a.answer(queryTime, h)}
	}
	return []web.Route{
		get("schedules", func(r *request) (any, error) { return plainly(r, r.orders().Schedules) }),
		post("schedules/{name}/run", func(r *request) (any, error) {
			return plainly(r, func(ctx context.Context) (any, error) { return r.orders().Run(ctx, r.PathValue("name")) })
		}),
		get("jobs", listJobs),
		get("jobs/{job}", func(r *request) (any, error) { return r.job(r.orders().Job) }),
		post("jobs/{job}/cancel", func(r *request) (any, error) { return r.job(r.orders().Cancel) }),
		post("jobs/{job}/retry", func(r *request) (any, error) { return r.job(r.orders().Retry) }),
		get("workers", func(r *request) (any, error) {
			return plainly(r, func(context.Context) (any, error) { return r.orders().Workers(), nil })
		}),
		post("services/{service}/recheck", recheck),
		post("endpoints/{target}/probe", probeAgain),
	}
}

func (r *request) orders() *orders.Orders { return orders.Of(r.queue, r.fleet, r.visitor) }

// job does something with the job that the address names.
func (r *request) job(do func(context.Context, int64) (*document.JobView, error)) (any, error) {
	id, err := strconv.ParseInt(r.PathValue("job"), 10, 64)
	if err != nil {
		return nil, web.Mistake(http.StatusNotFound, message.Error("console.api.lost").Hinted("console.api.hint.lost"))
	}
	return plainly(r, func(ctx context.Context) (any, error) { return do(ctx, id) })
}

func listJobs(r *request) (any, error) {
	q := r.query("state", "kind", "site", "schedule", "run", "before", "limit")
	f := orders.Find{
		State: q.one("state", orders.States()...), Kind: q.one("kind", orders.Kinds()...),
		Site: q.Get("site"), Schedule: q.Get("schedule"), Run: q.job("run"), Before: q.job("before"), Limit: q.limit(),
	}
	if q.err != nil {
		return nil, q.err
	}
	return r.orders().Jobs(r.Context(), f)
}

// job is the number of a job; 0 for none.
func (q *query) job(name string) int64 {
	v := q.Get(name)
	if v == "" {
		return 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 1 {
		q.fail("number", message.Str("name", name), message.Quote("value", v))
	}
	return n
}

// optional reads what may be said of an order; nothing need be.
func (r *request) optional(into any) error {
	if q := r.query(); q.err != nil || r.ContentLength == 0 {
		return q.err
	}
	return r.decode(into)
}

func recheck(r *request) (any, error) {
	var b struct {
		On      string `json:"on"`
		Callers string `json:"callers"`
	}
	if err := r.optional(&b); err != nil {
		return nil, err
	}
	return r.orders().Recheck(r.Context(), store.Series{Service: r.PathValue("service"), On: b.On, Callers: b.Callers})
}

func probeAgain(r *request) (any, error) {
	var b struct {
		Address    string  `json:"address"`
		ServerName string  `json:"serverName"`
		Site       *string `json:"site"`
	}
	if err := r.optional(&b); err != nil {
		return nil, err
	}
	return r.orders().Probe(r.Context(), document.EndpointKey{Target: r.PathValue("target"), Address: b.Address, ServerName: b.ServerName}, b.Site)
}
