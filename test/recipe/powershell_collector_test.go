package recipe_test

import (
	"os"
	"path/filepath"
	"testing"

	"tlsready/internal/source/files"
)

// Proves that the PowerShell collector is PowerShell by its grammar, with and without a
// console to report to.
func TestCollectorGrammar(t *testing.T) {
	modules := grammar(t)
	var list []string
	for name, c := range map[string]files.Collector{"collect.ps1": {}, "report.ps1": {Report: "https://console.example.com/api/v1/hosts"}} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, c.PS1(), 0o644); err != nil {
			t.Fatal(err)
		}
		list = append(list, file)
	}
	for _, fault := range check(t, modules, list) {
		t.Error(fault)
	}
}
