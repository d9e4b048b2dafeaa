//go:build unix

package ssh

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/source/remote/peer"
)

// Proves that a list of known hosts that is no file is refused before a connection is
// made, and that a key that is no key is skipped; neither keeps the program waiting.
func TestFilesAreFiles(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	target, err := peer.Parse("ssh://admin@192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, "/dev/zero", t.TempDir()} {
		ended := make(chan error, 1)
		go func() {
			_, err := Open(t.Context(), target, Options{KnownHosts: []string{path}})
			methods, done := Options{Keys: []string{path}}.auth(t.Context())
			done()
			if len(methods) > 0 {
				t.Errorf("%s: %d ways to log in", path, len(methods))
			}
			ended <- err
		}()
		select {
		case err := <-ended:
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", path, err)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: goes on reading", path)
		}
	}
}
