package sqlstore

import (
	"context"
	"errors"
	"time"

	"tlsready/internal/store"
)

// Count counts what is kept of the tenant.
func (t *tenant) Count(ctx context.Context) (counts store.Counts, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		counts, err = tx.count(ctx, t.id)
		return err
	})
	return counts, err
}

func (t *Tx) count(ctx context.Context, tenant int64) (store.Counts, error) {
	counts := store.Counts{}
	for _, table := range tables() {
		if table.ofServer() {
			continue
		}
		var n int64
		if err := t.QueryRowContext(ctx, t.db.spell("SELECT COUNT(*) FROM "+table.Name+" WHERE tenant = $1"), tenant).Scan(&n); err != nil {
			return nil, err
		}
		counts[table.Name] = n
	}
	return counts, nil
}

// removal is one step of pruning. Its argument 1 is the tenant, 2 the day or the moment.
type removal struct{ table, text string }

// peopleGone removes what is about people.
func peopleGone() []removal {
	return []removal{
		{observations, "DELETE FROM observations WHERE tenant = $1 AND day < $2"},
		{owners, "DELETE FROM owners WHERE tenant = $1 AND $2 <> '' AND kind = 'client' AND id NOT IN (SELECT client FROM observations WHERE tenant = $1)"},
	}
}

// daysGone removes what has changed since, by days.
func daysGone() []removal {
	return []removal{
		{verdicts, "DELETE FROM verdicts WHERE tenant = $1 AND day_to < $2 AND latest = 0"},
		{exemptions, "DELETE FROM exemptions WHERE tenant = $1 AND until < $2"},
	}
}

// momentsGone does so by moments, and removes hosts that nobody has tried to read since.
func momentsGone() []removal {
	return []removal{
		{snapshots, "DELETE FROM snapshots WHERE tenant = $1 AND seen_to < $2 AND latest = 0"},
		{probes, "DELETE FROM probes WHERE tenant = $1 AND seen_to < $2"},
		{fixes, "DELETE FROM fixes WHERE tenant = $1 AND at < $2"},
		{notices, "DELETE FROM notices WHERE tenant = $1 AND at < $2"},
		{hosts, "DELETE FROM hosts WHERE tenant = $1 AND tried < $2"},
	}
}

// restGone removes what nothing refers to any more.
func restGone() []removal {
	return []removal{
		{snapshots, "DELETE FROM snapshots WHERE tenant = $1 AND host NOT IN (SELECT host FROM hosts WHERE tenant = $1)"},
		{verdicts, "DELETE FROM verdicts WHERE tenant = $1 AND host NOT IN (SELECT host FROM hosts WHERE tenant = $1)"},
		{series, "DELETE FROM series WHERE tenant = $1 AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.tenant = series.tenant AND v.service = series.service AND v.judged_on = series.judged_on AND v.callers = series.callers)"},
		{tags, "DELETE FROM tags WHERE tenant = $1 AND host NOT IN (SELECT host FROM hosts WHERE tenant = $1)"},
		{owners, "DELETE FROM owners WHERE tenant = $1 AND kind = 'host' AND id NOT IN (SELECT host FROM hosts WHERE tenant = $1)"},
		{outcomes, "DELETE FROM outcomes WHERE tenant = $1 AND hash NOT IN (SELECT hash FROM verdicts WHERE tenant = $1)"},
		{answers, "DELETE FROM answers WHERE tenant = $1 AND hash NOT IN (SELECT hash FROM probes WHERE tenant = $1)"},
		{contents, "DELETE FROM contents WHERE tenant = $1 AND hash NOT IN (SELECT hash FROM snapshots WHERE tenant = $1 UNION SELECT hash FROM verdicts WHERE tenant = $1 UNION SELECT hash FROM probes WHERE tenant = $1 UNION SELECT hash FROM fixes WHERE tenant = $1)"},
	}
}

// derive makes what is made of other tables anew.
func (t *tenant) derive(ctx context.Context, tx *Tx) error {
	err := t.restand(ctx, tx, nil, nil)
	if err == nil {
		err = t.recount(ctx, tx, nil)
	}
	if err == nil {
		err = t.reask(ctx, tx, nil)
	}
	if err == nil {
		err = tx.recountMoves(ctx, t.id)
	}
	return err
}

// errDry ends a transaction that was only to count.
var errDry = errors.New("dry run")

// Prune removes what is older than r says.
func (t *tenant) Prune(ctx context.Context, r store.Retention, dry bool) (counts store.Counts, err error) {
	var since int64
	if r.History != "" {
		day, err := time.Parse(time.DateOnly, string(r.History))
		if err != nil {
			return nil, err
		}
		since = micro(day)
	}
	err = t.write(ctx, func(tx *Tx) error {
		counts = store.Counts{}
		steps := []struct {
			removals []removal
			args     []any
		}{
			{peopleGone(), []any{t.id, string(r.People)}},
			{daysGone(), []any{t.id, string(r.History)}},
			{momentsGone(), []any{t.id, since}},
			{restGone(), []any{t.id}},
		}
		for _, step := range steps {
			for _, one := range step.removals {
				n, err := tx.exec(ctx, one.text, step.args...)
				if err != nil {
					return err
				}
				counts[one.table] += n
			}
		}
		if dry {
			return errDry
		}
		return t.derive(ctx, tx)
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return counts, err
}
