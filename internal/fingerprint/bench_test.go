package fingerprint

import (
	"testing"

	"tlsready/internal/stack"
)

// Measures what every run of watch does first.
func BenchmarkNewTable(b *testing.B) {
	model, err := stack.New()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := NewTable(model); err != nil {
			b.Fatal(err)
		}
	}
}
