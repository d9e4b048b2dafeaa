package page_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"tlsready/internal/testkit/parts"
)

// Proves that the page runs from a file in Firefox as well: it judges the example, in
// Japanese, and loads nothing.
func TestFirefox(t *testing.T) {
	firefox := "firefox-esr"
	if path, err := exec.LookPath("firefox"); err == nil {
		firefox = path
	}
	parts.Need(t, firefox, "firefox-esr")
	parts.Need(t, "node", "nodejs")
	page, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "firefox.mjs", firefox, t.TempDir(), "file://"+page+"#example&lang=ja")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	var f struct {
		Ready             float64
		Headline, Problem string
		Resources         []string
	}
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if !strings.Contains(f.Headline, "接続できません") || f.Problem != "" || len(f.Resources) > 0 {
		t.Errorf("%+v", f)
	}
	t.Logf("ready after %.0f ms", f.Ready)
}
