package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"iter"
	"strings"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/store"
)

const hostColumns = "SELECT host, about, seen, error, tried FROM hosts"

func scanHost(scan func(...any) error) (h store.Host, err error) {
	var about string
	var seen, tried int64
	if err = scan(&h.ID, &about, &seen, &h.Error, &tried); err != nil {
		return h, err
	}
	h.Seen, h.Tried = moment(seen), moment(tried)
	return h, json.Unmarshal([]byte(about), &h.About)
}

// content reads a content into v.
func (t *tenant) content(ctx context.Context, tx *Tx, hash store.Hash, v any) error {
	body, err := t.body(ctx, tx, hash)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, v)
}

// Hosts are the hosts after an id.
func (t *tenant) Hosts(ctx context.Context, after string, limit int) (page []store.Host, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		page = nil
		return tx.each(ctx, hostColumns+" WHERE tenant = $1 AND host > $2 ORDER BY host LIMIT $3", []any{t.id, store.Text(after), limit}, func(scan func(...any) error) error {
			h, err := scanHost(scan)
			page = append(page, h)
			return err
		})
	})
	return page, err
}

// Latest are the newest settings of the hosts after an id. Settings that several hosts
// have are read once.
func (t *tenant) Latest(ctx context.Context, after string, limit int) (page []store.Settings, err error) {
	const text = `SELECT h.host, h.about, h.seen, h.error, h.tried, s.seen_to, s.hash, c.body FROM hosts h
JOIN snapshots s ON s.tenant = h.tenant AND s.host = h.host AND s.latest = 1
JOIN contents c ON c.tenant = s.tenant AND c.hash = s.hash
WHERE h.tenant = $1 AND h.host > $2 AND s.host > $2 ORDER BY h.host LIMIT $3` // said of both: PostgreSQL does not conclude it
	err = t.read(ctx, func(tx *Tx) error {
		page = nil
		known := map[store.Hash]*host.Snapshot{}
		return tx.each(ctx, text, []any{t.id, store.Text(after), limit}, func(scan func(...any) error) error {
			var to int64
			var hash store.Hash
			var packed sql.RawBytes
			one, err := scanHost(func(of ...any) error { return scan(append(of, &to, &hash, &packed)...) })
			if err != nil {
				return err
			}
			bare := known[hash]
			if bare == nil {
				body, err := t.decoder.DecodeAll(packed, nil)
				if err != nil {
					return err
				}
				if bare, err = host.Decode(body, nil); err != nil {
					return err
				}
				known[hash] = bare
			}
			page = append(page, store.Settings{Host: one, Snapshot: store.SettingsOf(bare, one.About, moment(to)), Hash: hash})
			return nil
		})
	})
	return page, err
}

// History are the times of a host's settings.
func (t *tenant) History(ctx context.Context, id string) (spans []store.Span[time.Time], err error) {
	err = t.read(ctx, func(tx *Tx) error {
		spans = nil
		return tx.each(ctx, "SELECT seen_from, seen_to, hash FROM snapshots WHERE tenant = $1 AND host = $2 ORDER BY seen_from", []any{t.id, store.Key(id)}, func(scan func(...any) error) error {
			s, err := scanSpan(scan)
			spans = append(spans, s)
			return err
		})
	})
	return spans, err
}

// Snapshot is what a host was set to in a span.
func (t *tenant) Snapshot(ctx context.Context, id string, span store.Span[time.Time]) (s *host.Snapshot, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		h, err := t.host(ctx, tx, id)
		if err != nil {
			return err
		}
		body, err := t.body(ctx, tx, span.Hash)
		if err != nil {
			return err
		}
		s, err = store.ReadSettings(body, h.About, span.To)
		return err
	})
	return s, err
}

const verdictColumns = `SELECT v.host, v.day_from, v.day_to, v.hash, o.verdict, o.cause, o.fails_from, o.fixable, o.restart, o.fix FROM verdicts v
JOIN outcomes o ON o.tenant = v.tenant AND o.hash = v.hash
WHERE v.tenant = $1 AND v.service = $2 AND v.judged_on = $3 AND v.callers = $4`

func (t *tenant) verdictsOf(ctx context.Context, s store.Series, text string, args ...any) (list []store.Verdict, err error) {
	s = keysOf(s)
	err = t.read(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(ctx, verdictColumns+text, append([]any{t.id, s.Service, s.On, s.Callers}, args...), func(scan func(...any) error) error {
			var v store.Verdict
			err := scan(&v.Host, &v.Span.From, &v.Span.To, &v.Span.Hash, &v.Verdict, &v.Cause, &v.FailsFrom, &v.Fixable, &v.Restart, &v.Fix)
			list = append(list, v)
			return err
		})
	})
	return list, err
}

