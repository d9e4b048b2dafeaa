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
// same ones share them. proof is a file below node_modules that is there when they are.
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
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), wanted, 0o644); err != nil {
		t.Fatal(err)
	}
	install := exec.Command("npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v\n%s", err, out)
	}
	return dir
}
