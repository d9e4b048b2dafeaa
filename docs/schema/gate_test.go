package schema

import (
	"bytes"
	"os"
	"testing"
	"time"

	"tlsready/internal/gate"
	"tlsready/internal/service"
)

// Proves that the schema takes the example, and refuses what the reader refuses for its
// form.
func TestGateConfigFits(t *testing.T) {
	schema := schemaOf(t, "gate")
	example, err := os.ReadFile("../../examples/gate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(fromYAML(t, example)); err != nil {
		t.Errorf("%v", err)
	}
	for _, c := range []struct{ old, new string }{
		{"listen:", "listens:"},
		{"minimum: TLS 1.2", "minimum: TLS 1.9"},
		{"mode: flag", "mode: flags"},
		{"mode: flag}", "mode: flag, percent: 5}"},
		{"mode: divert, upstream: 192.0.2.20:443", "mode: divert"},
		{"2026-12-08T09:00", "next week"},
		{"10:00-10:30", "ten"},
		{"until: 2027-03-31, ", ""},
		{"minimum: TLS 1.2 ", "minimum: TLS 1.2\nservice: tls12 "},
		{"timezone: Asia/Tokyo", "proxyProtocol: {in: true}"},
	} {
		text := bytes.Replace(example, []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(text, example) {
			t.Fatalf("%q is not in the example", c.old)
		}
		if err := schema.Validate(fromYAML(t, text)); err == nil {
			t.Errorf("%s: the schema takes it", c.new)
		}
		known := func(name string) (*service.Profile, error) {
			p, _, err := service.ByID(name)
			return p, err
		}
		if _, err := (gate.Reading{Local: time.UTC, Service: known}).Parse(text); err == nil {
			t.Errorf("%s: the reader takes it", c.new)
		}
	}
}
