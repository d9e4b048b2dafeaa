package access_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsready/internal/console/access"
	"tlsready/internal/console/web"
)

// idp is a small OpenID provider: it lets everybody in, and says of them what a test wants.
type idp struct {
	*httptest.Server
	key, other *rsa.PrivateKey

	mu      sync.Mutex
	codes   map[string]url.Values // the request of each code that was not used
	change  func(claims map[string]any)
	forge   bool   // sign with another key
	keyless bool   // sign with nothing
	secret  string // of the client
}

func provider(t *testing.T) *idp {
	t.Helper()
	p := &idp{codes: map[string]url.Values{}, secret: "client secret", change: func(map[string]any) {}}
	for _, to := range []**rsa.PrivateKey{&p.key, &p.other} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		*to = key
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		web.WriteJSON(w, http.StatusOK, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		web.WriteJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("/auth", p.authorize)
	mux.HandleFunc("/token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// authorize gives a code to whoever comes, and leads back.
func (p *idp) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = r.URL.Query()
	back := r.URL.Query().Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {r.URL.Query().Get("state")}, "iss": {p.URL}}.Encode()
	http.Redirect(w, r, back, http.StatusFound)
}

// token gives an ID token for a code, once, to the client that began (RFC 7636).
func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	_, secret, ok := r.BasicAuth()
	secret, _ = url.QueryUnescape(secret)
	if !known || !ok || secret != p.secret || asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") != b64(sum[:]) {
		web.WriteJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{
		"iss": p.URL, "aud": asked.Get("client_id"), "sub": "1234", "nonce": asked.Get("nonce"), "iat": time.Now().Unix(), "exp": time.Now().Add(2 * time.Hour).Unix(), // the clock of the guard goes on in the tests

		"preferred_username": "erin", "groups": []string{"staff", "osaka-ops"},
	}
	p.change(claims)
	web.WriteJSON(w, http.StatusOK, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": p.sign(claims)})
}

func (p *idp) sign(claims map[string]any) string {
	alg, key := "RS256", p.key
	if p.forge {
		key = p.other
	}
	if p.keyless {
		alg = "none"
	}
	body, _ := json.Marshal(claims)
	text := b64(fmt.Appendf(nil, `{"alg":%q,"kid":"1"}`, alg)) + "." + b64(body)
	if p.keyless {
		return text + "."
	}
	sum := sha256.Sum256([]byte(text))
	signature, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	return text + "." + b64(signature)
}

// rules are those of the tests.
const rules = `name: preferred_username
rules:
  - {claim: groups, is: osaka-ops, role: operate, tenant: acme}
  - {claim: groups, is: staff, role: view, tenant: acme}
  - {claim: groups, is: tls-admins, role: admin, tenant: "*"}
  - {claim: email, is: boss@example.com, role: approve, tenant: zenith}
`

// withProvider is a console at which people sign in elsewhere.
func withProvider(t *testing.T) (*site, *idp) {
	t.Helper()
	p := provider(t)
	m, err := access.ReadMapping([]byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	o := &access.OIDC{Issuer: p.URL, ClientID: "tlsready", Secret: p.secret, Roles: m}
	s := opened(t, func(to *access.Options) { to.OIDC = o })
	o.Back = s.URL
	return s, p
}

// round goes to the provider and back; change may tamper with what comes back.
func (s *site) round(t *testing.T, c *http.Client, change func(back *url.URL)) answer {
	t.Helper()
	away := s.send(t, c, "GET", "/sign-in/away?to=/of/view", nil)
	if away.code != http.StatusSeeOther {
		t.Fatalf("away: %d %s", away.code, away.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, away.header.Get("Location"), nil)
	if err != nil {
		t.Fatal(err)
	}
	at, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = at.Body.Close()
	back, err := url.Parse(at.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(back)
	}
	return s.send(t, c, "GET", back.RequestURI(), nil)
}

// Proves that the provider's word lets in, with the roles that the rules give, that a user
// is known again under another name, and that one who is disabled stays out.
func TestProvider(t *testing.T) {
	t.Parallel()
	s, p := withProvider(t)
	c := s.browser(t)
	if a := s.round(t, c, nil); a.code != http.StatusSeeOther || a.header.Get("Location") != "/of/view" {
		t.Fatalf("back: %d %s", a.code, a.body)
	}
	v := s.who(t, c)
	if !strings.HasPrefix(v.Name, "erin#") || v.Right != web.Operate || v.Tenant != "acme" || v.Everywhere {
		t.Errorf("erin is %+v", v)
	}
	p.change = func(claims map[string]any) {
		claims["preferred_username"], claims["groups"] = "alice", []string{"tls-admins"}
	}
	again := s.browser(t)
	s.round(t, again, nil)
	if w := s.who(t, again); w.Name != v.Name || !w.Everywhere {
		t.Errorf("under another name: %+v", w)
	}
	if w := s.who(t, c); !w.Everywhere {
		t.Errorf("the older session has other roles: %+v", w)
	}
	u, err := s.db.Accounts().User(t.Context(), v.Name)
	if err == nil {
		u.Disabled = true
		err = s.db.Accounts().PutUser(t.Context(), u)
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.who(t, c).Name != "" {
		t.Error("a disabled user is still in")
	}
	if a := s.round(t, s.browser(t), nil); a.code != http.StatusForbidden {
		t.Errorf("a disabled user comes back: %d", a.code)
	}
	if a := s.send(t, s.browser(t), "POST", "/sign-in", url.Values{"name": {v.Name}, "password": {""}}); a.code != http.StatusUnauthorized {
		t.Errorf("with an empty password: %d", a.code)
	}
}

// Proves that an answer that is not for this sign-in, this server or this moment lets nobody
// in, nor does one that the provider has not signed.
func TestBadAnswers(t *testing.T) {
	t.Parallel()
	s, p := withProvider(t)
	set := func(name string, value any) func(map[string]any) { return func(c map[string]any) { c[name] = value } }
	for name, change := range map[string]func(map[string]any){
		"another nonce": set("nonce", "x"), "no nonce": set("nonce", ""), "another audience": set("aud", "another"), "another issuer": set("iss", "https://login.example.com"),
		"expired": set("exp", time.Now().Add(-time.Hour).Unix()), "not yet": set("nbf", time.Now().Add(time.Hour).Unix()),
		"no role": set("groups", []string{"others"}), "no groups": set("groups", 7), "an address that is not verified": func(c map[string]any) { c["groups"], c["email"] = nil, "boss@example.com" },
	} {
		p.change = change
		c := s.browser(t)
		if a := s.round(t, c, nil); a.code != http.StatusForbidden || s.who(t, c).Name != "" {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
		s.clock.Add(60) // for the limit of sign-ins
	}
	p.change = func(map[string]any) {}
	for _, to := range []*bool{&p.forge, &p.keyless} {
		*to = true
		if a := s.round(t, s.browser(t), nil); a.code != http.StatusForbidden {
			t.Errorf("a forged signature: %d", a.code)
		}
		*to = false
	}
	query := func(name, value string) func(*url.URL) {
		return func(u *url.URL) {
			q := u.Query()
			q.Set(name, value)
			u.RawQuery = q.Encode()
		}
	}
	for name, tc := range map[string]struct {
		change func(*url.URL)
		code   int
	}{
		"another state":      {query("state", "x"), http.StatusBadRequest},
		"no state":           {query("state", ""), http.StatusBadRequest},
		"another provider":   {query("iss", "https://login.example.com"), http.StatusBadRequest},
		"another code":       {query("code", "x"), http.StatusForbidden},
		"refused":            {query("error", "access_denied"), http.StatusForbidden},
		"too late":           {func(*url.URL) { s.clock.Add(1000) }, http.StatusBadRequest},
		"nothing is changed": {nil, http.StatusSeeOther},
	} {
		if a := s.round(t, s.browser(t), tc.change); a.code != tc.code {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
	}
	var back string
	s.round(t, s.browser(t), func(u *url.URL) { back = u.RequestURI() })
	if a := s.send(t, s.browser(t), "GET", back, nil); a.code != http.StatusBadRequest {
		t.Errorf("in another browser: %d", a.code)
	}
}

// Proves that a provider that does not answer is told of, and that passwords are taken
// meanwhile.
func TestProviderIsAway(t *testing.T) {
	t.Parallel()
	s, p := withProvider(t)
	p.Close()
	if a := s.send(t, s.browser(t), "GET", "/sign-in/away", nil); a.code != http.StatusBadGateway || !strings.Contains(a.body, "does not answer") {
		t.Errorf("%d %s", a.code, a.body)
	}
	s.in(t, "alice", password)
}
