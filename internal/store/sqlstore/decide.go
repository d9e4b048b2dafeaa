package sqlstore

import (
	"context"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/store"
)

// newestOffers are the offers about which nothing was done since: of their host and service
// there is no later fix, and none of the same moment in another state.
const newestOffers = `SELECT f.host, f.service, f.state, f.at, f.hash, f.who FROM fixes f
WHERE f.tenant = $1 AND f.state = 'offered' AND f.at = (SELECT MAX(g.at) FROM fixes g WHERE g.tenant = $1 AND g.host = f.host AND g.service = f.service)
AND NOT EXISTS (SELECT 1 FROM fixes g WHERE g.tenant = $1 AND g.host = f.host AND g.service = f.service AND g.at = f.at AND g.state <> 'offered')`

// offers are the fixes that are offered and nothing was done about since.
func (t *tenant) offers(ctx context.Context, tx *Tx, narrow string, args ...any) (all []store.Fix, hashes []store.Hash, err error) {
	return t.fixes(ctx, tx, newestOffers+narrow+" ORDER BY f.at, f.host, f.service", append([]any{t.id}, args...))
}

// Offers are the fixes that wait for a second person.
func (t *tenant) Offers(ctx context.Context) (all []store.Fix, err error) {
	err = t.read(ctx, func(tx *Tx) error {
		all, _, err = t.offers(ctx, tx, "")
		return err
	})
	return all, err
}

// Approve approves the fix that is offered.
func (t *tenant) Approve(ctx context.Context, f store.Fix) error {
	wanted, err := store.ChangesContent(f.Changes)
	if err != nil {
		return err
	}
	f.At = moment(micro(f.At))
	return t.write(ctx, func(tx *Tx) error {
		all, hashes, err := t.offers(ctx, tx, " AND f.host = $2 AND f.service = $3", store.Key(f.Host), store.Key(f.Service))
		switch {
		case err != nil:
			return err
		case len(all) == 0:
			return message.Error("store.offer.none", message.Str("host", f.Host))
		case hashes[0] != wanted.Hash:
			return message.Error("store.offer.changed", message.Str("host", f.Host))
		case f.By == "" || f.By == all[0].By:
			return message.Error("store.offer.same", message.Str("who", all[0].By))
		}
		if !f.At.After(all[0].At) { // a clock that was set back
			f.At = all[0].At.Add(time.Microsecond)
		}
		table := tableOf(fixes)
		return tx.fill(ctx, table, table.onConflict(), [][]any{{t.id, store.Key(f.Host), store.Key(f.Service), string(store.FixApproved), micro(f.At), string(wanted.Hash), store.Text(f.By)}})
	})
}
