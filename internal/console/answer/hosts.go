package answer

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"strconv"

	"tlsready/internal/console/web"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// Hosts is a page of the hosts of a series.
func (t *Tenant) Hosts(ctx context.Context, q store.HostQuery) (*document.HostPage, error) {
	q.Today = store.Day(t.today())
	page, err := t.FindHosts(ctx, q)
	if err != nil {
		return nil, searched(err)
	}
	doc := &document.HostPage{Schema: document.HostsSchema, Today: t.today(), Series: series(q.Series), Total: page.Total, Next: page.Next, Hosts: make([]document.HostRow, len(page.Rows))}
	for i := range page.Rows {
		doc.Hosts[i] = hostRow(&page.Rows[i])
	}
	return doc, nil
}

// EachHost are all hosts of a query, for exports: Limit and After do not count. An error
// comes last.
func (t *Tenant) EachHost(ctx context.Context, q store.HostQuery) iter.Seq2[document.HostRow, error] {
	return func(yield func(document.HostRow, error) bool) {
		for q.After, q.Limit = "", store.MaxLimit; ; {
			page, err := t.Hosts(ctx, q)
			if err != nil {
				yield(document.HostRow{}, err)
				return
			}
			for _, row := range page.Hosts {
				if !yield(row, nil) {
					return
				}
			}
			if q.After = page.Next; q.After == "" {
				return
			}
		}
	}
}

func hostRow(r *store.HostRow) document.HostRow {
	s := &r.Standing
	return document.HostRow{
		Host: r.ID, Name: r.About.Name, OS: s.OS, Owner: s.Owner, OwnerMail: r.Mail, Tags: r.Tags, Addresses: r.About.Addresses,
		Verdict: s.Verdict.Verdict, Cause: s.Verdict.Cause, FailsFrom: s.Verdict.FailsFrom, Fixable: s.Verdict.Fixable, Restart: s.Verdict.Restart, Fix: string(s.Verdict.Fix),
		Since: string(s.Since), Turn: turn(s), Judged: string(s.Verdict.Span.To), Seen: moment(r.Seen), Error: r.Error, ExemptUntil: string(s.ExemptUntil),
	}
}

// turn says what became of a host when it came to its verdict.
func turn(s *store.Standing) string {
	switch v := s.Verdict.Verdict; {
	case s.Was == document.Fails && v == document.Connects:
		return document.TurnMended
	case s.Was == document.Connects && v == document.Fails:
		return document.TurnFellBack
	}
	return ""
}

// HostGroups is a page of the hosts of a query, counted by something that they share. Groups
// have no order of their own that is kept: After and Limit of the query count them.
func (t *Tenant) HostGroups(ctx context.Context, q store.HostQuery, by store.GroupBy) (*document.HostGroups, error) {
	after, err := strconv.Atoi(cmp.Or(q.After, "0"))
	if err != nil || after < 0 {
		return nil, web.Mistake(http.StatusBadRequest, message.Error("store.cursor").Hinted("store.hint.cursor"))
	}
	q.Today = store.Day(t.today())
	list, total, err := t.groups(ctx, q, by, after, cmp.Or(q.Limit, store.DefaultLimit))
	if err != nil {
		return nil, err
	}
	doc := &document.HostGroups{Schema: document.HostGroupsSchema, Today: t.today(), Series: series(q.Series), By: string(by), Total: total, Groups: list}
	if end := after + len(list); end < total {
		doc.Next = strconv.Itoa(end)
	}
	return doc, nil
}

// groups are the groups after the first of them, most of them at most; total is how many
// there are in all.
func (t *Tenant) groups(ctx context.Context, q store.HostQuery, by store.GroupBy, after, most int) (list []document.HostGroup, total int, err error) {
	found, err := t.Groups(ctx, q, by)
	if err != nil {
		return nil, 0, err
	}
	total = len(found)
	found = found[min(after, total):]
	list = make([]document.HostGroup, 0, min(len(found), most))
	for _, g := range found[:min(len(found), most)] {
		one := document.HostGroup{
			Value: g.Value, Hosts: g.Hosts, Counts: summary(g.Verdicts), Verdict: g.Verdict, Cause: g.Cause, Fix: string(g.Fix), Example: g.Example.Host,
		}
		if by == store.GroupByFix && g.Verdict != document.Connects && g.Example.Span.Hash != "" {
			if err := t.remedy(ctx, g.Example, &one); err != nil {
				return nil, 0, err
			}
		}
		list = append(list, one)
	}
	return list, total, nil
}

// remedy is what helps the hosts of a group: what helps one of them.
func (t *Tenant) remedy(ctx context.Context, v store.Verdict, g *document.HostGroup) error {
	o, err := t.Outcome(ctx, v)
	if err != nil {
		return err
	}
	g.Fixable, g.Prerequisites, g.Restart = o.Host.Fixable, o.Host.Prerequisites, o.Host.Restart
	for _, c := range o.Host.Changes {
		c.Before, c.Services = nil, nil // they are the example's own
		g.Changes = append(g.Changes, c)
	}
	return nil
}

// Facets are what hosts can be told apart by.
func (t *Tenant) Facets(ctx context.Context) ([]store.GroupBy, error) {
	names, err := t.TagNames(ctx)
	list := []store.GroupBy{store.GroupByFix, store.GroupByOwner, store.GroupByOS}
	for _, name := range names {
		list = append(list, store.ByTag(name))
	}
	return list, err
}
