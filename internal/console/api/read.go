package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"tlsready/internal/console/answer"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/sheet"
	"tlsready/internal/store"
)

// plainly answers a question that has no parameters.
func plainly[T any](r *request, ask func(context.Context) (T, error)) (any, error) {
	if q := r.query(); q.err != nil {
		return nil, q.err
	}
	return ask(r.Context())
}

func deadlines(r *request) (any, error) { return plainly(r, r.fleet.Deadlines) }

func hosts(r *request) (any, error) {
	q := r.query(hostParameters("format")...)
	format := q.one("format", "json", "jsonl", "csv")
	h, err := q.hosts(r)
	if err != nil {
		return nil, err
	}
	if format == "jsonl" || format == "csv" {
		return nil, r.export(h, format)
	}
	return r.fleet.Hosts(r.Context(), h)
}

func hostGroups(r *request) (any, error) {
	q := r.query(hostParameters("by")...)
	by := q.Get("by")
	if !strings.HasPrefix(by, string(store.ByTag(""))) {
		q.one("by", string(store.GroupByFix), string(store.GroupByOwner), string(store.GroupByOS))
	}
	if by == "" {
		q.fail("needs", message.Str("name", "by"))
	}
	h, err := q.hosts(r)
	if err != nil {
		return nil, err
	}
	return r.fleet.HostGroups(r.Context(), h, store.GroupBy(by))
}

func host(r *request) (any, error) {
	if q := r.query(); q.err != nil {
		return nil, q.err
	}
	return r.fleet.Host(r.Context(), r.PathValue("id"), r.lang)
}

func fix(r *request) (any, error) {
	q := r.query("service", "on", "callers", "as")
	s, _ := q.series()
	if q.err != nil {
		return nil, q.err
	}
	ask, err := r.fixQuery(s.Service, s.On, s.Callers, q.list("as"))
	if err != nil {
		return nil, err
	}
	f, err := r.fleet.Fix(r.Context(), ask)
	if err != nil {
		return nil, err
	}
	h := r.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", attachment(f.Name))
	for _, why := range f.Warnings {
		h.Add("Tlsready-Warning", mime.QEncoding.Encode("utf-8", why))
	}
	_, _ = r.w.Write(f.Data) // the one who asked has gone
	return nil, nil
}

func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

func offers(r *request) (any, error) { return plainly(r, r.fleet.Offers) }

func endpoints(r *request) (any, error) {
	q := r.query("text", "accepts", "failed", "changed-since", "expires-before", "after", "limit")
	changed, _ := time.Parse(time.DateOnly, string(q.day("changed-since"))) // a mistake is noted, and no day is zero
	e := store.EndpointQuery{
		Text: q.Get("text"), Accepts: q.Get("accepts"), Failed: q.one("failed", "true", "false") == "true", ExpiresBefore: q.day("expires-before"),
		After: q.Get("after"), Limit: q.limit(), ChangedSince: changed,
	}
	if q.err != nil {
		return nil, q.err
	}
	return r.fleet.Endpoints(r.Context(), e)
}

func endpoint(r *request) (any, error) {
	q := r.query("target", "address", "serverName")
	if q.err != nil {
		return nil, q.err
	}
	return r.fleet.Endpoint(r.Context(), document.EndpointKey{Target: q.Get("target"), Address: q.Get("address"), ServerName: q.Get("serverName")})
}

func clients(r *request) (any, error) {
	q := r.query("first", "last", "text", "owner", "stack", "survives", "offered", "after", "limit")
	c := store.ClientQuery{
		First: q.day("first"), Last: q.day("last"), Text: q.Get("text"), Owner: q.Get("owner"), Stack: q.Get("stack"),
		Survives: q.one("survives", "yes", "no", "unknown"), Offered: q.Get("offered"), After: q.Get("after"), Limit: q.limit(),
	}
	if q.err != nil {
		return nil, q.err
	}
	return r.fleet.Clients(r.Context(), c)
}

