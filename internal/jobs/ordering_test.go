//go:build unix

package jobs_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/work"
)

// daily is a schedule of a tenant that is due once a day.
func daily(t *testing.T, lines ...string) []jobs.Schedule {
	t.Helper()
	text := "schema: tlsready.schedules/v1\nschedules:\n"
	for _, line := range lines {
		text += "  - {cron: '0 4 * * *', " + line + "}\n"
	}
	list, err := jobs.ReadSchedules([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// ordered proves that a schedule can be run at any time, by its tenant alone; that a second
// run waits for the end of the first, whatever orders it; that a site without workers is
// told; and that a run is looked at, cancelled and tried again as a whole.
func ordered(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{BatchEndpoints: 1, Schedules: daily(t,
		"name: branches, kind: probe, tenant: acme, site: osaka, targets: [127.0.0.1:1, 127.0.0.2:1]", "name: theirs, kind: recheck, tenant: zen, services: [azure-backup]")})
	for _, name := range []string{"theirs", "nothing"} {
		if _, _, err := s.RunSchedule(t.Context(), "acme", name, "mallory"); !jobs.IsUnknown(err) {
			t.Errorf("%s of another tenant: %v", name, err)
		}
	}
	id, twice, err := s.RunSchedule(t.Context(), "acme", "branches", "alice")
	again, same, err2 := s.RunSchedule(t.Context(), "acme", "branches", "bob")
	if err != nil || err2 != nil || twice || !same || again != id {
		t.Fatalf("%d %v %v, then %d %v %v", id, twice, err, again, same, err2)
	}
	s.run(t)
	s.until(t, "acme", work.Probe, jobs.Waiting, 2)
	s.planned(t, "acme", id)
	if again, same, err := s.RunSchedule(t.Context(), "acme", "branches", "bob"); err != nil || !same || again != id {
		t.Errorf("while its batches wait: %d %v %v", again, same, err)
	}
	alike := work.Order{Kind: work.Probe, Tenant: "acme", Site: "osaka", Targets: []string{"127.0.0.1:1", "127.0.0.2:1"}}
	if again, same, err := s.Enqueue(t.Context(), "bob", alike); err != nil || !same || again != id {
		t.Errorf("an order like it: %d %v %v", again, same, err)
	}
	list, err := s.List(t.Context(), "acme", jobs.Filter{Run: id, Site: "osaka", Kind: work.Probe, State: jobs.Waiting})
	if err != nil || len(list) != 2 || !list[0].Nobody || !list[0].NobodySince.IsZero() {
		t.Errorf("%+v %v", list, err)
	}
	runs, err := s.LastRuns(t.Context(), "acme")
	if r := runs["branches"]; err != nil || len(runs) != 1 || r.Plan.ID != id || r.Plan.By != "alice" || r.State() != jobs.Waiting || r.Batches[jobs.Waiting] != 2 {
		t.Errorf("%+v %v", runs, err)
	}
	if runs, err := s.LastRuns(t.Context(), "zen"); err != nil || len(runs) != 0 {
		t.Errorf("another tenant sees %+v %v", runs, err)
	}
	if _, err := s.RunOf(t.Context(), "zen", id); !jobs.IsUnknown(err) {
		t.Errorf("the run of another tenant: %v", err)
	}
	if _, err := s.Cancel(t.Context(), "acme", id); err != nil {
		t.Error(err)
	}
	s.until(t, "acme", work.Probe, jobs.Cancelled, 2)
	if _, err := s.Cancel(t.Context(), "acme", id); err == nil {
		t.Error("cancelled twice")
	}
	if _, err := s.Retry(t.Context(), "acme", id); err != nil {
		t.Error(err)
	}
	s.until(t, "acme", work.Probe, jobs.Waiting, 2)
	checkComes(t, s)
}

// planned waits until an order is split.
func (s *server) planned(t *testing.T, tenant string, id int64) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		job, err := s.Get(t.Context(), tenant, id)
		if err == nil && job.State == jobs.Done {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("order %d is not split: %+v %v", id, job, err)
		}
	}
}

