//go:build unix

package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
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
// many endpoints and as many clients, from the request to the last byte, and the size of the
// answer in kilobytes.
func BenchmarkAPI(b *testing.B) {
	h := benchServer(b)
	for _, path := range []string{
		"deadlines", "hosts", "hosts?service=azure-backup&verdict=fails&order=verdict", "hosts?owner=team%20007", "hosts?text=ost0999", "hosts?tag=site%3Dsite%2007&order=owner",
		"host-groups?by=fix", "host-groups?by=owner", "host-groups?by=tag:site", "hosts/" + url.PathEscape("site07/HOST000007"),
		"endpoints", "endpoints?text=www0999", "endpoint?target=www000999.example.com:443&address=192.0.2.1&serverName=www.example.com", "clients?first=2026-09-01", "clients/10.0.3.7", "services", "exemptions",
	} {
		b.Run(strings.ReplaceAll(path, "/", "|"), func(b *testing.B) {
			size := 0
			storetest.BenchTimes(b, storetest.Processor, func() error {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, call{path: path}.request())
				if size = w.Body.Len(); w.Code != http.StatusOK {
					return fmt.Errorf("%d %s", w.Code, w.Body)
				}
				return nil
			})
			b.ReportMetric(float64(size)/1000, "KB")
		})
	}
	b.Run("what-if", func(b *testing.B) {
		for b.Loop() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, call{path: "what-if?service=azure-backup&versions=TLS%201.3"}.request())
			if w.Code != http.StatusOK {
				b.Fatalf("%d %s", w.Code, w.Body)
			}
		}
	})
}

// benchServer is a server of a large fleet.
func benchServer(b *testing.B) http.Handler {
	db, err := sqlite.Open(b.Context(), filepath.Join(storetest.BenchFolder(b), "store.db"), store.Options{Holder: "test"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	storetest.BenchFleet(b, db, nil)
	room, err := answer.New(db, func() time.Time { return time.Date(2026, 9, 4, 9, 0, 0, 0, time.UTC) })
	if err != nil {
		b.Fatal(err)
	}
	return console.Handler(console.Options{Store: db, Guard: byHeader{}, Log: slog.New(slog.DiscardHandler)}, Routes(room, nil))
}
