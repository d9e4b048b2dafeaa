package pages

import (
	"net/http"

	"tlsready/internal/console/look"
)

// steps say how data get in.
type steps struct {
	Drop     drop
	Commands []command
}

type drop struct{ Small bool }

// command is a line to type, and what it is for.
type command struct{ What, Line string }

func (p *pages) steps(r *http.Request) steps {
	server := "http://" + r.Host
	if r.TLS != nil {
		server = "https://" + r.Host
	}
	w := p.Parts(r).W
	return steps{Commands: []command{
		{w.Text("pages.command.check"), "tlsready check local: --server " + server},
		{w.Text("pages.command.report"), "tlsready collector cmd --report " + server},
		{w.Text("pages.command.probe"), "tlsready probe www.example.com --server " + server},
		{w.Text("pages.command.watch"), "tlsready watch access.log --server " + server},
	}}
}

func (p *pages) add(w http.ResponseWriter, r *http.Request) {
	p.Show(w, r, http.StatusOK, look.Page{Title: p.Parts(r).W.Text("pages.add.title"), At: "/add", Body: "add", Data: p.steps(r)})
}
