package access_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"

	"tlsready/internal/console/access"
	"tlsready/internal/console/web"
	"tlsready/internal/store"
)

// Proves that a password lets in, in every Unicode form, that nothing else does, and that
// neither page nor status tells a name that is not there from a wrong password.
func TestSignIn(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	if v := s.who(t, s.in(t, "alice", password)); v.Name != "alice" || v.Right != web.Admin || !v.Everywhere || !v.Session {
		t.Errorf("alice is %+v", v)
	}
	if v := s.who(t, s.in(t, " ＡＬＩＣＥ ", composed)); v.Name != "alice" {
		t.Errorf("wide letters are %+v", v)
	}
	var pages []string
	for _, tc := range [][2]string{{"alice", wrongWord}, {"nobody", password}, {"alice", ""}, {"", ""}, {"a\x00b", "x"}, {"alice", strings.Repeat("x", 5000)}, {"alice#1", password}} {
		a := s.send(t, s.browser(t), "POST", "/sign-in", url.Values{"name": {tc[0]}, "password": {tc[1]}})
		if a.code != http.StatusUnauthorized || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%q: %d %s", tc, a.code, a.header)
		}
		pages = append(pages, strings.ReplaceAll(a.body, `value="`+tc[0]+`"`, `value=""`))
	}
	if pages[0] != pages[1] {
		t.Error("a name that is not there has another page")
	}
}

// Proves that what a page asks for is answered as its visitor may, and that the language is
// that of the browser.
func TestChallenge(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	c := s.browser(t)
	if a := s.send(t, c, "GET", "/of/view?x=1", nil); a.code != http.StatusSeeOther || a.header.Get("Location") != "/sign-in?to=%2Fof%2Fview%3Fx%3D1" {
		t.Errorf("page: %d %s", a.code, a.header.Get("Location"))
	}
	if a := s.send(t, c, "GET", "/api/v1/view", nil); a.code != http.StatusUnauthorized || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer") {
		t.Errorf("program: %d %v", a.code, a.header)
	}
	if a := s.send(t, c, "GET", "/of/view", nil, "HX-Request", "true"); a.code != http.StatusUnauthorized || a.header.Get("HX-Redirect") != "/sign-in" {
		t.Errorf("part of a page: %d %v", a.code, a.header)
	}
	if a := s.send(t, c, "GET", "/of/open", nil); a.code != http.StatusOK {
		t.Errorf("open: %d", a.code)
	}
	if a := s.send(t, c, "GET", "/sign-in", nil, "Accept-Language", "ja"); a.code != http.StatusOK || !strings.Contains(a.body, "サインイン") || a.header.Get("Content-Security-Policy") == "" {
		t.Errorf("Japanese: %d %s", a.code, a.body)
	}
	bob := s.in(t, "bob", password)
	if a := s.send(t, bob, "GET", "/of/admin", nil); a.code != http.StatusForbidden {
		t.Errorf("bob at what is for administrators: %d", a.code)
	}
	for _, path := range []string{"/people", "/audit", "/api/v1/audit"} {
		if a := s.send(t, bob, "GET", path, nil); a.code != http.StatusForbidden {
			t.Errorf("bob at %s: %d", path, a.code)
		}
	}
}

// Proves that nobody is led out of the server after signing in.
func TestNoOpenRedirection(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	for _, to := range []string{"https://example.com/", "//example.com/", "/\\example.com", "\\\\example.com", "javascript:alert(1)", "/\t/example.com", "", "/sign-out"} {
		a := s.send(t, s.browser(t), "POST", "/sign-in", url.Values{"name": {"alice"}, "password": {password}, "to": {to}})
		if a.code != http.StatusSeeOther || a.header.Get("Location") != "/" {
			t.Errorf("%q: %d %q", to, a.code, a.header.Get("Location"))
		}
	}
}

