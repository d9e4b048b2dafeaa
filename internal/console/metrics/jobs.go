package metrics

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
)

// Queue is the queue of jobs, as [jobs.Jobs] has it.
type Queue interface {
	Figures(ctx context.Context) ([]jobs.Figure, error)
	Ended() map[jobs.Ended]int64
	Workers(tenant string) []desk.Worker
}

// jobs counts the jobs of tenants, and the workers of their sites. No label names a worker
// or a job: there is a series for each site, of which a fleet has some dozens.
func (c *counted) jobs(tenants []string, out chan<- prometheus.Metric) error {
	if c.Queue == nil {
		return nil
	}
	for _, tenant := range tenants {
		c.workers(tenant, out)
	}
	ended := describe("tlsready_jobs_ended_total", "Attempts at jobs that this server saw end, by result: done, retried (failed, to be tried again), failed (for good), cancelled.", "tenant", "site", "kind", "result")
	for e, n := range c.Queue.Ended() {
		if slices.Contains(tenants, e.Tenant) {
			out <- prometheus.MustNewConstMetric(ended, prometheus.CounterValue, float64(n), e.Tenant, e.Site, e.Kind, e.Result)
		}
	}
	figures, err := c.Queue.Figures(c.ctx)
	if err != nil {
		return err
	}
	queued := describe("tlsready_jobs", "Jobs that are to be done, by state: waiting, running, retrying.", "tenant", "site", "kind", "state")
	oldest := describe("tlsready_jobs_oldest_waiting_seconds", "For how long the oldest job that could be done has waited; 0 if none waits.", "tenant", "site")
	waits := map[[2]string]time.Duration{}
	for _, tenant := range tenants {
		waits[[2]string{tenant, ""}] = 0
	}
	for _, f := range figures {
		if !slices.Contains(tenants, f.Tenant) {
			continue
		}
		out <- prometheus.MustNewConstMetric(queued, prometheus.GaugeValue, float64(f.N), f.Tenant, f.Site, f.Kind, string(f.State))
		at := [2]string{f.Tenant, f.Site}
		if f.State == jobs.Running {
			waits[at] = max(waits[at], 0)
			continue
		}
		waits[at] = max(waits[at], c.Now().Sub(f.Since))
	}
	for at, wait := range waits {
		out <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, wait.Seconds(), at[0], at[1])
	}
	return nil
}

// workers counts the workers of a tenant that this server knows.
func (c *counted) workers(tenant string, out chan<- prometheus.Metric) {
	there := describe("tlsready_workers", "Workers that are there.", "tenant", "site")
	seen := describe("tlsready_workers_seen_timestamp_seconds", "When a worker of the site was last heard of.", "tenant", "site")
	n, last := map[string]int{}, map[string]time.Time{}
	for _, w := range c.Queue.Workers(tenant) {
		if w.There {
			n[w.Site]++
		}
		if w.Seen.After(last[w.Site]) {
			last[w.Site] = w.Seen
		}
	}
	for site, at := range last {
		out <- prometheus.MustNewConstMetric(there, prometheus.GaugeValue, float64(n[site]), tenant, site)
		out <- prometheus.MustNewConstMetric(seen, prometheus.GaugeValue, float64(at.Unix()), tenant, site)
	}
}
