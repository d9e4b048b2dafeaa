package answer

import (
	"context"
	"slices"
	"time"

	"tlsready/internal/console/answer/judges"
	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/results"
	"tlsready/internal/survey/judge"
)

// FixQuery asks for the fix of a host for a service.
type FixQuery struct {
	Host   string
	Series store.Series
	As     []string // formats as fix --as names them; none: all
	By     string   // who takes it
	Lang   string
}

// File is something to download.
type File = judges.File

// Fix is the folder that fix --dir writes for a host, as an archive: what applies it, what
// undoes it, and what verifies it. That it was given is recorded.
func (t *Tenant) Fix(ctx context.Context, q FixQuery) (*File, error) {
	j, one, err := t.plan(ctx, q)
	if err != nil {
		return nil, err
	}
	f, err := judges.Archive(j, q.Host, one, q.As, q.Lang)
	if err != nil {
		return nil, err
	}
	return f, t.Record(ctx, &store.Batch{Fixes: t.fixes(j, one, q, store.FixGiven)})
}

// fixes are what is recorded of a fix.
func (t *Tenant) fixes(j *judge.Judging, one judge.Judged, q FixQuery, state store.FixState) []store.Fix {
	list := results.Fixes(one.Services, state, t.room.now(), j.Writer(message.For("en")))
	for i := range list {
		list[i].By = q.By
	}
	return list
}

// plan judges the newest settings of a host, which have to have a fix.
func (t *Tenant) plan(ctx context.Context, q FixQuery) (*judge.Judging, judge.Judged, error) {
	var none judge.Judged
	if _, err := t.kept.Host(ctx, q.Host); err != nil {
		return nil, none, known(err)
	}
	snapshot, err := t.newest(ctx, q.Host)
	if err != nil {
		return nil, none, err
	}
	if snapshot == nil {
		return nil, none, web.Missing("never-read", message.Str("host", q.Host))
	}
	j, err := t.judging(ctx, q.Series)
	if err != nil {
		return nil, none, err
	}
	one := judges.Of(j, q.Host, snapshot)
	if err := one.Err(); err != nil {
		return nil, none, known(err)
	}
	if !slices.ContainsFunc(j.Document(message.For("en"), one.Services, document.Summary{}).Hosts, func(h document.Host) bool { return len(h.Changes) > 0 }) {
		return nil, none, web.Missing("no-fix", message.Str("host", q.Host), message.Str("service", q.Series.Service))
	}
	return j, one, nil
}

// Offer offers the fix of a host to a second person, who releases it by [Tenant.Approve].
// The server applies nothing itself.
func (t *Tenant) Offer(ctx context.Context, q FixQuery) (*document.HostFix, error) {
	j, one, err := t.plan(ctx, q)
	if err != nil {
		return nil, err
	}
	offered := t.fixes(j, one, q, store.FixOffered)
	if err := t.Record(ctx, &store.Batch{Fixes: offered}); err != nil || len(offered) == 0 {
		return nil, err
	}
	doc := hostFix(&offered[0])
	return &doc, nil
}

// Offers are the fixes that wait for a second person, the oldest first.
func (t *Tenant) Offers(ctx context.Context) (*document.Offers, error) {
	list, err := t.kept.Offers(ctx)
	doc := &document.Offers{Schema: document.OffersSchema, Offers: []document.HostFix{}}
	for i := range list {
		doc.Offers = append(doc.Offers, hostFix(&list[i]))
	}
	return doc, err
}

// Decision is what a second person says of an offered fix.
type Decision struct {
	Host, Service string
	// Offered is when the fix was offered that was looked at: one that was offered anew
	// since then is not decided on.
	Offered time.Time
	By      string
	Reject  bool
}

// Decide approves or rejects an offered fix. Approving is for another person than who
// offered it.
func (t *Tenant) Decide(ctx context.Context, d Decision) error {
	offers, err := t.kept.Offers(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(offers, func(f store.Fix) bool {
		return f.Host == d.Host && f.Service == d.Service && (d.Offered.IsZero() || f.At.Equal(d.Offered))
	})
	if at < 0 {
		return web.Missing("no-offer", message.Str("host", d.Host), message.Str("service", d.Service))
	}
	f := offers[at]
	f.At, f.By, f.State = t.room.now(), d.By, store.FixApproved
	if d.Reject {
		f.State = store.FixRejected
		return t.Record(ctx, &store.Batch{Fixes: []store.Fix{f}})
	}
	return refused(t.Approve(ctx, f))
}
