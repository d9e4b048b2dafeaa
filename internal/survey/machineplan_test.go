package survey

import (
	"strings"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/recipe"
)

// Proves that two recipes that disagree are refused, and that ones that agree are
// one change.
func TestPlansConflict(t *testing.T) {
	m := &MachinePlan{Machine: &Machine{ID: "FS01"}, Restart: recipe.RestartNone}
	p := recipe.Plan{
		Changes: []host.Change{{Key: `HKLM\SOFTWARE\A`, Name: "b", Data: host.Dword(1)}}, Restart: recipe.RestartService,
		Prerequisites: []recipe.Prerequisite{{Kind: "update", ID: "KB3140245"}},
	}
	for range 2 {
		if err := m.add(p); err != nil || len(m.Changes) != 1 || len(m.Prerequisites) != 1 {
			t.Fatalf("%+v, %v", m, err)
		}
	}
	if m.Restart != p.Restart {
		t.Errorf("restart %s, want %s", m.Restart, p.Restart)
	}
	p.Changes = []host.Change{{Key: `hklm\software\a`, Name: "B", Data: host.Dword(0)}}
	if err := m.add(p); err == nil || !strings.Contains(err.Error(), "differently") {
		t.Errorf("error %v", err)
	}
}
