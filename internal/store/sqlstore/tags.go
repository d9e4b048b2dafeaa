package sqlstore

import (
	"context"
	"maps"
	"slices"

	"tlsready/internal/store"
)

// relabel replaces the tags of hosts by the labels that they have now. What people said
// stays, and counts in place of a label.
func (w *writing) relabel(ctx context.Context, tx *Tx, hosts map[string]store.Host) error {
	if len(hosts) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(hosts))
	var rows [][]any
	for _, id := range ids {
		labels := map[string]string{}
		for name, value := range hosts[id].About.Labels {
			labels[store.Key(name)] = store.Text(value)
		}
		for _, name := range slices.Sorted(maps.Keys(labels)) {
			rows = append(rows, []any{w.id, id, name, labels[name], 0})
		}
	}
	if _, err := tx.exec(ctx, "DELETE FROM tags WHERE tenant = $1 AND host {in $2} AND said = 0", w.id, list(ids)); err != nil {
		return err
	}
	table := tableOf(tags)
	return tx.fill(ctx, table, table.onlyNew(), rows)
}

// sayTags writes the tags that people said. Where one is taken back, the host's own label
// is there again.
func (w *writing) sayTags(ctx context.Context, tx *Tx) error {
	if len(w.batch.Tags) == 0 {
		return nil
	}
	table, at := tableOf(tags), map[[2]string]int{}
	var rows [][]any
	said := map[string]bool{}
	for _, t := range w.batch.Tags {
		row := []any{w.id, store.Key(t.Host), store.Key(t.Name), store.Text(t.Value), 1}
		said[store.Key(t.Host)] = true
		key := [2]string{store.Key(t.Host), store.Key(t.Name)}
		if n, twice := at[key]; twice {
			rows[n] = row
			continue
		}
		at[key] = len(rows)
		rows = append(rows, row)
	}
	if err := tx.fill(ctx, table, table.onConflict(), rows); err != nil {
		return err
	}
	ids := slices.Sorted(maps.Keys(said))
	if _, err := tx.exec(ctx, "DELETE FROM tags WHERE tenant = $1 AND host {in $2} AND said = 1 AND value = ''", w.id, list(ids)); err != nil {
		return err
	}
	there := map[string]store.Host{}
	err := tx.each(ctx, hostColumns+" WHERE tenant = $1 AND host {in $2}", []any{w.id, list(ids)}, func(scan func(...any) error) error {
		h, err := scanHost(scan)
		there[h.ID], w.touched[h.ID] = h, true
		return err
	})
	if err != nil {
		return err
	}
	return w.relabel(ctx, tx, there)
}

// Tags are the labels of hosts, and what people said instead.
func (t *tenant) Tags(ctx context.Context) ([]store.Tag, error) { return t.tagsOf(ctx, "") }

// TagsOf are those of one host.
func (t *tenant) TagsOf(ctx context.Context, id string) ([]store.Tag, error) {
	return t.tagsOf(ctx, " AND host = $2", store.Key(id))
}

func (t *tenant) tagsOf(ctx context.Context, narrow string, args ...any) (all []store.Tag, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		all = nil
		return tx.each(ctx, "SELECT host, name, value, said FROM tags WHERE tenant = $1"+narrow+" ORDER BY host, name", append([]any{t.id}, args...), func(scan func(...any) error) error {
			var one store.Tag
			var said int
			err := scan(&one.Host, &one.Name, &one.Value, &said)
			one.Said = said != 0
			all = append(all, one)
			return err
		})
	})
	return all, err
}