// Verdicts are the newest verdicts of a series.
func (t *tenant) Verdicts(ctx context.Context, s store.Series, after string, limit int) ([]store.Verdict, error) {
	return t.verdictsOf(ctx, s, " AND v.latest = 1 AND v.host > $5 ORDER BY v.host LIMIT $6", store.Text(after), limit)
}

// VerdictHistory are the verdicts of a host.
func (t *tenant) VerdictHistory(ctx context.Context, s store.Series, id string) ([]store.Verdict, error) {
	return t.verdictsOf(ctx, s, " AND v.host = $5 ORDER BY v.day_from", store.Key(id))
}

// AllSeries are the series that have verdicts.
func (t *tenant) AllSeries(ctx context.Context) (list []store.Series, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(ctx, "SELECT DISTINCT service, judged_on, callers FROM verdicts WHERE tenant = $1 ORDER BY service, judged_on, callers", []any{t.id}, func(scan func(...any) error) error {
			var s store.Series
			err := scan(&s.Service, &s.On, &s.Callers)
			list = append(list, s)
			return err
		})
	})
	return list, err
}

// Outcome is what was judged.
func (t *tenant) Outcome(ctx context.Context, v store.Verdict) (o store.Outcome, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		body, err := t.body(ctx, tx, v.Span.Hash)
		if err == nil {
			o, err = store.ReadOutcome(body, v.Host)
		}
		return err
	})
	return o, err
}

const probeColumns = `SELECT p.target, p.address, p.server_name, p.seen_from, p.seen_to, p.hash, c.body FROM probes p
JOIN contents c ON c.tenant = p.tenant AND c.hash = p.hash WHERE p.tenant = $1`

// newestProbes are those of some endpoints, which stand in the place of "@" and are found
// first: without statistics a database begins with all contents.
const newestProbes = `SELECT p.target, p.address, p.server_name, p.seen_from, p.seen_to, p.hash, c.body
FROM (SELECT e.target, e.address, e.server_name, e.seen_from, e.hash FROM endpoints e WHERE e.tenant = $1@) e
JOIN probes p ON p.tenant = $1 AND p.target = e.target AND p.address = e.address AND p.server_name = e.server_name AND p.seen_from = e.seen_from
JOIN contents c ON c.tenant = $1 AND c.hash = e.hash
ORDER BY p.target, p.address, p.server_name`

// newest is newestProbes of the endpoints that are chosen by the end of a statement.
func newest(chosen string) string { return strings.Replace(newestProbes, "@", chosen, 1) }

func (t *tenant) probesOf(ctx context.Context, text string, args ...any) (list []store.Probe, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		list, err = t.probeRows(ctx, tx, text, append([]any{t.id}, args...))
		return err
	})
	return list, err
}

func (t *tenant) probeRows(ctx context.Context, tx *Tx, text string, args []any) (list []store.Probe, err error) {
	err = tx.each(ctx, text, args, func(scan func(...any) error) error {
		var p store.Probe
		var from, to int64
		var packed []byte
		if err := scan(&p.Key.Target, &p.Key.Address, &p.Key.ServerName, &from, &to, &p.Span.Hash, &packed); err != nil {
			return err
		}
		p.Span.From, p.Span.To = moment(from), moment(to)
		body, err := t.decoder.DecodeAll(packed, nil)
		if err == nil {
			p.Endpoint, err = document.ReadEndpoint(body)
		}
		list = append(list, p)
		return err
	})
	return list, err
}

// Endpoints are the endpoints with their newest probe.
func (t *tenant) Endpoints(ctx context.Context, after store.EndpointKey, limit int) ([]store.Probe, error) {
	return t.probesOf(ctx, newest(" AND (e.target, e.address, e.server_name) > ($2, $3, $4) ORDER BY e.target, e.address, e.server_name LIMIT $5"),
		store.Text(after.Target), store.Text(after.Address), store.Text(after.ServerName), limit)
}

// Probes are the probes of an endpoint.
func (t *tenant) Probes(ctx context.Context, key store.EndpointKey) ([]store.Probe, error) {
	key = keyOf(key)
	return t.probesOf(ctx, probeColumns+" AND p.target = $2 AND p.address = $3 AND p.server_name = $4 ORDER BY p.seen_from", key.Target, key.Address, key.ServerName)
}

// Observations are those of a span of days.
func (t *tenant) Observations(ctx context.Context, first, last store.Day) iter.Seq2[store.Observation, error] {
	return func(yield func(store.Observation, error) bool) {
		after := store.Observation{Day: dayBefore(first)}
		for {
			page, err := t.observationsAfter(ctx, last, &after)
			if err != nil {
				yield(store.Observation{}, err)
				return
			}
			for _, o := range page {
				if !yield(o, nil) {
					return
				}
				after = o
			}
			if len(page) == 0 {
				return
			}
		}
	}
}
