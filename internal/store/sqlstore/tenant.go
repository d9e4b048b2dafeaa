package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tlsready/internal/store"
)

// tenant is the view of one tenant. Each of its statements names it.
type tenant struct {
	*DB
	id int64
}

// Tenants are the names of all tenants.
func (d *DB) Tenants(ctx context.Context) (names []string, err error) {
	err = d.read(ctx, func(tx *Tx) error {
		names, err = tx.tenants(ctx)
		return err
	})
	return names, err
}

func (t *Tx) tenants(ctx context.Context) (names []string, err error) {
	err = t.each(ctx, "SELECT name FROM tenants ORDER BY name", nil, func(scan func(...any) error) error {
		names = append(names, "")
		return scan(&names[len(names)-1])
	})
	return names, err
}

// Tenant is the view of a tenant that is there.
func (d *DB) Tenant(ctx context.Context, name string) (store.Store, error) {
	t := &tenant{DB: d}
	err := d.read(ctx, func(tx *Tx) error { return t.find(ctx, tx, name) })
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (t *tenant) find(ctx context.Context, tx *Tx, name string) error {
	err := tx.QueryRowContext(ctx, t.spell("SELECT tenant FROM tenants WHERE name = $1"), store.Text(name)).Scan(&t.id)
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	known, err := tx.tenants(ctx)
	if err != nil {
		return err
	}
	return store.NoTenant(name, known)
}

// AddTenant is the view of a tenant, which is added if it is not there.
func (d *DB) AddTenant(ctx context.Context, name string) (store.Store, error) {
	if err := store.CheckTenant(name); err != nil {
		return nil, err
	}
	t := &tenant{DB: d}
	err := d.write(ctx, func(tx *Tx) error {
		err := t.find(ctx, tx, name)
		if none := (*store.NoTenantError)(nil); !errors.As(err, &none) {
			return err
		}
		if _, err := tx.exec(ctx, "INSERT INTO tenants (tenant, name) SELECT COALESCE(MAX(tenant), 0) + 1, CAST($1 AS TEXT) FROM tenants", name); err != nil {
			return err
		}
		return t.find(ctx, tx, name)
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// micro is a moment as a column has it: microseconds since 1970, 0 for none.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is what micro was made of.
func moment(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

// body is a content of the tenant.
func (t *tenant) body(ctx context.Context, tx *Tx, hash store.Hash) ([]byte, error) {
	var packed []byte
	err := tx.QueryRowContext(ctx, t.spell("SELECT body FROM contents WHERE tenant = $1 AND hash = $2"), t.id, string(hash)).Scan(&packed)
	if err != nil {
		return nil, fmt.Errorf("content %.12s: %w", hash, err)
	}
	return t.decoder.DecodeAll(packed, nil)
}
