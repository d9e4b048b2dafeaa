package pages

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tlsready/internal/console/answer"
	"tlsready/internal/document"
	"tlsready/internal/store"
)

// maxForm bounds a form without files.
const maxForm = 64 << 10

// act does what a form of a host's page asks for, and leads back to it.
func (p *pages) act(done string, do func(q *request, id string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		q, err := p.open(r)
		if err == nil {
			err = r.ParseForm()
		}
		if err == nil {
			err = do(q, r.PathValue("id"))
		}
		if err != nil {
			p.Refuse(w, r, err)
			return
		}
		to := url.Values{"done": {done}}
		if d := r.PostForm.Get("decision"); d != "" {
			to.Set("done", d)
		}
		http.Redirect(w, r, hostAt(r.PathValue("id"))+"?"+to.Encode(), http.StatusSeeOther)
	}
}

// done is what was done by a form, in words; "" for nothing.
func (q *request) done() string {
	switch d := q.get("done"); d {
	case "offer", "approve", "reject", "exempt", "own", "tag":
		return q.say("done." + d)
	}
	return ""
}

func (q *request) postedSeries() store.Series {
	return store.Series{Service: q.PostForm.Get(paramService), On: q.PostForm.Get(paramOn), Callers: q.PostForm.Get(paramCallers)}
}

func (q *request) fixQuery(id string) answer.FixQuery {
	return answer.FixQuery{Host: id, Series: q.postedSeries(), As: given(q.PostForm["as"]), By: q.visitor.Name, Lang: q.W.Lang()}
}

// fix gives the fix of a host out, and writes down that it was given.
func (p *pages) fix(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	q, err := p.open(r)
	if err == nil {
		err = r.ParseForm()
	}
	var f *answer.File
	if err == nil {
		f, err = q.fleet.Fix(r.Context(), q.fixQuery(r.PathValue("id")))
	}
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(f.Data)))
	_, _ = w.Write(f.Data) // the one who asked has gone
}

func (p *pages) offer(q *request, id string) error {
	_, err := q.fleet.Offer(q.ctx(), q.fixQuery(id))
	return err
}

func (p *pages) decide(q *request, id string) error {
	d := answer.Decision{Host: id, Service: q.PostForm.Get(paramService), By: q.visitor.Name, Reject: q.PostForm.Get("decision") == "reject"}
	at, err := time.Parse(exact, q.PostForm.Get("offered"))
	if err != nil {
		return badForm()
	}
	d.Offered = at
	return q.fleet.Decide(q.ctx(), d)
}

func (p *pages) exempt(q *request, id string) error {
	return q.fleet.Exempt(q.ctx(), document.Exemption{
		Kind: store.KindHost, ID: id, Service: q.PostForm.Get(paramService), Until: q.PostForm.Get("until"), Owner: q.PostForm.Get("owner"), Reason: q.PostForm.Get("reason"),
	})
}

func (p *pages) own(q *request, id string) error {
	return q.fleet.Own(q.ctx(), store.KindHost, id, q.PostForm.Get("owner"), q.PostForm.Get("mail"))
}

func (p *pages) tag(q *request, id string) error {
	return q.fleet.Tag(q.ctx(), id, q.PostForm.Get("name"), q.PostForm.Get("value"))
}

// tagFound tags all hosts of the list whose address the form has, and leads back to it.
func (p *pages) tagFound(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	q, err := p.open(r)
	if err == nil {
		err = r.ParseForm()
	}
	var s store.Series
	if err == nil {
		s, _, err = q.series()
	}
	if err == nil {
		err = q.fleet.TagFound(r.Context(), q.hostQuery(s), r.PostForm.Get("name"), r.PostForm.Get("value"))
	}
	if err != nil {
		p.Refuse(w, r, err)
		return
	}
	to := q.URL.Query()
	to.Set("done", "tag")
	http.Redirect(w, r, "/hosts?"+to.Encode(), http.StatusSeeOther)
}

// badForm is the error of a form that no page of this program has.
func badForm() error { return wrong("form") }
