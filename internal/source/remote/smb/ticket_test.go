//go:build unix

package smb

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Proves that neither a ticket file nor a configuration of Kerberos that is no file
// keeps the program waiting.
func TestTicketFilesAreFiles(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, "/dev/zero", t.TempDir()} {
		ended := make(chan [2]error, 1)
		go func() {
			_, cache := (&Tickets{Cache: path}).load()
			_, config := (&Tickets{Config: path}).config("EXAMPLE.COM")
			ended <- [2]error{cache, config}
		}()
		select {
		case errs := <-ended:
			for _, err := range errs {
				if err == nil || !strings.HasPrefix(err.Error(), path) {
					t.Errorf("%s: %v", path, err)
				}
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: goes on reading", path)
		}
	}
	if c, err := (&Tickets{Config: "/dev/null"}).config("EXAMPLE.COM"); err != nil || c.LibDefaults.DefaultRealm != "EXAMPLE.COM" {
		t.Errorf("no configuration: %v", err)
	}
}
