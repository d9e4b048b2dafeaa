package serving_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsready/internal/cli/serving"
	"tlsready/internal/cli/serving/upkeep"
	"tlsready/internal/console"
	"tlsready/internal/console/access"
	"tlsready/internal/console/web"
	"tlsready/internal/jobs"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
)

// server is everything that "serve" answers, over a store in a file, with a guard that asks
// everybody who they are and a provider at which nobody signs in.
type server struct {
	db     store.Database
	guard  *access.Guard
	routes []web.Route // with those of the guard
	whole  http.Handler
}

func newServer(t *testing.T) *server {
	t.Helper()
	where := filepath.Join(t.TempDir(), "store.db")
	db, err := open.Database(t.Context(), where, store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.AddTenant(t.Context(), store.DefaultTenant); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s := &server{db: db}
	s.guard, err = access.New(access.Options{
		Store: db, Tenant: store.DefaultTenant, Now: time.Now, Log: log, Names: []string{}, Cookie: "tlsready", Cost: access.Cost{Passes: 1, Memory: 64, Lanes: 1},
		OIDC: &access.OIDC{Issuer: "https://login.example.com", Back: "https://tls.example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	work, err := jobs.Open(t.Context(), where, jobs.Options{Store: db, Log: log, Now: time.Now, Refuse: func(w http.ResponseWriter, r *http.Request, code int, p *message.Problem) {
		web.Refuse(w, r, web.Mistake(code, p))
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = work.Close() })
	o := console.Options{Store: db, Guard: s.guard, Now: time.Now, Log: log}
	list, err := serving.Routes(o, work)
	if err != nil {
		t.Fatal(err)
	}
	around, more := (&upkeep.Flags{}).Begin(t.Context(), o, where, work)
	list = append(list, more...)
	s.routes = append(s.guard.Routes(), list...)
	s.whole = around(console.Handler(o, list))
	return s
}

// hollow is the server with routes that do nothing but say that they were reached. Its
// guard is the real one, but for what its own routes do.
func (s *server) hollow() http.Handler {
	reached := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }
	list := slices.Clone(s.routes)
	for i := range list {
		list[i].Handle = reached
	}
	return console.Handler(console.Options{Guard: noRoutes{s.guard}}, list)
}

type noRoutes struct{ *access.Guard }

// Routes are none.
func (noRoutes) Routes() []web.Route { return nil }

// as gives what each kind of visitor shows, by the right that it has. A token for enrolment
// is good for few requests: each has one of its own.
func (s *server) as(t *testing.T) map[string]func(*http.Request) {
	t.Helper()
	by := map[string]func(*http.Request){"open": func(*http.Request) {}}
	for right, want := range map[string]access.Wanted{
		"enrol": {Kind: store.TokenEnrol}, "work": {Kind: store.TokenWorker},
		"view": {Kind: store.TokenAPI, Role: "view"}, "operate": {Kind: store.TokenAPI, Role: "operate"}, "approve": {Kind: store.TokenAPI, Role: "approve"}, "admin": {Kind: store.TokenAPI, Role: "admin"},
	} {
		want.Name, want.Tenant, want.Now = right, store.DefaultTenant, time.Now()
		secret := s.issue(t, want)
		by[right] = func(r *http.Request) {
			if want.Kind == store.TokenEnrol {
				secret = s.issue(t, want)
			}
			r.Header.Set("Authorization", "Bearer "+secret)
		}
	}
	return by
}

// issue makes a token.
func (s *server) issue(t *testing.T, want access.Wanted) (secret string) {
	t.Helper()
	token, secret, err := access.Issue(want)
	if err == nil {
		err = s.db.Accounts().AddToken(t.Context(), token)
	}
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// request is one for a route, with words in the place of what it leaves open.
func request(pattern string) *http.Request {
	method, path, _ := strings.Cut(pattern, " ")
	path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllStringFunc(path, func(open string) string {
		if open == "{$}" {
			return ""
		}
		return "x"
	})
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(""))
	r.RemoteAddr = "192.0.2.9:5000"
	return r
}

// reaches are the rights that each kind of visitor has.
func reaches() map[string]string {
	return map[string]string{
		"open": "open", "enrol": "open enrol", "work": "open work", "view": "open view", "operate": "open enrol view operate",
		"approve": "open enrol view operate approve", "admin": "open enrol view operate approve admin",
	}
}

// otherwise are the routes that need another right than most: view to be asked for, and
// operate to change something. A route that anybody reaches has to be written down here.
func otherwise() map[string][]string {
	return map[string][]string{
		"open":    {"DELETE /api/", "GET /api/", "GET /api/v1/openapi.json", "GET /assets/{digest}/{name}", "GET /healthz", "GET /readyz", "GET /sign-in", "GET /sign-in/away", "GET /sign-in/back", "GET /sign-in/link", "PATCH /api/", "POST /api/", "POST /sign-in", "POST /sign-out", "PUT /api/"},
		"enrol":   {"POST /api/v1/hosts"},
		"work":    {"POST /api/v1/leases", "POST /api/v1/leases/{lease}/alive", "POST /api/v1/leases/{lease}/end", "POST /api/v1/leases/{lease}/results"},
		"view":    {"POST /account/password", "POST /tenant"},
		"operate": {"GET /add", "GET /api/v1/hosts/{id}/fix"},
		"approve": {"POST /decide/{id...}", "PUT /api/v1/hosts/{id}/fix"},
		"admin":   {"GET /api/v1/audit", "GET /audit", "GET /people", "POST /people/disable", "POST /people/password", "POST /people/role", "POST /people/token", "POST /people/token/remove", "POST /people/user"},
	}
}

// needed is the right that a route is to need.
func needed(pattern string) string {
	for right, patterns := range otherwise() {
		if slices.Contains(patterns, pattern) {
			return right
		}
	}
	if strings.HasPrefix(pattern, http.MethodGet+" ") {
		return web.View.String()
	}
	return web.Operate.String()
}

// Proves of every route that the server has that it needs the right that it is to need, that
// each kind of visitor reaches it or does not, by that right, and that those who do not are
// told so.
func TestRights(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	there := map[string]bool{}
	for _, r := range s.routes {
		there[r.Pattern] = true
		if want := needed(r.Pattern); r.Needs.String() != want {
			t.Errorf("%s needs %s, not %s", r.Pattern, r.Needs, want)
		}
	}
	for _, patterns := range otherwise() {
		for _, pattern := range patterns {
			if !there[pattern] {
				t.Errorf("there is no %s", pattern)
			}
		}
	}
	hollow, visitors, known := s.hollow(), s.as(t), reaches()
	if len(visitors) != len(known) {
		t.Fatal("a right has no visitor")
	}
	for _, route := range s.routes {
		for right, show := range visitors {
			r, w := request(route.Pattern), httptest.NewRecorder()
			show(r)
			hollow.ServeHTTP(w, r)
			want := slices.Contains(strings.Fields(known[right]), route.Needs.String())
			told := w.Code == http.StatusForbidden
			if right == "open" {
				told = w.Code == http.StatusUnauthorized || w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/sign-in")
			}
			if want != (w.Code == http.StatusTeapot) || !want && !told {
				t.Errorf("%s by %s: %d %v", route.Pattern, right, w.Code, w.Header())
			}
		}
	}
}

// Proves of every route that every answer has what keeps a browser from running or framing
// anything of others: to nobody, to an administrator, and what is refused on the way.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	admin := s.as(t)["admin"]
	look := func(what string, r *http.Request, code int) {
		t.Helper()
		w := httptest.NewRecorder()
		s.whole.ServeHTTP(w, r)
		h := w.Header()
		csp := h.Get("Content-Security-Policy")
		if !strings.HasPrefix(csp, "default-src 'none'; script-src 'self';") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d %v", what, w.Code, h)
		}
		if code != 0 && w.Code != code {
			t.Errorf("%s: %d, not %d: %s", what, w.Code, code, w.Body)
		}
	}
	for _, route := range s.routes {
		look(route.Pattern, request(route.Pattern), 0)
		if r := request(route.Pattern); r.Method == http.MethodGet {
			r.URL.RawQuery = "odd=%00&service=%3Cscript%3E"
			admin(r)
			look(route.Pattern+" by an administrator", r, 0)
		}
	}
	for what, code := range map[string]int{"GET /nowhere": http.StatusNotFound, "DELETE /sign-in": http.StatusMethodNotAllowed, "GET /api/v1/nowhere": http.StatusNotFound, "PATCH /api/v1/hosts": http.StatusMethodNotAllowed} {
		r := request(what)
		admin(r)
		look(what, r, code)
	}
	for what, change := range map[string]func(*http.Request){
		"another name": func(r *http.Request) { r.Host = "rebound.example.com" },
		"a bad token":  func(r *http.Request) { r.Header.Set("Authorization", "Bearer tlsready_api_x") },
		"a bad path":   func(r *http.Request) { r.URL.Path = "/../.." },
	} {
		r := request("GET /")
		change(r)
		look(what, r, 0)
	}
}

