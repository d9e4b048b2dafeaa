package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

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

// Proves that a file does not keep what was counted while its tables were small: queries over
// them would read all of a table once it has grown.
func TestSmallCountsAreForgotten(t *testing.T) {
	p := place{filepath.Join(folder(t), "store.db")}
	for range 2 {
		db, err := p.Open(t.Context(), store.Options{Holder: "test"})
		if err == nil {
			_, err = db.AddTenant(t.Context(), "acme")
		}
		if err == nil {
			err = db.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		small := p.count(t, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
		if small > 0 {
			small = p.count(t, "SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'tenants'")
		}
		if small != 0 {
			t.Error("the count of a table with one row is kept")
		}
		p.Exec(t, "ANALYZE")
		if p.count(t, "SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'tenants'") == 0 {
			t.Fatal("the test does not see what is kept")
		}
	}
}

// Proves that a server that fills a file and goes on knows how selective its indexes are:
// without that, what asks for many rows one by one took 25 times as long.
func TestLargeTablesAreCounted(t *testing.T) {
	p := place{filepath.Join(folder(t), "store.db")}
	db, err := p.Open(t.Context(), store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	of, err := db.AddTenant(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	const batches, hosts = 60, 25
	for i := range batches {
		var b store.Batch
		for k := range hosts {
			b.Hosts = append(b.Hosts, store.HostResult{ID: fmt.Sprintf("fs%02d-%02d", i, k), At: time.Date(2026, 9, 1, 2, 0, 0, 0, time.UTC), Error: "connection timed out"})
		}
		if err := of.Record(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
	}
	if p.count(t, "SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'hosts'") == 0 {
		t.Error("the hosts are not counted")
	}
}

// count is the number that a query gives.
func (p place) count(t *testing.T, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(p.path), "/")}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Proves that a queue in the same file and the store wait for each other, both of them
// reading first and writing then, and that there is none beside no store.
func TestQueue(t *testing.T) {
	path := filepath.Join(folder(t), "store.db")
	if _, err := sqlite.Queue(path); err == nil {
		t.Error("a queue without a store")
	}
	db, err := sqlite.Open(t.Context(), path, store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	queue, err := sqlite.Queue(path)
	if err != nil {
		t.Fatal(err)
	}
	defer queue.Close()
	if _, err := queue.Exec("CREATE TABLE jobs (n INTEGER NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for n := range 4 {
		work.Go(func() {
			for i := range 10 {
				if _, err := db.AddTenant(t.Context(), fmt.Sprintf("tenant%d-%d", n, i)); err != nil {
					t.Error(err)
				}
				if err := enqueue(t.Context(), queue); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	jobs := 0
	names, err := db.Tenants(t.Context())
	if err := errors.Join(err, queue.QueryRow("SELECT MAX(n) FROM jobs").Scan(&jobs)); err != nil || len(names) != 40 || jobs != 40 {
		t.Errorf("%d tenants, %d jobs, %v", len(names), jobs, err)
	}
}

// enqueue writes what depends on what is there.
func enqueue(ctx context.Context, queue *sql.DB) error {
	tx, err := queue.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	last := 0
	if err := tx.QueryRow("SELECT COALESCE(MAX(n), 0) FROM jobs").Scan(&last); err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO jobs (n) VALUES (?)", last+1); err != nil {
		return err
	}
	return tx.Commit()
}