// Proves what ends a session: signing out, time, a clock that was set back, another
// password, being disabled or removed; and that a session that was planted beforehand is
// not the one that somebody signs in to.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	a := s.db.Accounts()
	change := func(do func(u *store.User)) {
		u, err := a.User(t.Context(), "bob")
		if err == nil {
			do(&u)
			err = a.PutUser(t.Context(), u)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	hash, err := access.NewPasswords(s.cost).Hash(t.Context(), another)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		do    func(c *http.Client)
		alive bool
	}{
		{"nothing", func(*http.Client) {}, true},
		{"half an hour", func(*http.Client) { s.clock.Add(1800) }, true},
		{"idle", func(*http.Client) { s.clock.Add(3600) }, false},
		{"a day of work", func(c *http.Client) {
			for range 13 {
				s.clock.Add(3500)
				s.who(t, c)
			}
		}, false},
		{"six hours of work", func(c *http.Client) {
			for range 6 {
				s.clock.Add(3500)
				s.who(t, c)
			}
		}, true},
		{"the clock is set back a little", func(*http.Client) { s.clock.Add(-60) }, true},
		{"the clock is set back", func(*http.Client) { s.clock.Add(-7200) }, false},
		{"signed out", func(c *http.Client) { s.send(t, c, "POST", "/sign-out", nil) }, false},
		{"another role", func(*http.Client) { change(func(u *store.User) { u.Roles["acme"] = "operate" }) }, true},
		{"disabled", func(*http.Client) { change(func(u *store.User) { u.Disabled = true }) }, false},
		{"another password", func(*http.Client) {
			change(func(u *store.User) { u.Disabled, u.Password = false, hash })
		}, false},
		{"removed and added again", func(*http.Client) {
			if err := a.RemoveUser(t.Context(), "bob"); err != nil {
				t.Fatal(err)
			}
			s.add(t, "bob", map[string]string{"acme": "view"})
		}, false},
	} {
		word := password
		if tc.name == "another password" {
			change(func(u *store.User) { u.Disabled = false })
		}
		if tc.name == "removed and added again" {
			word = another
		}
		c := s.in(t, "bob", word)
		tc.do(c)
		if got := s.who(t, c).Name == "bob"; got != tc.alive {
			t.Errorf("%s: alive %v", tc.name, got)
		}
	}
	planted := s.browser(t)
	at, _ := url.Parse(s.URL)
	planted.Jar.SetCookies(at, []*http.Cookie{{Name: "tlsready", Value: "planted", Path: "/"}})
	s.send(t, planted, "POST", "/sign-in", url.Values{"name": {"alice"}, "password": {password}})
	thief := s.browser(t)
	thief.Jar.SetCookies(at, []*http.Cookie{{Name: "tlsready", Value: "planted", Path: "/"}})
	if s.who(t, thief).Name != "" || s.who(t, planted).Name != "alice" {
		t.Error("a planted session is the one that was signed in to")
	}
}

// Proves that a user changes their own password with the old one alone, that this session
// goes on and the others end.
func TestOwnPassword(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	here, there := s.in(t, "bob", password), s.in(t, "bob", password)
	for _, tc := range []struct {
		old, new, again string
		code            int
	}{
		{wrongWord, another, another, http.StatusForbidden},
		{password, another, another + "x", http.StatusBadRequest},
		{password, "short", "short", http.StatusBadRequest},
		{password, "bobaaaaaaaaaaaaaaaaaaaa", "bobaaaaaaaaaaaaaaaaaaaa", http.StatusBadRequest},
		{password, another, another, http.StatusSeeOther},
	} {
		a := s.send(t, here, "POST", "/account/password", url.Values{"old": {tc.old}, "new": {tc.new}, "again": {tc.again}})
		if a.code != tc.code {
			t.Errorf("%+v: %d %s", tc, a.code, a.body)
		}
	}
	if s.who(t, here).Name != "bob" || s.who(t, there).Name != "" {
		t.Error("the wrong session ended")
	}
}

