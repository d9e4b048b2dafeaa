package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/store"
)

// standing is how hosts stand, made of the other tables. The place of "@" is taken by
// what narrows it to some hosts.
const standing = `INSERT INTO standings (tenant, series, host, urgency, verdict, cause, fails_from, due, fixable, restart, fix, hash, was, since, owner, exempt_until, os, search)
SELECT v.tenant, s.series, v.host,
  CASE o.verdict WHEN 'fails' THEN 0 WHEN 'unreadable' THEN 1 WHEN 'unknown' THEN 2 WHEN 'connects' THEN 3 WHEN 'notInstalled' THEN 4 ELSE 5 END,
  o.verdict, SUBSTR(o.cause, 1, 200), o.fails_from, CASE WHEN o.fails_from = '' THEN '~' ELSE SUBSTR(o.fails_from, 1, 10) END, o.fixable, o.restart, o.fix, v.hash,
  COALESCE((SELECT x.verdict FROM verdicts q JOIN outcomes x ON x.tenant = q.tenant AND x.hash = q.hash
    WHERE q.tenant = v.tenant AND q.service = v.service AND q.judged_on = v.judged_on AND q.callers = v.callers AND q.host = v.host
    AND x.verdict IN ('connects', 'fails') AND q.day_from <= (SELECT MAX(r.day_from) FROM verdicts r JOIN outcomes y ON y.tenant = r.tenant AND y.hash = r.hash
      WHERE r.tenant = v.tenant AND r.service = v.service AND r.judged_on = v.judged_on AND r.callers = v.callers AND r.host = v.host AND y.verdict <> o.verdict)
    ORDER BY q.day_from DESC LIMIT 1), ''),
  (SELECT MIN(q.day_from) FROM verdicts q
    WHERE q.tenant = v.tenant AND q.service = v.service AND q.judged_on = v.judged_on AND q.callers = v.callers AND q.host = v.host
    AND q.day_from > COALESCE((SELECT MAX(r.day_from) FROM verdicts r JOIN outcomes y ON y.tenant = r.tenant AND y.hash = r.hash
      WHERE r.tenant = v.tenant AND r.service = v.service AND r.judged_on = v.judged_on AND r.callers = v.callers AND r.host = v.host AND y.verdict <> o.verdict), '')),
  SUBSTR(COALESCE(NULLIF(w.owner, ''), t.value, ''), 1, 200),
  COALESCE((SELECT MAX(e.until) FROM exemptions e WHERE e.tenant = v.tenant AND e.kind = 'host' AND e.id = v.host AND e.service IN (v.service, '')), ''),
  h.os, h.search
FROM verdicts v
JOIN series s ON s.tenant = v.tenant AND s.service = v.service AND s.judged_on = v.judged_on AND s.callers = v.callers
JOIN outcomes o ON o.tenant = v.tenant AND o.hash = v.hash
JOIN hosts h ON h.tenant = v.tenant AND h.host = v.host
LEFT JOIN owners w ON w.tenant = v.tenant AND w.kind = 'host' AND w.id = v.host
LEFT JOIN tags t ON t.tenant = v.tenant AND t.host = v.host AND t.name = 'owner'
WHERE v.tenant = $1 AND v.latest = 1@
`

// restand writes how some hosts stand now, in one series or, if it is nil, in all; nil
// hosts stand for all of the tenant.
func (t *tenant) restand(ctx context.Context, tx *Tx, ids []string, of *store.Series) error {
	narrow, args := "", []any{t.id}
	if ids != nil {
		if len(ids) == 0 {
			return nil
		}
		narrow, args = " AND v.host {in $2}", append(args, list(ids))
	} else if _, err := tx.exec(ctx, "DELETE FROM standings WHERE tenant = $1", t.id); err != nil {
		return err
	}
	if of != nil {
		narrow, args = narrow+" AND v.service = $3 AND v.judged_on = $4 AND v.callers = $5", append(args, of.Service, of.On, of.Callers)
	}
	_, err := tx.exec(ctx, strings.Replace(standing, "@", narrow, 1)+tableOf(standings).onConflict(), args...)
	return err
}

// stand writes how the hosts stand of which a batch changed something that shows: a verdict,
// which is of one series, or what all series of a host show.
func (w *writing) stand(ctx context.Context, tx *Tx) error {
	for _, o := range w.batch.Owners {
		if o.Kind == store.KindHost {
			w.touched[store.Key(o.ID)] = true
		}
	}
	for _, e := range w.batch.Exemptions {
		if e.Kind == store.KindHost {
			w.touched[store.Key(e.ID)] = true
		}
	}
	judged := map[store.Series][]string{}
	for of := range w.turned {
		if !w.touched[of.host] {
			judged[of.Series] = append(judged[of.Series], of.host)
		}
	}
	for _, s := range slices.SortedFunc(maps.Keys(judged), compareSeries) {
		slices.Sort(judged[s])
		if err := w.restand(ctx, tx, judged[s], &s); err != nil {
			return err
		}
	}
	ids := slices.Sorted(maps.Keys(w.touched))
	return w.restand(ctx, tx, append([]string{}, ids...), nil)
}

