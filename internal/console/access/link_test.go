package access_test

import (
	"net/http"
	"net/url"
	"testing"

	"tlsready/internal/console/access"
	"tlsready/internal/console/web"
)

// Proves that a server which trusts this machine lets everybody in as long as there is no
// administrator, by this machine's names alone, and nobody afterwards.
func TestTrust(t *testing.T) {
	t.Parallel()
	s := opened(t, func(o *access.Options) { o.Trust = true })
	c := s.browser(t)
	if v := s.who(t, c); v.Right != web.Open {
		t.Errorf("beside administrators: %+v", v)
	}
	for _, name := range []string{"alice", "carol"} {
		if err := s.db.Accounts().RemoveUser(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if v := s.who(t, c); v.Right != web.Admin || v.Tenant != "acme" || v.Session {
		t.Errorf("without administrators: %+v", v)
	}
	if a := s.send(t, c, "POST", "/tenant", url.Values{"tenant": {"zenith"}}); a.code != http.StatusSeeOther || s.who(t, c).Tenant != "zenith" {
		t.Errorf("another tenant: %d, %+v", a.code, s.who(t, c))
	}
	a := s.send(t, c, "POST", "/people/user", url.Values{"name": {"dave"}, "new": {password}, "role": {"admin"}, "everywhere": {"1"}})
	if v := s.who(t, c); a.code != http.StatusSeeOther || v.Right != web.Open {
		t.Errorf("after dave was added (%d): %+v", a.code, v)
	}
}

// Proves that the link lets in as long as there is no administrator, and with its key alone.
func TestLink(t *testing.T) {
	t.Parallel()
	s := opened(t, func(o *access.Options) { o.Key = "the-key" })
	for _, name := range []string{"alice", "carol"} {
		if err := s.db.Accounts().RemoveUser(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	c := s.browser(t)
	if a := s.send(t, c, "GET", "/sign-in/link?key=another", nil); a.code != http.StatusForbidden || s.who(t, c).Name != "" {
		t.Errorf("another key: %d", a.code)
	}
	if a := s.send(t, c, "GET", access.LinkPath("the-key"), nil); a.code != http.StatusSeeOther {
		t.Errorf("the key: %d %s", a.code, a.body)
	}
	if v := s.who(t, c); v.Right != web.Admin || !v.Everywhere {
		t.Errorf("by the link: %+v", v)
	}
	a := s.send(t, c, "POST", "/people/user", url.Values{"name": {"dave"}, "new": {password}, "role": {"admin"}, "everywhere": {"1"}})
	if a.code != http.StatusSeeOther {
		t.Errorf("dave is added: %d %s", a.code, a.body)
	}
	if s.who(t, c).Name != "" {
		t.Error("the link goes on beside an administrator")
	}
	if a := s.send(t, c, "GET", access.LinkPath("the-key"), nil); a.code != http.StatusForbidden {
		t.Errorf("the key beside an administrator: %d", a.code)
	}
	if v := s.who(t, s.in(t, "dave", password)); v.Right != web.Admin {
		t.Errorf("dave is %+v", v)
	}
}