// checkComes proves that a worker which has come is shown with its site and with its batch.
func checkComes(t *testing.T, s *server) {
	t.Helper()
	l := desk.Lease{}
	for deadline := time.Now().Add(patience); l.Lease == ""; {
		if s.say(t, "acme", desk.Protocol, "", desk.Ask{Worker: "w1", Site: "osaka"}, &l); time.Now().After(deadline) {
			list, err := s.List(t.Context(), "acme", jobs.Filter{})
			t.Fatalf("no batch came: %+v %v", list, err)
		}
	}
	job, err := s.Get(t.Context(), "acme", l.Batch.Run+int64(l.Batch.Number))
	if err != nil || job.Worker != "w1" || job.State != jobs.Running || job.Nobody || len(job.Targets) != 1 {
		t.Errorf("%+v %v", job, err)
	}
	if list := s.Workers("acme"); len(list) != 1 || list[0].Name != "w1" || list[0].Site != "osaka" || !list[0].There || len(s.Workers("zen")) != 0 {
		t.Errorf("%+v", list)
	}
}

// wrong proves that what was ordered wrongly is shown as failed, with why, apart from what
// somebody cancelled; and that the order that waits is not ordered again.
func wrong(t *testing.T, p place) {
	missing := filepath.Join(t.TempDir(), "missing.txt")
	s := serve(t, p, jobs.Options{Schedules: daily(t, "name: list, kind: probe, tenant: acme, lists: ["+missing+"]")})
	order := work.Order{Kind: work.Recheck, Tenant: "acme", Services: []string{"azure-backup"}}
	id, twice, err := s.Enqueue(t.Context(), "alice", order)
	again, same, err2 := s.Enqueue(t.Context(), "bob", order)
	if err != nil || err2 != nil || twice || !same || again != id {
		t.Fatalf("%d %v %v, then %d %v %v", id, twice, err, again, same, err2)
	}
	other := order
	other.On = "2026-12-01"
	if _, same, err := s.Enqueue(t.Context(), "bob", other); err != nil || same {
		t.Errorf("for another day: %v %v", same, err)
	}
	if _, err := s.Cancel(t.Context(), "acme", id); err != nil {
		t.Fatal(err)
	}
	run, _, err := s.RunSchedule(t.Context(), "acme", "list", "alice")
	if err != nil {
		t.Fatal(err)
	}
	s.run(t)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		counts, err := s.Count(t.Context(), "acme")
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%v %v", counts, err)
		}
		if counts.Of(jobs.Failed) == 1 && counts.Of(jobs.Done) == 1 && counts.Of(jobs.Cancelled) == 1 {
			break
		}
	}
	failed, err := s.List(t.Context(), "acme", jobs.Filter{State: jobs.Failed})
	if err != nil || len(failed) != 1 || failed[0].ID != run || failed[0].State != jobs.Failed || len(failed[0].Failures) != 1 {
		t.Errorf("%+v %v", failed, err)
	}
	cancelled, err := s.List(t.Context(), "acme", jobs.Filter{State: jobs.Cancelled})
	if err != nil || len(cancelled) != 1 || cancelled[0].ID != id {
		t.Errorf("%+v %v", cancelled, err)
	}
	if runs, err := s.LastRuns(t.Context(), "acme"); err != nil || runs["list"].Plan.ID != run {
		t.Errorf("%+v %v", runs, err)
	}
}

// remembered proves that it is known when the last worker of a site was heard, also after
// the server was started again; and that of a site of which nothing is known nothing is said.
func remembered(t *testing.T, p place) {
	first := serve(t, p, jobs.Options{})
	for _, site := range []string{"tokyo", "kyoto"} {
		if _, _, err := first.Enqueue(t.Context(), "somebody", order("acme", site, 1)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- first.Run(ctx) }()
	first.until(t, "acme", work.Probe, jobs.Waiting, 2)
	before := time.Now().Truncate(time.Second)
	first.lease(t, "w")
	after := time.Now()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	first.end()
	second := serve(t, p, jobs.Options{})
	defer second.end()
	list, err := second.List(t.Context(), "acme", jobs.Filter{Kind: work.Probe, State: jobs.Waiting})
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v %v", list, err)
	}
	for _, job := range list {
		since := job.NobodySince
		if there := p.exec != nil && job.Site == "tokyo"; there == job.Nobody { // it may be at another server by now
			t.Errorf("%s: %+v", job.Site, job)
		}
		if job.Site == "kyoto" && !since.IsZero() || job.Nobody && job.Site == "tokyo" && (since.Before(before) || since.After(after)) {
			t.Errorf("%s: since %v, not between %v and %v", job.Site, since, before, after)
		}
	}
}
