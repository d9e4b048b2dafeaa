package access

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/report/view"
	"tlsready/internal/store"
)

// auditRoutes show the audit log to people; programs ask the API for it.
func (g *Guard) auditRoutes() []web.Route {
	return []web.Route{{Pattern: "GET /audit", Needs: web.Admin, Handle: g.showAudit}}
}

// auditPage is how many entries are shown at once.
const auditPage = 100

// asked is the question of a request, within what its visitor may see: an administrator of
// all tenants sees everything, also what was done by nobody in no tenant.
func asked(r *http.Request) (q store.AuditQuery, err error) {
	v, given := web.Of(r.Context()), r.URL.Query()
	q = store.AuditQuery{Who: given.Get("who"), Action: given.Get("action"), Limit: auditPage}
	if !v.Everywhere {
		q.Tenant = v.Tenant
	}
	wrong := func(name string) error {
		return web.Mistake(http.StatusBadRequest, message.Error("access.error.parameter", message.Str("name", name), message.Quote("value", cut(given.Get(name)))))
	}
	if before := given.Get("before"); before != "" {
		if q.Before, err = strconv.ParseInt(before, 10, 64); err != nil || q.Before < 1 {
			return q, wrong("before")
		}
	}
	if limit := given.Get("limit"); limit != "" {
		if q.Limit, err = strconv.Atoi(limit); err != nil || q.Limit < 1 || q.Limit > store.MaxLimit {
			return q, wrong("limit")
		}
	}
	if since := given.Get("since"); since != "" {
		if q.Since, err = time.Parse(time.DateOnly, since); err != nil {
			return q, wrong("since")
		}
	}
	return q, nil
}

// entries are a page of the log, and the number that asks for the next one; 0 after the
// last.
func (g *Guard) entries(r *http.Request) (list []store.AuditEntry, next int64, err error) {
	q, err := asked(r)
	if err != nil {
		return nil, 0, err
	}
	if list, err = g.accounts.AuditLog(r.Context(), q); err != nil {
		return nil, 0, away(err)
	}
	if len(list) == q.Limit {
		next = list[len(list)-1].Number
	}
	return list, next, nil
}

func (g *Guard) showAudit(w http.ResponseWriter, r *http.Request) {
	list, next, err := g.entries(r)
	if err != nil {
		g.refuse(w, r, err)
		return
	}
	p := struct {
		Entries     []auditLine
		Who, Action string
		Next        string
	}{Who: fleetparts.Short(r.URL.Query().Get("who")), Action: fleetparts.Short(r.URL.Query().Get("action"))}
	words := g.look.Parts(r).W
	for _, e := range list {
		p.Entries = append(p.Entries, lineOf(e.Document(), words))
	}
	if next > 0 {
		p.Next = "/audit?" + url.Values{"who": {p.Who}, "action": {p.Action}, "before": {strconv.FormatInt(next, 10)}}.Encode()
	}
	g.look.Show(w, r, http.StatusOK, look.Page{Title: words.Text("pages.access.audit"), At: "/audit", Body: "audit", Data: p})
}

// auditLine is an entry as the page shows it.
type auditLine struct {
	document.Audit
	Moment, Did, Word string // when, what was done, and what became of it in words
	Alike             string // the address of all entries of this action
	Colour            string
}

func lineOf(e document.Audit, words view.Words) auditLine {
	did, alike := "", "/audit?"+url.Values{"action": {e.Action}}.Encode()
	if id := ActionID(e.Action); id != "" {
		did = words.Text(id)
	}
	for _, word := range []*string{&e.Who, &e.Action, &e.What, &e.From, &e.Tenant} {
		*word = fleetparts.Short(*word)
	}
	l := auditLine{Audit: e, Did: did, Alike: alike, Moment: strings.NewReplacer("T", " ", "Z", "").Replace(e.At), Word: e.Outcome}
	code, rest, _ := strings.Cut(e.Outcome, " ") // the status of what failed
	switch code {
	case done:
		l.Colour = document.Connects
	case refused, failed:
		l.Colour = document.Fails
	default:
		return l
	}
	l.Word = strings.TrimSpace(words.Text("pages.access.outcome."+code) + " " + rest)
	return l
}
