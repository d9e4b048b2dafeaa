package page_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// Proves that the page runs from a file in Firefox as well: it judges the example, in
// Japanese, and loads nothing.
func TestFirefox(t *testing.T) {
	firefox := ""
	for _, name := range []string{"firefox-esr", "firefox"} {
		if path, err := exec.LookPath(name); err == nil && firefox == "" {
			firefox = path
		}
	}
	if firefox == "" {
		t.Skip("not run: no Firefox here (Debian package firefox-esr)")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("not run: no node here (Debian package nodejs)")
	}
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
