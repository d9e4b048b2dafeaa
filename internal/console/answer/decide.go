package answer

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/service"
	"tlsready/internal/store"
)

// refused gives what the store refuses for a reason that people are told the status of a
// conflict.
func refused(err error) error {
	var p *message.Problem
	if errors.As(err, &p) {
		return web.Mistake(http.StatusConflict, p)
	}
	return err
}

// Exemptions are what is excused, those that hold before those that are over.
func (t *Tenant) Exemptions(ctx context.Context) (*document.Exemptions, error) {
	list, err := t.kept.Exemptions(ctx)
	doc := &document.Exemptions{Schema: document.ExemptionsSchema, Today: t.today(), Exemptions: []document.Exemption{}}
	for _, e := range list {
		doc.Exemptions = append(doc.Exemptions, document.Exemption{
			Kind: e.Kind, ID: e.ID, Service: e.Service, Until: string(e.Until), Owner: e.Owner, Reason: e.Reason, At: moment(e.At), Ended: string(e.Until) < doc.Today,
		})
	}
	slices.SortStableFunc(doc.Exemptions, func(a, b document.Exemption) int {
		switch {
		case a.Ended == b.Ended:
			return 0
		case a.Ended:
			return 1
		}
		return -1
	})
	return doc, err
}

// kinds are what can be excused, and what can belong to somebody.
func kinds() []string { return []string{store.KindHost, store.KindClient, store.KindEndpoint} }

// Exempt excuses something from a service until a day; a day that is over ends it.
func (t *Tenant) Exempt(ctx context.Context, e document.Exemption) error {
	if !slices.Contains(kinds(), e.Kind) {
		return web.Wrong("kind", message.Quote("kind", e.Kind), message.List("known", kinds()))
	}
	if _, err := service.ParseDate(e.Until); err != nil {
		return web.Wrong("day", message.Quote("value", e.Until))
	}
	one := store.Exemption{Kind: e.Kind, Until: store.Day(e.Until), At: t.room.now()}
	for _, field := range []struct {
		to   *string
		from string
	}{{&one.ID, e.ID}, {&one.Service, e.Service}, {&one.Owner, e.Owner}, {&one.Reason, e.Reason}} {
		var err error
		if *field.to, err = word(field.from); err != nil {
			return err
		}
	}
	if one.ID == "" || one.Service == "" {
		return web.Wrong("exemption")
	}
	if err := t.there(ctx, one.Kind, one.ID); err != nil {
		return err
	}
	return t.Record(ctx, &store.Batch{Exemptions: []store.Exemption{one}})
}

// Own says whom a host, or a client, belongs to.
func (t *Tenant) Own(ctx context.Context, kind, id, owner, mail string) error {
	if !slices.Contains(kinds(), kind) {
		return web.Wrong("kind", message.Quote("kind", kind), message.List("known", kinds()))
	}
	o := store.Owner{Kind: kind, At: t.room.now()}
	for _, field := range []struct {
		to   *string
		from string
	}{{&o.ID, id}, {&o.Owner, owner}, {&o.Mail, mail}} {
		var err error
		if *field.to, err = word(field.from); err != nil {
			return err
		}
	}
	if err := t.there(ctx, kind, o.ID); err != nil {
		return err
	}
	return t.Record(ctx, &store.Batch{Owners: []store.Owner{o}})
}

// ownerTag is the label that names the owner, which is said by [Tenant.Own].
const ownerTag = "owner"

// Tag gives a host a tag that stays when the host is read again. An empty value takes it
// back.
func (t *Tenant) Tag(ctx context.Context, host, name, value string) error {
	if err := t.there(ctx, store.KindHost, host); err != nil {
		return err
	}
	return t.tag(ctx, []string{host}, name, value)
}

// MaxTagged bounds the hosts that one request tags: they are written in some seconds, in
// which the store writes for nobody else for long.
const MaxTagged = 10_000

// TagFound does the same to all hosts of a query, of which there may be [MaxTagged].
func (t *Tenant) TagFound(ctx context.Context, q store.HostQuery, name, value string) error {
	q.After, q.Limit = "", 1
	page, err := t.Hosts(ctx, q)
	if err != nil {
		return err
	}
	if page.Total > MaxTagged {
		return web.Wrong("tag-many", message.Int("n", page.Total), message.Int("most", MaxTagged))
	}
	var hosts []string // all before the first is changed: the query may ask for the tag
	for row, err := range t.EachHost(ctx, q) {
		if err != nil {
			return err
		}
		hosts = append(hosts, row.Host)
	}
	return t.tag(ctx, hosts, name, value)
}

// taggedAtOnce bounds the hosts of one batch.
const taggedAtOnce = 500

func (t *Tenant) tag(ctx context.Context, hosts []string, name, value string) error {
	name, err := word(name)
	if err == nil {
		value, err = word(value)
	}
	switch {
	case err != nil:
		return err
	case name == "" || name == ownerTag || store.Key(name) != name:
		return web.Wrong("tag", message.Quote("name", name))
	}
	for some := range slices.Chunk(hosts, taggedAtOnce) {
		b := &store.Batch{}
		for _, id := range some {
			b.Tags = append(b.Tags, store.Tag{Host: id, Name: name, Value: value})
		}
		if err := t.Record(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// there says whether a host is there: what is said of one that is not is a slip.
func (t *Tenant) there(ctx context.Context, kind, id string) error {
	if kind != store.KindHost {
		return nil
	}
	_, err := t.kept.Host(ctx, id)
	return known(err)
}
