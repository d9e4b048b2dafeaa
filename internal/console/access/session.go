package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/alexedwards/scs/v2"

	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// How long a session lasts: a working day at most, and an hour in which nobody asks for
// anything. OWASP's session management cheat sheet has four to eight hours and 15 to 30
// minutes for offices; a list that is open beside other work is looked at less often.
const (
	sessionLife = 12 * time.Hour
	sessionIdle = time.Hour
	// seenEvery is how exactly is known when somebody was last here: not every page of a
	// reader has to be a write to the store.
	seenEvery = time.Minute
	// skew is how far a clock may have been set back while a session went on.
	skew = 5 * time.Minute
)

// What is kept in a session.
const (
	keyKind   = "kind"
	keyName   = "name"
	keyMark   = "mark"
	keyTenant = "tenant"
	keyBegun  = "begun"
	keySeen   = "seen"
)

// How somebody came in.
const (
	byLink     = "link"
	byPassword = "password"
	byProvider = "provider"
)

// everyTenant stands for all tenants in the roles of a user.
const everyTenant = "*"

// linkUser is the name of the one who came by the link that the server printed.
const linkUser = "local"

// newSessions keeps sessions in the store. The cookie goes over https alone where there is
// any, is out of reach of scripts, and is sent along when somebody follows a link from a
// mail but with no form of another site (Lax); what changes something is kept from other
// sites by [http.CrossOriginProtection] as well. It ends with the browser.
func newSessions(o Options, kept store.Sessions) *scs.SessionManager {
	s := scs.New()
	s.Store = kept
	s.Lifetime = sessionLife
	s.Cookie.Name = o.Cookie
	if o.TLS {
		s.Cookie.Name = "__Host-" + o.Cookie // no other host of the domain can set it (RFC 6265bis, section 4.1.3.2)
	}
	s.Cookie.Secure = o.TLS
	s.Cookie.HttpOnly = true
	s.Cookie.SameSite = http.SameSiteLaxMode
	s.Cookie.Persist = false
	return s
}

func (g *Guard) cookie(r *http.Request) string {
	c, err := r.Cookie(g.sessions.Cookie.Name)
	if err != nil {
		return ""
	}
	return c.Value
}

// begin lets somebody in. The token of the session is a new one, so that nobody can have
// given it to the browser beforehand.
func (g *Guard) begin(w http.ResponseWriter, r *http.Request, kind string, u store.User) error {
	ctx := r.Context()
	if err := g.sessions.Clear(ctx); err != nil {
		return err
	}
	if err := g.sessions.RenewToken(ctx); err != nil {
		return err
	}
	now := g.o.Now().Unix()
	for key, value := range map[string]string{
		keyKind: kind, keyName: u.Name, keyMark: mark(u), keyTenant: g.o.Tenant,
		keyBegun: strconv.FormatInt(now, 10), keySeen: strconv.FormatInt(now, 10),
	} {
		g.sessions.Put(ctx, key, value)
	}
	if kind == byPassword {
		http.SetCookie(w, g.deviceCookie(u))
	}
	return g.commit(w, r)
}

func (g *Guard) commit(w http.ResponseWriter, r *http.Request) error {
	token, until, err := g.sessions.Commit(r.Context())
	if err == nil {
		g.sessions.WriteSessionCookie(r.Context(), w, token, until)
	}
	return err
}

// end ends a session, in the store and in the browser.
func (g *Guard) end(w http.ResponseWriter, r *http.Request) error {
	g.sessions.WriteSessionCookie(r.Context(), w, "", time.Time{})
	return g.sessions.Destroy(r.Context())
}

// mark changes with the password of a user, and with the user: a session that has another
// one is over.
func mark(u store.User) string {
	sum := sha256.Sum256([]byte(u.Password + "\x00" + strconv.FormatInt(u.Created.Unix(), 10)))
	return hex.EncodeToString(sum[:])
}

