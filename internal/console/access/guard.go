// Package access finds out who asks: people by a session that they signed in for, with a
// password or at their organisation's OpenID provider; programs by a token; workers by a
// token or a certificate. It says what they may, bounds how often they ask, and writes down
// what they did.
package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Options are what a guard is made of.
type Options struct {
	Store store.Database
	// Tenant is the one that somebody with several sees first.
	Tenant string
	Now    func() time.Time
	Log    *slog.Logger
	// TLS says that people reach the server by https.
	TLS bool
	// Names are the names by which the server is reached, besides those of this machine
	// alone; nil takes every name, for a server whose certificate says which are its own.
	Names []string
	// Key lets the person in who started the server, as long as there is no administrator;
	// "" lets nobody in without a user.
	Key string
	// Trust takes everybody who comes for the person who started the server, as long as
	// there is no administrator: for a server that this machine alone can reach.
	Trust bool
	// Cookie is the name of the cookie of sessions.
	Cookie string
	// Proxies are those whose word counts on where a request came from.
	Proxies []netip.Prefix
	// OIDC is the provider at which people sign in; nil for none.
	OIDC *OIDC
	// Cost is that of passwords.
	Cost Cost
}

// Guard is that of the console, see [tlsready/internal/console.Guard].
type Guard struct {
	o         Options
	accounts  store.Accounts
	sessions  *scs.SessionManager
	passwords *Passwords
	look      *look.Look
	provider  provider

	signInsFrom, signInsAs, signInsBy, badTokens, requests, reports, leases, uploads *limiter

	mu  sync.RWMutex
	own map[string]bool // the patterns of its routes, which write down themselves what was done
}

//go:embed templates
var templates embed.FS

// New makes a guard.
func New(o Options) (*Guard, error) {
	l, err := look.New(templates)
	if err != nil {
		return nil, err
	}
	g := &Guard{
		o: o, accounts: o.Store.Accounts(), look: l, passwords: NewPasswords(o.Cost), own: map[string]bool{},
		signInsFrom: newLimiter(signInsFrom, o.Now), signInsAs: newLimiter(signInsAs, o.Now), signInsBy: newLimiter(signInsBy, o.Now),
		badTokens: newLimiter(badTokens, o.Now), requests: newLimiter(requests, o.Now),
		reports: newLimiter(reports, o.Now), leases: newLimiter(leases, o.Now), uploads: newLimiter(uploads, o.Now),
	}
	g.provider.o = o.OIDC
	g.sessions = newSessions(o, g.accounts.Sessions())
	return g, nil
}

// Around finds out who asks.
func (g *Guard) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		web.From(r.Context(), source(r, g.o.Proxies).String())
		if g.o.Names != nil && !named(r.Host, g.o.Names) {
			web.Refuse(w, r, web.Mistake(http.StatusMisdirectedRequest, message.Error("access.error.name", message.Quote("name", cut(r.Host))).Hinted("access.hint.name")))
			return
		}
		w.Header().Set("Cache-Control", "no-store") // what is public says so itself
		if g.o.TLS && !ofThisMachine(r.Host) {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		ctx, err := g.sessions.Load(r.Context(), g.cookie(r))
		if err != nil {
			g.refuse(w, r, away(err))
			return
		}
		g.ask(w, r.WithContext(ctx), next)
	})
}

// away is the error of a store that does not answer.
func away(err error) error {
	return web.Mistake(http.StatusServiceUnavailable, message.Error("access.error.store", message.Cause("why", err)))
}

// ask lets a request through as that of the one who asks.
func (g *Guard) ask(w http.ResponseWriter, r *http.Request, next http.Handler) {
	v, err := g.visitor(w, r)
	if err == nil {
		err = g.bounded(v, r)
	}
	if err != nil {
		g.refuse(w, r, err)
		return
	}
	ctx, remark := web.Remarked(web.With(r.Context(), v))
	r = r.WithContext(ctx)
	a := &answered{ResponseWriter: w, code: http.StatusOK}
	next.ServeHTTP(a, r)
	g.writeDown(v, r, a.code, *remark)
}

