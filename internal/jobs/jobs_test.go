//go:build unix

package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/doing"
	"tlsready/internal/jobs/work"
	"tlsready/internal/jobs/worker"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
	"tlsready/internal/testkit/postgreskit"
)

// patience is how long anything may take on a busy machine.
const patience = 3 * time.Minute

// place is a database of a test.
type place struct {
	where string
	exec  func(t *testing.T, text string) // beside the queue
}

// Proves that a file holds what package jobs says.
func TestSQLite(t *testing.T) {
	contract(t, func(t *testing.T) place { return place{where: filepath.Join(t.TempDir(), "store.db")} })
}

// Proves that a server holds what package jobs says.
func TestPostgreSQL(t *testing.T) {
	server, another := postgreskit.Start(t), postgreskit.Start(t)
	t.Run("away", func(t *testing.T) {
		t.Parallel()
		away(t, another)
	})
	contract(t, func(t *testing.T) place {
		name := server.New(t)
		return place{server.URL(name), func(t *testing.T, text string) { server.Exec(t, name, text) }}
	})
}

func contract(t *testing.T, at func(*testing.T) place) {
	for name, holds := range map[string]func(*testing.T, place){
		"done": done, "site": site, "silent": silent, "dead": dead, "again": again, "imported": imported, "collected": collected,
		"lies": lies, "speaks": speaks, "ends": ends, "jumps": jumps, "figures": figures, "ordered": ordered, "wrong": wrong, "blamed": blamed, "bounded": bounded, "remembered": remembered,
	} {
		p := at(t)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holds(t, p)
		})
	}
}

// server is a server over a place, with its handler.
type server struct {
	*jobs.Jobs
	db   store.Database
	http *httptest.Server
	end  func()
}

// serve opens a place; the jobs are done once run is called.
func serve(t *testing.T, p place, o jobs.Options) *server {
	t.Helper()
	db, err := open.Database(t.Context(), p.where, store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	o.Store, o.Tools = db, &doing.Tools{Now: time.Now}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Who = func(r *http.Request) desk.Visitor {
		token := r.Header.Get("Authorization")
		return desk.Visitor{ID: token, Name: token, Tenant: strings.TrimPrefix(token, "Bearer ")}
	}
	o.Refuse = func(w http.ResponseWriter, _ *http.Request, code int, p *message.Problem) {
		http.Error(w, p.Error(), code)
	}
	q, err := jobs.Open(t.Context(), p.where, o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, r := range q.Routes() {
		mux.Handle(r.Pattern, r.Handle)
	}
	s := &server{Jobs: q, db: db, http: httptest.NewServer(mux)}
	s.end = func() {
		s.http.Close()
		_ = q.Close()
		_ = db.Close()
	}
	return s
}

// run does jobs until the test ends.
func (s *server) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.end()
	})
}

// until waits until so many batches of a kind are in a state.
func (s *server) until(t *testing.T, tenant string, kind work.Kind, state jobs.State, n int64) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		counts, err := s.Count(t.Context(), tenant) // an error where the database was away
		if err == nil && counts[string(kind)][state] == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d batches are to be %s: %v %v", n, state, counts, err)
		}
	}
}

