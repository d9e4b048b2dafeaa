package answer

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tlsready/internal/assess"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
	"tlsready/internal/survey/judge"
)

// maxJudges bounds the questions that are kept ready. Each has a memory of its own of what
// it found, some megabytes when it is full; a tenant asks about a dozen services.
const maxJudges = 32

// judgeKey is a question that is kept ready. Tenants do not share it: what one customer's
// hosts are told by is in it.
type judgeKey struct {
	tenant string
	series store.Series
	today  string
}

// judging is how hosts are judged for a series.
func (t *Tenant) judging(ctx context.Context, s store.Series) (*judge.Judging, error) {
	return t.room.judges.get(judgeKey{t.name, s, t.today()}, func() (*judge.Judging, error) {
		q := judge.Question{Services: []string{s.Service}, Today: t.Today()}
		q.On = q.Today
		if s.On != "" {
			on, err := service.ParseDate(s.On)
			if err != nil {
				return nil, wrong("day", message.Quote("value", s.On))
			}
			q.On = on
		}
		if s.Callers != "" {
			q.Callers = strings.Split(s.Callers, ",")
		}
		// Names of files mean files of this machine, which nobody may ask for from outside.
		for _, name := range append(slices.Clone(q.Callers), s.Service) {
			if judge.IsFile(name) || strings.HasPrefix(name, judge.ServerPrefix) {
				return nil, missing("service", message.Quote("service", name))
			}
		}
		j, err := q.Judging(ctx)
		return j, known(err)
	})
}

// seriesOf is the question that check asks of a service without further flags: it is
// judged for the day of its last phase, or for today once that has come.
func (t *Tenant) seriesOf(p *service.Profile) store.Series {
	s := store.Series{Service: p.ID}
	if from := p.Last().From; from.After(t.Today().Time) {
		s.On = from.String()
	}
	return s
}

// profiles are the services that can be asked about.
func profiles() ([]*service.Profile, error) {
	var list []*service.Profile
	for _, id := range service.IDs() {
		p, _, err := service.ByID(id)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// asking judges hosts that come in: for the services whose programs they have, as check
// without a service does, and for those that the tenant asks about anyway.
type asking struct {
	t       *Tenant
	today   service.Date
	auto    *judge.Judging
	always  []store.Series
	writers map[store.Series]results.Asked
}

func (t *Tenant) asking(ctx context.Context) (*asking, error) {
	a := &asking{t: t, today: t.Today(), writers: map[store.Series]results.Asked{}}
	auto, err := t.room.judges.get(judgeKey{tenant: t.name, today: a.today.String()}, func() (*judge.Judging, error) {
		return judge.Question{Today: a.today}.Judging(ctx)
	})
	if err != nil {
		return nil, err
	}
	a.auto = auto
	asked, err := t.AllSeries(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range asked {
		if p, ok, err := service.ByID(s.Service); ok && err == nil && s.Callers == "" {
			if now := t.seriesOf(p); !slices.Contains(a.always, now) {
				a.always = append(a.always, now)
			}
		}
	}
	return a, nil
}

// host judges a host that was read.
func (a *asking) host(ctx context.Context, h source.Host) (store.HostResult, error) {
	if h.Err != nil {
		return results.Asked{Today: a.today, On: a.today}.Host(h.ID, nil, h.Err, nil), nil
	}
	asked := slices.Clone(a.always)
	for _, j := range a.auto.Host(h).Services {
		if j.Profile == nil {
			continue
		}
		if s := a.t.seriesOf(j.Profile); !slices.Contains(asked, s) {
			asked = append(asked, s)
		}
	}
	out := results.Asked{Today: a.today, On: a.today}.Host(h.ID, h.Snapshot, nil, nil)
	for _, s := range asked {
		j, err := a.t.judging(ctx, s)
		if err != nil {
			return out, err
		}
		ask, ok := a.writers[s]
		if !ok {
			ask = results.Asked{On: j.On, Today: j.Today, Writer: j.Writer(message.For("en"))}
			a.writers[s] = ask
		}
		out.Outcomes = append(out.Outcomes, ask.Host(h.ID, h.Snapshot, nil, j.Host(h).Services).Outcomes...)
	}
	return out, nil
}

// newest are the newest settings of a host; nil for one that was never read.
func (t *Tenant) newest(ctx context.Context, id string) (*host.Snapshot, error) {
	spans, err := t.History(ctx, id)
	if err != nil || len(spans) == 0 {
		return nil, err
	}
	return t.Snapshot(ctx, id, spans[len(spans)-1])
}

// byUrgency orders services: those to come first, the nearest before the others, then those
// that have passed, then those without a day.
func byUrgency(a, b *document.Service) int {
	order := func(s *document.Service) (int, int) {
		switch {
		case s.DaysLeft == nil:
			return 2, 0
		case *s.DaysLeft < 0:
			return 1, -*s.DaysLeft
		}
		return 0, *s.DaysLeft
	}
	ka, da := order(a)
	kb, db := order(b)
	return cmp.Or(cmp.Compare(ka, kb), cmp.Compare(da, db), cmp.Compare(a.ID, b.ID))
}

// Demands are the services that can be asked about, with their sources, each as of its
// last phase.
func (t *Tenant) Demands(context.Context) (*document.Demands, error) {
	all, err := profiles()
	if err != nil {
		return nil, err
	}
	doc := &document.Demands{Schema: document.DemandsSchema, Today: t.today(), Services: []document.Service{}}
	for _, p := range all {
		on := p.Last().From
		doc.Services = append(doc.Services, assess.ServiceOf(p, assess.DemandOf(p, on), on, t.Today()))
	}
	slices.SortFunc(doc.Services, func(a, b document.Service) int { return byUrgency(&a, &b) })
	return doc, nil
}