// Proves that somebody with roles in several tenants changes between them, and into no
// other.
func TestTenants(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	bob := s.in(t, "bob", password)
	if v := s.who(t, bob); v.Tenant != "acme" || v.Right != web.View || len(v.Tenants) != 2 || v.Everywhere {
		t.Errorf("bob begins as %+v", v)
	}
	if a := s.send(t, bob, "POST", "/tenant", url.Values{"tenant": {"zenith"}}); a.code != http.StatusSeeOther {
		t.Errorf("%d %s", a.code, a.body)
	}
	if v := s.who(t, bob); v.Tenant != "zenith" || v.Right != web.Operate {
		t.Errorf("bob is %+v", v)
	}
	carol := s.in(t, "carol", password)
	for _, tenant := range []string{"zenith", "default", "", "*", "nowhere"} {
		if a := s.send(t, carol, "POST", "/tenant", url.Values{"tenant": {tenant}}); a.code != http.StatusForbidden {
			t.Errorf("carol in %q: %d", tenant, a.code)
		}
	}
	if v := s.who(t, carol); v.Tenant != "acme" || v.Tenants != nil {
		t.Errorf("carol is %+v", v)
	}
}

// Proves that a page whose name was made to mean this machine is not answered, and that
// another site's form is not either, whoever is signed in.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	alice := s.in(t, "alice", password)
	for host, code := range map[string]int{
		"rebound.example.com": http.StatusMisdirectedRequest, "rebound.example.com:8443": http.StatusMisdirectedRequest, "192.0.2.1": http.StatusMisdirectedRequest, "": http.StatusOK,
		"localhost:1": http.StatusOK, "127.0.0.1": http.StatusOK, "[::1]:9": http.StatusOK, "127.0.0.1.example.com": http.StatusMisdirectedRequest, "localhost.": http.StatusMisdirectedRequest,
	} {
		if host == "" {
			continue
		}
		if a := s.send(t, alice, "GET", "/of/open", nil, "Host", host); a.code != code {
			t.Errorf("%s: %d", host, a.code)
		}
	}
	for _, path := range []string{"/of/view", "/sign-in", "/sign-out", "/people/user", "/tenant"} {
		for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://example.com"}} {
			if a := s.send(t, alice, "POST", path, url.Values{}, header...); a.code != http.StatusForbidden {
				t.Errorf("%s with %s: %d", path, header, a.code)
			}
		}
	}
	if s.who(t, alice).Name != "alice" {
		t.Error("another site signed alice out")
	}
}

// Proves that no secret stands in the files of the store: no password, token, key of a
// session.
func TestNoSecretInTheStore(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	alice := s.in(t, "alice", password)
	at, _ := url.Parse(s.URL)
	cookie := alice.Jar.Cookies(at)[0].Value
	page := s.send(t, alice, "POST", "/people/token", url.Values{"name": {"nightly"}, "kind": {"api"}, "role": {"operate"}})
	_, after, _ := strings.Cut(page.body, "<code>tlsready_")
	secret, _, _ := strings.Cut(after, "</code>")
	if len(secret) < 30 || len(cookie) < 30 {
		t.Fatalf("token %q, cookie %q", secret, cookie)
	}
	s.send(t, s.browser(t), "POST", "/sign-in", url.Values{"name": {"alice"}, "password": {wrongWord}})
	const slip = "typed-into-the-wrong-field"
	s.send(t, s.browser(t), "POST", "/sign-in", url.Values{"name": {slip}, "password": {""}})
	found := 0
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(s.file + suffix)
		if err != nil {
			continue
		}
		found += strings.Count(string(data), "nightly")
		for _, word := range []string{password, composed, wrongWord, slip, secret, secret[len("api_"):], cookie} {
			if strings.Contains(string(data), word) {
				t.Errorf("%q stands in the store%s", word, suffix)
			}
		}
	}
	if found == 0 {
		t.Error("the test does not see what stands in the store")
	}
}

