package access

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Where people sign in. The page of the link is what the server prints when it starts.
const (
	signIn     = "/sign-in"
	signInLink = "/sign-in/link"
	signInAway = "/sign-in/away"
	signInBack = "/sign-in/back"
	signedOut  = "/sign-out"
)

// maxForm bounds what a form of these pages sends.
const maxForm = 16 << 10

// LinkPath is the path of the link that lets in who started the server.
func LinkPath(key string) string { return linkTo(signInLink, "key", key) }

func linkTo(path, name, value string) string {
	return path + "?" + url.Values{name: {value}}.Encode()
}

// Routes are those of signing in and out, of accounts, and of the audit log.
func (g *Guard) Routes() []web.Route {
	list := []web.Route{
		{Pattern: "GET " + signIn, Handle: g.showSignIn},
		{Pattern: "POST " + signIn, Handle: g.formed(g.signIn)},
		{Pattern: "GET " + signInLink, Handle: g.signInByLink},
		{Pattern: "POST " + signedOut, Handle: g.signOut},
		{Pattern: "POST /tenant", Needs: web.View, Handle: g.formed(g.changeTenant)},
		{Pattern: "GET /account", Needs: web.View, Handle: g.showAccount},
		{Pattern: "POST /account/password", Needs: web.View, Handle: g.formed(g.changePassword)},
	}
	if g.o.OIDC != nil {
		list = append(list, web.Route{Pattern: "GET " + signInAway, Handle: g.goAway}, web.Route{Pattern: "GET " + signInBack, Handle: g.comeBack})
	}
	list = append(append(list, g.administration()...), g.auditRoutes()...)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range list {
		g.own[r.Pattern] = true
	}
	return list
}

// formed reads the form of a request, and says what went wrong.
func (g *Guard) formed(do func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		err := r.ParseForm()
		if err == nil {
			err = do(w, r)
		} else if web.StatusOf(err) == http.StatusInternalServerError {
			err = web.Mistake(http.StatusBadRequest, message.Error("access.error.form"))
		}
		if err != nil {
			g.refuse(w, r, err)
		}
	}
}

// signInPage is what the page of signing in shows.
type signInPage struct {
	To, Name, Wrong, Hint string
	Passwords, Link, Out  bool
	Away, Provider        string // where the provider is, and what it is called
}

