package stack_test

import (
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// TestWinINETLostOldVersions proves that TLS 1.0 and 1.1 leave WinINET's default
// with the update of 2022-09-20 as they leave WinHTTP's, that they are there before
// it, and that without a revision nobody knows.
func TestWinINETLostOldVersions(t *testing.T) {
	m := newModel(t)
	for revision, want := range map[int]string{3000: "1.0 1.1 1.2", 5000: "1.2", 0: "1.0? 1.1? 1.2"} {
		v := host.NewView(&host.Snapshot{
			OS:      host.OS{Version: "10.0", Build: 17763, Revision: revision, Type: "server", Architecture: "x64"},
			Covered: []string{"HKLM", "HKCU"},
		})
		for _, id := range []string{"wininet", "winhttp-x64"} {
			s, err := stack.Parse(id)
			if err != nil {
				t.Fatal(err)
			}
			if got := versions(m.Predict(v, s, stack.Ask{}).Offer); got != want {
				t.Errorf("%s at revision %d offers %s, want %s", id, revision, got, want)
			}
		}
	}
}
