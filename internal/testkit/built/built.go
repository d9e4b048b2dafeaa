//go:build unix

// Package built builds the program, once for all tests that run it as a process of its own.
package built

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Program gives the path of the program, linked statically as it is released. It lies in the
// user's cache, and is linked anew only when it has changed. Tests of other packages that
// ask at the same time wait.
func Program(t testing.TB) string {
	t.Helper()
	dir, err := folder()
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tlsready")
	// Without the state of the repository, which changes while tests run: another test may be
	// about to start the program.
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", path, "tlsready/cmd/tlsready")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build.Args, err, out)
	}
	return path
}

// folder is that of the program that is built from this copy of the source.
func folder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	module, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "tlsready-test", fmt.Sprintf("program-%.6x", sha256.Sum256(module)))
	return dir, os.MkdirAll(dir, 0o755)
}
