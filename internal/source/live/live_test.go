package live

import (
	"errors"
	"runtime"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/source"
)

// Proves that local: with a name after it is refused, and that on other systems
// the reason is named before anything is read.
func TestScheme(t *testing.T) {
	options := source.Options{Schemes: []source.Scheme{Scheme()}}
	if _, err := source.ReadOne(t.Context(), "local:fs01", options); message.HintOf(err).IsZero() {
		t.Errorf("error %v", err)
	}
	if runtime.GOOS == "windows" {
		return // held by TestThisMachine
	}
	if _, err := source.ReadOne(t.Context(), "LOCAL:", options); !errors.Is(err, ErrNotWindows) || message.HintOf(err).IsZero() {
		t.Errorf("error %v", err)
	}
	if _, err := Open(); !errors.Is(err, ErrNotWindows) || Elevated() {
		t.Errorf("error %v", err)
	}
}