// systemOf is what lists call a system.
func systemOf(os host.OS) string { return store.Key(cmp.Or(os.Name, os.Version)) }

// searched is the text in which hosts are looked for.
func searched(id, name string) string { return store.Key(strings.ToLower(id + "\n" + name)) }

// move is a way from one verdict to another on a day.
type move struct {
	series int64
	day    store.Day
	was, verdict,
	turn string
}

// turned is a verdict and the day on which it began.
type turned struct {
	day     store.Day
	verdict string
}

func settled(verdict string) bool { return verdict == document.Connects || verdict == document.Fails }

// add counts the ways of one host, whose verdicts are in the order of their days, n times.
func (m moving) add(series int64, verdicts []turned, n int64) {
	was, last := "", ""
	for _, v := range verdicts {
		if v.verdict != was {
			one := move{series, v.day, was, v.verdict, ""}
			switch {
			case last == document.Fails && v.verdict == document.Connects:
				one.turn = document.TurnMended
			case last == document.Connects && v.verdict == document.Fails:
				one.turn = document.TurnFellBack
			}
			m[one] += n
		}
		if was = v.verdict; settled(was) {
			last = was
		}
	}
}

// moving counts ways.
type moving map[move]int64

// rows are those of the table, for a tenant.
func (m moving) rows(tenant int64) (rows [][]any) {
	for one, n := range m {
		if n != 0 {
			rows = append(rows, []any{tenant, one.series, string(one.day), one.was, one.verdict, one.turn, n})
		}
	}
	return rows
}

const moreMoves = "ON CONFLICT (tenant, series, day, was, verdict, turn) DO UPDATE SET hosts = moves.hosts + excluded.hosts"

// moved takes the ways of histories that have changed into the counts.
func (w *writing) moved(ctx context.Context, tx *Tx, all map[seriesOf]*history[store.Day]) error {
	verdict, err := w.verdictsOfHashes(ctx, tx, all)
	if err != nil {
		return err
	}
	said := func(spans []store.Span[store.Day]) (list []turned) {
		for _, s := range spans {
			list = append(list, turned{s.From, verdict[s.Hash]})
		}
		return list
	}
	ways := moving{}
	for of, h := range all {
		number := w.series[of.Series]
		ways.add(number, said(h.old), -1)
		ways.add(number, said(h.now), 1)
	}
	rows := ways.rows(w.id)
	if len(rows) == 0 {
		return nil
	}
	if err := tx.fill(ctx, tableOf(moves), moreMoves, rows); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "DELETE FROM moves WHERE tenant = $1 AND hosts = 0", w.id)
	return err
}

// verdictsOfHashes are the verdicts of the outcomes in histories.
func (w *writing) verdictsOfHashes(ctx context.Context, tx *Tx, all map[seriesOf]*history[store.Day]) (map[store.Hash]string, error) {
	verdict := map[store.Hash]string{}
	for hash, r := range w.results {
		verdict[hash] = r.verdict
	}
	missing := map[store.Hash]bool{}
	for _, h := range all {
		for _, s := range h.old {
			if _, ok := verdict[s.Hash]; !ok {
				missing[s.Hash] = true
			}
		}
	}
	if len(missing) == 0 {
		return verdict, nil
	}
	err := tx.each(ctx, "SELECT hash, verdict FROM outcomes WHERE tenant = $1 AND hash {in $2}", []any{w.id, list(slices.Sorted(maps.Keys(missing)))}, func(scan func(...any) error) error {
		var hash store.Hash
		var says string
		err := scan(&hash, &says)
		verdict[hash] = says
		return err
	})
	return verdict, err
}