func (g *Guard) showSignIn(w http.ResponseWriter, r *http.Request) {
	to := inside(r.URL.Query().Get("to"))
	if web.Of(r.Context()).Session {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	g.askToSignIn(w, r, http.StatusOK, signInPage{To: to, Out: r.URL.Query().Has("out")})
}

// askToSignIn shows the page of signing in.
func (g *Guard) askToSignIn(w http.ResponseWriter, r *http.Request, code int, p signInPage) {
	users, err := g.accounts.Users(r.Context())
	if err != nil {
		g.refuse(w, r, away(err))
		return
	}
	for _, u := range users {
		p.Passwords = p.Passwords || u.Password != ""
	}
	if p.Link, err = g.keyed(r.Context()); err != nil {
		g.refuse(w, r, away(err))
		return
	}
	if g.o.OIDC != nil {
		p.Away, p.Provider = linkTo(signInAway, "to", p.To), g.o.OIDC.host()
	}
	g.look.Show(w, r, code, look.Page{Title: g.look.Parts(r).W.Text("pages.access.sign-in"), Body: "sign-in", Data: p, Plain: true})
}

// signIn lets in who knows the password of a user. Whoever is not let in learns nothing of
// why, neither in words nor in time.
func (g *Guard) signIn(w http.ResponseWriter, r *http.Request) error {
	typed, password := r.PostForm.Get("name"), r.PostForm.Get("password")
	to := inside(r.PostForm.Get("to"))
	name, err := UserName(typed)
	if err != nil {
		name = "" // nobody's
	}
	known, err := g.mayTry(r, name)
	if err != nil {
		return err
	}
	u, good, err := g.knows(r.Context(), name, password, known)
	if err != nil {
		return err
	}
	if !good {
		g.note(r, notIn(u))
		words := g.look.Parts(r).W
		g.askToSignIn(w, r, http.StatusUnauthorized, signInPage{To: to, Name: cut(typed), Wrong: words.Text("pages.access.wrong"), Hint: words.Text("pages.access.wrong.hint")})
		return nil
	}
	if err := g.begin(w, r, byPassword, u); err != nil {
		return away(err)
	}
	g.note(r, store.AuditEntry{Who: u.Name, Action: "sign-in", Outcome: done})
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// notIn is the entry of a sign-in that was refused. A name that nobody has is left out: it may
// be a password that was typed into the wrong field.
func notIn(u store.User) store.AuditEntry {
	e := store.AuditEntry{Who: u.Name, Action: "sign-in", Outcome: refused}
	if u.Name == "" {
		e.What = store.TokenUnknown
	}
	return e
}

// mayTry says whether a password may be tried from this address and for this name; a browser
// that is known for the name is counted apart from all that others try.
func (g *Guard) mayTry(r *http.Request, name string) (known bool, err error) {
	device, err := g.device(r, name)
	if err != nil {
		return false, err
	}
	if device != "" {
		return true, turn(g.signInsBy, device)
	}
	if err := turn(g.signInsFrom, block(source(r, g.o.Proxies))); err != nil {
		return false, err
	}
	return false, turn(g.signInsAs, name)
}

// knows is the user of a name, and whether the password is theirs. A known browser waits
// for its turn, however many others wait.
func (g *Guard) knows(ctx context.Context, name, password string, known bool) (store.User, bool, error) {
	u, err := g.accounts.User(ctx, name)
	if gone := (*store.NoUserError)(nil); err != nil && !errors.As(err, &gone) {
		return u, false, away(err)
	}
	kept := u.Password
	if err != nil || len(password) > maxPassword {
		kept = ""
	}
	passwords := g.passwords
	if known {
		passwords = passwords.patient()
	}
	good, err := passwords.Check(ctx, kept, password[:min(len(password), maxPassword)])
	if err != nil || !good || u.Disabled {
		return u, false, err
	}
	if g.passwords.Old(u.Password) { // made before the cost was raised
		stronger := u
		if stronger.Password, err = g.passwords.Hash(ctx, password); err == nil && g.accounts.PutUser(ctx, stronger) == nil {
			u = stronger // else at the next sign-in
		}
	}
	return u, true, nil
}

// signInByLink lets in who started the server, or saw what it printed.
func (g *Guard) signInByLink(w http.ResponseWriter, r *http.Request) {
	keyed, err := g.keyed(r.Context())
	if err != nil {
		g.refuse(w, r, away(err))
		return
	}
	if !keyed || !same(r.URL.Query().Get("key"), g.o.Key) {
		// The key cannot be guessed: only what wrong ones cost is bounded, so that nobody keeps
		// out the one who has it.
		if err := turn(g.signInsFrom, block(source(r, g.o.Proxies))); err != nil {
			g.refuse(w, r, err)
			return
		}
		g.note(r, store.AuditEntry{Who: linkUser, Action: "sign-in", What: byLink, Outcome: refused})
		g.refuse(w, r, web.Mistake(http.StatusForbidden, message.Error("access.error.link").Hinted("access.hint.link")))
		return
	}
	if err := g.begin(w, r, byLink, linked()); err != nil {
		g.refuse(w, r, away(err))
		return
	}
	g.note(r, store.AuditEntry{Who: linkUser, Action: "sign-in", What: byLink, Outcome: done})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (g *Guard) signOut(w http.ResponseWriter, r *http.Request) {
	v := web.Of(r.Context())
	if err := g.end(w, r); err != nil {
		g.refuse(w, r, away(err))
		return
	}
	if v.Name != "" {
		g.note(r, store.AuditEntry{Who: v.Name, Tenant: v.Tenant, Action: "sign-out", Outcome: done})
	}
	http.Redirect(w, r, signIn+"?out", http.StatusSeeOther)
}

// changeTenant shows another tenant from now on, if the user may see it.
func (g *Guard) changeTenant(w http.ResponseWriter, r *http.Request) error {
	v, wanted := web.Of(r.Context()), r.PostForm.Get("tenant")
	ok := !v.Token && wanted == v.Tenant
	for _, t := range v.Tenants {
		ok = ok || !v.Token && t == wanted
	}
	if !ok {
		return web.Mistake(http.StatusForbidden, message.Error("access.error.tenant", message.Quote("tenant", cut(wanted))))
	}
	g.sessions.Put(r.Context(), keyTenant, wanted)
	if err := g.commit(w, r); err != nil {
		return away(err)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// accountPage is what somebody sees of themselves.
type accountPage struct {
	Name   string
	Roles  []roleLine
	Change bool   // there is a password
	Done   string // what was done
}

type roleLine struct{ Tenant, Role string }

func (g *Guard) showAccount(w http.ResponseWriter, r *http.Request) {
	v := web.Of(r.Context())
	words := g.look.Parts(r).W
	p := accountPage{Name: v.Name}
	if v.Session {
		u, err := g.user(r.Context(), g.sessions.GetString(r.Context(), keyKind), v.Name)
		if err != nil {
			g.refuse(w, r, err)
			return
		}
		p.Change, p.Roles = u.Password != "", roleLines(words.Text, u.Roles)
	}
	if r.URL.Query().Has("done") {
		p.Done = words.Text("pages.access.changed")
	}
	g.look.Show(w, r, http.StatusOK, look.Page{Title: words.Text("pages.access.account"), Body: "account", Data: p})
}

// roleLines are roles by tenant in words.
func roleLines(say func(string, ...message.Arg) string, roles map[string]string) []roleLine {
	list := make([]roleLine, 0, len(roles))
	for _, t := range slices.Sorted(maps.Keys(roles)) {
		line := roleLine{Tenant: t, Role: say("pages.access.role." + roles[t])}
		if t == everyTenant {
			line.Tenant = say("pages.access.every-tenant")
		}
		list = append(list, line)
	}
	return list
}

// changePassword takes a new password from who knows the old one. Every other session of
// the user ends by it; this one goes on.
func (g *Guard) changePassword(w http.ResponseWriter, r *http.Request) error {
	v := web.Of(r.Context())
	if !v.Session || g.sessions.GetString(r.Context(), keyKind) != byPassword {
		return web.Mistake(http.StatusForbidden, message.Error("access.error.no-password"))
	}
	known, err := g.mayTry(r, v.Name)
	if err != nil {
		return err
	}
	u, good, err := g.knows(r.Context(), v.Name, r.PostForm.Get("old"), known)
	switch {
	case err != nil:
		return err
	case !good:
		g.note(r, store.AuditEntry{Who: v.Name, Action: "password", Outcome: refused})
		return web.Mistake(http.StatusForbidden, message.Error("access.error.old-password"))
	}
	if u.Password, err = g.chosen(r, u.Name); err != nil {
		return err
	}
	if err := g.accounts.PutUser(r.Context(), u); err != nil {
		return away(err)
	}
	if err := g.begin(w, r, byPassword, u); err != nil {
		return away(err)
	}
	g.note(r, store.AuditEntry{Who: v.Name, Action: "password", What: u.Name, Outcome: done})
	http.Redirect(w, r, "/account?done", http.StatusSeeOther)
	return nil
}

// chosen is what is kept of the password that a form chose.
func (g *Guard) chosen(r *http.Request, user string) (string, error) {
	password := r.PostForm.Get("new")
	if again, ok := r.PostForm["again"]; ok && strings.Join(again, "") != password {
		return "", web.Mistake(http.StatusBadRequest, message.Error("access.error.again"))
	}
	if err := CheckPassword(user, password); err != nil {
		return "", &web.Status{Code: http.StatusBadRequest, Err: err}
	}
	return g.passwords.Hash(r.Context(), password)
}
