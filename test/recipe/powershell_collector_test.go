package recipe_test

import (
	"os"
	"path/filepath"
	"testing"

	"tlsready/internal/source/files"
)

// Proves that the PowerShell collector is PowerShell by its grammar.
func TestCollectorGrammar(t *testing.T) {
	modules := grammar(t)
	file := filepath.Join(t.TempDir(), "collect.ps1")
	if err := os.WriteFile(file, files.CollectorPS1(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, fault := range check(t, modules, []string{file}) {
		t.Error(fault)
	}
}
