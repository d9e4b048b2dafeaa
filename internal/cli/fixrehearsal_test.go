package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Proves that --rehearsal points every verify that fix writes at the rehearsal server and
// lets its word decide, and that what is no address of one is refused.
func TestFixRehearsal(t *testing.T) {
	fix := func(url string) (int, string, string) {
		dir := filepath.Join(t.TempDir(), "fixes")
		status, _, errs := runQuiet(t, "fix", "../../examples/fleet/osaka/FS01.json", "--service", "azure-backup", "--on", "2021-09-01", "--as", "ps1", "--as", "cmd", "--dir", dir, "--rehearsal", url)
		return status, dir, errs
	}
	status, dir, errs := fix("https://rehearsal.example.com:9443/")
	if status > 1 {
		t.Fatalf("status %d, %s", status, errs)
	}
	for name, want := range map[string]string{"verify.ps1": "$server = 'rehearsal.example.com'", "verify.cmd": "https://rehearsal.example.com:9443/line"} {
		files, _ := filepath.Glob(filepath.Join(dir, "*", name))
		if len(files) < 1 {
			t.Errorf("no %s", name)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(text), want) || !strings.Contains(string(text), "survives=") {
				t.Errorf("%s: %v, does not ask the rehearsal", file, err)
			}
		}
	}
	for _, url := range []string{"http://192.0.2.10:8443/", "192.0.2.10:8443", "https://a b/", "https://x/line", "https://u:p@x/", "https://x/?a", "https://x:0/", "https://'x/", "https://"} {
		if status, _, errs := fix(url); status != 2 || !strings.Contains(errs, "no address of a rehearsal server") {
			t.Errorf("%s: status %d, %s", url, status, errs)
		}
	}
}
