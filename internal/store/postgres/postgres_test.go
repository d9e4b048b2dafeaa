//go:build unix

package postgres_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/message"

	"tlsready/internal/store"
	"tlsready/internal/store/postgres"
	"tlsready/internal/store/storetest"
	"tlsready/internal/testkit/postgreskit"
)

// place is a schema of a server.
type place struct {
	server *postgreskit.Server
	name   string
}

func (p place) Open(ctx context.Context, o store.Options) (store.Database, error) {
	db, err := postgres.Open(ctx, p.server.URL(p.name), o)
	if err != nil {
		return nil, err
	}
	return db, nil
}

func (p place) Exec(t *testing.T, text string) { p.server.Exec(t, p.name, text) }

// One server does for all tests: to make one takes seconds.
func TestPostgreSQL(t *testing.T) {
	server := postgreskit.Start(t)
	t.Run("contract", func(t *testing.T) { contract(t, server) })
	t.Run("refused", func(t *testing.T) { refused(t, server) })
	t.Run("may not write", func(t *testing.T) { mayNotWrite(t, server) })
	t.Run("restart", func(t *testing.T) { restart(t, server) })
}

// contract proves that a server holds what package store says.
func contract(t *testing.T, server *postgreskit.Server) {
	storetest.Run(t, func(t *testing.T) storetest.Place { return place{server, server.New(t)} })
}

// restart proves that a server that is restarted in the middle is waited for, that it is told
// once, and that nothing is lost; and that the waiting has an end.
func restart(t *testing.T, server *postgreskit.Server) {
	name := server.New(t)
	told := 0
	db, err := postgres.Open(t.Context(), server.URL(name), store.Options{Holder: "test", Waiting: func(error) { told++ }, Patience: 3 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := db.AddTenant(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	half, down, up := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		<-half
		server.Stop(t)
		close(down)
		server.Run(t)
		close(up)
	}()
	for n := range 200 {
		if n == 100 {
			close(half)
		}
		if err := s.Record(t.Context(), &store.Batch{Hosts: []store.HostResult{{ID: fmt.Sprintf("host%03d", n), At: time.Unix(1_800_000_000, 0), Error: "no answer"}}}); err != nil {
			t.Fatalf("host %d: %v", n, err)
		}
		if n == 100 {
			<-down
		}
	}
	<-up
	if page, err := s.Hosts(t.Context(), "", 1000); err != nil || len(page) != 200 || told != 1 {
		t.Errorf("%d hosts, told %d times, %v", len(page), told, err)
	}
	hasty, err := postgres.Open(t.Context(), server.URL(name), store.Options{Holder: "test", Patience: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer hasty.Close()
	server.Stop(t)
	begun := time.Now()
	_, err = hasty.Tenants(t.Context())
	if what, hint := message.For("en").Problem(err); !strings.Contains(what, "cannot be reached") || hint == "" || time.Since(begun) > time.Minute {
		t.Errorf("%s (%s) after %v", what, hint, time.Since(begun))
	}
	begun = time.Now()
	if db, err := postgres.Open(t.Context(), server.URL(name), store.Options{Holder: "test"}); err == nil || time.Since(begun) > 30*time.Second {
		t.Errorf("a server that is away at first: %v after %v", db, time.Since(begun))
	}
}

// refused proves that what the server refuses is told with what helps, and never with a password.
func refused(t *testing.T, server *postgreskit.Server) {
	name := server.New(t)
	server.Exec(t, name, "CREATE ROLE reader LOGIN")
	for url, want := range map[string]string{
		strings.Replace(server.URL(name), "/postgres?", "/nothing?", 1):             "no such database",
		strings.Replace(server.URL(name), "postgres@", "reader:correct-horse@", 1):  "cannot be written",
		strings.Replace(server.URL(name), "postgres@", "nobody:correct-horse@", 1):  "refuses the sign-in",
		"postgres://me:correct-horse@127.0.0.1:port/x":                              "no URL",
		"postgres://me:correct-horse@127.0.0.1/x?connect_timeout=correct-horse-too": "no URL",
	} {
		db, err := postgres.Open(t.Context(), url, store.Options{Holder: "test"})
		if err == nil {
			t.Fatal("opened", db.Close())
		}
		what, hint := message.For("en").Problem(err)
		if !strings.Contains(what, want) || hint == "" || strings.Contains(what+hint+err.Error(), "correct-horse@") {
			t.Errorf("%s: %s (%s)", url, what, hint)
		}
	}
}

// mayNotWrite proves that who may read a store and not write to it is told so before a run
// begins, and not when it has something to record.
func mayNotWrite(t *testing.T, server *postgreskit.Server) {
	name := server.New(t)
	db, err := postgres.Open(t.Context(), server.URL(name), store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	server.Exec(t, name, "CREATE ROLE viewer LOGIN; GRANT USAGE ON SCHEMA "+name+" TO viewer; GRANT SELECT ON ALL TABLES IN SCHEMA "+name+" TO viewer")
	viewer := strings.Replace(server.URL(name), "postgres@", "viewer@", 1)
	other, err := postgres.Open(t.Context(), viewer, store.Options{Holder: "test"})
	if err == nil {
		t.Fatal("opened", other.Close())
	}
	if what, _ := message.For("en").Problem(err); !strings.Contains(what, "cannot be written") {
		t.Errorf("%v", err)
	}
	if other, err = postgres.Open(t.Context(), viewer, store.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}

// BenchmarkPages measures pages of a server, after what autovacuum does within a minute.
func BenchmarkPages(b *testing.B) {
	server := postgreskit.StartIn(b, filepath.Join(storetest.BenchFolder(b), "postgres"))
	server.Exec(b, "", "CREATE SCHEMA IF NOT EXISTS fleet")
	db, err := postgres.Open(b.Context(), server.URL("fleet"), store.Options{Holder: "test"})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	storetest.BenchPages(b, storetest.BenchFleet(b, db, func() { server.Exec(b, "fleet", "VACUUM ANALYZE") }), func() time.Duration { return storetest.Processor() + server.Processor() })
}
