package parts

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Modules gives the folder that has node_modules with the packages of the package.json of
// the test's folder. See ModulesOf.
func Modules(t testing.TB, proof ...string) string {
	t.Helper()
	wanted, err := os.ReadFile("package.json")
	if err != nil {
		t.Fatal(err)
	}
	return ModulesOf(t, wanted, proof...)
}

// ModulesOf gives the folder that has node_modules with the packages of a package.json.
// They are installed once into the user's cache, outside the project; tests that want the
// same ones share them. proof is a file below node_modules that is there when they are: the
// folder gets its name when all of it is there, as other tests may ask meanwhile.
func ModulesOf(t testing.TB, wanted []byte, proof ...string) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		Need(t, program, "nodejs npm")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	dir := filepath.Join(cache, "tlsready-test", fmt.Sprintf("npm-%x", sha256.Sum256(wanted)))
	if _, err := os.Stat(filepath.Join(append([]string{dir, "node_modules"}, proof...)...)); err == nil {
		return dir
	}
	for tries := 1; ; tries++ {
		out, err := install(dir, wanted)
		if err == nil {
			return dir
		}
		if tries == 3 { // a registry may fail for a moment
			t.Fatalf("npm install: %v\n%s", err, out)
		}
	}
}

// install makes a folder with the packages, unless another test has made it meanwhile.
func install(dir string, wanted []byte) (out []byte, err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	own, err := os.MkdirTemp(filepath.Dir(dir), "npm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(own)
	if err := os.WriteFile(filepath.Join(own, "package.json"), wanted, 0o644); err != nil {
		return nil, err
	}
	npm := exec.Command("npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
	npm.Dir = own
	if out, err := npm.CombinedOutput(); err != nil {
		return out, err
	}
	if err := os.Rename(own, dir); err != nil && !isThere(dir) {
		return nil, err
	}
	return nil, nil
}

func isThere(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "node_modules"))
	return err == nil
}
