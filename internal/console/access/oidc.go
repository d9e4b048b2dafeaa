package access

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// OIDC is the OpenID provider at which people sign in.
type OIDC struct {
	Issuer, ClientID, Secret string
	// Back is where the provider leads back to: this server's address for people, without
	// a path.
	Back  string
	Roles Mapping
	// Client reaches the provider; nil for one that takes its time and size into account.
	Client *http.Client
}

func (o *OIDC) host() string {
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" {
		return o.Issuer
	}
	return u.Host
}

// provider is what the provider says of itself, which is asked for when somebody signs in
// first, and again until it answers: a server starts without it.
type provider struct {
	o *OIDC

	mu    sync.Mutex
	known *oidc.Provider
}

// Bounds of what a provider may answer with.
const (
	providerTime = 15 * time.Second
	maxAnswer    = 1 << 20
)

// reached is a context in which the provider is asked.
func (p *provider) reached(ctx context.Context) context.Context {
	c := p.o.Client
	if c == nil {
		c = &http.Client{Timeout: providerTime, Transport: bounded{http.DefaultTransport}}
	}
	return oidc.ClientContext(ctx, c)
}

// bounded cuts off answers that are too long.
type bounded struct{ http.RoundTripper }

// RoundTrip asks.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		a.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(a.Body, maxAnswer), a.Body}
	}
	return a, err
}

// get is the provider, and how this server asks it.
func (p *provider) get(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		// The keys of the provider are asked for later, with this context's client.
		known, err := oidc.NewProvider(p.reached(context.WithoutCancel(ctx)), p.o.Issuer)
		if err != nil {
			return nil, nil, web.Mistake(http.StatusBadGateway, message.Error("access.error.provider", message.Str("provider", p.o.host()), message.Cause("why", err)).Hinted("access.hint.provider"))
		}
		p.known = known
	}
	return p.known, &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.Secret, Endpoint: p.known.Endpoint(),
		RedirectURL: p.o.Back + signInBack, Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}, nil
}

// away is what a browser keeps while its user is at the provider. It is of use to nobody
// else: who has the answer of the provider needs the verifier as well (PKCE, RFC 7636), and
// who plants an answer of their own in somebody's browser has not its state.
type awayState struct {
	State, Nonce, Verifier, To string
	At                         int64
}

// awayTime is how long somebody may take at the provider.
const awayTime = 15 * time.Minute

func (g *Guard) awayCookie(value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: g.sessions.Cookie.Name + "_away", Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: g.o.TLS, SameSite: http.SameSiteLaxMode,
	}
}

// goAway leads to the provider.
func (g *Guard) goAway(w http.ResponseWriter, r *http.Request) {
	if err := turn(g.signInsFrom, block(source(r, g.o.Proxies))); err != nil {
		g.refuse(w, r, err)
		return
	}
	_, config, err := g.provider.get(r.Context())
	if err != nil {
		g.refuse(w, r, err)
		return
	}
	s := awayState{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), To: inside(r.URL.Query().Get("to")), At: g.o.Now().Unix()}
	text, _ := json.Marshal(s) // plain values: no error
	http.SetCookie(w, g.awayCookie(base64.RawURLEncoding.EncodeToString(text), int(awayTime.Seconds())))
	http.Redirect(w, r, config.AuthCodeURL(s.State, oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)), http.StatusSeeOther)
}

// comeBack lets in who comes back from the provider.
func (g *Guard) comeBack(w http.ResponseWriter, r *http.Request) {
	if err := turn(g.signInsFrom, block(source(r, g.o.Proxies))); err != nil {
		g.refuse(w, r, err)
		return
	}
	http.SetCookie(w, g.awayCookie("", -1))
	s, err := g.returned(r)
	if err == nil {
		err = g.takeIn(w, r, s)
	}
	if err != nil {
		g.note(r, store.AuditEntry{Action: "sign-in", What: byProvider, Outcome: refused})
		g.refuse(w, r, err)
		return
	}
	http.Redirect(w, r, inside(s.To), http.StatusSeeOther)
}

