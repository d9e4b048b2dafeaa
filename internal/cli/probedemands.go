package cli

import (
	"context"
	"errors"
	"strings"

	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/source/list"
	"tlsready/internal/stack"
	"tlsready/internal/survey"
	"tlsready/internal/survey/judge"
)

// readDemands reads what endpoints are held against, and gives the endpoints that
// the services name.
func (r *probeRun) readDemands(ctx context.Context) (endpoints []string, err error) {
	app, f := r.app, r.flags
	today, err := app.Today("")
	if err != nil {
		return nil, err
	}
	if r.look.Rules, err = app.readRules(f.accepting); err != nil {
		return nil, err
	}
	if err := r.readServers(ctx); err != nil {
		return nil, err
	}
	for _, one := range f.services {
		if strings.HasPrefix(one, judge.ServerPrefix) {
			continue
		}
		p, err := judge.Service(one)
		if err != nil {
			return nil, err
		}
		if len(p.Endpoints) == 0 {
			app.Warn(app.Text("probe.service-without-endpoints", message.Str("service", p.ID)))
		}
		endpoints = append(endpoints, p.Endpoints...)
		r.look.Checks = append(r.look.Checks, endpoint.Service(p, today))
	}
	if f.policy != "" {
		c, err := survey.PolicyCheck(f.policy, today)
		if err != nil {
			return nil, err
		}
		r.look.Checks = append(r.look.Checks, c)
	}
	if f.diff != "" {
		if r.base, err = app.readBaseline(f.diff); err != nil {
			return nil, err
		}
		r.look.Checks = append(r.look.Checks, r.base)
	}
	return endpoints, nil
}

// readServers reads the servers of --service host:SNAPSHOT. They name no endpoints:
// a snapshot does not say on which ports a server listens.
func (r *probeRun) readServers(ctx context.Context) error {
	var servers []*endpoint.Settings
	for _, one := range r.flags.services {
		path, ok := strings.CutPrefix(one, judge.ServerPrefix)
		if !ok {
			continue
		}
		model, err := r.needModel()
		if err != nil {
			return err
		}
		s, err := source.ReadOne(ctx, path, r.sourceOptions())
		if err != nil {
			return sourceError(err)
		}
		servers = append(servers, endpoint.NewSettings(model, s))
	}
	for _, c := range servers {
		c.Everywhere = len(servers) == 1
		r.look.Checks = append(r.look.Checks, c)
	}
	return nil
}

func (r *probeRun) sourceOptions() source.Options {
	return source.Options{Stdin: r.app.In, Kinds: list.Kinds(), Warn: r.app.WarnOf}
}

func (r *probeRun) needModel() (model *stack.Model, err error) {
	if r.model == nil {
		r.model, err = stack.New()
	}
	return r.model, err
}

// readRules reads --accepting: rules, or the id or file of a service profile, in which
// case the rules of its last phase apply.
func (app *App) readRules(text string) ([]endpoint.Rule, error) {
	if text == "" {
		return nil, nil
	}
	if _, ok, _ := service.ByID(text); ok || judge.IsFile(text) {
		p, err := judge.Service(text)
		if err != nil {
			return nil, err
		}
		return []endpoint.Rule{endpoint.StatedRule(p.Last().Acceptance())}, nil
	}
	rules, err := endpoint.ParseRules(text)
	var bad *endpoint.RuleError
	if errors.As(err, &bad) {
		return nil, app.UsageError("accepting", message.Str("value", bad.Word), message.Int("column", bad.Column), message.Str("why", app.Words.Render(bad.Why)))
	}
	return rules, err
}

// readBaseline reads a jsonl or json result of an earlier run.
func (app *App) readBaseline(file string) (*endpoint.Baseline, error) {
	b := endpoint.NewBaseline()
	err := survey.ReadEndpoints(file, func(e *document.Endpoint, _ []byte) { b.Add(e) })
	return b, err
}
