//go:build unix

package userfile_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// special makes what is no file: a pipe that nobody writes to, a link to it, a device.
func special(t *testing.T, dir string) map[string]string {
	t.Helper()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	return map[string]string{pipe: "regular file", link: "regular file", "/dev/zero": "regular file"}
}
