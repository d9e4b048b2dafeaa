package access

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/store"
)

// people is the page of users and tokens.
const people = "/people"

// administration are the routes of users and tokens.
func (g *Guard) administration() []web.Route {
	list := []web.Route{{Pattern: "GET " + people, Needs: web.Admin, Handle: func(w http.ResponseWriter, r *http.Request) {
		if err := g.showPeople(w, r, peoplePage{}); err != nil {
			g.refuse(w, r, err)
		}
	}}}
	for path, do := range map[string]func(*Guard, *http.Request, *store.AuditEntry) error{
		"/user": (*Guard).addUser, "/role": (*Guard).setRole, "/disable": (*Guard).setDisabled, "/password": (*Guard).setPassword, "/token/remove": (*Guard).removeToken,
	} {
		list = append(list, web.Route{Pattern: "POST " + people + path, Needs: web.Admin, Handle: g.formed(func(w http.ResponseWriter, r *http.Request) error {
			return g.administer(w, r, do)
		})})
	}
	return append(list, web.Route{Pattern: "POST " + people + "/token", Needs: web.Admin, Handle: g.formed(g.addToken)})
}

// administer does what a form of the page asks for, and writes it down.
func (g *Guard) administer(w http.ResponseWriter, r *http.Request, do func(*Guard, *http.Request, *store.AuditEntry) error) error {
	v := web.Of(r.Context())
	e := store.AuditEntry{Who: v.Name, Tenant: v.Tenant, Outcome: done}
	err := do(g, r, &e)
	if err != nil {
		e.Outcome = refused
	}
	g.note(r, e)
	if err == nil {
		http.Redirect(w, r, people, http.StatusSeeOther)
	}
	return err
}

// mayManage says whether a visitor may change a user: one who has a role in the visitor's
// tenant and in no other, or anybody, if the visitor is an administrator of all. Somebody
// without any role is nobody's: whoever gives them a password would come in by it later.
func mayManage(v web.Visitor, u store.User) bool {
	_, here := u.Roles[v.Tenant]
	return v.Everywhere || here && len(u.Roles) == 1
}

// managed is the user that a form is about. Nobody changes their own rights: so there is
// always somebody left who can let others in.
func (g *Guard) managed(r *http.Request, e *store.AuditEntry) (store.User, error) {
	v, name := web.Of(r.Context()), r.PostForm.Get("name")
	e.What = name
	u, err := g.accounts.User(r.Context(), name)
	switch gone := (*store.NoUserError)(nil); {
	case errors.As(err, &gone), err == nil && !mayManage(v, u):
		return u, web.Mistake(http.StatusForbidden, message.Error("access.error.user", message.Quote("user", cut(name))).Hinted("access.hint.user"))
	case err != nil:
		return u, away(err)
	case v.Session && u.Name == v.Name:
		return u, web.Mistake(http.StatusForbidden, message.Error("access.error.self"))
	}
	return u, nil
}

func (g *Guard) put(r *http.Request, u store.User) error {
	if err := g.accounts.PutUser(r.Context(), u); err != nil {
		return away(err)
	}
	return nil
}

// roleWanted is the role of a form, and the tenant that it is for.
func roleWanted(r *http.Request) (tenant, role string, err error) {
	v := web.Of(r.Context())
	tenant, role = v.Tenant, r.PostForm.Get("role")
	if r.PostForm.Get("everywhere") != "" {
		tenant = everyTenant
	}
	switch {
	case tenant == everyTenant && !v.Everywhere:
		err = web.Mistake(http.StatusForbidden, message.Error("access.error.everywhere"))
	case role != "" && roleOf(role) == web.Open:
		err = unknownRole(role)
	}
	return tenant, role, err
}

func unknownRole(role string) error {
	return web.Mistake(http.StatusBadRequest, message.Error("access.error.role", message.Quote("role", cut(role)), message.List("known", Roles())))
}

// free refuses a name that a user has, and that of the one who started the server: in the
// audit log, and as the second person of a fix, a user or a token of that name would pass
// for them.
func (g *Guard) free(ctx context.Context, name string) error {
	_, err := g.accounts.User(ctx, name)
	switch gone := (*store.NoUserError)(nil); {
	case err == nil, name == linkUser:
		return web.Mistake(http.StatusConflict, message.Error("access.error.user-there", message.Str("user", name)))
	case !errors.As(err, &gone):
		return away(err)
	}
	return nil
}

