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
	if _, err := exec.LookPath(program); err != nil {
		Missing(t, program, debian)
	}
}

// Missing ends a test whose part is not here: as a failure where "make test" could
// install it, else as one that is not run.
func Missing(t testing.TB, what, debian string) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Fatalf("%s is missing, which make test installs: apt-get install --no-install-recommends %s", what, debian)
	}
	t.Skipf("not run: %s is not installed: apt-get install --no-install-recommends %s", what, debian)
}

// Root asks for root, which a part needs to run at all.
func Root(t testing.TB, what string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skipf("not run: %s needs root", what)
	}
}

// Chromium gives the path of the browser, under whichever name it is installed.
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, "Chromium", "chromium")
	return ""
}
