package regcmd

import (
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/registry"
)

// Proves that a value is called restorable only if reg.exe, called through that
// shell, would write the same bytes again.
func TestRestorable(t *testing.T) {
	text := func(s string) registry.Value {
		v, err := registry.NewValue("x", host.String(s))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	list, err := registry.NewValue("x", host.Multi("a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name            string
		v               registry.Value
		cmd, powershell bool
	}{
		{"number", registry.Value{Name: "x", Type: 4, Bytes: []byte{1, 0, 0, 0}}, true, true},
		{"short number", registry.Value{Name: "x", Type: 4, Bytes: []byte{1}}, false, false},
		{"text", text("two words"), true, true},
		{"Japanese", text("表"), true, true},
		{"empty text", text(""), true, true},
		{"list", list, true, true},
		{"text without NUL", registry.Value{Name: "x", Type: 1, Bytes: []byte{'a', 0}}, false, false},
		{"replaced character", text("a?b"), false, false},
		{"variable", text("%a%"), false, true},
		{"quote", text(`"`), false, false},
		{"no bytes", registry.Value{Name: "x", Type: 3}, true, true},
		{"unnamed type", registry.Value{Name: "x", Type: 18, Bytes: []byte{1}}, false, false},
	} {
		for shell, want := range map[Shell]bool{Cmd: c.cmd, PowerShell: c.powershell} {
			r := New(nil, shell)
			if err := r.Restorable(`HKLM\SOFTWARE\A`, c.v); (err == nil) != want {
				t.Errorf("%s, shell %d: %v", c.name, shell, err)
			}
		}
	}
}