// endpoints counts those of a tenant in the store.
func (s *server) endpoints(t *testing.T, tenant string) int {
	t.Helper()
	of, err := s.db.Tenant(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	list, err := of.Endpoints(t.Context(), store.EndpointKey{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// order is an order of so many endpoints where nothing listens.
func order(tenant, site string, n int) work.Order {
	o := work.Order{Kind: work.Probe, Tenant: tenant, Site: site}
	for i := range n {
		o.Targets = append(o.Targets, fmt.Sprintf("127.0.0.%d:1", i+1))
	}
	return o
}

// done proves that an order is split, done and recorded; that the same order waits once;
// and that a tenant sees, cancels and counts its own jobs alone.
func done(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{BatchEndpoints: 3})
	id, twice, err := s.Enqueue(t.Context(), "somebody", order("acme", "", 8))
	again, same, err2 := s.Enqueue(t.Context(), "somebody", order("acme", "", 8))
	if err != nil || err2 != nil || twice || !same || again != id {
		t.Fatalf("%d %v %v, then %d %v %v", id, twice, err, again, same, err2)
	}
	s.run(t)
	s.until(t, "acme", work.Probe, jobs.Done, 3)
	if n := s.endpoints(t, "acme"); n != 8 {
		t.Errorf("%d endpoints", n)
	}
	list, err := s.List(t.Context(), "acme", jobs.Filter{Run: id})
	if err != nil || len(list) != 3 || list[0].Of != 3 {
		t.Errorf("%+v %v", list, err)
	}
	others, err := s.List(t.Context(), "zen", jobs.Filter{})
	if err != nil || len(others) != 0 {
		t.Errorf("another tenant sees %+v %v", others, err)
	}
	for name, do := range map[string]func(context.Context, string, int64) (jobs.Job, error){"get": s.Get, "cancel": s.Cancel, "retry": s.Retry} {
		if _, err := do(t.Context(), "zen", id); !jobs.IsUnknown(err) {
			t.Errorf("%s by another tenant: %v", name, err)
		}
	}
	for _, o := range []work.Order{
		{Kind: work.Import, Tenant: "acme", Sources: []string{"/etc"}},
		{Kind: work.Collect, Tenant: "acme", Sources: []string{"/etc/passwd"}},
		{Kind: work.Collect, Tenant: "acme", Sources: []string{"smb://CORP\\reader@fs01"}},
		{Kind: work.Collect, Tenant: "acme", Sources: []string{"fs01"}, Via: "smb://CORP\\reader@"},
		{Kind: work.Probe, Tenant: "acme", Targets: []string{"192.0.2.0/24"}},
		{Kind: work.Probe, Tenant: "acme", Targets: []string{"192.0.2.1"}},
		{Kind: work.Probe, Tenant: "acme", Targets: []string{"192.0.2.1:443"}, Via: "smb://CORP\\reader@"},
		{Kind: work.Probe, Tenant: "acme", Lists: []string{"/etc/passwd"}},
		{Kind: work.Recheck, Tenant: "acme", Services: []string{"/etc/passwd"}},
		{Kind: work.Recheck, Tenant: "acme", Services: []string{"host:/etc/passwd"}},
		{Kind: "dance", Tenant: "acme"},
		{Kind: work.Probe, Tenant: "acme"},
		{Kind: work.Probe, Tenant: "acme", Site: "No Site", Targets: []string{"a"}},
	} {
		if _, _, err := s.Enqueue(t.Context(), "somebody", o); err == nil {
			t.Errorf("taken: %+v", o)
		}
	}
}

// access is how a worker of a tenant reaches a server.
type access struct {
	server *httptest.Server
	tenant string
}

func (a access) URL(path string) string { return a.server.URL + "/" + path }
func (a access) String() string         { return a.server.URL }
func (a access) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+a.tenant)
	return a.server.Client().Do(r)
}

// say sends a request as a worker of a tenant and gives the status and the answer.
func (s *server) say(t *testing.T, tenant, protocol, path string, doc, answer any) int {
	t.Helper()
	body, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.http.URL+"/api/v1/leases"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+tenant)
	r.Header.Set(desk.HeaderProtocol, protocol)
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if answer != nil && got.StatusCode == http.StatusOK {
		if err := json.NewDecoder(got.Body).Decode(answer); err != nil {
			t.Fatal(err)
		}
	}
	return got.StatusCode
}

// lease asks until there is a batch.
func (s *server) lease(t *testing.T, name string) desk.Lease {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		var l desk.Lease
		if s.say(t, "acme", desk.Protocol, "", desk.Ask{Worker: name, Site: "tokyo"}, &l) == http.StatusOK {
			return l
		}
	}
	t.Fatal("no batch came")
	return desk.Lease{}
}

