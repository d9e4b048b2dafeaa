// Package look is the frame around every page of the console, with its style sheet and
// scripts. The rooms that have pages give it their templates.
package look

import (
	"bytes"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"

	"tlsready/internal/console/web"
	"tlsready/internal/message"
	"tlsready/internal/report/fleetparts"
	"tlsready/internal/store"
)

// Look shows pages in every language. It may be used by many requests at once.
type Look struct {
	parts map[string]fleetparts.Parts
	style string // the address of the style sheet
	htmx  string
	own   string
}

// New reads the templates of a room: all *.tmpl of a folder, beside those of the frame and
// of [fleetparts]. In them say gives the text "pages.<id>", t the text "site.<id>".
func New(own fs.FS) (*Look, error) {
	files, err := served()
	if err != nil {
		return nil, err
	}
	l := &Look{parts: map[string]fleetparts.Parts{}, style: files[styleName].at, htmx: files[htmxName].at, own: files[ownName].at}
	for _, lang := range message.Languages() {
		p, err := fleetparts.New(lang)
		if err != nil {
			return nil, err
		}
		p.Template.Funcs(template.FuncMap{"say": func(id string) string { return p.W.Text("pages." + id) }})
		for _, from := range []fs.FS{frameFiles, own} {
			if _, err := p.Template.ParseFS(from, "*/*.tmpl"); err != nil {
				return nil, err
			}
		}
		l.parts[lang] = p
	}
	return l, nil
}

// Parts are those of the language in which a request is answered.
func (l *Look) Parts(r *http.Request) fleetparts.Parts { return l.parts[web.Language(r)] }

// Page is what stands in the frame.
type Page struct {
	Title string // in the page's language
	At    string // the entry of the navigation that it belongs to: "/hosts"; "" for none
	Body  string // the template
	Data  any
	// Plain leaves out the navigation: nobody has signed in yet.
	Plain bool
	// Refresh asks for the page again after so many seconds; 0 for not. It works without a
	// script.
	Refresh int
}

// frame is what the frame's template shows.
type frame struct {
	Lang, Title, Home string
	Style, HTMX, Own  string
	Nav               []entry
	Other             []choice
	Visitor, Tenant   string
	SignedIn          bool
	Tenants           []string // to choose from; nil if there is one
	Body              template.HTML
	Drop              bool // files can be dropped here
}

type entry struct {
	Href, Word string
	Current    bool
}

// choice is another language.
type choice struct{ Lang, Name, Href string }

// Show answers with a page. A choice of the language in the request is kept.
func (l *Look) Show(w http.ResponseWriter, r *http.Request, code int, p Page) {
	lang := web.Language(r)
	if r.URL.Query().Get("lang") == lang {
		web.Keep(w, r, lang)
	}
	out, err := l.render(r, lang, p)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Cookie, Accept-Language")
	if p.Refresh > 0 {
		h.Set("Refresh", strconv.Itoa(p.Refresh))
	}
	w.WriteHeader(code)
	_, _ = w.Write(out) // the one who asked has gone
}

func (l *Look) render(r *http.Request, lang string, p Page) ([]byte, error) {
	parts := l.parts[lang]
	var inner, out bytes.Buffer
	if err := parts.Template.ExecuteTemplate(&inner, p.Body, p.Data); err != nil {
		return nil, err
	}
	say := func(id string) string { return parts.W.Text("pages." + id) }
	f := frame{
		Lang: lang, Title: fleetparts.Short(p.Title), Home: say("title"), Style: l.style, HTMX: l.htmx, Own: l.own, Other: others(r, lang),
		Body: template.HTML(inner.String()), //nolint:gosec // made by the escaping template
	}
	if v := web.Of(r.Context()); !p.Plain && v.Right >= web.View {
		f.Visitor, f.Tenant, f.Tenants, f.SignedIn = fleetparts.Short(v.Name), v.Tenant, v.Tenants, v.Session
		f.Drop = v.May(web.Operate)
		for _, at := range places() {
			if !v.May(at.needs) {
				continue
			}
			f.Nav = append(f.Nav, entry{Href: at.href, Word: say(at.id), Current: at.href == p.At})
		}
		if v.Right == web.Admin {
			f.Nav = append(f.Nav, entry{Href: "/people", Word: say("access.people"), Current: p.At == "/people" || p.At == "/audit"})
		}
	}
	err := parts.Template.ExecuteTemplate(&out, "console-frame", f)
	return out.Bytes(), err
}

// place is a page that the navigation leads to, for those who have a right.
type place struct {
	href, id string
	needs    web.Right
}

func places() []place {
	return []place{
		{"/", "nav.deadlines", web.View},
		{"/hosts", "nav.hosts", web.View},
		{"/endpoints", "nav.endpoints", web.View},
		{"/clients", "nav.clients", web.View},
		{"/what-if", "nav.what-if", web.View},
		{"/services", "nav.services", web.View},
		{"/jobs", "nav.jobs", web.View},
		{"/add", "nav.add", web.Operate},
	}
}

// others lead to the same page in the other languages. What was sent by a form is not sent
// again: they lead to the address alone.
func others(r *http.Request, lang string) []choice {
	var list []choice
	for _, other := range message.Languages() {
		if other == lang {
			continue
		}
		query := url.Values{}
		if r.Method == http.MethodGet {
			query = r.URL.Query()
		}
		query.Set("lang", other)
		to := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: query.Encode()}
		list = append(list, choice{other, message.For(other).Text("site.language"), to.RequestURI()})
	}
	return list
}

// lookAgain is after how many seconds a page is asked for again whose store was away.
const lookAgain = 10

// Refuse says what went wrong: to a browser on a page, to a program as JSON.
func (l *Look) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	if web.IsAPI(r) {
		web.Refuse(w, r, err)
		return
	}
	parts := l.Parts(r)
	err = web.Told(w, r, err)
	refresh := 0
	if errors.Is(err, store.ErrAway) && r.Method == http.MethodGet {
		refresh = lookAgain
	}
	what, hint := parts.W.Problem(err)
	l.Show(w, r, web.StatusOf(err), Page{
		Refresh: refresh,
		Title:   parts.W.Text("pages.refused"), Body: "refused",
		Data: struct{ What, Hint string }{fleetparts.Short(what), fleetparts.Short(hint)},
	})
}
