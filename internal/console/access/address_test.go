package access_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"tlsready/internal/console"
	"tlsready/internal/console/access"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
)

// Proves that a browser is told to use TLS alone with names that are the server's own, and
// never with those by which every machine means itself, whatever the server's own name is.
func TestStrictTransport(t *testing.T) {
	db, err := open.Database(t.Context(), t.TempDir()+"/store.db", store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		secure bool
		names  []string
		host   string
		strict bool
	}{
		{true, nil, "tls.example.com:8443", true},
		{true, []string{"tls.example.com"}, "TLS.example.com", true},
		{true, nil, "LocalHost:8443", false},
		{true, []string{"localhost"}, "localhost", false},
		{true, []string{"tls.example.com"}, "[::1]:8443", false},
		{true, []string{}, "127.0.0.1:8443", false},
		{false, nil, "tls.example.com", false},
	} {
		guard, err := access.New(access.Options{Store: db, TLS: c.secure, Names: c.names, Cookie: "tlsready"})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/of/open", nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		console.Handler(console.Options{Guard: guard}, routes()).ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != c.strict || w.Code == http.StatusMisdirectedRequest {
			t.Errorf("%+v: strict %v, status %d", c, got, w.Code)
		}
	}
}
