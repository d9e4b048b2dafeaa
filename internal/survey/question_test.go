package survey

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/message"
	"tlsready/internal/service"
)

// Proves that endpoints and programs that cannot be asked are a mistake in the question.
func TestQuestion(t *testing.T) {
	for name, q := range map[string]Question{
		"endpoint": {Endpoints: []string{"192.0.2.0/24"}},
		"programs": {Programs: t.TempDir()},
	} {
		var wrong *Mistake
		if _, err := q.Judging(t.Context()); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Proves that what endpoints may accept is read as a policy and as a service, by id and
// from a file, and what is said if it cannot be read.
func TestPolicyCheck(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(profile, []byte("schema: "+service.Schema+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("schema: other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for arg, says := range map[string][2]string{
		bad:            {"bad.yaml: ", "docs/probe.md"},
		"azure-backup": {}, "mozilla-modern": {},
		"qqqqqqq": {"there is no policy", "are built in"},
		profile:   {"p.yaml: ", "profile format"},
	} {
		_, err := PolicyCheck(arg, service.Date{})
		if says[0] == "" {
			if err != nil {
				t.Errorf("%s: %v", arg, err)
			}
			continue
		}
		var wrong *Mistake
		what, hint := message.For("en").Problem(err)
		if !errors.As(err, &wrong) || !strings.Contains(what, says[0]) || !strings.Contains(hint, says[1]) {
			t.Errorf("%s: %q, hint %q", arg, what, hint)
		}
	}
}
