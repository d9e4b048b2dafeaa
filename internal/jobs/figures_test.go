//go:build unix

package jobs_test

import (
	"testing"
	"time"

	"tlsready/internal/jobs"
	"tlsready/internal/jobs/work"
)

// figures proves that the jobs of all tenants that are to be done are counted by site, kind
// and state, with since when the oldest waits; and that those that have ended are counted by
// how they ended instead.
func figures(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{BatchEndpoints: 3})
	for _, o := range []work.Order{order("acme", "", 8), order("zen", "osaka", 2)} {
		if _, _, err := s.Enqueue(t.Context(), "somebody", o); err != nil {
			t.Fatal(err)
		}
	}
	list := s.figures(t)
	if len(list) != 2 || list[0] != (jobs.Figure{Tenant: "acme", Kind: jobs.KindPlan, State: jobs.Waiting, N: 1}) || list[1] != (jobs.Figure{Tenant: "zen", Site: "osaka", Kind: jobs.KindPlan, State: jobs.Waiting, N: 1}) {
		t.Fatalf("before: %+v", list)
	}
	s.run(t)
	s.until(t, "acme", work.Probe, jobs.Done, 3)
	s.until(t, "zen", work.Probe, jobs.Waiting, 1)
	for _, tenant := range []string{"acme", "zen"} { // a plan ends after its batches are there
		s.until(t, tenant, jobs.KindPlan, jobs.Done, 1)
	}
	if list := s.figures(t); len(list) != 1 || list[0] != (jobs.Figure{Tenant: "zen", Site: "osaka", Kind: "probe", State: jobs.Waiting, N: 1}) {
		t.Errorf("after: %+v", list)
	}
	ended := s.Ended()
	for e, n := range map[jobs.Ended]int64{
		{Tenant: "acme", Kind: "plan", Result: jobs.EndedDone}: 1, {Tenant: "acme", Kind: "probe", Result: jobs.EndedDone}: 3,
		{Tenant: "zen", Site: "osaka", Kind: "plan", Result: jobs.EndedDone}: 1,
	} {
		if ended[e] != n {
			t.Errorf("%+v: %d of %v", e, ended[e], ended)
		}
	}
}

// figures are those of a server, with the times looked at and taken out.
func (s *server) figures(t *testing.T) []jobs.Figure {
	t.Helper()
	list, err := s.Figures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range list {
		if ago := time.Since(f.Since); ago < -time.Second || ago > patience {
			t.Errorf("%+v is said to wait since %v", f, f.Since)
		}
		list[i].Since = time.Time{}
	}
	return list
}