func client(r *request) (any, error) {
	if q := r.query(); q.err != nil {
		return nil, q.err
	}
	return r.fleet.Client(r.Context(), r.PathValue("client"))
}

func services(r *request) (any, error) { return plainly(r, r.fleet.Demands) }

func exemptions(r *request) (any, error) { return plainly(r, r.fleet.Exemptions) }

func whatIf(r *request) (any, error) {
	q := r.query("service", "on", "callers", "new-on", "versions", "suites", "groups")
	s, ok := q.series()
	if !ok {
		q.fail("needs", message.Str("name", "service"))
	}
	ask := answer.WhatIfQuery{Series: s, On: string(q.day("new-on")), Versions: q.list("versions"), Suites: q.list("suites"), Groups: q.list("groups")}
	if q.err != nil {
		return nil, q.err
	}
	return r.fleet.WhatIf(r.Context(), ask, nil)
}

// audit gives a page of the audit log.
func audit(r *request) (any, error) {
	q := r.query("who", "action", "since", "after", "limit")
	a := store.AuditQuery{Who: q.Get("who"), Action: q.Get("action"), Before: q.number("after"), Limit: q.limit()}
	if day := q.day("since"); q.err == nil && day != "" {
		a.Since, q.err = time.Parse(time.DateOnly, string(day))
	}
	if q.err != nil {
		return nil, q.err
	}
	return r.fleet.Audit(r.Context(), r.visitor.Everywhere, a)
}

// export gives all hosts of a question, line by line.
func (r *request) export(q store.HostQuery, format string) error {
	rows := &rowWriter{w: r.w}
	kind := "application/x-ndjson"
	if format == "csv" {
		kind, rows.csv = "text/csv; charset=utf-8", csv.NewWriter(r.w)
		rows.csv.UseCRLF = true
	}
	begun := false
	for row, err := range r.fleet.EachHost(r.Context(), q) {
		if err != nil && !begun {
			return err
		}
		if err != nil {
			panic(http.ErrAbortHandler) // what was cut off must not look whole
		}
		if !begun {
			begun = true
			rows.begin(kind, "hosts."+format)
		}
		if rows.row(&row) != nil {
			return nil // the one who asked has gone
		}
	}
	if !begun {
		rows.begin(kind, "hosts."+format)
	}
	rows.end()
	return nil
}

// rowWriter writes hosts as lines.
type rowWriter struct {
	w   http.ResponseWriter
	csv *csv.Writer // nil for JSON Lines
}

func (o *rowWriter) begin(kind, name string) {
	o.w.Header().Set("Content-Type", kind)
	o.w.Header().Set("Content-Disposition", attachment(name))
	if o.csv != nil {
		_, _ = io.WriteString(o.w, "\ufeff") // as spreadsheets want it; an error is met at the first row
		_ = o.csv.Write([]string{"host", "name", "os", "owner", "ownerMail", "verdict", "cause", "failsFrom", "fixable", "restart", "since", "turn", "judged", "seen", "error", "exemptUntil"})
	}
}

func (o *rowWriter) row(h *document.HostRow) error {
	if o.csv == nil {
		return json.NewEncoder(o.w).Encode(h)
	}
	seen := ""
	if !h.Seen.IsZero() {
		seen = h.Seen.Format("2006-01-02T15:04:05Z")
	}
	cells := []string{h.Host, h.Name, h.OS, h.Owner, h.OwnerMail, h.Verdict, h.Cause, h.FailsFrom, h.Fixable, h.Restart, h.Since, h.Turn, h.Judged, seen, h.Error, h.ExemptUntil}
	for i, c := range cells {
		cells[i] = sheet.Neutral(c)
	}
	return o.csv.Write(cells)
}

func (o *rowWriter) end() {
	if o.csv != nil {
		o.csv.Flush()
	}
}
