package judges

import (
	"context"
	"strings"

	"tlsready"
	"tlsready/internal/assess"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
	"tlsready/internal/verdict"
)

// Other is another day, or another demand of a service. What is left empty stays as it is.
type Other struct {
	On string // the day
	// What the server would accept, by the names of IANA.
	Versions, Suites, Groups []string
}

// Otherwise is how hosts would be judged.
func (js *Judges) Otherwise(ctx context.Context, k Key, q Other) (*judge.Judging, error) {
	if q.On != "" {
		k.Series.On = q.On
	}
	shared, err := js.For(ctx, k)
	if err != nil || len(q.Versions)+len(q.Suites)+len(q.Groups) == 0 {
		return shared, err
	}
	a := shared.Assessor.Services[0].Demand.Now()
	if err := demand(&a, q); err != nil {
		return nil, err
	}
	own, err := assess.New(shared.Model)
	if err != nil {
		return nil, err
	}
	d := shared.Assessor.Services[0]
	d.Demand.Phases, d.Demand.At = []verdict.Phase{{Accepts: assess.Resolve(a)}}, 0
	own.Services = []assess.Demanded{d}
	return &judge.Judging{On: shared.On, Today: shared.Today, Model: shared.Model, Assessor: own}, nil
}

// demand changes what a server accepts.
func demand(a *tlsready.Acceptance, q Other) (err error) {
	if len(q.Versions) > 0 {
		if a.Versions, err = only(q.Versions, tlsready.ParseVersion); err != nil {
			return err
		}
	}
	if len(q.Suites) > 0 {
		a.SuitesOf = nil
		if a.Suites, err = only(q.Suites, tlsready.ParseSuite); err != nil {
			return err
		}
	}
	if len(q.Groups) > 0 {
		a.Groups, err = only(q.Groups, tlsready.ParseGroup)
	}
	return err
}

// maxNames bounds a list of suites or groups: there are four hundred in all.
const maxNames = 500

func only[T comparable](names []string, parse func(string) (T, error)) (tlsready.Axis[T], error) {
	var list []T
	for _, name := range names[:min(len(names), maxNames)] {
		v, err := parse(strings.TrimSpace(name))
		if err != nil {
			return tlsready.AnyOf[T](), web.Wrong("accepts", message.Quote("name", name))
		}
		list = append(list, v)
	}
	return tlsready.Only(list...), nil
}

// Question is what is asked of hosts.
func Question(j *judge.Judging) document.Question {
	d := j.Assessor.Services[0].Demand
	return document.Question{Service: d.Service, On: j.On.String(), Accepts: document.Accept(d.Now())}
}

// Moved is what becomes of a host.
func Moved(was, is *judge.Judging, s store.Settings) document.Moved {
	h := source.Host{ID: s.Host.ID, Snapshot: s.Snapshot}
	before, after := was.Host(h), is.Host(h)
	m := document.Moved{Host: s.Host.ID, Before: worst(before), After: worst(after), Owner: s.Host.About.Labels["owner"]}
	for _, j := range after.Services {
		if string(j.Judgement.Verdict) == m.After {
			m.Cause = string(j.Judgement.Cause)
		}
	}
	return m
}

func worst(j judge.Judged) string {
	v := document.NotInstalled
	for _, one := range j.Services {
		if got := string(one.Judgement.Verdict); document.Rank(got) < document.Rank(v) {
			v = got
		}
	}
	return v
}
