package cli

import (
	"slices"
	"strings"
	"testing"

	"tlsready/internal/report/view"
)

// Proves that no two groups share a file, also if their names fold together or are
// longer than file systems take, and that none overwrites the whole report.
func TestPartNamesAreApart(t *testing.T) {
	long := strings.Repeat("長", 200)
	names := []string{"acme-west", "acme/west", "ACME west", "acme-west-2", long, long + "2", "", "x"}
	var parts []view.Part
	for _, name := range names {
		parts = append(parts, view.Part{Name: name})
	}
	paths := partNames("r.html", parts)
	seen := map[string]bool{"r.html": true}
	for i, path := range paths {
		if low := strings.ToLower(path); seen[low] {
			t.Errorf("%q shares %s", names[i], path)
		} else {
			seen[low] = true
		}
		if len(path) > 255 {
			t.Errorf("%s has %d bytes", path, len(path))
		}
	}
	if !slices.Contains(paths, "r-acme-west.html") || paths[7] != "r-x.html" {
		t.Errorf("plain names are not kept: %q", paths)
	}
}
