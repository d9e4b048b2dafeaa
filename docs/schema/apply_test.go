package schema

import (
	"encoding/json"
	"testing"
	"time"

	"tlsready/internal/apply"
	"tlsready/internal/document"
	"tlsready/internal/registry"
)

// The undo file and the line of a machine under fix --apply fit their schemas.
// (Changing a machine needs Windows or a server; test/apply and test/samba do it.)
func TestApplyFits(t *testing.T) {
	file := apply.File{
		Host: "fs01", Source: "smb://admin@fs01", WrittenAt: time.Date(2026, 1, 2, 3, 4, 5, 6e8, time.UTC), Keys: []string{`HKLM\SOFTWARE\A`},
		Values: []apply.Step{
			{Key: `HKLM\SOFTWARE\A`, Name: "b", After: &registry.Value{Name: "b", Type: 4, Bytes: []byte{1, 0, 0, 0}}},
			{Key: `HKLM\SOFTWARE\A`, Name: "", Before: &registry.Value{Name: "B", Type: 99}, After: nil},
		},
	}
	text, err := file.Encode()
	if err != nil {
		t.Fatal(err)
	}
	undo := schemaOf(t, "undo")
	if err := undo.Validate(decode(t, text)); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	for name, broken := range breakages(t, text) {
		if undo.Validate(broken) == nil {
			t.Errorf("undo, %s: accepted", name)
		}
	}
	applied := schemaOf(t, "applied")
	for _, outcome := range []string{"changed", "unchanged", "untouched", "half", "unreadable", "notBegun"} {
		text, err := json.Marshal(document.Applied{Host: "fs01", Outcome: outcome, Verdict: "connects", Undo: "undo.json"})
		if err != nil {
			t.Fatal(err)
		}
		if err := applied.Validate(decode(t, text)); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	}
	if applied.Validate(decode(t, []byte(`{"host":"fs01","outcome":"odd"}`))) == nil {
		t.Error("an outcome that is none was accepted")
	}
}
