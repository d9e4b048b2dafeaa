//go:build unix

package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/sqlite"
)

// TestMain is also the program that is killed, or that meets a full disk.
func TestMain(m *testing.M) {
	if path := os.Getenv("STORE_TEST_WRITER"); path != "" {
		if err := writer(path, os.Getenv("STORE_TEST_LIMIT") != ""); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// perBatch are the hosts of one batch.
const perBatch = 5

func batchOf(n int) *store.Batch {
	b := &store.Batch{}
	for i := range perBatch {
		b.Hosts = append(b.Hosts, store.HostResult{ID: fmt.Sprintf("batch%06d/%d", n, i), At: time.Unix(1_800_000_000, 0), Error: strings.Repeat("no answer ", 20)})
	}
	return b
}

// writer records batches until it is killed, and says of each that it is recorded. With a
// limit it goes on until nothing more fits, and then makes room and goes on once more.
func writer(path string, limited bool) error {
	ctx := context.Background()
	db, err := sqlite.Open(ctx, path, store.Options{Holder: "writer"})
	if err != nil {
		return err
	}
	s, err := db.AddTenant(ctx, "acme")
	if err != nil {
		return err
	}
	page, err := s.Hosts(ctx, "", 1<<20)
	if err != nil {
		return err
	}
	restore := func() error { return nil }
	if limited {
		if restore, err = limit(); err != nil {
			return err
		}
	}
	for n := len(page) / perBatch; ; n++ {
		err := s.Record(ctx, batchOf(n))
		if err == nil {
			fmt.Println("recorded", n)
			continue
		}
		if !limited {
			return err
		}
		what, hint := message.For("en").Problem(err)
		fmt.Println("full:", what, "/", hint)
		if err := errors.Join(restore(), s.Record(ctx, batchOf(n)), db.Close()); err != nil {
			return err
		}
		fmt.Println("recorded", n)
		return nil
	}
}

// limit lets no file grow beyond a megabyte, as a full disk would.
func limit() (restore func() error, err error) {
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return nil, err
	}
	err = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: old.Max})
	return func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old) }, err
}

// program is this test as a writer.
func program(t *testing.T, path string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), "STORE_TEST_WRITER="+path), env...)
	return cmd
}

// Proves that a writer that is killed at any moment leaves a whole store, with all that it
// said was recorded, and that the next one is not kept out.
func TestKilledWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "killed.db")
	acknowledged := 0
	for round := 0; round < 15; round++ {
		cmd := program(t, path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for left := rand.IntN(12); lines.Scan(); left-- {
			if _, err := fmt.Sscanf(lines.Text(), "recorded %d", &acknowledged); err != nil {
				t.Fatal(lines.Text())
			}
			if left == 0 {
				<-time.After(time.Duration(rand.IntN(2000)) * time.Microsecond) // into the next batch
				break
			}
		}
		_ = cmd.Process.Kill()
		for lines.Scan() { // what it said before it died counts
			_, _ = fmt.Sscanf(lines.Text(), "recorded %d", &acknowledged)
		}
		_ = cmd.Wait()
		wholeWith(t, path, (acknowledged+1)*perBatch)
	}
	if acknowledged < 30 {
		t.Errorf("only %d batches in all", acknowledged)
	}
}

// wholeWith checks that a store is whole, and has so many hosts or a batch more, which
// was recorded and not said.
func wholeWith(t *testing.T, path string, hosts int) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := db.Tenant(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.Hosts(t.Context(), "", 1<<20)
	if err != nil || len(page) != hosts && len(page) != hosts+perBatch {
		t.Fatalf("%d hosts, %d were acknowledged, %v", len(page), hosts, err)
	}
	bare, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	var says string
	if err := bare.QueryRow("PRAGMA integrity_check").Scan(&says); err != nil || says != "ok" {
		t.Fatalf("the file: %s, %v", says, err)
	}
}

// Proves that a full disk is told, that the batch is not kept by half, and that the same
// program goes on when there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "full.db")
	out, err := program(t, path, "STORE_TEST_LIMIT=1").CombinedOutput()
	said := string(out)
	if err != nil || !strings.Contains(said, "full: "+path+": the disk under the store reports an error") || !strings.Contains(said, "make room") {
		t.Fatalf("%v\n%s", err, said)
	}
	wholeWith(t, path, strings.Count("\n"+said, "\nrecorded ")*perBatch)
}

// Proves that what is no store is refused by its name and left as it is, and that a store
// is for the eyes of its owner.
func TestNoStore(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		text: "not a store", dir: "no file", "/dev/null": "no file", filepath.Join(dir, "none", "store.db"): "cannot be made",
	} {
		db, err := sqlite.Open(t.Context(), name, store.Options{Holder: "test"})
		if err == nil {
			t.Fatal("opened", db.Close())
		}
		if what, hint := message.For("en").Problem(err); !strings.HasPrefix(what, name) || !strings.Contains(what, want) || hint == "" {
			t.Errorf("%s: %s (%s)", name, what, hint)
		}
	}
	if after, _ := os.ReadFile(text); string(after) != strings.Repeat("no database\n", 1000) {
		t.Error("the file was changed")
	}
	foreign := filepath.Join(dir, "foreign.db")
	place{foreign}.Exec(t, "CREATE TABLE bookmarks (url TEXT)")
	before, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []store.Options{{}, {Holder: "test"}} {
		_, err := sqlite.Open(t.Context(), foreign, o)
		if what, hint := message.For("en").Problem(err); !strings.Contains(what, "database of another program") || hint == "" {
			t.Errorf("%v: %s (%s)", o, what, hint)
		}
	}
	if after, err := os.ReadFile(foreign); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
	path := filepath.Join(dir, "new.db")
	db, err := sqlite.Open(t.Context(), path, store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
