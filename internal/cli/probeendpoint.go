package cli

import (
	"context"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/service"
	"tlsready/internal/verdict"
)

// probedDemand probes a target and gives what it accepts as a demand. Of a name with
// several addresses a client may meet any: what not all of them accept is not
// accepted. It is an error where none could be judged.
func (app *App) probedDemand(ctx context.Context, target string) (verdict.Demand, []*probed, error) {
	spec, err := parseTarget(target, httpsPort)
	if err != nil || spec.prefix.IsValid() || spec.reason != "" {
		if err == nil {
			err = errTarget
		}
		return verdict.Demand{}, nil, app.usageError("target", message.Str("where", ""), message.Str("value", target), message.Str("why", err.Error()))
	}
	q := probe.Questions{Suites: true, Groups: true, SignatureAlgorithms: true, Certificates: true}
	r := &probeRun{app: app, flags: &probeFlags{concurrency: 1}, roots: newRootFinder()}
	r.prober = probe.New(probe.Options{Questions: q, Rate: probe.DefaultRate})
	var all []tlsready.Acceptance
	var answered []*probed
	var failed []string
	for _, p := range r.one(ctx, spec.probeTarget) {
		if text := p.errorText(app.Words); text != "" {
			failed = append(failed, endpointName(p)+": "+text)
			continue
		}
		answered, all = append(answered, p), append(all, p.result.Acceptance())
	}
	if err := ctx.Err(); err != nil {
		return verdict.Demand{}, nil, err
	}
	if len(all) == 0 {
		return verdict.Demand{}, nil, &UserError{Msg: strings.Join(failed, "; "), Hint: app.text("cli.hint.endpoint"), Code: ExitIncomplete}
	}
	for _, text := range failed {
		app.Warn(text)
	}
	common := all[0]
	for _, a := range all[1:] {
		common = common.Common(a)
	}
	return verdict.Demand{Service: "endpoint:" + spec.String(), Roots: commonRoots(answered), Phases: []verdict.Phase{{Accepts: flat(common)}}}, answered, nil
}

// flat lists the suites of all versions together where they are all known, for the
// reader; the suites by version decide.
func flat(a tlsready.Acceptance) tlsready.Acceptance {
	var list []tlsready.Suite
	versions := a.Versions.List()
	for _, v := range slices.Backward(versions) {
		axis := a.SuitesOf[v]
		if axis.IsAny() || axis.IsUnknown() || len(axis.Open()) > 0 {
			return a
		}
		for _, s := range axis.List() {
			if !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	if len(list) > 0 {
		a.Suites = tlsready.Only(list...)
	}
	return a
}

// endpoint is the demand of --endpoint with the callers that are judged against it.
func (r *run) endpoint(ctx context.Context, target string) (assess.Demanded, error) {
	demand, answered, err := r.app.probedDemand(ctx, target)
	if err != nil {
		return assess.Demanded{}, err
	}
	r.holdAgainstServers(demand.Service, answered)
	d := assess.Demanded{Demand: demand, Explicit: true}
	ids := r.flags.callers
	if len(ids) == 0 {
		generic, _, err := service.ByID(genericService)
		if err != nil {
			return d, err
		}
		ids = generic.Callers
	}
	d.Callers, err = r.app.readCallers(ids)
	return d, err
}

// holdAgainstServers holds the addresses of --endpoint against the servers of --service
// host:SNAPSHOT. What differs is told at once and stands with the service.
func (r *run) holdAgainstServers(id string, answered []*probed) {
	for _, c := range r.predicted {
		c.alone = len(r.predicted) == 1
		for _, p := range answered {
			list := c.check(p)
			if len(list) == 0 {
				continue
			}
			if r.differences == nil {
				r.differences = map[string][]finding{}
			}
			r.differences[id] = append(r.differences[id], list...)
			r.app.Warn(r.app.text("cli.probe.differs", message.Str("endpoint", endpointName(p)), message.Str("host", c.name), message.Str("text", differenceText(list, r.app.Words))))
		}
	}
}

// differenceText writes differences as one remark: each by itself, then the likely
// reasons of the first one, which the others share as a rule.
func differenceText(list []finding, w *message.Catalog) string {
	var parts, reasons []string
	for _, f := range list {
		if f.what == nil {
			parts = append(parts, f.why(w))
			continue
		}
		if parts = append(parts, f.what(w)); reasons == nil {
			reasons = f.reasons(w)
		}
	}
	return sentences(w, strings.Join(parts, "; "), reasons)
}

// differencesInto puts the differences of a service where the report has them.
func (r *run) differencesInto(s *document.Service) {
	list := r.differences[s.ID]
	if len(list) == 0 {
		return
	}
	s.Findings = findingDocs(list, message.For("en"))
	s.Note = map[string]string{}
	for _, lang := range []string{"en", "ja"} {
		s.Note[lang] = differenceText(list, message.For(lang))
	}
}
