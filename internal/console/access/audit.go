package access

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// What became of something, as the audit log says it.
const (
	done    = "done"
	refused = "refused"
	failed  = "failed"
)

// auditTime bounds how long the store may take to write down what was done.
const auditTime = 10 * time.Second

// note writes an entry down. What was done is done, so that a store that is away only costs
// the entry, which the server's log has then.
func (g *Guard) note(r *http.Request, e store.AuditEntry) {
	e.At, e.From = g.o.Now(), source(r, g.o.Proxies).String()
	e.Who, e.What = cut(e.Who), cut(e.What)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), auditTime)
	defer cancel()
	if err := g.accounts.Audit(ctx, e); err != nil {
		g.o.Log.Error("not in the audit log", "err", err, "who", e.Who, "action", e.Action, "what", e.What, "from", e.From, "outcome", e.Outcome)
	}
}

// writeDown writes down what a known visitor changed, and what was refused to one. What
// workers report from minute to minute stands in the jobs and is left out.
func (g *Guard) writeDown(v web.Visitor, r *http.Request, code int, remark string) {
	g.mu.RLock()
	own := g.own[r.Pattern]
	g.mu.RUnlock()
	ok := code < http.StatusBadRequest
	if own || v.Right == web.Open || v.Right == web.Work && ok || !changes(r) && code != http.StatusForbidden {
		return
	}
	outcome := done
	switch {
	case code == http.StatusForbidden, code == http.StatusUnauthorized:
		outcome = refused
	case !ok:
		outcome = failed + " " + strconv.Itoa(code)
	}
	action := r.Pattern
	if action == "" {
		action = r.Method
	}
	what := remark
	switch {
	case what != "": // the route has said what it was about
	case r.URL.RawQuery != "":
		what = r.URL.RequestURI() // which part of a list was meant
	case strings.ContainsRune(r.Pattern, '{'), r.Pattern == "":
		what = r.URL.Path
	}
	g.note(r, store.AuditEntry{Who: v.Name, Tenant: v.Tenant, Action: action, What: what, Outcome: outcome})
}

// tooOften says how long to wait.
type tooOften struct{ wait time.Duration }

func (t *tooOften) Error() string { return t.Text().ID }

// Text is what is told.
func (t *tooOften) Text() message.Text {
	return message.New("access.error.too-often", message.Int("seconds", clampSeconds(t.wait.Seconds())))
}

// refuse says what is wrong, to a browser on a page and to a program as JSON.
func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var often *tooOften
	switch {
	case errors.As(err, &often):
		w.Header().Set("Retry-After", strconv.Itoa(clampSeconds(often.wait.Seconds())))
		err = web.Mistake(http.StatusTooManyRequests, &message.Problem{Err: often})
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "5")
		err = web.Mistake(http.StatusServiceUnavailable, message.Error("access.error.busy"))
	case web.StatusOf(err) == http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="tlsready", error="invalid_token"`)
	}
	if web.IsAPI(r) || r.Header.Get("Authorization") != "" {
		web.Refuse(w, r, err)
		return
	}
	g.look.Refuse(w, r, err)
}
