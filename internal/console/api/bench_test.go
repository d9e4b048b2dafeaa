package api

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/console"
	"tlsready/internal/console/answer"
	"tlsready/internal/store"
	"tlsready/internal/store/sqlite"
	"tlsready/internal/store/storetest"
)

// BenchmarkAPI measures what programs and pages ask for at a hundred thousand hosts, as
// many endpoints and as many clients: of each the 95th percentile in milliseconds, from
// the request to the last byte, and the size of the answer in kilobytes.
func BenchmarkAPI(b *testing.B) {
	h := benchServer(b)
	for _, path := range []string{
		"deadlines", "hosts", "hosts?service=azure-backup&verdict=fails&order=verdict", "hosts?owner=team%20007", "hosts?text=ost0999", "hosts?tag=site%3Dsite%2007&order=owner",
		"host-groups?by=fix", "host-groups?by=owner", "host-groups?by=tag:site", "hosts/" + url.PathEscape("site07/HOST000007"),
		"endpoints", "endpoints?text=www0999", "endpoint?target=www000999.example.com:443&address=192.0.2.1&serverName=www.example.com", "clients?first=2026-09-01", "clients/10.0.3.7", "services", "exemptions",
	} {
		b.Run(strings.ReplaceAll(path, "/", "|"), func(b *testing.B) {
			var times []time.Duration
			size := 0
			for b.Loop() {
				w, begun := httptest.NewRecorder(), time.Now()
				h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, Base+path, nil))
				times = append(times, time.Since(begun))
				if size = w.Body.Len(); w.Code != http.StatusOK {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(size)/1000, "KB")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("what-if", func(b *testing.B) {
		for b.Loop() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, Base+"what-if?service=azure-backup&versions=TLS%201.3", nil))
			if w.Code != http.StatusOK {
				b.Fatalf("%d %s", w.Code, w.Body)
			}
		}
	})
}

// benchServer is a server of a large fleet.
func benchServer(b *testing.B) http.Handler {
	db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "results.db"), store.Options{Holder: "test"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	s, err := db.AddTenant(b.Context(), "acme")
	if err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	for night := range 2 {
		for from := 0; from < storetest.BenchHosts; from += 500 {
			if err := s.Record(b.Context(), storetest.BenchBatch(night, from)); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Logf("recorded in %v", time.Since(begun).Round(time.Second))
	room, err := answer.New(db, func() time.Time { return time.Date(2026, 9, 4, 9, 0, 0, 0, time.UTC) })
	if err != nil {
		b.Fatal(err)
	}
	return console.Handler(console.Options{Store: db, Tenant: "acme", Log: slog.New(slog.DiscardHandler)}, Routes(room))
}
