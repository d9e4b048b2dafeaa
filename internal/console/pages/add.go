package pages

import (
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

func (q *request) steps() steps {
	server := "http://" + q.Host
	if q.TLS != nil {
		server = "https://" + q.Host
	}
	return steps{Commands: []command{
		{q.say("command.check"), "tlsready check local: --server " + server},
		{q.say("command.report"), "tlsready collector cmd --report " + server},
		{q.say("command.probe"), "tlsready probe www.example.com --server " + server},
		{q.say("command.watch"), "tlsready watch access.log --server " + server},
	}}
}

func (p *pages) add(q *request) (look.Page, error) {
	return look.Page{Title: q.say("add.title"), Body: "add", Data: q.steps()}, nil
}

// empty says how data get in, where there are none yet.
func (p *pages) empty(q *request) (look.Page, error) {
	return look.Page{Title: q.say("nav.add"), Body: "empty", Data: q.steps()}, nil
}
