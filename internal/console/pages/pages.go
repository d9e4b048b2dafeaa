// Package pages are the console's pages for people. They are made from the same documents
// as the reports, work without a script, and are shown by console/look.
package pages

import (
	"embed"
	"net/http"

	"tlsready/internal/console"
	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/message"
)

//go:embed templates
var templates embed.FS

// pages answers for all of them.
type pages struct {
	console.Options
	*look.Look
}

// Routes are the pages, and the files that they load.
func Routes(o console.Options) ([]web.Route, error) {
	l, err := look.New(templates)
	if err != nil {
		return nil, err
	}
	p := &pages{o, l}
	return append(look.Routes(),
		web.Route{Pattern: "GET /{$}", Needs: web.View, Handle: p.deadlines},
		web.Route{Pattern: "GET /add", Needs: web.Operate, Handle: p.add},
		web.Route{Pattern: "GET /", Needs: web.View, Handle: p.lost},
	), nil
}

// lost answers where nothing is.
func (p *pages) lost(w http.ResponseWriter, r *http.Request) {
	p.Refuse(w, r, web.Mistake(http.StatusNotFound, message.Error("pages.lost")))
}

func (p *pages) deadlines(w http.ResponseWriter, r *http.Request) {
	p.Show(w, r, http.StatusOK, look.Page{Title: p.Parts(r).W.Text("pages.nav.deadlines"), At: "/", Body: "empty", Data: p.steps(r)})
}
