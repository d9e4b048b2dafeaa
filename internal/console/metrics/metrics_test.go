package metrics

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tlsready/internal/console/web"
	"tlsready/internal/store"
)

type database struct{ store.Database }

func (database) Tenants(context.Context) ([]string, error) { return []string{"acme", "globex"}, nil }

func (database) Tenant(context.Context, string) (store.Store, error) { return tenant{}, nil }

type tenant struct{ store.Store }

func (tenant) Totals(context.Context, store.Day) ([]store.Total, error) {
	return []store.Total{{Series: store.Series{Service: "own", On: "2026-06-30"}, Verdicts: map[string]int{"fails": 3}, Exempt: 1}}, nil
}

// Proves that every request is in the log and in the numbers by its route, without its
// query and with its path escaped, that a defect is answered with 500, and that somebody
// of one tenant does not see the numbers of another.
func TestRequests(t *testing.T) {
	var log bytes.Buffer
	now := func() time.Time { return time.Date(2026, 6, 20, 0, 0, 0, 0, time.UTC) }
	m := New(Options{Store: database{}, Now: now, Log: slog.New(slog.NewTextHandler(&log, nil)), Size: func() (int64, error) { return 4096, nil }, Version: "1.2"})
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
		`tlsready_hosts{callers="",on="2026-06-30",service="own",tenant="acme",verdict="fails"} 3`, `tlsready_days_left{callers="",on="2026-06-30",service="own",tenant="acme"} 10`,
	} {
		if !strings.Contains(own, line+"\n") {
			t.Errorf("without %s:\n%s", line, own)
		}
	}
	if strings.Contains(own, "globex") || !strings.Contains(all, "globex") {
		t.Error("the numbers of another tenant are seen, or nobody sees them")
	}
	text := log.String()
	if strings.Contains(text, "topsecret") || strings.Contains(text, "\x1b") || strings.Count(text, "\n") != 5 || !strings.Contains(text, "who=ann tenant=acme") || !strings.Contains(text, "broken") {
		t.Errorf("the log:\n%s", text)
	}
}
