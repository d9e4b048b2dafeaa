// Package pages are the console's pages for people. They are made from the same documents
// as the reports, work without a script, and are shown by console/look.
package pages

import (
	"crypto/sha256"
	"embed"
	"net/http"

	"tlsready/internal/console/answer"
	"tlsready/internal/console/answer/orders"
	"tlsready/internal/console/look"
	"tlsready/internal/console/web"
	"tlsready/internal/message"
)

//go:embed templates
var templates embed.FS

// pages answers for all of them.
type pages struct {
	*look.Look
	room  *answer.Room
	queue Queue // nil for a server without jobs
	runs  runs
}

// Queue is what the pages ask of the queue of jobs.
type Queue = orders.Queue

// Routes are the pages, and the files that they load. Queue may be nil: then there are no
// jobs to show.
func Routes(room *answer.Room, queue Queue) ([]web.Route, error) {
	l, err := look.New(templates)
	if err != nil {
		return nil, err
	}
	p := &pages{Look: l, room: room, queue: queue, runs: runs{all: map[[sha256.Size]byte]*run{}}}
	list := look.Routes()
	for _, one := range []struct {
		path, at string // at is the entry of the navigation
		made     func(*request) (look.Page, error)
	}{
		{"/{$}", "/", p.deadlines},
		{"/hosts", "/hosts", p.hosts},
		{"/hosts/{id...}", "/hosts", p.host},
		{"/endpoints", "/endpoints", p.endpoints},
		{"/endpoint", "/endpoints", p.endpoint},
		{"/clients", "/clients", p.clients},
		{"/client", "/clients", p.client},
		{"/what-if", "/what-if", p.whatIf},
		{"/services", "/services", p.services},
		{"/jobs", "/jobs", p.jobs},
	} {
		list = append(list, web.Route{Pattern: "GET " + one.path, Needs: web.View, Handle: p.page(one.at, one.made)})
	}
	if queue != nil {
		list = append(list, p.orderRoutes()...)
	}
	return append(list,
		web.Route{Pattern: "GET /export/hosts.csv", Needs: web.View, Handle: p.export((*request).csv, "hosts.csv", "text/csv; charset=utf-8")},
		web.Route{Pattern: "GET /export/hosts.jsonl", Needs: web.View, Handle: p.export((*request).jsonLines, "hosts.jsonl", "application/x-ndjson")},
		web.Route{Pattern: "POST /fix/{id...}", Needs: web.Operate, Handle: p.fix},
		web.Route{Pattern: "POST /offer/{id...}", Needs: web.Operate, Handle: p.act("offer", p.offer)},
		web.Route{Pattern: "POST /decide/{id...}", Needs: web.Approve, Handle: p.act("approve", p.decide)},
		web.Route{Pattern: "POST /exempt/{id...}", Needs: web.Operate, Handle: p.act("exempt", p.exempt)},
		web.Route{Pattern: "POST /own/{id...}", Needs: web.Operate, Handle: p.act("own", p.own)},
		web.Route{Pattern: "POST /tag/{id...}", Needs: web.Operate, Handle: p.act("tag", p.tag)},
		web.Route{Pattern: "POST /tags", Needs: web.Operate, Handle: p.tagFound},
		web.Route{Pattern: "POST /add", Needs: web.Operate, Handle: p.upload},
		web.Route{Pattern: "POST /add/example", Needs: web.Operate, Handle: p.example},
		web.Route{Pattern: "GET /add", Needs: web.Operate, Handle: p.page("/add", p.add)},
		web.Route{Pattern: "GET /", Needs: web.View, Handle: p.lost},
	), nil
}

// lost answers where nothing is.
func (p *pages) lost(w http.ResponseWriter, r *http.Request) {
	p.Refuse(w, r, web.Mistake(http.StatusNotFound, message.Error("pages.lost")))
}