// Proves that many sign-ins are slowed down, by name and by address, with the time to wait,
// and that a forwarded address counts from a trusted proxy alone.
func TestTooOften(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	s.stop()
	last := answer{}
	for range 25 {
		last = s.send(t, s.browser(t), "POST", "/sign-in", url.Values{"name": {"alice"}, "password": {wrongWord}}, "X-Forwarded-For", "192.0.2.1")
	}
	if last.code != http.StatusTooManyRequests || last.header.Get("Retry-After") == "" {
		t.Errorf("25 tries: %d %v", last.code, last.header)
	}
	s.in(t, "bob", password) // another name
	for i := range 40 {
		last = s.send(t, s.browser(t), "POST", "/sign-in", url.Values{"name": {"n" + string(rune('a'+i%26)) + string(rune('a'+i/26))}, "password": {wrongWord}}, "X-Forwarded-For", "192.0.2."+string(rune('0'+i%10)))
	}
	if last.code != http.StatusTooManyRequests {
		t.Errorf("many names from one address: %d", last.code)
	}
	s.clock.Add(120)
	s.in(t, "alice", password)
}

// Proves who may manage whom: an administrator of a tenant nobody of another, and nobody
// themselves; and that it all is in the audit log, of which each sees their own.
func TestAdministration(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	s.add(t, "frank", nil) // was in another tenant, and is in none
	alice, carol := s.in(t, "alice", password), s.in(t, "carol", password)
	for _, tc := range []struct {
		who  *http.Client
		path string
		form url.Values
		code int
	}{
		{carol, "/people/user", url.Values{"name": {"erin"}, "new": {password}, "role": {"operate"}}, http.StatusSeeOther},
		{carol, "/people/user", url.Values{"name": {"erin"}, "new": {password}, "role": {"admin"}}, http.StatusConflict},
		{carol, "/people/user", url.Values{"name": {"mallory"}, "new": {password}, "role": {"admin"}, "everywhere": {"1"}}, http.StatusForbidden},
		{carol, "/people/user", url.Values{"name": {"mallory"}, "new": {password}, "role": {"work"}}, http.StatusBadRequest},
		{carol, "/people/user", url.Values{"name": {"mal lory"}, "new": {password}, "role": {"view"}}, http.StatusBadRequest},
		{carol, "/people/user", url.Values{"name": {"mallory"}, "new": {"short"}, "role": {"view"}}, http.StatusBadRequest},
		{carol, "/people/role", url.Values{"name": {"erin"}, "role": {"approve"}}, http.StatusSeeOther},
		{carol, "/people/role", url.Values{"name": {"bob"}, "role": {"admin"}}, http.StatusForbidden},
		{carol, "/people/role", url.Values{"name": {"carol"}, "role": {"view"}}, http.StatusForbidden},
		{carol, "/people/password", url.Values{"name": {"alice"}, "new": {another}}, http.StatusForbidden},
		{carol, "/people/disable", url.Values{"name": {"bob"}, "disabled": {"1"}}, http.StatusForbidden},
		{carol, "/people/disable", url.Values{"name": {"nobody"}, "disabled": {"1"}}, http.StatusForbidden},
		{carol, "/people/user", url.Values{"name": {"mallory"}, "new": {password}, "role": {""}}, http.StatusBadRequest},
		{carol, "/people/user", url.Values{"name": {"local"}, "new": {password}, "role": {"view"}}, http.StatusConflict},
		{carol, "/people/password", url.Values{"name": {"frank"}, "new": {another}}, http.StatusForbidden},
		{carol, "/people/role", url.Values{"name": {"frank"}, "role": {"view"}}, http.StatusForbidden},
		{alice, "/people/role", url.Values{"name": {"frank"}, "role": {"view"}}, http.StatusSeeOther},
		{carol, "/people/token", url.Values{"name": {"Alice"}, "kind": {"api"}, "role": {"view"}}, http.StatusConflict},
		{carol, "/people/token", url.Values{"name": {"erin"}, "kind": {"api"}, "role": {"view"}}, http.StatusConflict},
		{carol, "/people/token", url.Values{"name": {""}, "kind": {"api"}, "role": {"view"}}, http.StatusBadRequest},
		{carol, "/people/token", url.Values{"name": {"x"}, "kind": {"god"}}, http.StatusBadRequest},
		{carol, "/people/token", url.Values{"name": {"gpo"}, "kind": {"enrol"}, "days": {"7"}}, http.StatusOK},
		{alice, "/people/role", url.Values{"name": {"bob"}, "role": {"approve"}, "everywhere": {"1"}}, http.StatusSeeOther},
		{alice, "/people/disable", url.Values{"name": {"erin"}, "disabled": {"1"}}, http.StatusSeeOther},
		{alice, "/people/disable", url.Values{"name": {"alice"}, "disabled": {"1"}}, http.StatusForbidden},
	} {
		if a := s.send(t, tc.who, "POST", tc.path, tc.form); a.code != tc.code {
			t.Errorf("%s %v: %d, not %d: %s", tc.path, tc.form, a.code, tc.code, a.body)
		}
	}
	if a := s.send(t, carol, "GET", "/people", nil); a.code != http.StatusOK || !strings.Contains(a.body, "erin") || !strings.Contains(a.body, "bob") || strings.Contains(a.body, "zenith") {
		t.Errorf("the page, which names no other tenant: %d %s", a.code, a.body)
	}
	token := s.tokens(t)[0]
	s.send(t, alice, "POST", "/tenant", url.Values{"tenant": {"zenith"}})
	if a := s.send(t, alice, "POST", "/people/token/remove", url.Values{"hash": {string(token.Hash)}}); a.code != http.StatusNotFound {
		t.Errorf("a token of another tenant: %d", a.code)
	}
	if a := s.send(t, carol, "POST", "/people/token/remove", url.Values{"hash": {string(token.Hash)}}); a.code != http.StatusSeeOther || len(s.tokens(t)) != 0 {
		t.Errorf("a token is revoked: %d", a.code)
	}
	s.audited(t, alice, carol)
}

