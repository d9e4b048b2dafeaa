package sqlstore

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"time"

	"tlsready/internal/store"
)

// Record keeps a batch in one transaction.
func (t *tenant) Record(ctx context.Context, b *store.Batch) error {
	w := writing{tenant: t, bodies: map[store.Hash][]byte{}}
	if err := w.prepare(b); err != nil { // once, whatever happens to the database
		return err
	}
	return t.write(ctx, func(tx *Tx) error {
		w.touched, w.turned = map[string]bool{}, map[seriesOf]bool{}
		for _, step := range []func(context.Context, *Tx) error{w.spend, w.contents, w.hosts, w.snapshots, w.outcomes, w.number, w.verdicts, w.probes, w.observations, w.people, w.stand} {
			if err := step(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// writing is a batch on its way into the tables.
type writing struct {
	*tenant
	batch  *store.Batch
	bodies map[store.Hash][]byte

	hostIDs  []string
	read     []readHost
	judged   map[seriesOf][]found[store.Day]
	answered map[store.EndpointKey][]found[time.Time]
	results  map[store.Hash]result
	changed  []store.Hash // of the fixes of the batch
	answers  [][]any

	series  map[store.Series]int64 // by their numbers
	touched map[string]bool        // hosts of which something changed that lists show in every series
	turned  map[seriesOf]bool      // those of which a verdict changed
}

// readHost is a host of a batch.
type readHost struct {
	id    string
	about store.About
	at    time.Time
	error string
	hash  store.Hash // "" if it could not be read
}

// seriesOf is a series of one host.
type seriesOf struct {
	store.Series
	host string
}

// found is something that was found at a moment.
type found[T store.Ordered] struct {
	at   T
	hash store.Hash
}

// result is an outcome as a table has it.
type result struct{ verdict, cause, failsFrom, fixable, restart, fix string }

// prepare makes contents of everything and keys of all names.
func (w *writing) prepare(b *store.Batch) error {
	w.batch, w.judged, w.answered, w.results = b, map[seriesOf][]found[store.Day]{}, map[store.EndpointKey][]found[time.Time]{}, map[store.Hash]result{}
	for i := range b.Hosts {
		if err := w.host(&b.Hosts[i]); err != nil {
			return err
		}
	}
	for _, e := range b.Endpoints {
		content, err := store.ProbeContent(e.Endpoint)
		if err != nil {
			return err
		}
		key := keyOf(store.EndpointKey{Target: e.Endpoint.Target, Address: e.Endpoint.Address, ServerName: e.Endpoint.ServerName})
		w.answered[key] = append(w.answered[key], found[time.Time]{moment(micro(e.At)), w.keep(content)})
		w.answers = append(w.answers, answerRow(w.id, content.Hash, e.Endpoint))
	}
	for _, f := range b.Fixes {
		content, err := store.ChangesContent(f.Changes)
		if err != nil {
			return err
		}
		w.changed = append(w.changed, w.keep(content))
	}
	return nil
}

func (w *writing) keep(c store.Content) store.Hash {
	w.bodies[c.Hash] = c.Body
	return c.Hash
}

func (w *writing) host(h *store.HostResult) error {
	one := readHost{id: store.Key(h.ID), at: moment(micro(h.At)), error: store.Text(h.Error)}
	if h.Settings != nil && !h.Kept {
		content, about, err := store.SettingsContent(h.Settings)
		if err != nil {
			return err
		}
		one.hash, one.about = w.keep(content), about
	}
	w.hostIDs = append(w.hostIDs, one.id)
	if !h.Kept {
		w.read = append(w.read, one)
	}
	for _, o := range h.Outcomes {
		content, fix, err := store.OutcomeContent(o.Outcome)
		if err != nil {
			return err
		}
		hash := w.keep(content)
		w.results[hash] = resultOf(o.Outcome, fix)
		of := seriesOf{keysOf(o.Series), one.id}
		w.judged[of] = append(w.judged[of], found[store.Day]{o.Day, hash})
	}
	return nil
}

// keysOf is a series as columns have it.
func keysOf(s store.Series) store.Series {
	return store.Series{Service: store.Key(s.Service), On: store.Key(s.On), Callers: store.Key(s.Callers)}
}

func keyOf(k store.EndpointKey) store.EndpointKey {
	return store.EndpointKey{Target: store.Key(k.Target), Address: store.Key(k.Address), ServerName: store.Key(k.ServerName)}
}

func resultOf(o store.Outcome, fix store.Hash) result {
	r := result{verdict: store.Key(o.Host.Verdict), restart: store.Text(o.Host.Restart), fix: string(fix)}
	if o.Host.Cause != nil {
		r.cause = store.Text(*o.Host.Cause)
	}
	if o.Host.FailsFrom != nil {
		r.failsFrom = store.Text(*o.Host.FailsFrom)
	}
	if o.Host.Fixable != nil {
		r.fixable = map[bool]string{true: "yes", false: "no"}[*o.Host.Fixable]
	}
	return r
}

// contents writes what is not there yet.
func (w *writing) contents(ctx context.Context, tx *Tx) error {
	hashes := slices.Sorted(maps.Keys(w.bodies))
	there := map[store.Hash]bool{}
	err := tx.each(ctx, "SELECT hash FROM contents WHERE tenant = $1 AND hash {in $2}", []any{w.id, list(hashes)}, func(scan func(...any) error) error {
		var hash store.Hash
		err := scan(&hash)
		there[hash] = true
		return err
	})
	if err != nil {
		return err
	}
	var rows [][]any
	for _, hash := range hashes {
		if !there[hash] {
			rows = append(rows, []any{w.id, string(hash), w.encoder.EncodeAll(w.bodies[hash], nil)})
		}
	}
	table := tableOf(contents)
	return tx.fill(ctx, table, table.onlyNew(), rows)
}

// list is a list of texts as an argument.
func list[T ~string](texts []T) string {
	if texts == nil {
		return "[]"
	}
	text, _ := json.Marshal(texts) // texts alone: no error
	return string(text)
}

// hosts writes what is newer than what is there.
func (w *writing) hosts(ctx context.Context, tx *Tx) error {
	if len(w.read) == 0 {
		return nil
	}
	there := map[string]store.Host{}
	err := tx.each(ctx, hostColumns+" WHERE tenant = $1 AND host {in $2}", []any{w.id, list(w.hostIDs)}, func(scan func(...any) error) error {
		h, err := scanHost(scan)
		there[h.ID] = h
		return err
	})
	if err != nil {
		return err
	}
	changed := map[string]store.Host{}
	tagged := map[string]bool{}
	for _, one := range w.read {
		h, ok := there[one.id]
		h.ID = one.id
		next := h
		if !ok || store.DayOf(one.at) >= store.DayOf(h.Tried) { // within a day, what is recorded last counts
			next.Error = one.error
		}
		if one.at.After(h.Tried) {
			next.Tried = one.at
		}
		if one.hash != "" && !one.at.Before(h.Seen) {
			next.Seen, next.About = one.at, one.about
			tagged[one.id] = true
		}
		if !ok || !reflect.DeepEqual(h.About, next.About) {
			w.touched[one.id] = true
		}
		if !ok || !equal(h, next) {
			there[one.id], changed[one.id] = next, next
		}
	}
	var rows [][]any
	for _, id := range slices.Sorted(maps.Keys(changed)) {
		h := changed[id]
		about, err := json.Marshal(h.About)
		if err != nil {
			return err
		}
		rows = append(rows, []any{w.id, h.ID, store.Text(string(about)), micro(h.Seen), h.Error, micro(h.Tried), systemOf(h.About.OS), searched(h.ID, h.About.Name)})
	}
	table := tableOf(hosts)
	if err := tx.fill(ctx, table, table.onConflict(), rows); err != nil {
		return err
	}
	for id := range changed {
		if !tagged[id] {
			delete(changed, id)
		}
	}
	return w.relabel(ctx, tx, changed)
}

func equal(a, b store.Host) bool {
	one, _ := json.Marshal(a) // plain values: no error
	other, _ := json.Marshal(b)
	return string(one) == string(other)
}

// outcomes writes what was found, as far as lists need it.
func (w *writing) outcomes(ctx context.Context, tx *Tx) error {
	var rows [][]any
	for _, hash := range slices.Sorted(maps.Keys(w.results)) {
		r := w.results[hash]
		rows = append(rows, []any{w.id, string(hash), r.verdict, r.cause, r.failsFrom, r.fixable, r.restart, r.fix})
	}
	table := tableOf(outcomes)
	return tx.fill(ctx, table, table.onlyNew(), rows)
}