// visitor is who asks: nobody, if nothing says it.
func (g *Guard) visitor(w http.ResponseWriter, r *http.Request) (v web.Visitor, err error) {
	if said := r.Header.Get("Authorization"); said != "" {
		t, err := g.byToken(r, said)
		if err != nil {
			return v, err
		}
		return holder(t), nil
	}
	if v, err = g.byCertificate(r); err == nil && v.Right == web.Open {
		v, err = g.bySession(w, r)
	}
	if err == nil && v.Right == web.Open && g.o.Trust {
		v, err = g.trusted(r.Context())
	}
	return v, err
}

// trusted is the person who started the server, as long as there is no administrator.
func (g *Guard) trusted(ctx context.Context) (web.Visitor, error) {
	administered, err := Administered(ctx, g.accounts)
	if err != nil {
		return web.Visitor{}, away(err)
	}
	if administered {
		return web.Visitor{}, nil
	}
	v, err := g.standing(ctx, linked(), g.sessions.GetString(ctx, keyTenant))
	v.Session = false
	return v, err
}

// bounded says whether a visitor asks too often.
func (g *Guard) bounded(v web.Visitor, r *http.Request) error {
	if v.Right == web.Open {
		return nil
	}
	key := "user " + v.Name
	if v.Token {
		key = "token " + v.ID
	}
	limits := []*limiter{g.requests}
	switch {
	case v.Right == web.Work:
		limits = []*limiter{g.leases}
	case v.Right == web.Enrol:
		limits = []*limiter{g.reports}
	case changes(r):
		limits = append(limits, g.uploads)
	}
	for _, l := range limits {
		if err := turn(l, key); err != nil {
			return err
		}
	}
	return nil
}

// changes says whether a request may change something (RFC 9110, section 9.2.1).
func changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions
}

// answered remembers the status of an answer.
type answered struct {
	http.ResponseWriter
	code  int
	wrote bool
}

func (a *answered) WriteHeader(code int) {
	if !a.wrote && code >= http.StatusOK {
		a.code, a.wrote = code, true
	}
	a.ResponseWriter.WriteHeader(code)
}

func (a *answered) Write(b []byte) (int, error) {
	a.wrote = true
	return a.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Challenge shows people where to sign in, and tells programs that they have to.
func (g *Guard) Challenge(w http.ResponseWriter, r *http.Request) {
	to := signIn
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		to = linkTo(signIn, "to", r.URL.RequestURI())
	}
	switch {
	case web.IsAPI(r):
		w.Header().Set("WWW-Authenticate", "Bearer realm=\"tlsready\"")
		web.Refuse(w, r, web.Mistake(http.StatusUnauthorized, message.Error("access.error.nobody").Hinted("access.hint.nobody")))
	case r.Header.Get("HX-Request") != "":
		w.Header().Set("HX-Redirect", signIn)
		w.WriteHeader(http.StatusUnauthorized)
	default:
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
}

// keyed says whether the person who started the server may come in by the link: as long as
// there is nobody who could let others in.
func (g *Guard) keyed(ctx context.Context) (bool, error) {
	if g.o.Key == "" {
		return false, nil
	}
	administered, err := Administered(ctx, g.accounts)
	return !administered, err
}

// Administered says whether there is a user who may let others in.
func Administered(ctx context.Context, a store.Accounts) (bool, error) {
	users, err := a.Users(ctx)
	for _, u := range users {
		if u.Disabled || u.Password == "" {
			continue
		}
		for _, role := range u.Roles {
			if role == web.Admin.String() {
				return true, err
			}
		}
	}
	return false, err
}

// same compares secrets in a time that says nothing of them.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// keepAudit is how long the audit log is kept: a year, and the time in which its accounts
// are looked through.
const keepAudit = 400 * 24 * time.Hour

// Tidy removes what is over, now and each hour until the context ends.
func (g *Guard) Tidy(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		now := g.o.Now()
		if err := g.accounts.Expire(ctx, now, store.DayOf(now.Add(-keepAudit))); err != nil && ctx.Err() == nil {
			g.o.Log.Warn("what is over was not removed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
