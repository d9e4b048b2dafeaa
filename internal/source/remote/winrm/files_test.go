//go:build unix

package winrm

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tlsready/internal/source/remote/peer"
)

// Proves that neither a file of authorities nor a client certificate or its key that
// is no file keeps the program waiting, and that it is named.
func TestCertificateFilesAreFiles(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	target, err := peer.Parse("winrm://admin@192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, "/dev/zero", t.TempDir()} {
		for what, o := range map[string]Options{"CA": {CA: path}, "certificate": {Certificate: path, Key: path}} {
			ended := make(chan error, 1)
			go func() {
				_, err := o.tls(target)
				ended <- err
			}()
			select {
			case err := <-ended:
				if err == nil || !strings.Contains(err.Error(), path) {
					t.Errorf("%s %s: %v", what, path, err)
				}
			case <-time.After(time.Minute):
				t.Fatalf("%s %s: goes on reading", what, path)
			}
		}
	}
}
