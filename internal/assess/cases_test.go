package assess_test

import (
	"testing"

	"tlsready/internal/assess"
	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/cases"
)

// TestCases proves that the judgement of every acceptance case is what it has to be.
func TestCases(t *testing.T) { cases.Run(t, checkCase) }

func checkCase(t *testing.T, c *cases.Case, snapshot []byte, on string) document.Check {
	t.Helper()
	p, err := service.Parse(c.Service)
	if err != nil {
		t.Fatal(err)
	}
	return check(t, p, c.Callers, snapshot, on)
}

// check judges a host for a service on a day. If no callers are named, it judges those
// callers of the service that the host has.
func check(t *testing.T, p *service.Profile, named []string, snapshot []byte, on string) document.Check {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	a, err := assess.New(model)
	if err != nil {
		t.Fatal(err)
	}
	day, err := service.ParseDate(on)
	if err != nil {
		t.Fatal(err)
	}
	a.Services = []assess.Demanded{{Profile: p, Demand: assess.DemandOf(p, day), Callers: callers(t, p, named), Explicit: len(named) > 0}}
	s, err := host.Decode(snapshot, nil)
	if err != nil {
		t.Fatal(err)
	}
	judged, err := a.Assess("host", s)
	if err != nil {
		t.Fatal(err)
	}
	w := assess.Writer{Words: message.For("en"), Model: model}
	var doc document.Check
	for _, j := range judged {
		doc.Verdicts, doc.Hosts = append(doc.Verdicts, w.Rows(j)...), append(doc.Hosts, w.Host(j))
	}
	return doc
}

func callers(t *testing.T, p *service.Profile, named []string) []*caller.Caller {
	t.Helper()
	ids := named
	if len(ids) == 0 {
		ids = p.Callers
	}
	var list []*caller.Caller
	for _, id := range ids {
		c, ok, err := caller.ByID(id)
		if !ok || err != nil {
			t.Fatalf("caller %s: %v", id, err)
		}
		list = append(list, c)
	}
	return list
}
