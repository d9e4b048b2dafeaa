package sqlstore

import (
	"context"
	"strings"
	"time"

	"tlsready/internal/store"
)

// spend takes the use of the token that a batch comes with. It is a step of the transaction
// that keeps the batch: neither is there without the other.
func (w *writing) spend(ctx context.Context, tx *Tx) error {
	s := w.batch.Spent
	if s == nil {
		return nil
	}
	name := ""
	if err := tx.QueryRowContext(ctx, w.spell("SELECT name FROM tenants WHERE tenant = $1"), w.id).Scan(&name); err != nil {
		return err
	}
	t, err := tx.token(ctx, s.Token)
	if err == nil && t.Tenant != name && t.Tenant != "*" {
		err = store.BadToken(store.TokenUnknown)
	}
	if err != nil {
		return err
	}
	report := w.report()
	if reason := refusal(t, w.read, report, s.At); reason != "" {
		return store.BadToken(reason)
	}
	return tx.spendToken(ctx, s.Token, report, s.At)
}

// report is what a token is spent on.
func (w *writing) report() store.Hash {
	settings := map[string]store.Hash{}
	for _, h := range w.read {
		settings[h.id] = h.hash
	}
	return store.ReportHash(settings)
}

// refusal is why a token is not good for some hosts; "" if it is.
func refusal(t store.Token, hosts []readHost, report store.Hash, at time.Time) string {
	switch {
	case !t.Expires.IsZero() && !at.Before(t.Expires):
		return store.TokenOver
	case !t.Used.IsZero() && t.SpentOn != report:
		return store.TokenUsed
	}
	for _, h := range hosts {
		name := h.id[strings.LastIndex(h.id, "/")+1:]
		if t.Host != "" && (!store.SameComputer(t.Host, name) || h.about.Name != "" && !store.SameComputer(t.Host, h.about.Name)) {
			return store.TokenHost
		}
	}
	return ""
}
