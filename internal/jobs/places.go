package jobs

import (
	"context"
	"maps"
	"slices"
)

// maxLooked is how many of the last batches are looked through for one endpoint: two runs
// over a million endpoints.
const maxLooked = 4000

const (
	lastProbes = "(SELECT id, args FROM river_job WHERE kind = 'probe' AND args ->> 'tenant' = $1 ORDER BY id DESC LIMIT $3) AS last"
	probedText = "SELECT COALESCE(args ->> 'site', '') FROM " + lastProbes + " WHERE "
	inItems    = "EXISTS (SELECT 1 FROM json_each(args -> 'items') WHERE value = $2)"
	inItemsPG  = "jsonb_exists(args -> 'items', $2)"
)

// ProbedAt is the site at which an endpoint was probed last, as far as a job did it that is
// kept; "" for the server.
func (j *Jobs) ProbedAt(ctx context.Context, tenant, target string) (site string, err error) {
	in := inItems
	if j.queue.PostgreSQL != nil {
		in = inItemsPG
	}
	err = j.each(ctx, probedText+in+" ORDER BY id DESC LIMIT 1", []any{tenant, target, maxLooked}, func(scan func(...any) error) error { return scan(&site) })
	return site, problem(err)
}

// Sites are the sites of a tenant that a schedule names or a worker came from, sorted.
func (j *Jobs) Sites(tenant string) []string {
	names := map[string]bool{}
	for _, s := range j.Schedules(tenant) {
		names[s.Order.Site] = true
	}
	for _, w := range j.Workers(tenant) {
		names[w.Site] = true
	}
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}
