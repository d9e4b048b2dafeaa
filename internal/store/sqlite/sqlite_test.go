package sqlite_test

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"tlsready/internal/store"
	"tlsready/internal/store/sqlite"
	"tlsready/internal/store/storetest"
)

// place is a file in a folder of the test.
type place struct{ path string }

func (p place) Open(ctx context.Context, o store.Options) (store.Database, error) {
	db, err := sqlite.Open(ctx, p.path, o)
	if err != nil {
		return nil, err
	}
	return db, nil
}

func (p place) Exec(t *testing.T, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: p.path}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// Proves that a file holds what package store says.
func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place { return place{filepath.Join(t.TempDir(), "a b#?%.db")} })
}
