// Package intake takes in what is sent to the console: hosts in every form that check
// reads, lines of what runs found, archives of both. What comes from outside is bounded,
// and read in a folder of its own.
package intake

import (
	"context"
	"slices"

	"tlsready/internal/console/answer/judges"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/source"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
	"tlsready/internal/survey/judge"
)

// Intake judges hosts that come in: for the services whose programs they have, as check
// without a service does, and for those that the tenant asks about anyway.
type Intake struct {
	js     *judges.Judges
	tenant string
	today  service.Date
	auto   *judge.Judging
	always []store.Series
}

// New judges hosts of a tenant, which has asked some questions before.
func New(ctx context.Context, js *judges.Judges, tenant string, today service.Date, asked []store.Series) (*Intake, error) {
	auto, err := js.For(ctx, judges.Key{Tenant: tenant, Today: today.String()})
	if err != nil {
		return nil, err
	}
	in := &Intake{js: js, tenant: tenant, today: today, auto: auto}
	for _, s := range asked {
		if p, ok, err := service.ByID(s.Service); ok && err == nil && s.Callers == "" {
			in.ask(&in.always, p)
		}
	}
	return in, nil
}

func (in *Intake) ask(list *[]store.Series, p *service.Profile) {
	if s := judges.SeriesOf(p, in.today); !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// Host judges a host that was read.
func (in *Intake) Host(ctx context.Context, h source.Host) (store.HostResult, error) {
	plain := results.Asked{On: in.today, Today: in.today}
	if h.Err != nil {
		return plain.Host(h.ID, nil, h.Err, nil), nil
	}
	asked := slices.Clone(in.always)
	for _, j := range in.auto.Host(h).Services {
		if j.Profile != nil {
			in.ask(&asked, j.Profile)
		}
	}
	out := plain.Host(h.ID, h.Snapshot, nil, nil)
	for _, s := range asked {
		j, err := in.js.For(ctx, judges.Key{in.tenant, s, in.today.String()})
		if err != nil {
			return out, err
		}
		ask := results.Asked{On: j.On, Today: j.Today, Writer: j.Writer(message.For("en"))}
		out.Outcomes = append(out.Outcomes, ask.Host(h.ID, h.Snapshot, nil, j.Host(h).Services).Outcomes...)
	}
	return out, nil
}

// Settings judges the settings of a host.
func (in *Intake) Settings(ctx context.Context, id string, s *host.Snapshot) (store.HostResult, error) {
	return in.Host(ctx, source.Host{ID: id, Snapshot: s})
}
