package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/store"
	"tlsready/internal/store/sqlite"
)

// Proves that a second writer is refused and told who holds the file, that readers are
// not, and that the file is free again afterwards.
func TestTwoWriters(t *testing.T) {
	path := filepath.Join(folder(t), "store.db")
	first, err := sqlite.Open(t.Context(), path, store.Options{Holder: "tlsready check --store"})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{path}
	link := path + ".link" // by whatever name; Windows asks for a right, and Wine makes none and says it has
	_ = os.Symlink(path, link)
	if _, err := os.Lstat(link); err == nil {
		names = append(names, link)
	}
	for _, name := range names {
		second, err := sqlite.Open(t.Context(), name, store.Options{Holder: "another"})
		if err == nil {
			t.Fatal("opened twice", second.Close())
		}
		what, hint := message.For("en").Problem(err)
		if !strings.HasPrefix(what, name) || !strings.Contains(what, "tlsready check --store") || !strings.Contains(what, fmt.Sprint("process ", os.Getpid())) || hint == "" {
			t.Errorf("%s (%s)", what, hint)
		}
		reader, err := sqlite.Open(t.Context(), name, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := sqlite.Open(t.Context(), path, store.Options{Holder: "another"})
	if err := errors.Join(err, again.Close()); err != nil {
		t.Error(err)
	}
}
