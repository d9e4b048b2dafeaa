package registry_test

import (
	"errors"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
)

// Proves that the registry in memory, which tests of others rest on, keeps the
// contract.
func TestMemory(t *testing.T) {
	m := registrytest.NewMemory(`HKLM\SOFTWARE\base`)
	before := m.Dump()
	registrytest.Contract(t, m, `HKLM\SOFTWARE\base`)
	if m.Dump() != before {
		t.Errorf("left\n%s", m.Dump())
	}
}

// Proves that each fault does what it says at the call that it is set for, and
// nothing at the others.
func TestFaulty(t *testing.T) {
	const key = `HKLM\base`
	for _, c := range []struct {
		fault   registrytest.Fault
		err     bool
		changed string
	}{
		{registrytest.Refused, true, "none"},
		{registrytest.DoneError, true, "set"},
		{registrytest.Silent, false, "none"},
		{registrytest.Garbled, false, "other"},
	} {
		f := &registrytest.Faulty{Writer: registrytest.NewMemory(key), At: 1, Fault: c.fault}
		v, err := registry.NewValue("x", host.Dword(1))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.CreateKey(t.Context(), key+`\a`); err != nil {
			t.Errorf("fault %d: the call before it fails: %v", c.fault, err)
		}
		if err := f.Set(t.Context(), key, v); errors.Is(err, registrytest.ErrFault) != c.err {
			t.Errorf("fault %d: error %v", c.fault, err)
		}
		got, changed := registry.Value{}, "none"
		if got, err = f.Value(t.Context(), key, "x"); err == nil {
			changed = "other"
			if got.Same(v) {
				changed = "set"
			}
		}
		if changed != c.changed {
			t.Errorf("fault %d: %s, want %s", c.fault, changed, c.changed)
		}
		if err := f.Set(t.Context(), key, v); err != nil {
			t.Errorf("fault %d: the call after it fails: %v", c.fault, err)
		}
	}
}

// Proves that typed data and stored bytes are two spellings of one value.
func TestNewValue(t *testing.T) {
	for _, d := range []host.Data{host.Dword(0xffffffff), host.String("表"), host.Multi("a", "b"), {Type: host.Binary, Bytes: []byte{1}}} {
		v, err := registry.NewValue("n", d)
		if err != nil || !v.Data().Equal(d) {
			t.Errorf("%+v came back as %+v (%v)", d, v.Data(), err)
		}
	}
	if _, err := registry.NewValue("n", host.Data{Type: "REG_NOTHING"}); err == nil {
		t.Error("an unknown type is taken")
	}
}
