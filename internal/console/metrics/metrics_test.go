package metrics

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/jobs"
	"tlsready/internal/jobs/desk"
	"tlsready/internal/store"
)

type database struct{ store.Database }

func (database) Tenants(context.Context) ([]string, error) { return []string{"acme", "globex"}, nil }

func (database) Tenant(context.Context, string) (store.Store, error) { return tenant{}, nil }

type tenant struct{ store.Store }

// queue has jobs and workers of both tenants.
type queue struct{ now time.Time }

func (q queue) Figures(context.Context) (list []jobs.Figure, err error) {
	for _, tenant := range []string{"acme", "globex"} {
		list = append(list, jobs.Figure{Tenant: tenant, Site: "osaka", Kind: "probe", State: jobs.Waiting, N: 7, Since: q.now.Add(-90 * time.Second)},
			jobs.Figure{Tenant: tenant, Kind: "probe", State: jobs.Running, N: 1, Since: q.now.Add(-time.Hour)})
	}
	return list, nil
}

func (queue) Ended() map[jobs.Ended]int64 {
	return map[jobs.Ended]int64{{Tenant: "acme", Site: "osaka", Kind: "probe", Result: jobs.EndedDone}: 5, {Tenant: "globex", Kind: "plan", Result: jobs.EndedDone}: 1}
}

func (q queue) Workers(tenant string) []desk.Worker {
	return []desk.Worker{{Worker: document.Worker{Name: tenant + "-1", Site: "osaka", There: true, Seen: q.now}}, {Worker: document.Worker{Name: tenant + "-2", Site: "osaka", Seen: q.now.Add(-time.Hour)}}}
}

func (tenant) Totals(context.Context, store.Day) ([]store.Total, error) {
	return []store.Total{{Series: store.Series{Service: "own", On: "2026-06-30"}, Verdicts: map[string]int{"fails": 3}, Exempt: 1}}, nil
}

// Proves that every request is in the log and in the numbers by its route, without its
// query and with its path escaped, that a defect is answered with 500, and that somebody
// of one tenant does not see the numbers of another.
func TestRequests(t *testing.T) {
	var log bytes.Buffer
	now := func() time.Time { return time.Date(2026, 6, 20, 0, 0, 0, 0, time.UTC) }
	m := New(Options{Store: database{}, Now: now, Log: slog.New(slog.NewTextHandler(&log, nil)), Size: func() (int64, error) { return 4096, nil }, Version: "1.2", Queue: queue{now()}})
	handler := m.Around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := web.With(r.Context(), web.Visitor{Name: "ann", Right: web.View, Tenant: "acme", Everywhere: r.Header.Get("All") != ""})
		switch r.URL.Path {
		case "/metrics":
			m.Routes()[0].Handle(w, r.WithContext(ctx))
		case "/panic":
			panic("broken")
		case "/nothing":
			w.WriteHeader(http.StatusNotFound)
		default:
			web.Note(ctx, "GET /hosts/{id}")
		}
	}))
	ask := func(path, all string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		if all != "" {
			r.Header.Set("All", all)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	ask("/hosts/a%1b%5b2J%0aforged?code=topsecret", "")
	ask("/nothing", "")
	if w := ask("/panic", ""); w.Code != http.StatusInternalServerError {
		t.Errorf("a defect is answered with %d", w.Code)
	}
	own, all := ask("/metrics", "").Body.String(), ask("/metrics", "1").Body.String()
	for _, line := range []string{
		`tlsready_http_requests_total{route="GET /hosts/{id}",status="200"} 1`, `tlsready_http_requests_total{route="none",status="404"} 1`, `tlsready_store_bytes 4096`,
		`tlsready_hosts{callers="",on="2026-06-30",service="own",tenant="acme",verdict="fails"} 3`, `tlsready_deadline_timestamp_seconds{callers="",on="2026-06-30",service="own",tenant="acme"} 1.7827776e+09`,
		`tlsready_build_info{version="1.2"} 1`, `tlsready_store_up 1`, `tlsready_jobs{kind="probe",site="osaka",state="waiting",tenant="acme"} 7`,
		`tlsready_jobs_oldest_waiting_seconds{site="osaka",tenant="acme"} 90`, `tlsready_jobs_oldest_waiting_seconds{site="",tenant="acme"} 0`,
		`tlsready_jobs_ended_total{kind="probe",result="done",site="osaka",tenant="acme"} 5`, `tlsready_workers{site="osaka",tenant="acme"} 1`,
		`tlsready_workers_seen_timestamp_seconds{site="osaka",tenant="acme"} 1.7819136e+09`,
	} {
		if !strings.Contains(own, line+"\n") {
			t.Errorf("without %s:\n%s", line, own)
		}
	}
	if strings.Contains(own, "globex") || !strings.Contains(all, "globex") {
		t.Error("the numbers of another tenant are seen, or nobody sees them")
	}
	for _, page := range []string{own, all} {
		if problems, err := promlint.New(strings.NewReader(page)).Lint(); err != nil || len(problems) > 0 {
			t.Errorf("what Prometheus does not like: %v %v", problems, err)
		}
	}
	text := log.String()
	if strings.Contains(text, "topsecret") || strings.Contains(text, "\x1b") || strings.Count(text, "\n") != 5 || !strings.Contains(text, "who=ann tenant=acme") || !strings.Contains(text, "broken") {
		t.Errorf("the log:\n%s", text)
	}
}

// broken is a store that does not answer.
type broken struct{ store.Database }

func (broken) Tenant(context.Context, string) (store.Store, error) {
	return nil, errors.New("away")
}

// Proves that a store that does not answer is a number, and takes the others from nobody.
func TestStoreAway(t *testing.T) {
	var log bytes.Buffer
	m := New(Options{Store: broken{}, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(web.With(t.Context(), web.Visitor{Right: web.View, Tenant: "acme"}), http.MethodGet, "/metrics", nil)
	m.Routes()[0].Handle(w, r)
	if text := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(text, "\ntlsready_store_up 0\n") || !strings.Contains(text, "go_goroutines") || !strings.Contains(log.String(), "away") {
		t.Errorf("%d %s, and the log: %s", w.Code, text, log.String())
	}
}