// part is a part with one endpoint.
func part(t *testing.T, target, address string) work.Part {
	e := document.NewEndpoint(target)
	e.Address = address
	why := message.Literal("connection refused")
	e.Error = &why
	line, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return work.Part{Endpoints: []json.RawMessage{line}}
}

// site proves that batches of a site go to its workers alone; that a worker which lies,
// speaks another protocol or uses what belongs to others is refused and nothing of it
// recorded; that what comes twice is there once; and that an honest worker then does
// everything.
func site(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{})
	if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", "tokyo", 2)); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	s.until(t, "acme", work.Probe, jobs.Waiting, 1)
	for protocol, want := range map[string]int{"": 426, "0": 426, "2": 426} {
		if got := s.say(t, "acme", protocol, "", desk.Ask{Worker: "old", Site: "tokyo"}, nil); got != want {
			t.Errorf("protocol %q: %d", protocol, got)
		}
	}
	l := s.lease(t, "first")
	if len(l.Batch.Items) != 2 {
		t.Fatalf("%+v", l.Batch)
	}
	for range 2 {
		if got := s.say(t, "acme", desk.Protocol, "/"+l.Lease+"/results", part(t, "127.0.0.1:1", "127.0.0.1"), nil); got != http.StatusNoContent {
			t.Errorf("an honest part: %d", got)
		}
	}
	if got := s.say(t, "zen", desk.Protocol, "/"+l.Lease+"/results", part(t, "127.0.0.2:1", "127.0.0.2"), nil); got != http.StatusGone {
		t.Errorf("the lease of another tenant: %d", got)
	}
	if n := s.endpoints(t, "acme"); n != 1 {
		t.Errorf("%d endpoints", n)
	}
	if got := s.say(t, "acme", desk.Protocol, "/"+l.Lease+"/results", part(t, "192.0.2.1:443", "192.0.2.1"), nil); got != http.StatusUnprocessableEntity {
		t.Errorf("a lie: %d", got)
	}
	if got := s.say(t, "acme", desk.Protocol, "/"+l.Lease+"/results", part(t, "127.0.0.2:1", "127.0.0.2"), nil); got != http.StatusGone {
		t.Errorf("after the lie: %d", got)
	}
	if job := s.failing(t, work.Probe, 1); !strings.Contains(message.English(job.Failures[0].Error), "192.0.2.1") {
		t.Fatalf("%+v", job)
	}
	s.honest(t)
	if n := s.endpoints(t, "acme"); n != 2 {
		t.Errorf("%d endpoints", n)
	}
	if len(s.Workers("acme")) == 0 || len(s.Workers("zen")) != 0 {
		t.Errorf("workers %+v", s.Workers("acme"))
	}
}

// silent proves that a worker which falls silent loses its batch, that nothing of it is
// recorded when it comes back, and that another one then does everything.
func silent(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{Silence: 2 * time.Second})
	if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", "tokyo", 2)); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	l := s.lease(t, "silent")
	if job := s.failing(t, work.Probe, 1); !strings.Contains(message.English(job.Failures[0].Error), "silent") {
		t.Fatalf("%+v", job)
	}
	if got := s.say(t, "acme", desk.Protocol, "/"+l.Lease+"/results", part(t, "127.0.0.2:1", "127.0.0.2"), nil); got != http.StatusGone {
		t.Errorf("too late: %d", got)
	}
	if n := s.endpoints(t, "acme"); n != 0 {
		t.Errorf("%d endpoints", n)
	}
	s.honest(t)
	if n := s.endpoints(t, "acme"); n != 2 {
		t.Errorf("%d endpoints", n)
	}
}

// honest lets a worker do the batch that waits at tokyo, and end.
func (s *server) honest(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- worker.Run(ctx, worker.Options{
			Server: access{s.http, "acme"}, Name: "honest", Site: "tokyo", Tools: &doing.Tools{Now: time.Now}, Tell: func(message.Text) {},
		})
	}()
	s.until(t, "acme", work.Probe, jobs.Done, 1)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// orphans orders something for three tenants with a server that died when it did the jobs of
