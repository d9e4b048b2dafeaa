//go:build unix

package jobs_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/jobs/doing"
	"tlsready/internal/jobs/work"
	"tlsready/internal/jobs/worker"
	"tlsready/internal/message"
	"tlsready/internal/source/sourcetest"
	"tlsready/internal/store/open"
	"tlsready/internal/testkit/heard"
	"tlsready/internal/testkit/postgreskit"
)

// lies proves what a worker may not send: machines and endpoints that it was not given,
// under any name that looks like theirs, addresses that are not theirs, no result at all,
// nonsense; and that each is said in the list of jobs, with nothing of it in the store.
func lies(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{Schedules: daily(t, "name: two, kind: collect, tenant: acme, site: tokyo, sources: ['smb://admin@fs01', 'smb://admin@fs02']")})
	if _, _, err := s.RunSchedule(t.Context(), "acme", "two", "somebody"); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	s.until(t, "acme", work.Collect, jobs.Waiting, 1)
	settings, err := sourcetest.References()[0].Snapshot().Encode()
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(document.NewEndpoint("fs01:443"))
	if err != nil {
		t.Fatal(err)
	}
	honest := work.HostPart{ID: "fs01", Snapshot: settings}
	many := work.Part{}
	for range 2001 {
		many.Hosts = append(many.Hosts, work.HostPart{ID: "fs01", Error: "x"})
	}
	for i, tc := range []struct {
		what string
		sent any
		says string
	}{
		{"another machine", work.Part{Hosts: []work.HostPart{honest, {ID: "dc01", Snapshot: settings}}}, "dc01"},
		{"a machine by another spelling", work.Part{Hosts: []work.HostPart{{ID: "smb://admin@fs01", Snapshot: settings}}}, "admin@fs01"},
		{"an endpoint where machines were asked for", work.Part{Hosts: []work.HostPart{honest}, Endpoints: []json.RawMessage{line}}, "fs01:443"},
		{"neither settings nor a reason", work.Part{Hosts: []work.HostPart{{ID: "fs01"}}}, "fs01"},
		{"settings that are none", work.Part{Hosts: []work.HostPart{{ID: "fs01", Snapshot: json.RawMessage(`{"schema": "x"}`)}}}, "fs01"},
		{"too many", many, "2001"},
		{"no document", []int{1}, ""},
	} {
		if i > 0 {
			s.retry(t, work.Collect)
		}
		l := s.lease(t, "liar")
		if got := s.say(t, "acme", desk.Protocol, "/"+l.Lease+"/results", tc.sent, nil); got != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", tc.what, got)
		}
		job := s.failing(t, work.Collect, i+1)
		if last := message.English(job.Failures[i].Error); !strings.Contains(last, "liar") || !strings.Contains(last, tc.says) {
			t.Errorf("%s: %s", tc.what, last)
		}
		if hosts := s.hosts(t, "acme"); len(hosts) != 0 {
			t.Fatalf("%s: recorded %+v", tc.what, hosts)
		}
	}
}

// retry does the batch of a kind again that waits for its next attempt, or has had the last.
func (s *server) retry(t *testing.T, kind work.Kind) {
	t.Helper()
	list, err := s.List(t.Context(), "acme", jobs.Filter{Kind: kind})
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	if _, err := s.Retry(t.Context(), "acme", list[0].ID); err != nil {
		t.Fatal(err)
	}
}

// failing waits until the newest batch of a kind has failed so often.
func (s *server) failing(t *testing.T, kind work.Kind, times int) jobs.Job {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		list, err := s.List(t.Context(), "acme", jobs.Filter{Kind: kind, Limit: 1})
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		if len(list[0].Failures) == times {
			return list[0]
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v has not failed %d times", list[0], times)
		}
	}
}

// ends proves that a worker which works once does what waits and comes to its end, also if
// nothing waits, and then long before the 25 seconds that others wait for more.
func ends(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{BatchEndpoints: 2})
	if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", "tokyo", 5)); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	s.until(t, "acme", work.Probe, jobs.Waiting, 3)
	for _, waits := range []bool{true, false} {
		begin := time.Now()
		if err := s.once(t, "acme", &doing.Tools{Now: time.Now}); err != nil {
			t.Fatal(err)
		}
		s.until(t, "acme", work.Probe, jobs.Done, 3)
		if took := time.Since(begin); !waits && took > 20*time.Second {
			t.Errorf("it took %v", took)
		}
	}
	if n := s.endpoints(t, "acme"); n != 5 {
		t.Errorf("%d endpoints", n)
	}
	s.http.Close()
	if err := s.once(t, "acme", &doing.Tools{Now: time.Now}); err == nil {
		t.Error("the server is not there, and nothing is said")
	}
}

