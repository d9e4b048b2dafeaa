package survey

import (
	"context"

	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/stack"
	"tlsready/internal/survey/judge"
)

// Question is what is asked of hosts, as a user names it. Its fields are those of
// [judge.Question].
type Question struct {
	Services      []string
	Endpoints     []string // host:port; each is probed, and what it accepts is asked
	Callers       []string
	Programs      string // a file or a folder: the programs there are callers too; "" for none
	Recipe        string
	On, Today     service.Date
	AssumeUpdates bool
	Seen          []string // results of watch

	Reading source.Options
	Warn    func(message.Text)
}

// Judging reads what the question names, and probes its endpoints. An error is a
// [judge.Mistake] if something named does not exist or is wrong.
func (q Question) Judging(ctx context.Context) (*Judging, error) {
	var programs []*caller.Caller
	if q.Programs != "" {
		var err error
		if programs, err = Programs(ctx, q.Programs, q.warn); err != nil {
			return nil, err
		}
	}
	seen, err := ReadSeen(q.Seen)
	if err != nil {
		return nil, err
	}
	j, err := judge.Question{
		Services: q.Services, Endpoints: q.Endpoints, Callers: q.Callers, Programs: programs, Recipe: q.Recipe,
		On: q.On, Today: q.Today, AssumeUpdates: q.AssumeUpdates, Seen: seen, Reading: q.Reading, Probe: q.probe,
	}.Judging(ctx)
	if err != nil {
		return nil, err
	}
	return &Judging{j}, nil
}

func (q Question) warn(t message.Text) {
	if q.Warn != nil {
		q.Warn(t)
	}
}

// probe probes a target and holds it against the servers that are asked for as well.
// What differs is told at once and stands with the service.
func (q Question) probe(ctx context.Context, target string, servers []*host.Snapshot) (judge.Endpoint, error) {
	probed, err := EndpointDemand(ctx, target)
	if err != nil {
		return judge.Endpoint{}, err
	}
	for _, e := range probed.Failed {
		q.warn(FailedText(e))
	}
	found, err := q.holdAgainst(servers, probed)
	return judge.Endpoint{Demand: probed.Demand, Differs: judge.Difference{Findings: found, Text: differencesText(found)}}, err
}

// EndpointDemand probes a target as `check --endpoint` does.
func EndpointDemand(ctx context.Context, target string) (*ProbedDemand, error) {
	q := probe.Questions{Suites: true, Groups: true, SignatureAlgorithms: true, Certificates: true}
	look := Endpoints{Prober: probe.New(probe.Options{Questions: q, Rate: probe.DefaultRate, Nodes: probe.DefaultNodes}), Roots: endpoint.NewRootFinder()}
	return look.Demand(ctx, target)
}

// holdAgainst holds the addresses of an endpoint against servers.
func (q Question) holdAgainst(servers []*host.Snapshot, probed *ProbedDemand) (all []document.EndpointFinding, err error) {
	if len(servers) == 0 {
		return nil, nil
	}
	model, err := stack.New()
	if err != nil {
		return nil, err
	}
	for _, one := range servers {
		s := endpoint.NewSettings(model, one)
		s.Everywhere = len(servers) == 1
		for _, e := range probed.Addresses {
			list := s.Findings(e)
			if len(list) == 0 {
				continue
			}
			all = append(all, list...)
			q.warn(message.New("survey.endpoint-differs", message.Str("endpoint", e.Name()), message.Str("host", s.Name()), message.Sub("text", differencesText(list))))
		}
	}
	return all, nil
}

// differencesText is differences as one remark: each by itself, then the likely
// reasons of the first one, which the others mostly share.
func differencesText(list []document.EndpointFinding) message.Text {
	var parts, reasons []message.Text
	for _, f := range list {
		if f.What.IsZero() {
			parts = append(parts, f.Text)
			continue
		}
		if parts = append(parts, f.What); reasons == nil {
			reasons = f.Reasons
		}
	}
	return endpoint.WithReasons(message.New("survey.list", message.Sub("items", parts...)), reasons)
}
