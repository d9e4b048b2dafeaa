package pages

import (
	"net/netip"
	"net/url"

	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
)

// steps say how data get in.
type steps struct {
	Can      bool // the visitor may add data
	Drop     drop
	Commands []command
	Token    *token // nil if the server asks for none
}

// token is how the commands come by one.
type token struct {
	Make bool   // the visitor may
	Day  string // after which one is called: who made it stands beside it
}

type drop struct{ Small bool }

// command is a line to type, and what it is for.
type command struct{ What, Line string }

func (q *request) steps() steps {
	server, secret := "https://"+q.Host, ""
	if q.TLS == nil && q.loopback() {
		server = "http://" + q.Host
	}
	s := steps{Can: q.visitor.May(web.Operate)}
	if q.visitor.Session { // who has not signed in was let in without: so are programs
		s.Token = &token{Make: q.visitor.Right == web.Admin, Day: q.Today}
		secret = " --token-file token.txt"
	}
	s.Commands = []command{
		{q.say("command.check"), "tlsready check local: --server " + server + secret},
		{q.say("command.report"), "tlsready collector cmd --report " + server + " -o collect.cmd"},
		{q.say("command.probe"), "tlsready probe www.example.com --server " + server + secret},
		{q.say("command.watch"), "tlsready watch access.log --server " + server + secret},
	}
	return s
}

func (p *pages) add(q *request) (look.Page, error) {
	return look.Page{Title: q.say("add.title"), Body: "add", Data: q.steps()}, nil
}

// empty says how data get in, where there are none yet, to those who may add some.
func (p *pages) empty(q *request) (look.Page, error) {
	return look.Page{Title: q.say("nav.add"), Body: "empty", Data: q.steps()}, nil
}

// loopback says whether the address that the browser asked for is one of this machine. Any
// other is reached by https alone, if only through a proxy that speaks it.
func (q *request) loopback() bool {
	name := (&url.URL{Host: q.Host}).Hostname()
	at, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && at.IsLoopback()
}
