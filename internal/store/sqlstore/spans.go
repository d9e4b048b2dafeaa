package sqlstore

import (
	"context"
	"maps"
	"slices"
	"time"

	"tlsready/internal/store"
)

// history are the spans of one thing, as they are in the table and as they shall be.
type history[T store.Ordered] struct{ old, now []store.Span[T] }

func (h *history[T]) load(s store.Span[T]) { h.old, h.now = append(h.old, s), append(h.now, s) }

// edits are the spans that go, and the rows of those that are new or otherwise.
func (h *history[T]) edits() (gone []store.Span[T], put []put[T]) {
	begins := map[T]bool{}
	for i, s := range h.now {
		begins[s.From] = true
		latest := i == len(h.now)-1
		at := slices.Index(h.old, s)
		if at < 0 || latest != (at == len(h.old)-1) {
			put = append(put, newPut(s, latest))
		}
	}
	for _, s := range h.old {
		if !begins[s.From] {
			gone = append(gone, s)
		}
	}
	return gone, put
}

// prolonged says that of a history only the end of its spans has changed, if anything.
func (h *history[T]) prolonged() bool {
	return slices.EqualFunc(h.old, h.now, func(a, b store.Span[T]) bool { return a.From == b.From && a.Hash == b.Hash })
}

// put is a span that is written.
type put[T store.Ordered] struct {
	store.Span[T]
	latest int64 // 1 for the newest of its history
}

func newPut[T store.Ordered](s store.Span[T], latest bool) put[T] {
	if latest {
		return put[T]{s, 1}
	}
	return put[T]{s, 0}
}

// snapshots writes the histories of the hosts' settings.
func (w *writing) snapshots(ctx context.Context, tx *Tx) error {
	all := map[string]*history[time.Time]{}
	for _, one := range w.read {
		if one.hash != "" {
			all[one.id] = &history[time.Time]{}
		}
	}
	if len(all) == 0 {
		return nil
	}
	err := tx.each(ctx, "SELECT host, seen_from, seen_to, hash FROM snapshots WHERE tenant = $1 AND host {in $2} ORDER BY host, seen_from", []any{w.id, list(w.hostIDs)}, func(scan func(...any) error) error {
		var id string
		s, err := scanSpan(scan, &id)
		if h := all[id]; h != nil {
			h.load(s)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, one := range w.read {
		if one.hash != "" {
			h := all[one.id]
			h.now = store.Add(h.now, one.at, one.hash)
		}
	}
	var rows [][]any
	for id, h := range all {
		gone, put := h.edits()
		for _, s := range gone {
			if _, err := tx.exec(ctx, "DELETE FROM snapshots WHERE tenant = $1 AND host = $2 AND seen_from = $3", w.id, id, micro(s.From)); err != nil {
				return err
			}
		}
		for _, s := range put {
			rows = append(rows, []any{w.id, id, micro(s.From), micro(s.To), s.latest, string(s.Hash)})
		}
	}
	table := tableOf(snapshots)
	return tx.fill(ctx, table, table.onConflict(), rows)
}

// scanSpan reads the columns of a thing, and then those of a span.
func scanSpan(scan func(...any) error, of ...any) (store.Span[time.Time], error) {
	var from, to int64
	var hash store.Hash
	err := scan(append(of, &from, &to, &hash)...)
	return store.Span[time.Time]{From: moment(from), To: moment(to), Hash: hash}, err
}

// verdicts writes the histories of the verdicts.
func (w *writing) verdicts(ctx context.Context, tx *Tx) error {
	all := map[seriesOf]*history[store.Day]{}
	for of := range w.judged {
		all[of] = &history[store.Day]{}
	}
	if len(all) == 0 {
		return nil
	}
	err := tx.each(ctx, "SELECT service, judged_on, callers, host, day_from, day_to, hash FROM verdicts WHERE tenant = $1 AND host {in $2} ORDER BY host, day_from", []any{w.id, list(w.hostIDs)}, func(scan func(...any) error) error {
		var of seriesOf
		var s store.Span[store.Day]
		err := scan(&of.Service, &of.On, &of.Callers, &of.host, &s.From, &s.To, &s.Hash)
		if h := all[of]; h != nil {
			h.load(s)
		}
		return err
	})
	if err != nil {
		return err
	}
	var rows [][]any
	for of, h := range all {
		for _, f := range w.judged[of] {
			h.now = store.Add(h.now, f.at, f.hash)
		}
		if !h.prolonged() {
			w.turned[of] = true
		}
		gone, put := h.edits()
		for _, s := range gone {
			_, err := tx.exec(ctx, "DELETE FROM verdicts WHERE tenant = $1 AND service = $2 AND judged_on = $3 AND callers = $4 AND host = $5 AND day_from = $6", w.id, of.Service, of.On, of.Callers, of.host, string(s.From))
			if err != nil {
				return err
			}
		}
		for _, s := range put {
			rows = append(rows, []any{w.id, of.Service, of.On, of.Callers, of.host, string(s.From), string(s.To), s.latest, string(s.Hash)})
		}
	}
	table := tableOf(verdicts)
	if err := tx.fill(ctx, table, table.onConflict(), rows); err != nil {
		return err
	}
	return w.moved(ctx, tx, all)
}

// probes writes the histories of what endpoints answered.
func (w *writing) probes(ctx context.Context, tx *Tx) error {
	all := map[store.EndpointKey]*history[time.Time]{}
	var targets []string
	for key := range w.answered {
		all[key] = &history[time.Time]{}
		targets = append(targets, key.Target)
	}
	if len(all) == 0 {
		return nil
	}
	err := tx.each(ctx, "SELECT target, address, server_name, seen_from, seen_to, hash FROM probes WHERE tenant = $1 AND target {in $2} ORDER BY target, seen_from", []any{w.id, list(targets)}, func(scan func(...any) error) error {
		var key store.EndpointKey
		s, err := scanSpan(scan, &key.Target, &key.Address, &key.ServerName)
		if h := all[key]; h != nil {
			h.load(s)
		}
		return err
	})
	if err != nil {
		return err
	}
	var rows [][]any
	changed := map[string]bool{}
	for key, h := range all {
		for _, f := range w.answered[key] {
			h.now = store.Add(h.now, f.at, f.hash)
		}
		if !h.prolonged() {
			changed[key.Target] = true
		}
		gone, put := h.edits()
		for _, s := range gone {
			_, err := tx.exec(ctx, "DELETE FROM probes WHERE tenant = $1 AND target = $2 AND address = $3 AND server_name = $4 AND seen_from = $5", w.id, key.Target, key.Address, key.ServerName, micro(s.From))
			if err != nil {
				return err
			}
		}
		for _, s := range put {
			rows = append(rows, []any{w.id, key.Target, key.Address, key.ServerName, micro(s.From), micro(s.To), s.latest, string(s.Hash)})
		}
	}
	table := tableOf(probes)
	if err := tx.fill(ctx, table, table.onConflict(), rows); err != nil {
		return err
	}
	table = tableOf(answers)
	if err := tx.fill(ctx, table, table.onlyNew(), once(w.answers, table.keys)); err != nil {
		return err
	}
	return w.reask(ctx, tx, append([]string{}, slices.Sorted(maps.Keys(changed))...))
}
