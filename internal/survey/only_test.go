package survey

import (
	"strings"
	"testing"

	"tlsready/internal/message"
)

// Proves by which names --only finds a host, and that a name that none has is told
// with the one that was meant.
func TestOnlyHosts(t *testing.T) {
	for _, c := range []struct {
		name, id string
		want     bool
	}{
		{"osaka/FS01", "osaka/FS01", true},
		{"fs01", "osaka/FS01", true},
		{`osaka\fs01`, "osaka/FS01", true},
		{"fs01", "osaka/fs01.example.com", true},
		{"fs01.example.com", "osaka/fs01.example.com", true},
		{"fs*", "tokyo/FS02", true},
		{"osaka/*", "osaka/FS02", true},
		{"osaka/*", "tokyo/FS02", false},
		{"fs01", "osaka/FS011", false},
		{"example", "osaka/fs01.example.com", false},
		{"[", "osaka/FS01", false},
		{"経理サーバー", "acme/経理サーバー", true},
	} {
		o := OnlyHosts([]string{c.name})
		if got := o.wants(c.id); got != c.want || (o.unmet() == nil) != c.want {
			t.Errorf("%q of %q: %v, %v", c.name, c.id, got, o.unmet())
		}
	}
	if none := OnlyHosts(nil); !none.wants("x") || none.unmet() != nil {
		t.Error("without names a host is not wanted")
	}
	o := OnlyHosts([]string{"osaka/FS1"})
	o.wants("osaka/FS01")
	if _, hint := message.For("en").Problem(o.unmet()); !strings.Contains(hint, "fs01") && !strings.Contains(hint, "FS01") {
		t.Errorf("%v: %q", o.unmet(), hint)
	}
}
