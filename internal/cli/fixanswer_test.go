package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/cli/frame"
	"tlsready/internal/message"
)

// Proves that fix says what it wrote, for whom and what to do next on one screen, and
// that the command which it prints is one that runs and finds the same hosts.
func TestFixAnswersOnOneScreen(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	for _, lang := range message.Languages() {
		dir := filepath.Join(t.TempDir(), "fixes")
		_, out, _ := runQuiet(t, "fix", "examples/fleet", "--service", "azure-backup", "--on", "2021-09-01", "--today", "2021-06-15", "--documented", "--dir", dir, "--lang", lang)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if len(lines) > 25 || !strings.Contains(out, "osaka/FS01") || !strings.Contains(out, filepath.Join(dir, "all")) {
			t.Errorf("%s: %d lines\n%s", lang, len(lines), out)
		}
		var command []string
		for _, line := range lines {
			if words, ok := strings.CutPrefix(strings.TrimSpace(line), "tlsready "); ok {
				command = strings.Fields(words)
			}
		}
		code, again, errs := runQuiet(t, append(command, "-f", "json")...)
		if code != frame.ExitFails || !strings.Contains(again, `"hosts": 14`) {
			t.Errorf("%q: %d %s", command, code, errs)
		}
	}
}
