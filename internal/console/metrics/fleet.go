package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tlsready/internal/console/notices"
	"tlsready/internal/console/web"
)

// gatherTime is how long the store may take to be counted.
// A scraper waits ten seconds, unless it is told otherwise.
const gatherTime = 8 * time.Second

// Routes are those of the numbers. Whoever may read a tenant gets the numbers of that
// tenant beside those of the server, and whoever may read all of them those of all.
func (m *Metrics) Routes() []web.Route {
	return []web.Route{{Pattern: "GET /metrics", Needs: web.View, Handle: func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), gatherTime)
		defer cancel()
		fleet := prometheus.NewRegistry()
		fleet.MustRegister(&counted{m, ctx, web.Of(ctx)})
		all := prometheus.Gatherers{m.registry, fleet}
		promhttp.HandlerFor(all, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, ErrorLog: slog.NewLogLogger(m.Log.Handler(), slog.LevelWarn)}).ServeHTTP(w, r)
	}}}
}

// counted is what the store has at the moment at which it is asked.
type counted struct {
	*Metrics
	ctx     context.Context
	visitor web.Visitor
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe says nothing: which numbers there are depends on who asks.
func (c *counted) Describe(chan<- *prometheus.Desc) {}

// Collect counts.
func (c *counted) Collect(out chan<- prometheus.Metric) {
	if c.Size != nil {
		if bytes, err := c.Size(); err == nil {
			out <- prometheus.MustNewConstMetric(describe("tlsready_store_bytes", "Size of the store's file."), prometheus.GaugeValue, float64(bytes))
		}
	}
	up := 1.0
	if err := c.store(out); err != nil {
		c.Log.Warn("the store could not be counted", "err", err)
		up = 0
	}
	out <- prometheus.MustNewConstMetric(describe("tlsready_store_up", "Whether the store answers."), prometheus.GaugeValue, up)
}

// store counts what the store has of the tenants that the visitor may read.
func (c *counted) store(out chan<- prometheus.Metric) error {
	tenants := []string{c.visitor.Tenant}
	if c.visitor.Everywhere {
		all, err := c.Store.Tenants(c.ctx)
		if err != nil {
			return err
		}
		tenants = all
	}
	for _, name := range tenants {
		if err := c.tenant(name, out); err != nil {
			return err
		}
	}
	return c.jobs(tenants, out)
}

func (c *counted) tenant(name string, out chan<- prometheus.Metric) error {
	hosts := describe("tlsready_hosts", "Hosts by verdict, in the series of a service.", "tenant", "service", "on", "callers", "verdict")
	exempt := describe("tlsready_hosts_exempt", "Failing hosts that are excused today.", "tenant", "service", "on", "callers")
	deadline := describe("tlsready_deadline_timestamp_seconds", "When a service changes what it accepts: the begin of that day in UTC.", "tenant", "service", "on", "callers")
	s, err := c.Store.Tenant(c.ctx, name)
	if err != nil {
		return err
	}
	list, err := notices.Deadlines(c.ctx, s, c.Now())
	if err != nil {
		return err
	}
	gauge := func(d *prometheus.Desc, n int64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n), labels...)
	}
	for _, d := range list {
		as := []string{name, d.Series.Service, d.Series.On, d.Series.Callers}
		for verdict, n := range d.Verdicts {
			gauge(hosts, int64(n), append(as[:len(as):len(as)], verdict)...)
		}
		gauge(exempt, int64(d.Exempt), as...)
		if !d.Date.IsZero() {
			gauge(deadline, d.Date.Unix(), as...)
		}
	}
	return nil
}
