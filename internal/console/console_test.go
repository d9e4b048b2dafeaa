package console

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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

// Proves that another site, which another port of this machine is, may lead to a page and
// can neither embed nor fetch anything, nor lead to the API; and that what says nothing of
// where it comes from, as programs do, is answered.
func TestIsolated(t *testing.T) {
	var routes []web.Route
	for _, path := range []string{"/x", "/api/x"} {
		routes = append(routes, web.Route{Pattern: "GET " + path, Handle: func(http.ResponseWriter, *http.Request) {}})
	}
	h := Handler(Options{Guard: as("admin")}, routes)
	for _, tc := range []struct {
		path, site, mode, dest string
		code                   int
	}{
		{"/x", "", "", "", 200},
		{"/api/x", "", "", "", 200},
		{"/x", "none", "navigate", "document", 200},
		{"/api/x", "none", "navigate", "document", 200},
		{"/x", "same-origin", "no-cors", "image", 200},
		{"/api/x", "same-origin", "cors", "empty", 200},
		{"/x", "cross-site", "navigate", "document", 200},
		{"/x", "same-site", "navigate", "document", 200},
		{"/api/x", "cross-site", "navigate", "document", 403},
		{"/x", "cross-site", "navigate", "iframe", 403},
		{"/x", "same-site", "no-cors", "image", 403},
		{"/x", "cross-site", "no-cors", "script", 403},
		{"/x", "cross-site", "cors", "empty", 403},
		{"/api/x", "same-site", "no-cors", "empty", 403},
	} {
		r := httptest.NewRequest(http.MethodGet, tc.path, nil)
		for name, value := range map[string]string{"Sec-Fetch-Site": tc.site, "Sec-Fetch-Mode": tc.mode, "Sec-Fetch-Dest": tc.dest} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != tc.code || w.Header().Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%+v: %d", tc, w.Code)
		}
	}
}

// Proves that whoever is not known cannot hold a connection by sending slowly, and that
// somebody who is known may take their time.
func TestSlowBodies(t *testing.T) {
	read := func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
	}
	routes := []web.Route{{Pattern: "POST /open", Handle: read}, {Pattern: "POST /operate", Needs: web.Operate, Handle: read}}
	for _, tc := range []struct {
		who, path string
		cut       bool
	}{{"open", "/open", true}, {"open", "/operate", true}, {"operate", "/operate", false}} {
		server := newServer(Handler(Options{Guard: as(tc.who)}, routes), slog.New(slog.DiscardHandler))
		if server.ReadTimeout != bodyTime || server.ReadHeaderTimeout != headTime {
			t.Fatal("a connection has no bounds")
		}
		server.ReadTimeout = 50 * time.Millisecond
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go server.Serve(l) //nolint:errcheck // it ends with the test
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		length := 20
		if tc.cut {
			length = 2000 // it is not sent, however late a busy machine begins to read
		}
		_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", tc.path, length)
		for sent := 0; sent < length && err == nil; sent++ { // a byte in 20 ms
			_, err = io.WriteString(conn, "x")
			<-time.After(20 * time.Millisecond)
		}
		answer, _ := io.ReadAll(io.LimitReader(conn, 64))
		if ok := strings.HasPrefix(string(answer), "HTTP/1.1 200"); ok == tc.cut {
			t.Errorf("%s at %s: %q", tc.who, tc.path, answer)
		}
		_, _ = conn.Close(), server.Close()
	}
}
