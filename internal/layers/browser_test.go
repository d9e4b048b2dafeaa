package layers

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// inBrowser are the packages beyond the pure rooms that a page in a browser is made
// of. Those below a name that ends in /... count as well.
func inBrowser() []string {
	return []string{"tlsready/internal/report/...", "tlsready/internal/source/list/pure"}
}

// Proves that the pure rooms, the reports and the sources that need bytes alone build
// for a browser, and that nothing which they import stands in the way.
func TestPureRoomsBuildForBrowsers(t *testing.T) {
	build := []string{"build", "-trimpath", "-gcflags=all=-l"} // as the page is built, which need not compile them again
	for _, p := range listPackages(t) {
		r := rank(room(p.ImportPath))
		if r >= 0 && r <= rank(pureUpTo) && !isContractSuite(p.ImportPath) && !slices.Contains(free(), room(p.ImportPath)) {
			build = append(build, p.ImportPath)
		}
	}
	if len(build) < 22 {
		t.Fatalf("only %q", build)
	}
	cmd := exec.CommandContext(t.Context(), "go", append(build, inBrowser()...)...)
	cmd.Env = append(cmd.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
}