// speaks proves that a server takes a worker of the same protocol that says more than it
// understands, as a newer one may, and tells an older and a newer protocol apart in words.
func speaks(t *testing.T, p place) {
	s := serve(t, p, jobs.Options{})
	if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", "tokyo", 1)); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	s.until(t, "acme", work.Probe, jobs.Waiting, 1)
	var l desk.Lease
	ask := map[string]any{"worker": "newer", "site": "tokyo", "mood": "good"}
	for deadline := time.Now().Add(patience); l.Lease == "" && time.Now().Before(deadline); {
		if got := s.say(t, "acme", desk.Protocol, "", ask, &l); got != http.StatusOK && got != http.StatusNoContent {
			t.Fatal(got)
		}
	}
	sent := map[string]any{"endpoints": part(t, "127.0.0.1:1", "127.0.0.1").Endpoints, "weather": "fine"}
	if got := s.say(t, "acme", desk.Protocol, "/"+l.Lease+"/results", sent, nil); got != http.StatusNoContent {
		t.Errorf("a part with more in it: %d", got)
	}
	if got := s.say(t, "acme", desk.Protocol, "/"+l.Lease+"/end", map[string]any{"pleased": true}, nil); got != http.StatusNoContent {
		t.Errorf("an end with more in it: %d", got)
	}
	s.until(t, "acme", work.Probe, jobs.Done, 1)
}

// told is what a worker is told by a server, and how it ends.
func told(t *testing.T, answer http.HandlerFunc) error {
	t.Helper()
	server := httptest.NewServer(answer)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := worker.Run(ctx, worker.Options{
		Server: access{server, "acme"}, Name: "w", Site: "tokyo", Version: "1.0", Tools: &doing.Tools{Now: time.Now}, Tell: func(message.Text) {},
	})
	if ctx.Err() != nil {
		t.Error("the worker went on")
	}
	return err
}

// Proves that a worker ends, and says what to do, if its server speaks another protocol,
// does not let it in, is no server of ours or answers nonsense; and that it passes over what
// a newer server adds, and says of a kind of batch that it does not know that it does not.
func TestWorkerIsTold(t *testing.T) {
	t.Parallel()
	d := desk.New(desk.Options{
		Now: time.Now, Log: slog.New(slog.DiscardHandler), Who: func(*http.Request) desk.Visitor { return desk.Visitor{} },
		Refuse: func(w http.ResponseWriter, _ *http.Request, code int, p *message.Problem) {
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": p.Error(), "hint": message.English(p.Hint)})
		},
	})
	speaking := func(version string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set(desk.HeaderProtocol, version)
			d.Routes()[0].Handle(w, r)
		}
	}
	status := func(code int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			_, _ = w.Write([]byte(text))
		}
	}
	for name, tc := range map[string]struct {
		server http.HandlerFunc
		says   string
	}{
		"an older worker":       {speaking("0"), "update the worker"},
		"a newer worker":        {speaking("2"), "update the server"},
		"a much newer worker":   {speaking("10"), "update the server"},
		"no token":              {status(401, `{"error": "this token is not known"}`), "token is not known"},
		"another kind of token": {status(403, ``), "403"},
		"no server of ours":     {status(404, "<html>"), "404"},
		"a page to sign in at":  {status(303, ""), "303"},
		"nonsense":              {status(200, `{"lease": "x"}`), "no batch"},
	} {
		err := told(t, tc.server)
		if err == nil || !strings.Contains(strings.ToLower(err.Error()+" "+message.English(message.HintOf(err))), tc.says) {
			t.Errorf("%s: %v; %v", name, err, message.English(message.HintOf(err)))
		}
	}
	var said atomic.Value
	err := told(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case said.Load() != nil:
			w.WriteHeader(http.StatusForbidden)
		case strings.HasSuffix(r.URL.Path, "/end"):
			var e desk.End
			_ = json.NewDecoder(r.Body).Decode(&e)
			said.Store(e.Error)
		default:
			_, _ = w.Write([]byte(`{"lease": "l", "silence": 60, "mood": "good", "batch": {"kind": "dance", "tenant": "acme", "steps": 3, "run": 1, "number": 1, "of": 1}}`))
		}
	})
	if text, _ := said.Load().(string); !strings.Contains(text, "dance") {
		t.Errorf("of a kind that it does not know it says %q; %v", text, err)
	}
}

