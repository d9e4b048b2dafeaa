package notices

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready/internal/message"
)

// Proves that each mistake in a file of webhooks is refused by its own words, with the file
// that has it, and what a webhook is if little is said of it.
func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secret, short := write("secret", "0123456789abcdef\n"), write("short", "0123")
	const whole = "name: chat\n    url: https://hooks.example.com/\n    secret-file: SECRET\n"
	for name, c := range map[string]struct{ old, with, id string }{
		"language": {"name: chat", "name: chat\n    language: fr", "notices.error.language"},
		"event":    {"name: chat", "name: chat\n    events: [birthday]", "notices.error.events"},
		"days":     {"name: chat", "name: chat\n    days: [-1]", "notices.error.days"},
		"HTTP":     {"https:", "http:", "notices.error.url"},
		"password": {"https://", "https://somebody:word@", "notices.error.url"},
		"no name":  {"name: chat", "name: ''", "notices.error.name"},
		"nothing":  {"secret-file: SECRET", "tenant: acme", "notices.error.no-secret"},
		"short":    {"SECRET", short, "notices.error.short-secret"},
		"twice":    {whole, whole + "  - " + whole, "notices.error.twice"},
		"format":   {"webhooks/v1", "webhooks/v2", "notices.error.schema"},
	} {
		text := strings.Replace("schema: "+ConfigSchema+"\nwebhooks:\n  - "+whole, c.old, c.with, 1)
		_, err := Read(write("webhooks.yaml", strings.ReplaceAll(text, "SECRET", secret)))
		var p *message.Problem
		if !errors.As(err, &p) || !strings.Contains(p.Error(), "webhooks.yaml") || !has(p, c.id) {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, err := Read(write("webhooks.yaml", strings.ReplaceAll("schema: "+ConfigSchema+"\nwebhooks:\n  - "+whole, "SECRET", secret)))
	if err != nil || len(list) != 1 || list[0].Lang != "en" || list[0].Tenant != "default" || len(list[0].Events) != 2 || list[0].Days[0] != 14 || string(list[0].Secret) != "0123456789abcdef" {
		t.Errorf("%+v %v", list, err)
	}
}

// has says whether a problem, or one that it comes from, has some words.
func has(p *message.Problem, id string) bool {
	for err := error(p); err != nil; err = errors.Unwrap(err) {
		if one, ok := err.(*message.Problem); ok && one.What.ID == id {
			return true
		}
	}
	return false
}
