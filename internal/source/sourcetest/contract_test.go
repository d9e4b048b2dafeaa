package sourcetest

import (
	"testing"

	"tlsready/internal/source"
)

// TestContract proves that the same settings, read from a snapshot, a .reg export, a
// pair of hives and Japanese collector output, give the same snapshot.
func TestContract(t *testing.T) {
	for name, form := range Forms() {
		t.Run(name, func(t *testing.T) { Run(t, source.Options{}, form) })
	}
}
