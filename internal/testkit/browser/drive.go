// Package browser drives Chromium over pages: by playwright-core, with axe-core to search
// for what stands in the way of people who use a page otherwise.
package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tlsready/internal/testkit/parts"
)

//go:embed package.json
var wanted []byte

// patience is how long one drive may take on a busy machine.
const patience = 10 * time.Minute

// Drive runs a script of Node.js in the test's folder, which imports browser.mjs, with a
// plan for it, and reads what it found.
func Drive(t testing.TB, script string, plan, found any) {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "plan.json"), filepath.Join(dir, "found.json")
	text, err := json.Marshal(map[string]any{"browser": parts.Chromium(t), "modules": parts.ModulesOf(t, wanted, "axe-core", "axe.min.js"), "plan": plan})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if said, err := exec.CommandContext(ctx, "node", script, in, out).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, said)
	}
	if text, err = os.ReadFile(out); err == nil {
		err = json.Unmarshal(text, found)
	}
	if err != nil {
		t.Fatal(err)
	}
}
