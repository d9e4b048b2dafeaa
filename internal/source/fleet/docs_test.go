package fleet

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func docsPage(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "sources", name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Every kind has a page with a query that says what absence proves, and the
// queries that can ask for all keys ask for each that decides about TLS.
func TestPages(t *testing.T) {
	for _, k := range Kinds() {
		if text := docsPage(t, page(k.Name)); !strings.Contains(text, "```") || !strings.Contains(text, "not asked") && k.Name != "intune" {
			t.Errorf("%s.md has no query or does not say what absence proves", page(k.Name))
		}
	}
	for _, name := range []string{"osquery", "velociraptor", "powershell"} {
		text := strings.ToLower(docsPage(t, name))
		for _, key := range slices.Concat(subtrees(), frameworkKeys()) {
			if !asksFor(text, strings.ToLower(key)) {
				t.Errorf("%s.md does not ask for %s", name, key)
			}
		}
	}
}

// asksFor says whether the page has the key, or one above it, in quotes.
func asksFor(page, key string) bool {
	for ; strings.Count(key, `\`) > 1; key = key[:strings.LastIndexByte(key, '\\')] {
		_, below, _ := strings.Cut(key, `\`)
		if strings.Contains(page, `\`+below+"'") {
			return true
		}
	}
	return false
}
