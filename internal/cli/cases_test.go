package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/testkit/cases"
)

// TestCases proves that check says of every acceptance case what it has to say,
// through the command line and the JSON of the contract.
func TestCases(t *testing.T) { cases.Run(t, checkCase) }

func checkCase(t *testing.T, c *cases.Case, snapshot []byte, on string) document.Check {
	t.Helper()
	dir := t.TempDir()
	hostFile, serviceFile := filepath.Join(dir, "host.json"), filepath.Join(dir, "service.json")
	write(t, hostFile, snapshot)
	write(t, serviceFile, c.Service)
	args := []string{"check", hostFile, "--service", serviceFile, "--on", on, "--today", on, "-f", "json"}
	for _, id := range c.Callers {
		args = append(args, "--caller", id)
	}
	var out, errs bytes.Buffer
	status := Run(context.Background(), args, Streams{Out: &out, Err: &errs}, nil)
	var doc document.Check
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatalf("exit status %d, %v: %s%s", status, err, out.String(), errs.String())
	}
	if want := map[string]int{"fails": 1, "unknown": 3, "connects": 0}[doc.Hosts[0].Verdict]; status != want {
		t.Errorf("exit status %d for %s", status, doc.Hosts[0].Verdict)
	}
	return doc
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
