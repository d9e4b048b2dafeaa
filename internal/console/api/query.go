package api

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tlsready/internal/console/answer"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// query reads what is asked for in a URL. The first mistake is kept, and nothing is asked
// of the store with one.
type query struct {
	url.Values
	err error
}

// maxQuery bounds a text of a URL in bytes: longer ones ask for nothing that is there.
const maxQuery = 2000

func (r *request) query(known ...string) *query {
	q := &query{Values: r.URL.Query()}
	for name, values := range q.Values {
		if name != "lang" && !slices.Contains(known, name) {
			slices.Sort(known)
			q.fail("parameter", message.Quote("name", name), message.List("known", known))
		}
		for _, v := range values {
			if len(v) > maxQuery || store.Text(v) != v {
				q.fail("value", message.Str("name", name))
			}
		}
	}
	return q
}

// fail notes a mistake.
func (q *query) fail(id string, args ...message.Arg) {
	if q.err == nil {
		q.err = web.Mistake(http.StatusBadRequest, message.Error("console.api."+id, args...).Hinted("console.api.hint."+id, args...))
	}
}

// series is what the hosts are asked; ok is false if it is left to the server.
func (q *query) series() (s store.Series, ok bool) {
	s = store.Series{Service: q.Get("service"), On: q.Get("on"), Callers: q.Get("callers")}
	q.day("on")
	if s.Service == "" && (s.On != "" || s.Callers != "") {
		q.fail("needs", message.Str("name", "service"))
	}
	return s, s.Service != ""
}

func (q *query) day(name string) store.Day {
	v := q.Get(name)
	if v == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, v); err != nil {
		q.fail("day", message.Str("name", name), message.Quote("value", v))
	}
	return store.Day(v)
}

// one is a value that is one of a few.
func (q *query) one(name string, known ...string) string {
	v := q.Get(name)
	if v != "" && !slices.Contains(known, v) {
		q.fail("one-of", message.Str("name", name), message.Quote("value", v), message.List("known", known))
	}
	return v
}

// list are values that may repeat, and be joined by commas.
func (q *query) list(name string, known ...string) (all []string) {
	for _, v := range q.Values[name] {
		for one := range strings.SplitSeq(v, ",") {
			if one = strings.TrimSpace(one); one == "" {
				continue
			}
			if len(known) > 0 && !slices.Contains(known, one) {
				q.fail("one-of", message.Str("name", name), message.Quote("value", one), message.List("known", known))
			}
			all = append(all, one)
		}
	}
	return all
}

// number is a place in a list that counts its entries; 0 for its beginning.
func (q *query) number(name string) int64 {
	v := q.Get(name)
	if v == "" {
		return 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 1 {
		q.err = cmp.Or(q.err, web.Mistake(http.StatusBadRequest, message.Error("store.cursor").Hinted("store.hint.cursor")))
	}
	return n
}

func (q *query) limit() int {
	v := q.Get("limit")
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > store.MaxLimit {
		q.fail("limit", message.Quote("value", v), message.Int("most", store.MaxLimit))
	}
	return n
}

// hostParameters are those of lists of hosts.
func hostParameters(more ...string) []string {
	return append([]string{"service", "on", "callers", "verdict", "cause", "fix", "owner", "no-owner", "os", "tag", "text", "fell-since", "mended-since", "exempt", "order", "after", "limit"}, more...)
}

// verdicts are those of hosts.
func verdicts() []string {
	return []string{document.Fails, document.Unknown, document.Connects, document.NotInstalled, document.Unreadable}
}

// hosts reads a question about hosts; one without a service is about the most urgent.
func (q *query) hosts(r *request) (store.HostQuery, error) {
	s, _ := q.series()
	h := store.HostQuery{
		Series: s, Verdicts: q.list("verdict", verdicts()...), Causes: q.list("cause"), Fix: store.Hash(q.Get("fix")), Owner: q.Get("owner"), OS: q.Get("os"), Text: q.Get("text"),
		NoOwner: q.one("no-owner", "true", "false") == "true", FellSince: q.day("fell-since"), MendedSince: q.day("mended-since"),
		Exempt: store.Exempt(q.one("exempt", string(store.ExemptOnly), string(store.ExemptNone))),
		Order:  store.HostOrder(q.one("order", string(store.ByVerdict), string(store.ByFailsFrom), string(store.ByOwner))), After: q.Get("after"), Limit: q.limit(),
	}
	for _, v := range q.Values["tag"] {
		name, value, _ := strings.Cut(v, "=")
		h.Tags = append(h.Tags, store.Tag{Name: name, Value: value})
	}
	if q.err != nil || s.On != "" || s.Callers != "" {
		return h, q.err
	}
	current, ok, err := r.fleet.Current(r.Context(), s.Service)
	if h.Series = current; err == nil && !ok && s.Service == "" {
		err = web.Mistake(http.StatusNotFound, message.Error("console.api.nothing").Hinted("console.api.hint.nothing"))
	}
	return h, err
}

// fixQuery is what is asked about the fix of a host.
func (r *request) fixQuery(service, on, callers string, as []string) (answer.FixQuery, error) {
	if service == "" {
		q := &query{}
		q.fail("needs", message.Str("name", "service"))
		return answer.FixQuery{}, q.err
	}
	f := answer.FixQuery{Host: r.PathValue("id"), Series: store.Series{Service: service, On: on, Callers: callers}, As: as, By: r.visitor.Name, Lang: r.lang}
	var err error
	if on == "" && callers == "" {
		f.Series, _, err = r.fleet.Current(r.Context(), service)
	}
	return f, err
}