// number gives each series of a batch its number, and keeps the last day of each.
func (w *writing) number(ctx context.Context, tx *Tx) error {
	w.series = map[store.Series]int64{}
	if len(w.judged) == 0 {
		return nil
	}
	last, next := map[store.Series]store.Day{}, int64(1)
	err := tx.each(ctx, "SELECT series, service, judged_on, callers, last_day FROM series WHERE tenant = $1", []any{w.id}, func(scan func(...any) error) error {
		var number int64
		var s store.Series
		var day store.Day
		err := scan(&number, &s.Service, &s.On, &s.Callers, &day)
		w.series[s], last[s], next = number, day, max(next, number+1)
		return err
	})
	if err != nil {
		return err
	}
	later := map[store.Series]store.Day{}
	for of, list := range w.judged {
		for _, f := range list {
			if day, known := last[of.Series]; !known || f.at > day {
				last[of.Series], later[of.Series] = f.at, f.at
			}
		}
	}
	var rows [][]any
	for _, s := range slices.SortedFunc(maps.Keys(later), compareSeries) {
		if w.series[s] == 0 {
			w.series[s], next = next, next+1
		}
		rows = append(rows, []any{w.id, w.series[s], s.Service, s.On, s.Callers, string(later[s])})
	}
	table := tableOf(series)
	return tx.fill(ctx, table, table.onConflict(), rows)
}

func compareSeries(a, b store.Series) int {
	return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.On, b.On), cmp.Compare(a.Callers, b.Callers))
}

// clientsSeen is how clients were seen last. The places of "@" are taken by what narrows
// it to some clients.
const clientsSeen = `INSERT INTO clients (tenant, client, stack, name, owner, survives, offered, first_day, last_day)
SELECT o.tenant, o.client, o.stack, MAX(o.client_name), MAX(o.owner), MIN(o.survives), COALESCE(MIN(NULLIF(o.offered, '')), ''), MIN(d.first_day), MAX(d.last_day)
FROM observations o
JOIN (SELECT client, stack, MIN(day) AS first_day, MAX(day) AS last_day FROM observations WHERE tenant = $1@ GROUP BY client, stack) d
ON d.client = o.client AND d.stack = o.stack AND d.last_day = o.day
WHERE o.tenant = $1@
GROUP BY o.tenant, o.client, o.stack
`

// recount writes how some clients were seen; nil stands for all of the tenant.
func (t *tenant) recount(ctx context.Context, tx *Tx, ids []string) error {
	narrow, args := "", []any{t.id}
	if ids != nil {
		if len(ids) == 0 {
			return nil
		}
		narrow, args = " AND client {in $2}", append(args, list(ids))
	} else if _, err := tx.exec(ctx, "DELETE FROM clients WHERE tenant = $1", t.id); err != nil {
		return err
	}
	text := strings.Replace(strings.Replace(clientsSeen, "@", narrow, 1), "@", strings.Replace(narrow, "client", "o.client", 1), 1)
	_, err := tx.exec(ctx, text+tableOf(clients).onConflict(), args...)
	return err
}

// endpointsAsked are the endpoints with their newest probe. The place of "@" is taken by
// what narrows it to some endpoints.
const endpointsAsked = `INSERT INTO endpoints (tenant, target, address, server_name, versions, failed, ends, seen_from, hash, search)
SELECT p.tenant, p.target, p.address, p.server_name, a.versions, CASE WHEN a.error = '' THEN 0 ELSE 1 END, a.ends, p.seen_from, p.hash,
  LOWER(p.target || ' ' || p.address || ' ' || p.server_name)
FROM probes p JOIN answers a ON a.tenant = p.tenant AND a.hash = p.hash
WHERE p.tenant = $1 AND p.latest = 1@
`

// reask writes what endpoints answered last, by their targets; nil stands for all of the
// tenant.
func (t *tenant) reask(ctx context.Context, tx *Tx, targets []string) error {
	narrow, args := "", []any{t.id}
	if targets != nil {
		if len(targets) == 0 {
			return nil
		}
		narrow, args = " AND p.target {in $2}", append(args, list(targets))
	} else if _, err := tx.exec(ctx, "DELETE FROM endpoints WHERE tenant = $1", t.id); err != nil {
		return err
	}
	_, err := tx.exec(ctx, strings.Replace(endpointsAsked, "@", narrow, 1)+tableOf(endpoints).onConflict(), args...)
	return err
}

// answerRow is what an endpoint answered, as a table has it.
func answerRow(tenant int64, hash store.Hash, e *document.Endpoint) []any {
	failed := ""
	if e.Error != nil {
		failed = message.English(*e.Error)
	}
	ends := "~"
	for i := range e.Certificates {
		if end := e.Certificates[i].NotAfter; !end.IsZero() {
			ends = min(ends, string(store.DayOf(end)))
		}
	}
	versions := int64(0)
	for v, answer := range e.Versions {
		if answer == tlsready.Yes {
			versions |= versionNamed(v.String())
		}
	}
	return []any{tenant, string(hash), store.Text(failed), ends, versions}
}

// versionNamed is what stands for a version in the sum that a table has of them: 1 for the
// first, 2 for the second, 4 for the third. 0 is no version.
func versionNamed(name string) int64 {
	at := slices.IndexFunc(tlsready.Versions(), func(v tlsready.Version) bool { return v.String() == name })
	if at < 0 {
		return 0
	}
	return 1 << at
}

