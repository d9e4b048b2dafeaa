package regcmd

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
)

// mute is a reg.exe that fails without a word at questions for one key, some times.
type mute struct {
	*fakeReg
	key   string
	times int
}

func (m *mute) Run(ctx context.Context, line string) (Answer, error) {
	if m.times > 0 && strings.Contains(line, "reg query") && strings.Contains(line, m.key) {
		m.times--
		return Answer{Status: 1}, nil
	}
	return m.fakeReg.Run(ctx, line)
}

// Proves that a reg.exe that fails without a word is asked once more, that one that stays
// silent has failed and has not denied anything, and that a key which its parent does not
// list is missing whatever is said of it.
func TestSilent(t *testing.T) {
	for _, shell := range []Shell{Cmd, PowerShell} {
		for _, tc := range []struct {
			name, key string
			times     int
			works     bool
			is        error
		}{
			{"never", base, 0, true, nil},
			{"once", base, 1, true, nil},
			{"always", base, 99, false, nil},
			{"a missing key, always", base + `\none`, 99, false, registry.ErrNotExist},
			{"a missing key, never", base + `\none`, 0, false, registry.ErrNotExist},
		} {
			f := newReg(registrytest.NewMemory(base), shell, "en")
			r := New(&mute{f, tc.key, tc.times}, shell)
			_, err := r.Values(t.Context(), tc.key)
			if (err == nil) != tc.works || tc.is != nil && !errors.Is(err, tc.is) || errors.Is(err, registry.ErrDenied) {
				t.Errorf("%v, %s: %v", shell, tc.name, err)
			}
			if tc.name == "always" && !strings.Contains(err.Error(), "said nothing") {
				t.Errorf("%v: %v", shell, err)
			}
			if _, known := r.failed[strings.ToLower(base)]; known {
				t.Errorf("%v, %s: the failure is kept as an answer", shell, tc.name)
			}
		}
	}
}
