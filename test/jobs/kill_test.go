//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tlsready/internal/testkit/postgreskit"
)

func TestMain(m *testing.M) {
	if os.Getenv(roleIs) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Proves that every job is done once in effect, and none is lost, while the server and the
// workers are killed at random.
func TestKilledAtRandom(t *testing.T) {
	database := postgreskit.Start(t)
	for name, k := range map[string]*killing{
		"SQLite":     {where: filepath.Join(t.TempDir(), "store.db"), jobs: 200},
		"PostgreSQL": {where: database.URL(database.New(t)), jobs: 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k.seed, k.life, k.say = newSeed(), 1200*time.Millisecond, t.Logf
			if err := k.run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(k.kills) == 0 {
				t.Error("nothing was killed")
			}
		})
	}
}