// jumps proves that a clock which was ahead keeps nothing from being done: neither jobs of a
// server that died with it, nor what was ordered by it; and that the jump is said.
func jumps(t *testing.T, p place) {
	future := time.Now().UTC().AddDate(1, 0, 0).Format("'2006-01-02 15:04:05'")
	p.orphans(t, future, "acme")
	p.change(t, "UPDATE river_job SET scheduled_at = "+future+" WHERE args ->> 'tenant' = 'zen'")
	var ahead atomic.Int64
	var log heard.Text
	s := serve(t, p, jobs.Options{
		Watch: 100 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
	})
	s.run(t)
	s.until(t, "acme", work.Probe, jobs.Done, 1)
	s.until(t, "zen", work.Probe, jobs.Done, 1)
	ahead.Store(int64(-2 * time.Hour))
	for deadline := time.Now().Add(patience); log.Find("the clock of the server has jumped.* by=-(2h0m|1h59m)") == ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(log.String())
		}
	}
	if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", "", 2)); err != nil {
		t.Fatal(err)
	}
	s.until(t, "acme", work.Probe, jobs.Done, 2)
}

// change runs a statement in a place that no server holds.
func (p place) change(t *testing.T, text string) {
	t.Helper()
	if p.exec != nil {
		p.exec(t, text)
		return
	}
	sqliteExec(t, p.where, text)
}

// away proves that a database which goes away while jobs run, of the server and of a worker,
// and comes back, is waited for: all is done, nothing is lost and nothing is given up.
func away(t *testing.T, database *postgreskit.Server) {
	s := serve(t, place{where: database.URL(database.New(t))}, jobs.Options{BatchEndpoints: 1, Slots: 1})
	s.run(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- worker.Run(ctx, worker.Options{
			Server: access{s.http, "acme"}, Name: "w", Site: "tokyo", Slots: 2, Tools: &doing.Tools{Now: time.Now}, Tell: func(message.Text) {},
		})
	}()
	for _, site := range []string{"", "tokyo"} {
		if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", site, 40)); err != nil {
			t.Fatal(err)
		}
	}
	s.some(t, "acme")
	database.Stop(t)
	if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", "", 1)); err == nil {
		t.Error("an order is taken without a database")
	}
	database.Run(t)
	s.until(t, "acme", work.Probe, jobs.Done, 80)
	if n := s.endpoints(t, "acme"); n != 40 {
		t.Errorf("%d endpoints", n)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// some waits until some, but not all, batches are done.
func (s *server) some(t *testing.T, tenant string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		counts, err := s.Count(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		if counts[string(work.Probe)][jobs.Done] > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v", counts)
		}
	}
}

// Proves that a queue which cannot begin, as on a disk that is full, begins once it can, and
// that this is said.
func TestBeginsLater(t *testing.T) {
	p := place{where: filepath.Join(t.TempDir(), "store.db")}
	serve(t, p, jobs.Options{}).end() // makes the tables
	p.change(t, "CREATE TRIGGER no_room BEFORE INSERT ON river_queue BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")
	var log heard.Text
	s := serve(t, p, jobs.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if _, _, err := s.Enqueue(t.Context(), "somebody", order("acme", "", 1)); err != nil {
		t.Fatal(err)
	}
	s.run(t)
	for deadline := time.Now().Add(patience); log.Find("could not begin, and is tried again.*disk is full") == ""; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(log.String())
		}
	}
	beside, err := open.OpenQueue(t.Context(), p.where)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	if _, err := beside.SQLite.ExecContext(t.Context(), "DROP TRIGGER no_room"); err != nil {
		t.Fatal(err)
	}
	s.until(t, "acme", work.Probe, jobs.Done, 1)
}
