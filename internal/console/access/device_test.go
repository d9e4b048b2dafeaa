package access_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"tlsready/internal/console/access"
)

// without is a browser that kept the cookies of another one but for its session.
func (s *site) without(t *testing.T, c *http.Client) *http.Client {
	t.Helper()
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	again := s.browser(t)
	for _, cookie := range c.Jar.Cookies(at) {
		if strings.Contains(cookie.Name, "_known_") {
			again.Jar.SetCookies(at, []*http.Cookie{{Name: cookie.Name, Value: cookie.Value, Path: "/"}})
		}
	}
	return again
}

// try signs in, and gives the status.
func (s *site) try(t *testing.T, c *http.Client, name, word string) int {
	t.Helper()
	return s.send(t, c, "POST", "/sign-in", url.Values{"name": {name}, "password": {word}}).code
}

// flood tries passwords of a name until none is looked at any more.
func (s *site) flood(t *testing.T, name string) {
	t.Helper()
	for range 100 {
		if s.try(t, s.browser(t), name, wrongWord) == http.StatusTooManyRequests {
			return
		}
	}
	t.Fatal("nobody stops a flood")
}

// Proves that a flood of wrong passwords from one address does not keep somebody out of a
// browser in which they signed in before, while it keeps out all others; that such a browser
// is known for one name, until the password changes or a year has passed, and guesses no
// more than others.
func TestKnownBrowsers(t *testing.T) {
	t.Parallel()
	s := opened(t, nil)
	s.stop()
	alice, bob := s.in(t, "alice", password), s.in(t, "bob", password)
	known := s.without(t, alice)
	s.flood(t, "alice")
	s.flood(t, "bob")
	if code := s.try(t, s.browser(t), "alice", password); code != http.StatusTooManyRequests {
		t.Errorf("an unknown browser while it lasts: %d", code)
	}
	if code := s.try(t, s.without(t, bob), "alice", password); code != http.StatusTooManyRequests {
		t.Errorf("a browser of another user: %d", code)
	}
	if code := s.try(t, known, "alice", password); code != http.StatusSeeOther {
		t.Errorf("a known browser: %d", code)
	}
	if code := s.send(t, alice, "POST", "/account/password", url.Values{"old": {wrongWord}, "new": {another}}).code; code != http.StatusForbidden {
		t.Errorf("a wrong password of one who is in: %d", code)
	}
	stolen := s.without(t, bob)
	tries := 0
	for s.try(t, stolen, "bob", wrongWord) == http.StatusUnauthorized && tries < 100 {
		tries++
	}
	if tries > 20 {
		t.Errorf("a known browser guesses %d times at once", tries)
	}
	old := s.without(t, alice)
	if a := s.send(t, alice, "POST", "/account/password", url.Values{"old": {password}, "new": {another}}); a.code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if code := s.try(t, old, "alice", another); code != http.StatusTooManyRequests {
		t.Errorf("a browser of the former password: %d", code)
	}
	if code := s.try(t, s.without(t, alice), "alice", another); code != http.StatusSeeOther {
		t.Errorf("the one in which it was changed: %d", code)
	}
	s.clock.Add(int64(366 * 24 * time.Hour / time.Second))
	s.flood(t, "alice")
	if code := s.try(t, s.without(t, alice), "alice", another); code != http.StatusTooManyRequests {
		t.Errorf("after a year: %d", code)
	}
}

// Proves that nobody makes the cookie of a known browser themselves, by changing any part of
// one, and that it is out of reach of scripts and of other sites.
func TestForgedDevices(t *testing.T) {
	t.Parallel()
	s := opened(t, func(o *access.Options) { o.TLS = true })
	s.stop()
	a := s.send(t, s.browser(t), "POST", "/sign-in", url.Values{"name": {"alice"}, "password": {password}})
	var good *http.Cookie
	for _, text := range a.header.Values("Set-Cookie") {
		if c, err := http.ParseSetCookie(text); err == nil && strings.Contains(c.Name, "_known_") {
			good = c
		}
	}
	if good == nil || !strings.HasPrefix(good.Name, "__Host-") || !good.HttpOnly || !good.Secure || good.SameSite != http.SameSiteStrictMode || good.MaxAge < 300*24*3600 || good.Path != "/" || good.Domain != "" {
		t.Fatalf("%+v", good)
	}
	if strings.Contains(good.Name+good.Value, "alice") {
		t.Errorf("it tells the name: %+v", good)
	}
	s.flood(t, "alice")
	parts := strings.Split(good.Value, ".")
	for _, tc := range []struct {
		value string
		code  int
	}{
		{good.Value, http.StatusSeeOther},
		{"x" + good.Value, http.StatusTooManyRequests},
		{parts[0] + ".9" + parts[1] + "." + parts[2], http.StatusTooManyRequests},
		{parts[0] + "." + parts[1] + ".", http.StatusTooManyRequests},
		{parts[0] + "." + parts[1], http.StatusTooManyRequests},
		{good.Value + ".", http.StatusTooManyRequests},
		{strings.ToUpper(good.Value), http.StatusTooManyRequests},
		{"..", http.StatusTooManyRequests},
	} {
		c := s.browser(t)
		c.Jar, _ = cookiejar.New(nil) // no error without a list
		got := s.send(t, c, "POST", "/sign-in", url.Values{"name": {"alice"}, "password": {password}}, "Cookie", good.Name+"="+tc.value)
		if got.code != tc.code {
			t.Errorf("%q: %d, not %d", tc.value, got.code, tc.code)
		}
	}
}
