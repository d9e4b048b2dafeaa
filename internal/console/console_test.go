package console

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"tlsready/internal/console/web"
)

// Proves that each visitor reaches the routes of his right and no other, and that nobody
// who has not signed in reaches what is not open, but is asked to.
func TestRights(t *testing.T) {
	var routes []web.Route
	for needs := web.Open; needs <= web.Admin; needs++ {
		routes = append(routes, web.Route{Pattern: "GET /" + needs.String(), Needs: needs, Handle: func(http.ResponseWriter, *http.Request) {}})
	}
	for _, tc := range []struct{ has, reaches string }{
		{"open", "open"},
		{"enrol", "open enrol"},
		{"work", "open work"},
		{"view", "open view"},
		{"operate", "open enrol view operate"},
		{"approve", "open enrol view operate approve"},
		{"admin", "open enrol view operate approve admin"},
	} {
		got := ""
		for needs := web.Open; needs <= web.Admin; needs++ {
			h := Handler(Options{Guard: as(tc.has)}, routes)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+needs.String(), nil))
			if w.Code == http.StatusOK {
				got += " " + needs.String()
			} else if want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusForbidden}[tc.has == "open"]; w.Code != want {
				t.Errorf("%s at %s: %d", tc.has, needs, w.Code)
			}
		}
		if got != " "+tc.reaches {
			t.Errorf("%s reaches%s", tc.has, got)
		}
	}
}

// as is a guard that lets everybody in with one right.
type as string

func (as) Routes() []web.Route { return nil }

func (as) Challenge(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }

func (a as) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for right := web.Open; right <= web.Admin; right++ {
			if right.String() == string(a) {
				r = r.WithContext(web.With(r.Context(), web.Visitor{Right: right}))
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Proves that a page of another site cannot make a browser change anything.
func TestCrossOrigin(t *testing.T) {
	h := Handler(Options{Guard: as("admin")}, []web.Route{{Pattern: "POST /x", Handle: func(http.ResponseWriter, *http.Request) {}}})
	r := httptest.NewRequest(http.MethodPost, "/x", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("answered %d", w.Code)
	}
}
