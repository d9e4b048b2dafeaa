package access_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tlsready/internal/console"
	"tlsready/internal/console/access"
	room "tlsready/internal/console/answer"
	"tlsready/internal/console/api"
	"tlsready/internal/console/web"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
)

// Passwords of the tests. The second is the first in another Unicode form.
const (
	password  = "correct horse ba\u0308ttery"
	composed  = "correct horse b\u00e4ttery"
	another   = "quite another long one"
	wrongWord = "not the right password"
)

// site is a console with a guard, over a store in a file.
type site struct {
	*httptest.Server
	db    store.Database
	file  string
	clock *atomic.Int64 // seconds that the guard's clock is ahead
	still atomic.Pointer[time.Time]
	cost  access.Cost
}

// opened starts a console that has the users alice (administrator of all), bob (view in acme,
// operate in zenith) and carol (administrator of acme).
func opened(t *testing.T, change func(*access.Options)) *site {
	t.Helper()
	s := &site{file: filepath.Join(t.TempDir(), "store.db"), clock: &atomic.Int64{}, cost: access.Cost{Passes: 1, Memory: 64, Lanes: 1}}
	db, err := open.Database(t.Context(), s.file, store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s.db = db
	for _, name := range []string{"acme", "zenith"} {
		if _, err := db.AddTenant(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	s.add(t, "alice", map[string]string{"*": "admin"})
	s.add(t, "bob", map[string]string{"acme": "view", "zenith": "operate"})
	s.add(t, "carol", map[string]string{"acme": "admin"})
	o := access.Options{
		Store: db, Tenant: "acme", Log: slog.New(slog.DiscardHandler), Names: []string{}, Cookie: "tlsready", Cost: s.cost,
		Now: func() time.Time {
			now := time.Now()
			if at := s.still.Load(); at != nil {
				now = *at
			}
			return now.Add(time.Duration(s.clock.Load()) * time.Second)
		},
	}
	if change != nil {
		change(&o)
	}
	guard, err := access.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(console.Handler(console.Options{Guard: guard}, append(routes(), auditRoute(t, db)...)))
	t.Cleanup(s.Close)
	return s
}

// routes tell who asks, for each right.
func routes() []web.Route {
	list := []web.Route{{Pattern: "POST /api/v1/refused", Needs: web.Enrol, Handle: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }}}
	for right := web.Open; right <= web.Admin; right++ {
		tell := func(w http.ResponseWriter, r *http.Request) { web.WriteJSON(w, http.StatusOK, web.Of(r.Context())) }
		for _, pattern := range []string{"GET /of/", "POST /of/", "GET /api/v1/", "POST /api/v1/"} {
			list = append(list, web.Route{Pattern: pattern + right.String(), Needs: right, Handle: tell})
		}
	}
	return list
}

// auditRoute is that of the API for the audit log.
func auditRoute(t *testing.T, db store.Database) (list []web.Route) {
	t.Helper()
	fleet, err := room.New(db, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range api.Routes(fleet, nil) {
		if strings.HasSuffix(r.Pattern, "/audit") {
			list = append(list, r)
		}
	}
	return list
}

// stop keeps the guard's clock from going on by itself: on a busy machine what somebody
// tries too often takes so long that it is not too often.
func (s *site) stop() {
	now := time.Now()
	s.still.Store(&now)
}

func (s *site) add(t *testing.T, name string, roles map[string]string) {
	t.Helper()
	kept, err := access.NewPasswords(s.cost).Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Accounts().PutUser(t.Context(), store.User{Name: name, Password: kept, Roles: roles, Created: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// browser keeps cookies and follows no redirection.
func (s *site) browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := *s.Client()
	c.Jar = jar
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   string
}

func (s *site) send(t *testing.T, c *http.Client, method, path string, form url.Values, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	a, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{a.StatusCode, a.Header, string(body)}
}

// in signs in, and gives the browser.
func (s *site) in(t *testing.T, name, word string) *http.Client {
	t.Helper()
	c := s.browser(t)
	if a := s.send(t, c, "POST", "/sign-in", url.Values{"name": {name}, "password": {word}, "to": {"/of/view"}}); a.code != http.StatusSeeOther || a.header.Get("Location") != "/of/view" {
		t.Fatalf("%s signs in: %d %s", name, a.code, a.body)
	}
	return c
}

// who is whom the server takes a browser for; nobody if it has to sign in.
func (s *site) who(t *testing.T, c *http.Client) web.Visitor {
	t.Helper()
	a := s.send(t, c, "GET", "/of/view", nil)
	if a.code == http.StatusSeeOther {
		return web.Visitor{}
	}
	var v web.Visitor
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%d %s", a.code, a.body)
	}
	return v
}
