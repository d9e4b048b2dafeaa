package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"tlsready/internal/store"
)

// Host is a host.
func (t *tenant) Host(ctx context.Context, id string) (h store.Host, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		h, err = t.host(ctx, tx, id)
		return err
	})
	return h, err
}

func (t *tenant) host(ctx context.Context, tx *Tx, id string) (store.Host, error) {
	h, err := scanHost(tx.QueryRowContext(ctx, t.spell(hostColumns+" WHERE tenant = $1 AND host = $2"), t.id, store.Key(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.NoHost(id)
	}
	return h, err
}

// Standings are how a host stands in each series.
func (t *tenant) Standings(ctx context.Context, id string) (all []store.Standing, err error) {
	const text = standingColumns + `, e.service, e.judged_on, e.callers, v.day_from, v.day_to FROM standings s
JOIN series e ON e.tenant = s.tenant AND e.series = s.series
JOIN verdicts v ON v.tenant = s.tenant AND v.service = e.service AND v.judged_on = e.judged_on AND v.callers = e.callers AND v.host = s.host AND v.latest = 1
WHERE s.tenant = $1 AND s.host = $2 ORDER BY e.service, e.judged_on, e.callers`
	err = t.read(ctx, func(tx *Tx) error {
		all = nil
		return tx.each(ctx, text, []any{t.id, store.Key(id)}, func(scan func(...any) error) error {
			var of store.Series
			var from, to store.Day
			s, _, err := scanStanding(scan, &of.Service, &of.On, &of.Callers, &from, &to)
			s.Series, s.Verdict.Span.From, s.Verdict.Span.To = of, from, to
			all = append(all, s)
			return err
		})
	})
	return all, err
}

// CountHosts counts all hosts.
func (t *tenant) CountHosts(ctx context.Context) (n int, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		return tx.QueryRowContext(ctx, t.spell("SELECT COUNT(*) FROM hosts WHERE tenant = $1"), t.id).Scan(&n)
	})
	return n, err
}

// TagNames are the names of all tags. Each is looked for after the one before: of a
// hundred thousand tags a few names are all that there are.
func (t *tenant) TagNames(ctx context.Context) (names []string, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		names = nil
		for after := ""; ; {
			var next sql.NullString
			err := tx.QueryRowContext(ctx, t.spell("SELECT MIN(name) FROM tags WHERE tenant = $1 AND name > $2"), t.id, after).Scan(&next)
			if err != nil || !next.Valid || len(names) >= store.MaxGroups {
				return err
			}
			after = next.String
			names = append(names, after)
		}
	})
	return names, err
}

// endpointsOf are the conditions of a query. The tenant is argument 1.
func (t *tenant) endpointsOf(q *store.EndpointQuery) *narrowing {
	n := &narrowing{args: []any{t.id}}
	if q.Text != "" {
		n.and(`e.search LIKE @ ESCAPE '\'`, containing(small(q.Text)))
	}
	if q.Address != "" {
		n.and("e.address = @", store.Key(q.Address))
	}
	if !q.ChangedSince.IsZero() {
		n.and("e.seen_from >= @", micro(q.ChangedSince))
	}
	if q.Accepts != "" {
		n.and("e.versions & @ <> 0", versionNamed(q.Accepts))
	}
	if q.Failed {
		n.and("e.failed = 1")
	}
	if q.ExpiresBefore != "" {
		n.and("e.ends < @", string(q.ExpiresBefore))
	}
	return n
}

// FindEndpoints are endpoints with their newest probe.
func (t *tenant) FindEndpoints(ctx context.Context, q store.EndpointQuery) (page store.EndpointPage, err error) {
	const order = "e.target, e.address, e.server_name"
	limit := limited(q.Limit)
	err = t.read(ctx, func(tx *Tx) error {
		page = store.EndpointPage{}
		n := t.endpointsOf(&q)
		if q.After != "" {
			var after store.EndpointKey
			if err := readCursor(q.After, "endpoints", &after.Target, &after.Address, &after.ServerName); err != nil {
				return err
			}
			n.and("("+order+") > (@, @, @)", after.Target, after.Address, after.ServerName)
		}
		page.Rows, err = t.probeRows(ctx, tx, newest(n.String()+" ORDER BY "+order+" LIMIT "+n.arg(limit+1)), n.args)
		if len(page.Rows) > limit {
			page.Rows = page.Rows[:limit]
			last := page.Rows[limit-1].Key
			page.Next = cursor("endpoints", last.Target, last.Address, last.ServerName)
		}
		if err == nil {
			page.Total, err = whole(q.After, page.Next, len(page.Rows), func() (int, error) {
				return t.count(ctx, tx, "SELECT COUNT(*) FROM endpoints e WHERE e.tenant = $1", t.endpointsOf(&q))
			})
		}
		return err
	})
	return page, err
}