// some of them, at a time in SQL.
func (p place) orphans(t *testing.T, at string, begun ...string) {
	t.Helper()
	s := serve(t, p, jobs.Options{})
	for _, tenant := range []string{"acme", "zen", "ken"} {
		if _, _, err := s.Enqueue(t.Context(), "somebody", order(tenant, "", 1)); err != nil {
			t.Fatal(err)
		}
	}
	s.end()
	by := "'[\"gone\"]'"
	if p.exec != nil {
		by = "ARRAY['gone']"
	}
	for _, tenant := range begun {
		p.change(t, "UPDATE river_job SET state = 'running', attempt = 1, attempted_by = "+by+", attempted_at = "+at+" WHERE args ->> 'tenant' = '"+tenant+"'")
	}
}

// dead proves that a job of a server which has died is done by the next one, that one which
// has been tried often enough is given up, and that one which was cancelled meanwhile stays so.
func dead(t *testing.T, p place) {
	p.orphans(t, "'2026-01-01 00:00:00'", "acme", "zen", "ken")
	p.change(t, `UPDATE river_job SET metadata = '{"cancel_attempted_at": "2026-01-01T00:00:01Z"}' WHERE args ->> 'tenant' = 'ken'`)
	p.change(t, "UPDATE river_job SET attempt = max_attempts WHERE args ->> 'tenant' = 'zen'")
	s := serve(t, p, jobs.Options{})
	s.run(t)
	s.until(t, "acme", work.Probe, jobs.Done, 1)
	for tenant, state := range map[string]jobs.State{"zen": jobs.Failed, "ken": jobs.Cancelled} {
		list, err := s.List(t.Context(), tenant, jobs.Filter{})
		if err != nil || len(list) != 1 || len(list[0].Failures) != 1 || list[0].State != state {
			t.Errorf("%s: %+v %v", tenant, list, err)
		}
	}
}

// sqliteExec runs a statement in a file that nobody holds.
func sqliteExec(t *testing.T, path, text string) {
	t.Helper()
	db, err := open.Database(t.Context(), path, store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	q, err := open.OpenQueue(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if _, err := q.SQLite.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}

// Proves that a file of schedules is read strictly, and that what it says is due when it
// should be.
func TestSchedules(t *testing.T) {
	head := "schema: tlsready.schedules/v1\nschedules:\n"
	list, err := jobs.ReadSchedules([]byte(head + "  - {name: nightly, cron: '30 2 * * *', kind: probe, targets: [a.example.com]}\n  - {name: often, every: 6h, kind: recheck, services: [azure-backup], tenant: acme}\n"))
	if err != nil || len(list) != 2 {
		t.Fatalf("%v %v", list, err)
	}
	now := time.Date(2026, 11, 29, 13, 5, 0, 0, time.UTC)
	if next := list[0].Next(now); !next.Equal(time.Date(2026, 11, 30, 2, 30, 0, 0, time.UTC)) {
		t.Errorf("nightly: %v", next)
	}
	if next := list[1].Next(now); !next.Equal(time.Date(2026, 11, 29, 18, 0, 0, 0, time.UTC)) {
		t.Errorf("often: %v", next)
	}
	for _, bad := range []string{
		"name: a, kind: probe, targets: [x]",
		"name: a, every: 1s, kind: probe, targets: [x]",
		"name: a, every: 1h, cron: '* * * * *', kind: probe, targets: [x]",
		"name: a, cron: '61 * * * *', kind: probe, targets: [x]",
		"name: a, cron: '0 0 30 2 *', kind: probe, targets: [x]",
		"name: a b, every: 1h, kind: probe, targets: [x]",
		"name: a, every: 1h, kind: probe",
		"name: a, every: 1h, kind: import, site: tokyo, sources: [x]",
		"name: a, every: 1h, kind: probe, targets: [x], sauces: [y]",
	} {
		if _, err := jobs.ReadSchedules([]byte(head + "  - {" + bad + "}\n")); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
}
