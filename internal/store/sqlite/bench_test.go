//go:build unix

package sqlite_test

import (
	"path/filepath"
	"testing"

	"tlsready/internal/store"
	"tlsready/internal/store/sqlite"
	"tlsready/internal/store/storetest"
)

// BenchmarkPages measures pages of a file.
func BenchmarkPages(b *testing.B) {
	db, err := sqlite.Open(b.Context(), filepath.Join(storetest.BenchFolder(b), "store.db"), store.Options{Holder: "test"})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	storetest.BenchPages(b, storetest.BenchFleet(b, db, nil), storetest.Processor)
}