// describeHosts fills the columns of hosts that the third version has more.
func (t *Tx) describeHosts(ctx context.Context) error {
	type row struct {
		tenant     int64
		host       string
		os, search string
	}
	var rows []row
	err := t.each(ctx, "SELECT tenant, host, about FROM hosts", nil, func(scan func(...any) error) error {
		var r row
		var text string
		if err := scan(&r.tenant, &r.host, &text); err != nil {
			return err
		}
		var about store.About
		err := json.Unmarshal([]byte(text), &about)
		r.os, r.search = systemOf(about.OS), searched(r.host, about.Name)
		rows = append(rows, r)
		return err
	})
	for i := 0; err == nil && i < len(rows); i++ {
		_, err = t.exec(ctx, "UPDATE hosts SET os = $3, search = $4 WHERE tenant = $1 AND host = $2", rows[i].tenant, rows[i].host, rows[i].os, rows[i].search)
	}
	return err
}

// countMoves counts the ways of all tenants.
func (t *Tx) countMoves(ctx context.Context) error {
	ids, err := t.tenantNumbers(ctx)
	for i := 0; err == nil && i < len(ids); i++ {
		err = t.recountMoves(ctx, ids[i])
	}
	return err
}

func (t *Tx) tenantNumbers(ctx context.Context) (ids []int64, err error) {
	err = t.each(ctx, "SELECT tenant FROM tenants ORDER BY tenant", nil, func(scan func(...any) error) error {
		ids = append(ids, 0)
		return scan(&ids[len(ids)-1])
	})
	return ids, err
}

// recountMoves counts the ways of a tenant anew, from the histories.
func (t *Tx) recountMoves(ctx context.Context, tenant int64) error {
	const text = `SELECT s.series, v.host, v.day_from, o.verdict FROM verdicts v
JOIN outcomes o ON o.tenant = v.tenant AND o.hash = v.hash
JOIN series s ON s.tenant = v.tenant AND s.service = v.service AND s.judged_on = v.judged_on AND s.callers = v.callers
WHERE v.tenant = $1 ORDER BY v.service, v.judged_on, v.callers, v.host, v.day_from`
	ways := moving{}
	var of, host string
	var at int64
	var verdicts []turned
	err := t.each(ctx, text, []any{tenant}, func(scan func(...any) error) error {
		var number int64
		var v turned
		if err := scan(&number, &of, &v.day, &v.verdict); err != nil {
			return err
		}
		if number != at || of != host {
			ways.add(at, verdicts, 1)
			at, host, verdicts = number, of, verdicts[:0]
		}
		verdicts = append(verdicts, v)
		return nil
	})
	if err != nil {
		return err
	}
	ways.add(at, verdicts, 1)
	if _, err := t.exec(ctx, "DELETE FROM moves WHERE tenant = $1", tenant); err != nil {
		return err
	}
	for _, row := range ways.rows(tenant) {
		if _, err := t.exec(ctx, "INSERT INTO moves (tenant, series, day, was, verdict, turn, hosts) VALUES ($1, $2, $3, $4, $5, $6, $7)", row...); err != nil {
			return err
		}
	}
	return nil
}

// readAnswers reads the answers of endpoints that were recorded before the third version.
func (t *Tx) readAnswers(ctx context.Context) error {
	ids, err := t.tenantNumbers(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		var rows [][]any
		err := t.each(ctx, "SELECT DISTINCT p.hash, c.body FROM probes p JOIN contents c ON c.tenant = p.tenant AND c.hash = p.hash WHERE p.tenant = $1", []any{id}, func(scan func(...any) error) error {
			var hash store.Hash
			var packed []byte
			if err := scan(&hash, &packed); err != nil {
				return err
			}
			body, err := t.db.decoder.DecodeAll(packed, nil)
			if err != nil {
				return err
			}
			e, err := document.ReadEndpoint(body)
			if err == nil {
				row := answerRow(id, hash, e)
				rows = append(rows, append(row[:len(row)-1], acceptsText(e)))
			}
			return err
		})
		for i := 0; err == nil && i < len(rows); i++ {
			_, err = t.exec(ctx, "INSERT INTO answers (tenant, hash, error, ends, accepts) VALUES ($1, $2, $3, $4, $5)", rows[i]...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// acceptsText are the versions that an endpoint takes as the third version had them.
func acceptsText(e *document.Endpoint) string {
	text := ""
	for _, v := range tlsready.Versions() {
		if e.Versions[v] == tlsready.Yes {
			text += v.String() + ","
		}
	}
	if text == "" {
		return ""
	}
	return "," + text
}
