package sqlstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/store"
)

// mostSeen keeps of two counts of the same day the larger, and the whole span.
const mostSeen = `ON CONFLICT (tenant, day, client, server, server_name, stack, offered, negotiated) DO UPDATE SET
  survives = excluded.survives,
  client_name = CASE WHEN excluded.client_name = '' THEN observations.client_name ELSE excluded.client_name END,
  owner = CASE WHEN excluded.owner = '' THEN observations.owner ELSE excluded.owner END,
  seen = CASE WHEN excluded.seen > observations.seen THEN excluded.seen ELSE observations.seen END,
  first_seen = CASE WHEN excluded.first_seen <> 0 AND (excluded.first_seen < observations.first_seen OR observations.first_seen = 0) THEN excluded.first_seen ELSE observations.first_seen END,
  last_seen = CASE WHEN excluded.last_seen > observations.last_seen THEN excluded.last_seen ELSE observations.last_seen END`

// observations writes what was seen. Two of a batch with the same key are one.
func (w *writing) observations(ctx context.Context, tx *Tx) error {
	type key struct {
		day                                                    store.Day
		client, server, serverName, stack, offered, negotiated string
	}
	at := map[key]int{}
	var rows [][]any
	for _, o := range w.batch.Observations {
		k := key{o.Day, store.Key(o.Client), store.Key(o.Server), store.Key(o.ServerName), store.Key(o.Stack), store.Key(o.Offered), store.Key(o.Negotiated)}
		row := []any{
			w.id, string(k.day), k.client, k.server, k.serverName, k.stack, k.offered, k.negotiated,
			store.Text(o.Survives), store.Text(o.ClientName), store.Text(o.Owner), o.Count, micro(o.First), micro(o.Last),
		}
		if n, twice := at[k]; twice {
			rows[n] = row
			continue
		}
		at[k] = len(rows)
		rows = append(rows, row)
	}
	if err := tx.fill(ctx, tableOf(observations), mostSeen, rows); err != nil {
		return err
	}
	seen := map[string]bool{}
	for k := range at {
		seen[k.client] = true
	}
	return w.recount(ctx, tx, append([]string{}, slices.Sorted(maps.Keys(seen))...))
}

// newerSaid replaces what was said earlier.
func newerSaid(t Table) string {
	return t.onConflict() + " WHERE excluded.said >= " + t.Name + ".said"
}

// people writes what people decided: fixes, owners and exemptions.
func (w *writing) people(ctx context.Context, tx *Tx) error {
	var done [][]any
	for i, f := range w.batch.Fixes {
		done = append(done, []any{w.id, store.Key(f.Host), store.Key(f.Service), string(f.State), micro(f.At), string(w.changed[i]), store.Text(f.By)})
	}
	table := tableOf(fixes)
	if err := tx.fill(ctx, table, table.onConflict(), once(done, table.keys)); err != nil {
		return err
	}
	var belong, excused [][]any
	for _, o := range w.batch.Owners {
		belong = append(belong, []any{w.id, o.Kind, store.Key(o.ID), store.Text(o.Owner), store.Text(o.Mail), micro(o.At)})
	}
	table = tableOf(owners)
	if err := tx.fill(ctx, table, newerSaid(table), once(belong, table.keys)); err != nil {
		return err
	}
	for _, e := range w.batch.Exemptions {
		excused = append(excused, []any{w.id, e.Kind, store.Key(e.ID), store.Key(e.Service), string(e.Until), store.Text(e.Owner), store.Text(e.Reason), micro(e.At)})
	}
	table = tableOf(exemptions)
	if err := tx.fill(ctx, table, newerSaid(table), once(excused, table.keys)); err != nil {
		return err
	}
	return w.sayTags(ctx, tx)
}

// once keeps the last of the rows with the same key: one statement cannot write a row
// twice.
func once(rows [][]any, keys int) [][]any {
	at := map[[maxKeys]any]int{}
	var list [][]any
	for _, row := range rows {
		var key [maxKeys]any
		copy(key[:], row[:keys])
		if n, twice := at[key]; twice {
			list[n] = row
			continue
		}
		at[key] = len(list)
		list = append(list, row)
	}
	return list
}

// maxKeys is more than the columns of any key.
const maxKeys = 8

// Fixes are what was given and applied.
func (t *tenant) Fixes(ctx context.Context, id string) (all []store.Fix, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		all, _, err = t.fixes(ctx, tx, "SELECT host, service, state, at, hash, who FROM fixes WHERE tenant = $1 AND ($2 = '' OR host = $2) ORDER BY host, at, service, state", []any{t.id, store.Key(id)})
		return err
	})
	return all, err
}

