package userfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/userfile"
)

// TestOnlyRegularFiles proves that a folder, a device and a pipe are refused at once,
// also behind a link, and that a file over the limit is.
func TestOnlyRegularFiles(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x.txt")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if data, err := userfile.Read(file, 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	refused := map[string]string{dir: "folder", filepath.Join(dir, "none"): "no such file", file: "4"}
	for path, kind := range special(t, dir) {
		refused[path] = kind
	}
	for path, want := range refused {
		done := make(chan error, 1)
		go func() {
			_, err := userfile.Read(path, 4)
			done <- err
		}()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", path, err, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: the read does not end", path)
		}
	}
}
