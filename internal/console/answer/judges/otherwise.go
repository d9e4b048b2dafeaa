package judges

import (
	"context"
	"strings"
	"sync"

	"tlsready"
	"tlsready/internal/assess"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
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

// Weighing says what becomes of hosts. It may be used by many goroutines at once.
type Weighing struct {
	was, is *judge.Judging
	mu      sync.Mutex
	known   map[store.Hash]moved
}

// moved is what becomes of all hosts with the same settings.
type moved struct{ before, after, cause string }

// maxMoved bounds what is kept of settings, of which each takes a hundred bytes.
const maxMoved = 1 << 16

// NewWeighing holds hosts against two questions.
func NewWeighing(was, is *judge.Judging) *Weighing {
	return &Weighing{was: was, is: is, known: map[store.Hash]moved{}}
}

// Moved is what becomes of a host. Hosts that have the same settings are judged once: no
// verdict hangs on what a host is called.
func (w *Weighing) Moved(s store.Settings) document.Moved {
	w.mu.Lock()
	m, ok := w.known[s.Hash]
	w.mu.Unlock()
	if !ok {
		m = w.judge(s.Snapshot)
		w.mu.Lock()
		if len(w.known) < maxMoved {
			w.known[s.Hash] = m
		}
		w.mu.Unlock()
	}
	return document.Moved{Host: s.Host.ID, Before: m.before, After: m.after, Cause: m.cause, Owner: s.Host.About.Labels["owner"]}
}

func (w *Weighing) judge(s *host.Snapshot) moved {
	v := host.NewView(s)
	m := moved{before: worst(w.was.Assessor.Outcomes(v))}
	after := w.is.Assessor.Outcomes(v)
	m.after = worst(after)
	for _, o := range after {
		if string(o.Verdict) == m.after {
			m.cause = string(o.Cause)
		}
	}
	return m
}

func worst(list []assess.Outcome) string {
	v := document.NotInstalled
	for _, one := range list {
		if got := string(one.Verdict); document.Rank(got) < document.Rank(v) {
			v = got
		}
	}
	return v
}