// clientsOf are the conditions of a query. The tenant is argument 1.
func (t *tenant) clientsOf(q *store.ClientQuery) *narrowing {
	n := &narrowing{args: []any{t.id}}
	if q.First != "" {
		n.and("c.last_day >= @", string(q.First))
	}
	if q.Last != "" {
		n.and("c.first_day <= @", string(q.Last))
	}
	if q.First != "" && q.Last != "" { // seen before and after, and perhaps not meanwhile
		n.and("(c.first_day >= @ OR c.last_day <= @ OR EXISTS (SELECT 1 FROM observations o WHERE o.tenant = c.tenant AND o.client = c.client AND o.stack = c.stack AND o.day >= @ AND o.day <= @))",
			string(q.First), string(q.Last), string(q.First), string(q.Last))
	}
	if q.Text != "" {
		n.and(`LOWER(c.client || ' ' || c.name) LIKE @ ESCAPE '\'`, containing(small(q.Text)))
	}
	if q.Name != "" {
		n.and("LOWER(c.name) = @", small(store.Text(q.Name)))
	}
	for column, wanted := range map[string]string{"c.client": q.Client, "c.owner": q.Owner, "c.stack": q.Stack, "c.survives": q.Survives, "c.offered": q.Offered} {
		if wanted != "" {
			n.and(column+" = @", store.Key(wanted))
		}
	}
	return n
}

// FindClients are clients that were seen.
func (t *tenant) FindClients(ctx context.Context, q store.ClientQuery) (page store.ClientPage, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		page = store.ClientPage{}
		page.Rows, page.Next, err = t.clientRows(ctx, tx, &q, t.clientsOf(&q))
		if err == nil {
			page.Total, err = whole(q.After, page.Next, len(page.Rows), func() (int, error) {
				return t.count(ctx, tx, "SELECT COUNT(*) FROM clients c WHERE c.tenant = $1", t.clientsOf(&q))
			})
		}
		return err
	})
	return page, err
}

func (t *tenant) clientRows(ctx context.Context, tx *Tx, q *store.ClientQuery, n *narrowing) (rows []store.Client, next string, err error) {
	if q.After != "" {
		var client, stack string
		if err := readCursor(q.After, "clients", &client, &stack); err != nil {
			return nil, "", err
		}
		n.and("(c.client, c.stack) > (@, @)", client, stack)
	}
	limit := limited(q.Limit)
	text := `SELECT c.client, c.stack, c.name, COALESCE(NULLIF(w.owner, ''), c.owner), COALESCE(w.mail, ''), c.survives, c.offered, c.first_day, c.last_day FROM clients c
LEFT JOIN owners w ON w.tenant = c.tenant AND w.kind = 'client' AND w.id = c.client
WHERE c.tenant = $1` + n.String() + " ORDER BY c.client, c.stack LIMIT " + n.arg(limit+1)
	err = tx.each(ctx, text, n.args, func(scan func(...any) error) error {
		var c store.Client
		err := scan(&c.Client, &c.Stack, &c.Name, &c.Owner, &c.Mail, &c.Survives, &c.Offered, &c.FirstDay, &c.LastDay)
		rows = append(rows, c)
		return err
	})
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursor("clients", rows[limit-1].Client, rows[limit-1].Stack)
	}
	if err == nil {
		err = t.sumUp(ctx, tx, q, rows)
	}
	return rows, next, err
}

// maxNamed bounds the servers of a client that are named: a scanner comes to all of them.
const maxNamed = 100

// sumUp sums up what was seen of clients in the days of a query.
func (t *tenant) sumUp(ctx context.Context, tx *Tx, q *store.ClientQuery, rows []store.Client) error {
	type key struct{ client, stack string }
	at, ids := map[key]*store.Client{}, make([]string, len(rows))
	days := map[key]map[store.Day]bool{}
	for i := range rows {
		k := key{rows[i].Client, rows[i].Stack}
		at[k], ids[i], days[k] = &rows[i], k.client, map[store.Day]bool{}
	}
	last := q.Last
	if last == "" {
		last = "~"
	}
	// The days are such that no index begins with them: by their clients the rows are few.
	const text = "SELECT client, stack, day, negotiated, server, server_name, seen FROM observations WHERE tenant = $1 AND client {in $2} AND day || '' >= $3 AND day || '' <= $4"
	return tx.each(ctx, text, []any{t.id, list(ids), dayText(q.First), dayText(last)}, func(scan func(...any) error) error {
		var k key
		var day store.Day
		var version, server, name string
		var seen int64
		if err := scan(&k.client, &k.stack, &day, &version, &server, &name, &seen); err != nil {
			return err
		}
		c := at[k]
		if c == nil {
			return nil
		}
		days[k][day] = true
		c.Count, c.Days = c.Count+seen, len(days[k])
		c.Versions = with(c.Versions, version)
		if len(c.Servers) < maxNamed {
			c.Servers = with(c.Servers, cmp.Or(name, server))
		}
		return nil
	})
}

// dayText is a day as an argument: it may come from somebody who asks.
func dayText(d store.Day) string { return store.Text(string(d)) }

// with adds a text to a sorted list that it is not in.
func with(list []string, text string) []string {
	at, there := slices.BinarySearch(list, text)
	if there || text == "" {
		return list
	}
	return slices.Insert(list, at, text)
}