// Proves of every route that changes something that a page of another site cannot make a
// browser ask for it, whoever is signed in, and that those which the server takes from
// elsewhere are programs with a token.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	hollow, admin := s.hollow(), s.as(t)["admin"]
	n := 0
	for _, route := range s.routes {
		if r := request(route.Pattern); r.Method == http.MethodGet {
			continue
		}
		n++
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://example.com"} {
			r, w := request(route.Pattern), httptest.NewRecorder()
			admin(r)
			r.Header.Set(name, value)
			hollow.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s with %s: %d", route.Pattern, name, w.Code)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d routes change something", n)
	}
}

// Proves that the audit log has words, in every language, for whatever a known visitor can
// change by a route, and for pages that somebody was refused.
func TestActionsHaveWords(t *testing.T) {
	t.Parallel()
	looked := access.ActionID("GET /")
	for _, route := range newServer(t).routes {
		if route.Needs == web.Open {
			continue
		}
		id := access.ActionID(route.Pattern)
		if changes := !strings.HasPrefix(route.Pattern, http.MethodGet); id == "" || changes && id == looked {
			t.Errorf("%s has no words of its own", route.Pattern)
		}
		for _, lang := range message.Languages() {
			if !message.For(lang).Has(id) {
				t.Errorf("%s: no words %q in %s", route.Pattern, id, lang)
			}
		}
	}
}

// Proves that the description of the API has every route below /api/v1 that the server has,
// whoever gives it, and no other.
func TestDescribed(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../../console/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var have, want []string
	for path, methods := range doc.Paths {
		for method := range methods {
			have = append(have, strings.ToUpper(method)+" "+path)
		}
	}
	for _, r := range newServer(t).routes {
		if strings.Contains(r.Pattern, " /api/v1/") {
			want = append(want, strings.ReplaceAll(r.Pattern, "...}", "}"))
		}
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("described:\n%s\nthere:\n%s", strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
}