func (s *site) tokens(t *testing.T) []store.Token {
	t.Helper()
	list, err := s.db.Accounts().Tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// audited looks at what TestAdministration left in the audit log.
func (s *site) audited(t *testing.T, all, one *http.Client) {
	t.Helper()
	type page struct {
		Entries []struct{ Who, Tenant, Action, What, Outcome, From string }
		Next    string
	}
	var whole, own page
	for c, to := range map[*http.Client]*page{all: &whole, one: &own} {
		if err := json.Unmarshal([]byte(s.send(t, c, "GET", "/api/v1/audit?limit=1000", nil).body), to); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for _, e := range whole.Entries {
		seen[strings.Join([]string{e.Who, e.Action, e.What, e.Outcome}, "|")] = e.From == "127.0.0.1"
	}
	for _, want := range []string{"alice|sign-in||done", "carol|user.add|erin|done", "carol|user.add|mallory|refused", "carol|user.role|bob|refused", "carol|token.add|gpo enrol|done", "carol|token.remove|gpo|done", "alice|user.disable|erin|done"} {
		if !seen[want] {
			t.Errorf("the audit log has no %s", want)
		}
	}
	for _, e := range own.Entries {
		if e.Tenant != "acme" {
			t.Errorf("carol sees %+v", e)
		}
	}
	if len(own.Entries) == 0 {
		t.Error("carol sees nothing")
	}
	var by page
	for after, n := "", 0; n < 100; n++ { // entry by entry
		var one page
		if err := json.Unmarshal([]byte(s.send(t, all, "GET", "/api/v1/audit?limit=1"+after, nil).body), &one); err != nil {
			t.Fatal(err)
		}
		by.Entries = append(by.Entries, one.Entries...)
		if after = "&after=" + one.Next; one.Next == "" {
			break
		}
	}
	if !reflect.DeepEqual(by.Entries, whole.Entries) {
		t.Errorf("page by page:\n%+v\nat once:\n%+v", by.Entries, whole.Entries)
	}
	if a := s.send(t, all, "GET", "/audit?who=carol", nil); a.code != http.StatusOK || !strings.Contains(a.body, "user.add") {
		t.Errorf("the page: %d", a.code)
	}
	for _, bad := range []string{"after=x", "after=-1", "limit=0", "limit=99999", "since=yesterday", "before=1"} {
		if a := s.send(t, all, "GET", "/api/v1/audit?"+bad, nil); a.code != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.code)
		}
	}
}
