// Package doing does batches: it reads machines and files, and probes endpoints.
package doing

import (
	"cmp"
	"context"
	"sync"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/jobs/work"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/source/join"
	"tlsready/internal/source/list"
	"tlsready/internal/source/remote"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
)

// Sink takes what a batch finds, one by one.
type Sink interface {
	Host(ctx context.Context, h source.Host) error
	Endpoint(ctx context.Context, e *document.Endpoint) error
}

// Tools are how batches are done. They may be used by several goroutines at once.
type Tools struct {
	Remote      remote.Options // how machines are reached
	Concurrency int            // endpoints in flight; 0 is [probe.DefaultConcurrency]
	Rate        int            // connections a second to one host; 0 is [probe.DefaultRate], less is no limit
	TotalRate   int            // connections a second in all; 0: no limit
	Now         func() time.Time
	Warn        func(message.Text) // may be nil

	mu      sync.Mutex
	probers map[asked]*probe.Prober // shared, so that the rates hold for all batches together
}

type asked struct {
	probe.Questions
	nodes int
}

// Do does a batch that reads machines, files or endpoints, and gives what it finds. An
// error is one of the whole batch: that of the sink, of ctx, or a [judge.Mistake] in what
// the batch names. What could not be read or reached is a result.
func (t *Tools) Do(ctx context.Context, b *work.Batch, sink Sink) error {
	switch b.Kind {
	case work.Probe:
		return t.probe(ctx, b, sink)
	case work.Collect:
		return t.collect(ctx, b.Items, b.OS, sink)
	case work.Import:
		return t.collect(ctx, b.Sources, b.OS, sink)
	}
	return message.Error("jobs.error.not-here", message.Quote("kind", string(b.Kind))) // the server does it itself, or it is newer
}

func (t *Tools) collect(ctx context.Context, sources []string, os string, sink Sink) error {
	hosts := survey.Hosts{Sources: sources, Warn: t.Warn, Options: source.Options{
		OS: os, Kinds: list.Kinds(), Schemes: list.Schemes(t.Remote), Join: join.Hosts, Warn: t.Warn,
	}}
	for h, err := range hosts.Read(ctx) {
		if err == nil {
			err = sink.Host(ctx, h)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *Tools) probe(ctx context.Context, b *work.Batch, sink Sink) error {
	look := survey.Endpoints{StartTLS: b.StartTLS, Workers: cmp.Or(max(t.Concurrency, 0), probe.DefaultConcurrency)}
	y, m, d := t.Now().Date()
	today := service.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
	for _, id := range b.Services {
		p, err := judge.Service(id)
		if err != nil {
			return err
		}
		look.Checks = append(look.Checks, endpoint.Service(p, today))
	}
	questions := questionsOf(b.All, look.Checks)
	look.Prober = t.prober(asked{questions, b.Nodes})
	if questions.Certificates {
		look.Roots = endpoint.NewRootFinder()
	}
	for found, err := range look.Each(ctx, &survey.Targets{Lists: []survey.TargetList{{Words: b.Items}}}) {
		if err != nil {
			return err
		}
		for _, one := range found {
			if err := sink.Endpoint(ctx, one.Endpoint); err != nil {
				return err
			}
		}
	}
	return nil
}

// questionsOf are what an order and the services need to know.
func questionsOf(all bool, checks []endpoint.Check) probe.Questions {
	if all {
		return probe.Everything()
	}
	var need endpoint.Needs
	for _, c := range checks {
		need = need.And(c.Needs())
	}
	return probe.Questions{SSL: need.SSL, Suites: need.Suites, Groups: need.Groups, Certificates: need.Certificates}
}

func (t *Tools) prober(a asked) *probe.Prober {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.probers[a]; p != nil {
		return p
	}
	o := probe.Options{Rate: float64(max(cmp.Or(t.Rate, probe.DefaultRate), 0)), TotalRate: float64(t.TotalRate), Timeout: probe.DefaultTimeout, Nodes: a.nodes, Questions: a.Questions}
	if t.probers == nil {
		t.probers = map[asked]*probe.Prober{}
	}
	t.probers[a] = probe.New(o)
	return t.probers[a]
}