// returned is what the browser kept, if the answer belongs to it.
func (g *Guard) returned(r *http.Request) (s awayState, err error) {
	strange := web.Mistake(http.StatusBadRequest, message.Error("access.error.state").Hinted("access.hint.again"))
	kept, err := r.Cookie(g.awayCookie("", 0).Name)
	if err != nil {
		return s, strange
	}
	text, err := base64.RawURLEncoding.DecodeString(kept.Value)
	if err != nil || json.Unmarshal(text, &s) != nil || s.State == "" || s.Nonce == "" {
		return s, strange
	}
	q := r.URL.Query()
	if !same(q.Get("state"), s.State) || g.o.Now().Sub(time.Unix(s.At, 0)).Abs() > awayTime {
		return s, strange
	}
	if iss := q.Get("iss"); iss != "" && iss != g.o.OIDC.Issuer { // RFC 9207: the answer of another provider
		return s, strange
	}
	if said := q.Get("error"); said != "" {
		return s, web.Mistake(http.StatusForbidden, message.Error("access.error.provider-refused", message.Str("provider", g.o.OIDC.host()), message.Quote("why", cut(said+" "+q.Get("error_description")))))
	}
	return s, nil
}

// takeIn makes a session of an answer of the provider.
func (g *Guard) takeIn(w http.ResponseWriter, r *http.Request, s awayState) error {
	claims, id, err := g.claims(r.Context(), r.URL.Query().Get("code"), s)
	if err != nil {
		return err
	}
	u, err := g.foreign(r.Context(), claims, id)
	if err != nil {
		return err
	}
	if err := g.begin(w, r, byProvider, u); err != nil {
		return away(err)
	}
	g.note(r, store.AuditEntry{Who: u.Name, Action: "sign-in", What: byProvider, Outcome: done})
	return nil
}

// claims are what the provider says of who signed in there.
func (g *Guard) claims(ctx context.Context, code string, s awayState) (map[string]any, *oidc.IDToken, error) {
	p, config, err := g.provider.get(ctx)
	if err != nil {
		return nil, nil, err
	}
	bad := func(err error) error {
		return web.Mistake(http.StatusForbidden, message.Error("access.error.answer", message.Str("provider", g.o.OIDC.host()), message.Cause("why", err)).Hinted("access.hint.again"))
	}
	ctx = g.provider.reached(ctx)
	answer, err := config.Exchange(ctx, code, oauth2.VerifierOption(s.Verifier))
	if err != nil {
		return nil, nil, bad(err)
	}
	raw, _ := answer.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: g.o.OIDC.ClientID, Now: g.o.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, nil, bad(err)
	}
	if !same(id.Nonce, s.Nonce) {
		return nil, nil, bad(message.Error("access.error.nonce"))
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, nil, bad(err)
	}
	return claims, id, nil
}

// foreignMark stands in the names of users of the provider between what they are called
// and a digest of what they are: names at a provider can change hands, subjects cannot
// (OpenID Connect Core 1.0, section 5.7).
const foreignMark = "#"

// foreign is the user of the provider, with the roles that the claims stand for today.
func (g *Guard) foreign(ctx context.Context, claims map[string]any, id *oidc.IDToken) (store.User, error) {
	roles := g.o.OIDC.Roles.roles(claims)
	sum := sha256.Sum256([]byte(id.Issuer + "\x00" + id.Subject))
	name := cut(g.o.OIDC.Roles.called(claims, id.Subject)) + foreignMark + hex.EncodeToString(sum[:5])
	if len(roles) == 0 {
		return store.User{}, web.Mistake(http.StatusForbidden, message.Error("access.error.no-role", message.Quote("user", name)).Hinted("access.hint.no-role"))
	}
	u, err := g.foreigner(ctx, name, foreignMark+hex.EncodeToString(sum[:5]))
	switch {
	case err != nil:
		return u, err
	case u.Disabled:
		return u, web.Mistake(http.StatusForbidden, message.Error("access.error.disabled"))
	}
	u.Roles = roles
	if err := g.accounts.PutUser(ctx, u); err != nil {
		return u, away(err)
	}
	return u, nil
}

// foreigner is the user with a digest, under whatever name they were here before: somebody
// who is disabled stays so under another name.
func (g *Guard) foreigner(ctx context.Context, name, digest string) (store.User, error) {
	users, err := g.accounts.Users(ctx)
	if err != nil {
		return store.User{}, away(err)
	}
	for _, u := range users {
		if len(u.Name) > len(digest) && u.Name[len(u.Name)-len(digest):] == digest {
			return u, nil
		}
	}
	return store.User{Name: name, Created: g.o.Now()}, nil
}
