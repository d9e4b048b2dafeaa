package sqlstore

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"time"

	"tlsready/internal/store"
)

// noticeRow is what is known of a key.
type noticeRow struct {
	batch string
	until time.Time
	told  bool
	tries int
}

// due says whether a key is to be told at a moment.
func (r noticeRow) due(at time.Time) bool {
	return !r.told && (!at.Before(r.until) || r.until.Sub(at) > store.MaxNoticeWait)
}

func (t *tenant) noticeRows(ctx context.Context, tx *Tx, kind string, keys []string) (map[string]noticeRow, error) {
	there := map[string]noticeRow{}
	err := tx.each(ctx, "SELECT about, batch, until, tries FROM notices WHERE tenant = $1 AND kind = $2 AND about {in $3}", []any{t.id, kind, list(keys)}, func(scan func(...any) error) error {
		var about string
		var until int64
		var r noticeRow
		err := scan(&about, &r.batch, &until, &r.tries)
		r.until, r.told = moment(until), until == 0
		there[about] = r
		return err
	})
	return there, err
}

// dueOf are the keys that are to be told, by the batch in which they were tried before; ""
// for those that nobody has tried yet.
func dueOf(there map[string]noticeRow, keys []string, at time.Time) map[string][]string {
	batches := map[string][]string{}
	for _, k := range keys {
		if r := there[k]; r.due(at) {
			batches[r.batch] = append(batches[r.batch], k)
		}
	}
	return batches
}

// ClaimNotices are the notices to tell now. Most of the time there is none, and nobody has
// to wait for the one who writes.
func (t *tenant) ClaimNotices(ctx context.Context, kind string, keys []string, at time.Time, lease time.Duration) (all []store.Notice, err error) {
	kind, own := store.Key(kind), map[string]string{}
	for _, key := range keys {
		own[store.Key(key)] = key
	}
	asked := slices.Sorted(maps.Keys(own))
	var some bool
	err = t.read(ctx, func(tx *Tx) error {
		there, err := t.noticeRows(ctx, tx, kind, asked)
		some = len(dueOf(there, asked, at)) > 0
		return err
	})
	if err != nil || !some {
		return nil, err
	}
	err = t.write(ctx, func(tx *Tx) error {
		all = nil
		there, err := t.noticeRows(ctx, tx, kind, asked)
		if err != nil {
			return err
		}
		batches := dueOf(there, asked, at)
		sizes, err := t.batchSizes(ctx, tx, kind, slices.Collect(maps.Keys(batches)))
		if err != nil {
			return err
		}
		var rows [][]any
		for _, batch := range slices.Sorted(maps.Keys(batches)) {
			n := store.Notice{ID: batch}
			if batch == "" || sizes[batch] != len(batches[batch]) { // a part of it is another notice
				n.ID = rand.Text()
			}
			for _, k := range batches[batch] {
				n.Keys, n.Tries = append(n.Keys, own[k]), max(n.Tries, there[k].tries+1)
			}
			for _, k := range batches[batch] {
				rows = append(rows, []any{t.id, kind, k, micro(at), n.ID, micro(at.Add(lease)), int64(n.Tries)})
			}
			all = append(all, n)
		}
		table := tableOf(notices)
		return tx.fill(ctx, table, table.onConflict(), rows)
	})
	return all, err
}

// batchSizes are how many keys each batch has, with those that were not asked for.
func (t *tenant) batchSizes(ctx context.Context, tx *Tx, kind string, batches []string) (map[string]int, error) {
	sizes := map[string]int{}
	err := tx.each(ctx, "SELECT batch, COUNT(*) FROM notices WHERE tenant = $1 AND kind = $2 AND batch {in $3} GROUP BY batch", []any{t.id, kind, list(batches)}, func(scan func(...any) error) error {
		var batch string
		var n int
		err := scan(&batch, &n)
		sizes[batch] = n
		return err
	})
	return sizes, err
}

// NoticesTold says that the keys of a notice were told.
func (t *tenant) NoticesTold(ctx context.Context, kind string, keys []string) error {
	return t.setNotices(ctx, kind, keys, 0)
}

// NoticesLater gives the keys of a notice back.
func (t *tenant) NoticesLater(ctx context.Context, kind string, keys []string, from time.Time) error {
	return t.setNotices(ctx, kind, keys, micro(from))
}

func (t *tenant) setNotices(ctx context.Context, kind string, keys []string, until int64) error {
	return t.write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "UPDATE notices SET until = $4 WHERE tenant = $1 AND kind = $2 AND about {in $3}", t.id, store.Key(kind), list(keysOfAll(keys)), until)
		return err
	})
}

func keysOfAll(texts []string) []string {
	all := slices.Clone(texts)
	for i, text := range all {
		all[i] = store.Key(text)
	}
	return all
}