func (g *Guard) addUser(r *http.Request, e *store.AuditEntry) error {
	e.Action, e.What = "user.add", r.PostForm.Get("name")
	name, err := UserName(e.What)
	if err != nil {
		return &web.Status{Code: http.StatusBadRequest, Err: err}
	}
	tenant, role, err := roleWanted(r)
	if err == nil && role == "" {
		err = unknownRole(role)
	}
	if err != nil {
		return err
	}
	if err := g.free(r.Context(), name); err != nil {
		return err
	}
	u := store.User{Name: name, Roles: map[string]string{tenant: role}, Created: g.o.Now()}
	if u.Password, err = g.chosen(r, name); err != nil {
		return err
	}
	return g.put(r, u)
}

func (g *Guard) setRole(r *http.Request, e *store.AuditEntry) error {
	e.Action = "user.role"
	tenant, role, err := roleWanted(r)
	if err != nil {
		return err
	}
	u, err := g.managed(r, e)
	if err != nil {
		return err
	}
	e.What += " " + role
	if u.Roles == nil {
		u.Roles = map[string]string{}
	}
	if u.Roles[tenant] = role; role == "" {
		delete(u.Roles, tenant)
	}
	return g.put(r, u)
}

func (g *Guard) setDisabled(r *http.Request, e *store.AuditEntry) error {
	e.Action = "user.enable"
	disabled := r.PostForm.Get("disabled") != ""
	if disabled {
		e.Action = "user.disable"
	}
	u, err := g.managed(r, e)
	if err != nil {
		return err
	}
	u.Disabled = disabled
	return g.put(r, u)
}

func (g *Guard) setPassword(r *http.Request, e *store.AuditEntry) error {
	e.Action = "user.password"
	u, err := g.managed(r, e)
	if err != nil {
		return err
	}
	if u.Password == "" {
		return web.Mistake(http.StatusBadRequest, message.Error("access.error.no-password"))
	}
	if u.Password, err = g.chosen(r, u.Name); err != nil {
		return err
	}
	return g.put(r, u)
}

// tokenDays is how long a token is good if nobody says otherwise.
const tokenDays = 90

// addToken makes a token, and shows it this once.
func (g *Guard) addToken(w http.ResponseWriter, r *http.Request) error {
	v := web.Of(r.Context())
	days, err := strconv.Atoi(r.PostForm.Get("days"))
	if err != nil || days < 1 {
		days = tokenDays
	}
	kind := store.TokenKind(r.PostForm.Get("kind"))
	t, secret, err := Issue(Wanted{
		Name: r.PostForm.Get("name"), Kind: kind, Role: r.PostForm.Get("role"), Tenant: v.Tenant,
		By: v.Name, Now: g.o.Now(), Until: g.o.Now().AddDate(0, 0, min(days, 3650)),
	})
	if err != nil {
		return &web.Status{Code: http.StatusBadRequest, Err: err}
	}
	for _, name := range userNames(t.Name) {
		if err := g.free(r.Context(), name); err != nil {
			return err
		}
	}
	if err := g.accounts.AddToken(r.Context(), t); err != nil {
		return away(err)
	}
	g.note(r, store.AuditEntry{Who: v.Name, Tenant: v.Tenant, Action: "token.add", What: t.Name + " " + string(t.Kind), Outcome: done})
	return g.showPeople(w, r, peoplePage{Secret: secret, SecretOf: fleetparts.Short(t.Name)})
}

// userNames are those that the name of a token could be taken for.
func userNames(token string) []string {
	list := []string{token}
	if name, err := UserName(token); err == nil && name != token {
		list = append(list, name)
	}
	return list
}

func (g *Guard) removeToken(r *http.Request, e *store.AuditEntry) error {
	e.Action, e.What = "token.remove", r.PostForm.Get("hash")
	t, err := g.tokenOf(r.Context(), web.Of(r.Context()), e.What)
	if err != nil {
		return err
	}
	e.What = t.Name
	if err := g.accounts.RemoveToken(r.Context(), t.Hash); err != nil {
		return away(err)
	}
	return nil
}

