package fleet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/source"
	"tlsready/internal/source/fleet"
)

func page(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "sources", name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Every kind has a page with a query, and the queries that can ask for all keys
// ask for those that the other sources look through.
func TestPages(t *testing.T) {
	for _, k := range fleet.Kinds() {
		name := strings.Replace(k.Name, "clixml", "powershell", 1)
		if text := page(t, name); !strings.Contains(text, "```") || !strings.Contains(text, "not asked") && name != "intune" {
			t.Errorf("%s.md has no query or does not say what absence proves", name)
		}
	}
	for _, name := range []string{"osquery", "velociraptor", "powershell"} {
		text := strings.ToLower(page(t, name))
		for _, key := range source.Prefixes() {
			_, below, _ := strings.Cut(key, `\`)
			if !strings.Contains(text, strings.ToLower(`\`+below+"'")) {
				t.Errorf("%s.md does not ask for %s", name, key)
			}
		}
	}
}
