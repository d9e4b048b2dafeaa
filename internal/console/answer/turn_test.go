package answer

import (
	"context"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/semaphore"

	"tlsready/internal/console/answer/intake"
)

// Proves that small requests are read beside each other, and one with a large file alone, so
// that the memory does not grow with how many send one.
func TestTurns(t *testing.T) {
	r := &Room{taking: semaphore.NewWeighted(maxTaking)}
	waits := func(largest int64) bool {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		done, err := r.turn(ctx, largest)
		if err != nil {
			return true
		}
		done()
		return false
	}
	for _, tc := range []struct {
		begun, next int64
		waits       bool
	}{{0, 1 << 20, false}, {1 << 20, 60 << 20, false}, {70 << 20, 70 << 20, true}, {1 << 20, 100 << 20, true}, {1 << 40, 0, true}, {0, 1 << 40, true}} {
		done, err := r.turn(t.Context(), tc.begun)
		if err != nil {
			t.Fatal(err)
		}
		if got := waits(tc.next); got != tc.waits {
			t.Errorf("a file of %d beside one of %d waits: %v", tc.next, tc.begun, got)
		}
		done()
		if waits(tc.next) {
			t.Errorf("a file of %d waits after one of %d", tc.next, tc.begun)
		}
	}
}

// Proves that a folder knows the size of its largest file.
func TestLargest(t *testing.T) {
	f, err := intake.NewFolder()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, size := range map[string]int{"a.reg": 10, "b.reg": 300, "c.reg": 20} {
		if err := f.Add(name, strings.NewReader(strings.Repeat("x", size))); err != nil {
			t.Fatal(err)
		}
	}
	if f.Largest() != 300 {
		t.Errorf("%d", f.Largest())
	}
}