// tokenOf is a token that a visitor may see.
func (g *Guard) tokenOf(ctx context.Context, v web.Visitor, hash string) (store.Token, error) {
	all, err := g.accounts.Tokens(ctx)
	if err != nil {
		return store.Token{}, away(err)
	}
	for _, t := range all {
		if string(t.Hash) == hash && t.Tenant == v.Tenant {
			return t, nil
		}
	}
	return store.Token{}, web.Mistake(http.StatusNotFound, message.Error("access.error.no-token"))
}

// peoplePage is what the page of users and tokens shows.
type peoplePage struct {
	Users            []userLine
	Tokens           []tokenLine
	Roles            []choice
	Kinds            []choice
	Everywhere       bool
	First            bool // the one who looks came by the link
	Least, Days      int
	Secret, SecretOf string
	Older            string // where the tokens are for which there is no room; "" if there are none
}

// tokensShown is how many tokens are shown at once: a fleet whose hosts report themselves
// has one for each.
const tokensShown = 100

type choice struct{ Value, Word string }

type userLine struct {
	Name            string
	Roles           []roleLine
	Role            string // in this tenant
	Disabled        bool
	Manage, Foreign bool
	Created         string
}

type tokenLine struct {
	Name, Kind, Role, By, Made, Until, Used string
	Hash                                    store.Hash
}

func (g *Guard) showPeople(w http.ResponseWriter, r *http.Request, p peoplePage) error {
	v, words := web.Of(r.Context()), g.look.Parts(r).W
	users, err := g.accounts.Users(r.Context())
	if err != nil {
		return away(err)
	}
	tokens, err := g.accounts.Tokens(r.Context())
	if err != nil {
		return away(err)
	}
	p.Everywhere, p.Least, p.Days, p.First = v.Everywhere, minPassword, tokenDays, v.Name == linkUser
	for _, role := range Roles() { // what may least comes first, and is chosen
		p.Roles = append(p.Roles, choice{role, words.Text("pages.access.role." + role)})
	}
	if p.First {
		slices.Reverse(p.Roles)
	}
	for _, kind := range []store.TokenKind{store.TokenAPI, store.TokenEnrol, store.TokenWorker} {
		p.Kinds = append(p.Kinds, choice{string(kind), words.Text("pages.access.kind." + string(kind))})
	}
	for _, u := range users {
		if rightIn(u, v.Tenant) == web.Open && !v.Everywhere {
			continue // of another tenant
		}
		line := userLine{Name: u.Name, Roles: roleLines(words.Text, rolesSeen(v, u)), Role: u.Roles[v.Tenant], Disabled: u.Disabled, Foreign: u.Password == "", Created: day(u.Created)}
		line.Manage = mayManage(v, u) && u.Name != v.Name
		p.Users = append(p.Users, line)
	}
	tokens, p.Older = tokensAfter(r, slices.DeleteFunc(tokens, func(t store.Token) bool { return t.Tenant != v.Tenant }))
	for _, t := range tokens {
		line := tokenLine{Name: fleetparts.Short(t.Name), Kind: words.Text("pages.access.kind." + string(t.Kind)), By: fleetparts.Short(t.CreatedBy), Made: day(t.Created), Until: day(t.Expires), Used: day(t.Used), Hash: t.Hash}
		if t.Role != "" {
			line.Role = words.Text("pages.access.role." + t.Role)
		}
		p.Tokens = append(p.Tokens, line)
	}
	g.look.Show(w, r, http.StatusOK, look.Page{Title: words.Text("pages.access.people"), At: people, Body: "people", Data: p})
	return nil
}

// rolesSeen are the roles of a user that a visitor may know of: to the administrator of one
// tenant no other is named.
func rolesSeen(v web.Visitor, u store.User) map[string]string {
	if v.Everywhere {
		return u.Roles
	}
	seen := map[string]string{}
	for _, t := range []string{v.Tenant, everyTenant} {
		if role, ok := u.Roles[t]; ok {
			seen[t] = role
		}
	}
	return seen
}

// tokensAfter are the tokens of a page, which begins after the first n ("after" of the
// query), and the address of the next one.
func tokensAfter(r *http.Request, all []store.Token) (list []store.Token, older string) {
	after, err := strconv.Atoi(r.URL.Query().Get("after"))
	if err != nil || after < 0 {
		after = 0
	}
	list = all[min(after, len(all)):]
	if len(list) <= tokensShown {
		return list, ""
	}
	return list[:tokensShown], linkTo(people, "after", strconv.Itoa(after+tokensShown)) + "#tokens"
}

// day is a day; "" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return string(store.DayOf(t))
}