// bySession is who signed in. Whether a user may still come in is asked of the store each
// time, so that somebody who was disabled, or whose password was changed, is out at once.
func (g *Guard) bySession(w http.ResponseWriter, r *http.Request) (web.Visitor, error) {
	ctx := r.Context()
	name := g.sessions.GetString(ctx, keyName)
	if name == "" {
		return web.Visitor{}, nil
	}
	now := g.o.Now()
	begun, seen := g.moment(ctx, keyBegun), g.moment(ctx, keySeen)
	u, err := g.user(ctx, g.sessions.GetString(ctx, keyKind), name)
	switch {
	case err != nil:
		return web.Visitor{}, err
	case u.Disabled, mark(u) != g.sessions.GetString(ctx, keyMark), now.Sub(begun) >= sessionLife, begun.Sub(now) > skew, now.Sub(seen) >= sessionIdle:
		return web.Visitor{}, g.end(w, r)
	}
	if now.Sub(seen).Abs() >= seenEvery {
		g.sessions.Put(ctx, keySeen, strconv.FormatInt(now.Unix(), 10))
		if _, _, err := g.sessions.Commit(ctx); err != nil {
			return web.Visitor{}, away(err)
		}
	}
	return g.standing(ctx, u, g.sessions.GetString(ctx, keyTenant))
}

// moment is a time in a session; the beginning of time if there is none.
func (g *Guard) moment(ctx context.Context, key string) time.Time {
	seconds, err := strconv.ParseInt(g.sessions.GetString(ctx, key), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// user is somebody who came in once; disabled if they may not any more.
func (g *Guard) user(ctx context.Context, kind, name string) (store.User, error) {
	if kind == byLink {
		keyed, err := g.keyed(ctx)
		if err != nil {
			err = away(err)
		}
		u := linked()
		u.Disabled = !keyed
		return u, err
	}
	u, err := g.accounts.User(ctx, name)
	if gone := (*store.NoUserError)(nil); errors.As(err, &gone) {
		return store.User{Disabled: true}, nil
	}
	if err != nil {
		err = away(err)
	}
	u.Disabled = u.Disabled || kind == byProvider && g.o.OIDC == nil
	return u, err
}

// linked is who came by the link.
func linked() store.User {
	return store.User{Name: linkUser, Roles: map[string]string{everyTenant: web.Admin.String()}}
}

// standing is what a user may in the tenant that they chose, or in the first that they may
// see anything of.
func (g *Guard) standing(ctx context.Context, u store.User, tenant string) (web.Visitor, error) {
	v := web.Visitor{Name: u.Name, Session: true, Everywhere: roleOf(u.Roles[everyTenant]) == web.Admin}
	known, err := g.o.Store.Tenants(ctx)
	if err != nil {
		return v, away(err)
	}
	for _, t := range known {
		if rightIn(u, t) > web.Open {
			v.Tenants = append(v.Tenants, t)
		}
	}
	if !slices.Contains(v.Tenants, tenant) {
		tenant = g.o.Tenant
	}
	if len(v.Tenants) > 0 && !slices.Contains(v.Tenants, tenant) {
		tenant = v.Tenants[0]
	}
	v.Tenant, v.Right = tenant, rightIn(u, tenant)
	if v.Right == web.Open {
		return v, web.Mistake(http.StatusForbidden, message.Error("access.error.no-tenant", message.Str("user", u.Name)).Hinted("access.hint.no-tenant"))
	}
	if len(v.Tenants) == 1 {
		v.Tenants = nil
	}
	return v, nil
}

// rightIn is what a user may in a tenant.
func rightIn(u store.User, tenant string) web.Right {
	return max(roleOf(u.Roles[everyTenant]), roleOf(u.Roles[tenant]))
}

// roleOf is the right that a role stands for; [web.Open] for what is no role.
func roleOf(role string) web.Right {
	for _, r := range roles() {
		if r.String() == role {
			return r
		}
	}
	return web.Open
}

func roles() []web.Right { return []web.Right{web.View, web.Operate, web.Approve, web.Admin} }

// Roles are the names of the roles, from the least to the most.
func Roles() []string {
	list := make([]string, 0, len(roles()))
	for _, r := range roles() {
		list = append(list, r.String())
	}
	return list
}
