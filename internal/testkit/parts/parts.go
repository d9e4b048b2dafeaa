// Package parts asks for the real parts of tests: programs of others, which "make test"
// installs where it runs as root (test/packages.txt).
package parts

import (
	"os"
	"os/exec"
	"testing"
)

// Need asks for a program of a Debian package. Where "make test" could install it, that
// it is missing is a failure; elsewhere the test is not run, and says so.
func Need(t testing.TB, program, debian string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Geteuid() == 0 {
		t.Fatalf("%s is missing, which make test installs: apt-get install --no-install-recommends %s", program, debian)
	}
	t.Skipf("not run: %s is not installed: apt-get install --no-install-recommends %s", program, debian)
}
