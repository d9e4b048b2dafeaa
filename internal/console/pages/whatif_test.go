//go:build unix

package pages

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tlsready/internal/store"
	"tlsready/internal/store/storetest"
)

// slow is a database that gives no settings until it is told to.
type slow struct {
	store.Database
	until chan struct{}
}

func (s slow) Tenant(ctx context.Context, name string) (store.Store, error) {
	of, err := s.Database.Tenant(ctx, name)
	return slowStore{of, s.until}, err
}

type slowStore struct {
	store.Store
	until chan struct{}
}

func (s slowStore) Latest(ctx context.Context, after string, limit int) ([]store.Settings, error) {
	select {
	case <-s.until:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.Store.Latest(ctx, after, limit)
}

// Proves that a question that takes longer than anybody waits for is answered with how far
// it is and asked again by itself, without a script; that the form has what was asked; and
// that the answer comes on the same address.
func TestLongWhatIf(t *testing.T) {
	t.Parallel()
	db := opened(t, t.TempDir())
	s, err := db.AddTenant(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	batch := storetest.BenchBatch(0, 0)
	if err := s.Record(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	until := make(chan struct{})
	h := served(t, slow{db, until})
	ask := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/what-if?ask=1&service=azure-backup&versions=TLS%201.3&lang=en", nil))
		return w
	}
	w := ask()
	page := w.Body.String()
	if w.Code != http.StatusOK || w.Header().Get("Refresh") != "1" || !strings.Contains(page, "<progress") || !strings.Contains(page, "0 of 500 hosts are judged") || !strings.Contains(page, `value="TLS 1.3" checked`) {
		t.Errorf("%d, Refresh: %q: %s", w.Code, w.Header().Get("Refresh"), page)
	}
	close(until)
	for end := time.Now().Add(time.Minute); w.Header().Get("Refresh") != "" && time.Now().Before(end); {
		w = ask()
	}
	if page = w.Body.String(); w.Code != http.StatusOK || strings.Contains(page, "<progress") || !strings.Contains(page, "Falls out") {
		t.Errorf("%d: %s", w.Code, page)
	}
}
