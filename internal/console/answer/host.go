package answer

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"tlsready/internal/assess"
	"tlsready/internal/console/answer/judges"
	"tlsready/internal/console/answer/wire"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/survey/judge"
)

// maxHistory bounds the settings of a host that are compared for a page.
const maxHistory = 50

// Host is everything that is known of a host, judged again from its newest settings, in a
// language.
func (t *Tenant) Host(ctx context.Context, id, lang string) (*document.HostView, error) {
	h, err := t.kept.Host(ctx, id)
	if err != nil {
		return nil, known(err)
	}
	doc := &document.HostView{
		Schema: document.HostViewSchema, Today: t.today(), Host: h.ID, Name: h.About.Name, OS: h.About.OS, Source: h.About.Source,
		Addresses: append([]string{}, h.About.Addresses...), Tags: map[string]string{}, Seen: moment(h.Seen), Tried: moment(h.Tried), Error: h.Error,
	}
	tags, err := t.TagsOf(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, one := range tags {
		doc.Tags[one.Name] = one.Value
	}
	snapshot, err := t.newest(ctx, id)
	if err != nil {
		return nil, err
	}
	w, err := t.look(ctx, h, snapshot)
	if err != nil {
		return nil, err
	}
	standings, err := t.Standings(ctx, id)
	if err != nil {
		return nil, err
	}
	if doc.Services, err = t.services(ctx, h, snapshot, standings, w, message.For(lang)); err != nil {
		return nil, err
	}
	doc.Wire = w.Document()
	if len(standings) > 0 {
		doc.Owner = standings[0].Owner
	}
	if doc.History, err = t.settings(ctx, id, message.For(lang)); err != nil {
		return nil, err
	}
	doc.Fixes, err = t.fixesOf(ctx, id)
	return doc, err
}

// services are how a host stands in each series: those for which something is left to do
// first, and of them the most urgent.
func (t *Tenant) services(ctx context.Context, h store.Host, s *host.Snapshot, standings []store.Standing, w *wire.Wire, words *message.Catalog) ([]document.HostService, error) {
	var err error
	list := make([]document.HostService, 0, len(standings))
	for i := range standings {
		one := &standings[i]
		if overtaken(one, standings) {
			continue
		}
		d := document.HostService{
			Series: series(one.Series), Verdict: one.Verdict.Verdict, Since: string(one.Since), Turn: turn(one), ExemptUntil: string(one.ExemptUntil), History: []document.HostVerdict{},
		}
		if d.Check, err = t.judged(ctx, h.ID, s, one.Series, w, words); err != nil {
			return nil, err
		}
		past, err := t.VerdictHistory(ctx, one.Series, h.ID)
		if err != nil {
			return nil, err
		}
		for _, v := range past {
			d.History = append(d.History, document.HostVerdict{From: string(v.Span.From), To: string(v.Span.To), Verdict: v.Verdict, Cause: v.Cause, Fix: string(v.Fix)})
		}
		list = append(list, d)
	}
	slices.SortStableFunc(list, func(a, b document.HostService) int {
		x, y := judges.Service(store.Series(a.Series), t.Today()), judges.Service(store.Series(b.Series), t.Today())
		return cmp.Or(cmp.Compare(settled(a.Verdict), settled(b.Verdict)), judges.ByUrgency(&x, &y))
	})
	return list, nil
}

// settled is 1 for a verdict after which nothing is left to do, else 0.
func settled(verdict string) int {
	if verdict == document.Connects || verdict == document.NotInstalled {
		return 1
	}
	return 0
}

// overtaken says whether another series of the host goes on with this one.
func overtaken(one *store.Standing, all []store.Standing) bool {
	return slices.ContainsFunc(all, func(o store.Standing) bool {
		return o.Series.Service == one.Series.Service && o.Series.Callers == one.Series.Callers && o.Series != one.Series && o.Verdict.Span.To > one.Verdict.Span.To
	})
}

// judged is a host judged now for a series; nil without settings, or if this program does
// not know what is asked.
func (t *Tenant) judged(ctx context.Context, id string, s *host.Snapshot, of store.Series, w *wire.Wire, words *message.Catalog) (*document.Check, error) {
	if s == nil {
		return nil, nil
	}
	j, err := t.judging(ctx, of)
	if unknownSeries(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	one := judges.Of(j, id, s)
	w.Hold(one.Services)
	var sum document.Summary
	judge.Tally(&sum, one.Services)
	return j.Document(words, one.Services, sum), nil
}

// unknownSeries says whether a series was recorded of something that only the machine that
// judged it knew, such as a profile in a file.
func unknownSeries(err error) bool {
	var status *web.Status
	return errors.As(err, &status)
}

// settings are what a host was set to over time, the newest first, each with what is
// otherwise than before.
func (t *Tenant) settings(ctx context.Context, id string, words *message.Catalog) ([]document.HostSettings, error) {
	spans, err := t.History(ctx, id)
	if err != nil {
		return nil, err
	}
	spans = spans[max(0, len(spans)-maxHistory):]
	list := make([]document.HostSettings, 0, len(spans))
	var before *assess.DiffSide
	for _, span := range spans {
		s, err := t.Snapshot(ctx, id, span)
		if err != nil {
			return nil, err
		}
		one := document.HostSettings{From: moment(span.From), To: moment(span.To), Hash: string(span.Hash)}
		after := &assess.DiffSide{Snapshot: s}
		if before != nil {
			d := assess.Compare(id, before, after).In(words)
			one.Changed = &d
		}
		before = after
		list = append(list, one)
	}
	slices.Reverse(list)
	return list, nil
}

// fixesOf are what was done about a host, the newest first; "" is all hosts.
func (t *Tenant) fixesOf(ctx context.Context, id string) ([]document.HostFix, error) {
	all, err := t.kept.Fixes(ctx, id)
	list := make([]document.HostFix, 0, len(all))
	for i := range all {
		list = append(list, hostFix(&all[i]))
	}
	slices.Reverse(list)
	return list, err
}

func hostFix(f *store.Fix) document.HostFix {
	return document.HostFix{Host: f.Host, Service: f.Service, State: string(f.State), At: moment(f.At), By: f.By, Changes: append([]document.Change{}, f.Changes...)}
}

// wireDays is how long what was seen says something of a host.
const wireDays = 90

// since is the first day of a span of days that ends today.
func (t *Tenant) since(days int) store.Day {
	return store.DayOf(t.Today().Add(-time.Duration(days) * 24 * time.Hour))
}

// maxAt bounds what is asked for of one address: a balancer has more names than anybody
// reads on the page of a host.
const maxAt = 100

// look finds what was probed and seen of a host.
func (t *Tenant) look(ctx context.Context, h store.Host, s *host.Snapshot) (*wire.Wire, error) {
	w := wire.New(t.room.judges.Model, s)
	for _, address := range h.About.Addresses {
		probes, err := t.FindEndpoints(ctx, store.EndpointQuery{Address: address, Limit: maxAt})
		if err != nil {
			return nil, err
		}
		for i := range probes.Rows {
			w.Endpoint(&probes.Rows[i])
		}
		if err := t.sightings(ctx, w, store.ClientQuery{Client: address}, nil); err != nil {
			return nil, err
		}
	}
	name := h.About.Name
	if name == "" {
		return w, nil
	}
	return w, t.sightings(ctx, w, store.ClientQuery{Name: name}, h.About.Addresses)
}

// sightings are the clients of a query, but for those of some addresses.
func (t *Tenant) sightings(ctx context.Context, w *wire.Wire, q store.ClientQuery, but []string) error {
	q.First, q.Last, q.Limit = t.since(wireDays), store.Day(t.today()), maxAt
	page, err := t.FindClients(ctx, q)
	if err != nil {
		return err
	}
	for i := range page.Rows {
		if c := &page.Rows[i]; !slices.Contains(but, c.Client) {
			w.Client(c)
		}
	}
	return nil
}

// newest are the newest settings of a host; nil for one that was never read.
func (t *Tenant) newest(ctx context.Context, id string) (*host.Snapshot, error) {
	spans, err := t.History(ctx, id)
	if err != nil || len(spans) == 0 {
		return nil, err
	}
	return t.Snapshot(ctx, id, spans[len(spans)-1])
}