// fixes are the rows of a question with their changes, and the hashes of these.
func (t *tenant) fixes(ctx context.Context, tx *Tx, text string, args []any) (all []store.Fix, hashes []store.Hash, err error) {
	err = tx.each(ctx, text, args, func(scan func(...any) error) error {
		var f store.Fix
		var at int64
		var hash store.Hash
		err := scan(&f.Host, &f.Service, &f.State, &at, &hash, &f.By)
		f.At = moment(at)
		all, hashes = append(all, f), append(hashes, hash)
		return err
	})
	known := map[store.Hash][]document.Change{} // one fix is given to many hosts
	for i := 0; err == nil && i < len(all); i++ {
		changes, read := known[hashes[i]]
		if !read {
			err = t.content(ctx, tx, hashes[i], &changes)
			known[hashes[i]] = changes
		}
		all[i].Changes = changes
	}
	return all, hashes, err
}

// Owners are whom hosts and clients belong to.
func (t *tenant) Owners(ctx context.Context) (all []store.Owner, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		all = nil
		return tx.each(ctx, "SELECT kind, id, owner, mail, said FROM owners WHERE tenant = $1 ORDER BY kind, id", []any{t.id}, func(scan func(...any) error) error {
			var o store.Owner
			var at int64
			err := scan(&o.Kind, &o.ID, &o.Owner, &o.Mail, &at)
			o.At = moment(at)
			all = append(all, o)
			return err
		})
	})
	return all, err
}

// Exemptions are who is excused, and until when.
func (t *tenant) Exemptions(ctx context.Context) (all []store.Exemption, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		all = nil
		return tx.each(ctx, "SELECT kind, id, service, until, owner, reason, said FROM exemptions WHERE tenant = $1 ORDER BY kind, id, service", []any{t.id}, func(scan func(...any) error) error {
			var e store.Exemption
			var at int64
			err := scan(&e.Kind, &e.ID, &e.Service, &e.Until, &e.Owner, &e.Reason, &at)
			e.At = moment(at)
			all = append(all, e)
			return err
		})
	})
	return all, err
}

// Observations are those of a span of days. They are read in pages of their keys, so
// that no transaction is open while they are used.
func (t *tenant) observationsAfter(ctx context.Context, last store.Day, after *store.Observation) (page []store.Observation, err error) {
	const columns = "day, client, server, server_name, stack, offered, negotiated"
	err = t.read(ctx, func(tx *Tx) error {
		page = nil
		return tx.each(ctx, "SELECT "+columns+", survives, client_name, owner, seen, first_seen, last_seen FROM observations WHERE tenant = $1 AND day <= $2 AND ("+columns+") > ($3, $4, $5, $6, $7, $8, $9) ORDER BY "+columns+" LIMIT 1000",
			[]any{t.id, dayText(last), dayText(after.Day), after.Client, after.Server, after.ServerName, after.Stack, after.Offered, after.Negotiated}, func(scan func(...any) error) error {
				o, err := scanObservation(scan)
				page = append(page, o)
				return err
			})
	})
	return page, err
}

// SeenOf are the observations of a client.
func (t *tenant) SeenOf(ctx context.Context, client string, first, last store.Day, limit int) (list []store.Observation, err error) {
	const text = `SELECT day, client, server, server_name, stack, offered, negotiated, survives, client_name, owner, seen, first_seen, last_seen FROM observations
WHERE tenant = $1 AND client = $2 AND day >= $3 AND day <= $4 ORDER BY day DESC, server, server_name, stack, offered, negotiated LIMIT $5`
	err = t.read(ctx, func(tx *Tx) error {
		list = nil
		return tx.each(ctx, text, []any{t.id, store.Key(client), dayText(first), dayText(last), limit}, func(scan func(...any) error) error {
			o, err := scanObservation(scan)
			list = append(list, o)
			return err
		})
	})
	return list, err
}

func scanObservation(scan func(...any) error) (o store.Observation, err error) {
	var first, last int64
	err = scan(&o.Day, &o.Client, &o.Server, &o.ServerName, &o.Stack, &o.Offered, &o.Negotiated, &o.Survives, &o.ClientName, &o.Owner, &o.Count, &first, &last)
	o.First, o.Last = moment(first), moment(last)
	return o, err
}

// dayBefore is a text before a day and after all earlier ones.
func dayBefore(d store.Day) store.Day {
	at, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return store.DayOf(at.AddDate(0, 0, -1)) + "~"
}
