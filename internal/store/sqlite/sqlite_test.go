package sqlite_test

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(p.path), "/")}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
}

// folder is a folder of the test. What Wine does not let go of at its end is left, which
// t.TempDir would make a failure.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "store-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// Proves that a file holds what package store says.
func TestContract(t *testing.T) {
	name := "a b#?%25.db" // as hostile to a URL as the system allows
	if runtime.GOOS == "windows" {
		name = "a b#%25.db"
	}
	storetest.Run(t, func(t *testing.T) storetest.Place { return place{filepath.Join(folder(t), name)} })
}
