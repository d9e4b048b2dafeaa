//go:build unix

package pages

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tlsready/internal/console"
	"tlsready/internal/console/answer"
	"tlsready/internal/store"
	"tlsready/internal/store/sqlite"
	"tlsready/internal/store/storetest"
	"tlsready/internal/testkit/guardkit"
)

// maxPage bounds a page, in bytes: it is read over lines that are slow.
const maxPage = 150_000

// paths are pages with as much on them as there can be.
func paths() []string {
	const owner, site = "team%20007", "site%2007"
	return []string{
		"/", "/hosts", "/hosts?verdict=fails&order=verdict", "/hosts?order=owner&owner=" + owner, "/hosts?q=host", "/hosts?q=ost0999&order=fails-from", "/hosts?site=" + site, "/hosts?turn=fellBack",
		"/hosts?by=fix", "/hosts?by=fix&after=200", "/hosts?by=fix&owner=" + owner, "/hosts?by=owner", "/hosts?by=os", "/hosts?by=tag:site", "/hosts?by=tag:system&verdict=fails", "/hosts/site07/HOST000007",
		"/endpoints", "/endpoints?q=www0999", "/endpoints?accepts=TLS%201.0", "/endpoint?target=www000999.example.com:443&address=192.0.2.1&name=www.example.com",
		"/clients", "/clients?q=10.0.1", "/client?client=10.0.3.7", "/services", "/jobs", "/add",
	}
}

// served is a server that shows a store.
func served(t testing.TB, db store.Database) http.Handler {
	t.Helper()
	room, err := answer.New(db, func() time.Time { return time.Date(2026, 9, 4, 9, 0, 0, 0, time.UTC) })
	if err != nil {
		t.Fatal(err)
	}
	list, err := Routes(room, nil)
	if err != nil {
		t.Fatal(err)
	}
	return console.Handler(console.Options{Store: db, Guard: guardkit.Everybody("acme"), Log: slog.New(slog.DiscardHandler)}, list)
}

func opened(t testing.TB, dir string) store.Database {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "store.db"), store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// page is the answer for a path.
func page(t testing.TB, h http.Handler, path string) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// Proves that no page is larger than its bound where the fleet has hundreds of fixes, of
// owners and of systems, in both languages. Lists come in pages, so that more hosts make them
// no larger.
func TestSizes(t *testing.T) {
	t.Parallel()
	db := opened(t, t.TempDir())
	s, err := db.AddTenant(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	for from := 0; from < 2000; from += 500 {
		if err := s.Record(t.Context(), storetest.BenchBatch(0, from)); err != nil {
			t.Fatal(err)
		}
	}
	h := served(t, db)
	for _, path := range append(paths(), "/what-if?service=azure-backup&versions=TLS%201.3") {
		for _, lang := range []string{"en", "ja"} {
			at := path + "?lang=" + lang
			if strings.Contains(path, "?") {
				at = path + "&lang=" + lang
			}
			body := page(t, h, at)
			t.Logf("%7d bytes: %s", len(body), at)
			if len(body) > maxPage {
				t.Errorf("%s has %d bytes, more than %d", at, len(body), maxPage)
			}
		}
	}
	groupsNext(t, h)
}

// groupsNext proves that pages of groups lose none and have an end.
func groupsNext(t *testing.T, h http.Handler) {
	seen, at := map[string]bool{}, "/hosts?by=tag:system"
	pages := 0
	for ; at != "" && pages < 20; pages++ {
		body := string(page(t, h, at))
		if pages == 0 && !strings.Contains(body, "the first 1000 groups") {
			t.Error("nobody is told that there are more groups")
		}
		for _, m := range regexp.MustCompile(`value=system(?:\+|%20)(\d{4})`).FindAllStringSubmatch(html.UnescapeString(body), -1) {
			seen[m[1]] = true
		}
		next := regexp.MustCompile(`href="([^"]*)" rel="next"`).FindStringSubmatch(body)
		if at = ""; next != nil {
			at = html.UnescapeString(next[1])
		}
	}
	if len(seen) != store.MaxGroups || pages != store.MaxGroups/store.DefaultLimit {
		t.Errorf("%d groups on %d pages", len(seen), pages)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/hosts?by=fix&after=x", nil))
	if w.Code != http.StatusBadRequest {
		t.Errorf("a place that is none: %d", w.Code)
	}
}

// BenchmarkPages measures pages at a hundred thousand hosts, as many endpoints and as many
// clients, from the request to the last byte, and their sizes in kilobytes.
func BenchmarkPages(b *testing.B) {
	db := opened(b, storetest.BenchFolder(b))
	storetest.BenchFleet(b, db, nil)
	h := served(b, db)
	for _, path := range paths() {
		b.Run(strings.ReplaceAll(path[1:], "/", "|"), func(b *testing.B) {
			size := 0
			storetest.BenchTimes(b, storetest.Processor, func() error {
				size = len(page(b, h, path))
				return nil
			})
			b.ReportMetric(float64(size)/1000, "KB")
		})
	}
}
