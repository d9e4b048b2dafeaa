package cli

import (
	"context"
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/service"
	"tlsready/internal/survey"
)

// endpoint is the demand of --endpoint with the callers that are judged against it.
func (r *run) endpoint(ctx context.Context, target string) (assess.Demanded, error) {
	q := probe.Questions{Suites: true, Groups: true, SignatureAlgorithms: true, Certificates: true}
	look := survey.Endpoints{Prober: probe.New(probe.Options{Questions: q, Rate: probe.DefaultRate}), Roots: endpoint.NewRootFinder()}
	probed, err := look.Demand(ctx, target)
	if err != nil {
		return assess.Demanded{}, err
	}
	for _, e := range probed.Failed {
		r.app.Warn(r.app.words().Render(survey.FailedText(e)))
	}
	r.holdAgainstServers(probed.Service, probed.Addresses)
	d := assess.Demanded{Demand: probed.Demand, Explicit: true}
	ids := r.flags.callers
	if len(ids) == 0 {
		generic, _, err := service.ByID(genericService)
		if err != nil {
			return d, err
		}
		ids = generic.Callers
	}
	d.Callers, err = survey.Callers(ids)
	return d, err
}

// holdAgainstServers holds the addresses of --endpoint against the servers of --service
// host:SNAPSHOT. What differs is told at once and stands with the service.
func (r *run) holdAgainstServers(id string, answered []*document.Endpoint) {
	for _, c := range r.predicted {
		c.Everywhere = len(r.predicted) == 1
		for _, e := range answered {
			list := c.Findings(e)
			if len(list) == 0 {
				continue
			}
			if r.differences == nil {
				r.differences = map[string][]document.EndpointFinding{}
			}
			r.differences[id] = append(r.differences[id], list...)
			r.app.Warn(r.app.text("cli.probe.differs", message.Str("endpoint", e.Name()), message.Str("host", c.Name()), message.Str("text", differenceText(list, r.app.Words))))
		}
	}
}

// differenceText writes differences as one remark: each by itself, then the likely
// reasons of the first one, which the others mostly share.
func differenceText(list []document.EndpointFinding, w *message.Catalog) string {
	var parts []string
	var reasons []message.Text
	for _, f := range list {
		if f.What.IsZero() {
			parts = append(parts, w.Render(f.Text))
			continue
		}
		if parts = append(parts, w.Render(f.What)); reasons == nil {
			reasons = f.Reasons
		}
	}
	return w.Render(endpoint.WithReasons(message.Literal(strings.Join(parts, "; ")), reasons))
}

// differencesInto puts the differences of a service into its place in the report.
func (r *run) differencesInto(s *document.Service) {
	list := r.differences[s.ID]
	if len(list) == 0 {
		return
	}
	s.Findings = list
	s.Note = map[string]string{}
	for _, lang := range []string{"en", "ja"} {
		s.Note[lang] = differenceText(list, message.For(lang))
	}
}
