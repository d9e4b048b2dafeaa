package live

import (
	"errors"
	"runtime"
	"testing"

	"tlsready/internal/source"
)

// Proves that local: with a name behind it is refused, and that on other systems
// the reason is named before anything is read.
func TestScheme(t *testing.T) {
	options := source.Options{Schemes: []source.Scheme{Scheme()}}
	var problem *source.Error
	if _, err := source.ReadOne(t.Context(), "local:fs01", options); !errors.As(err, &problem) || problem.Hint == "" {
		t.Errorf("error %v", err)
	}
	if runtime.GOOS == "windows" {
		return // held by TestThisMachine
	}
	if _, err := source.ReadOne(t.Context(), "LOCAL:", options); !errors.Is(err, ErrNotWindows) || !errors.As(err, &problem) || problem.Hint == "" {
		t.Errorf("error %v", err)
	}
	if _, err := Open(); !errors.Is(err, ErrNotWindows) || Elevated() {
		t.Errorf("error %v", err)
	}
}
