//go:build linux

package samba

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
)

const base = `HKLM\SOFTWARE\tlsready test`

// Proves that samba's registry keeps the contract of registries through our
// calls, byte for byte, and that net registry sees the same.
func TestContract(t *testing.T) {
	s := needServer(t)
	s.registry(t, "createkey", base)
	registrytest.Contract(t, s.open(t), base)
}

// state is the server's registry below a key as net registry exports it, with
// the values of each key in the order of their names: samba puts a value that is
// written again at the end.
func (s *server) state(t testing.TB, key string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "state.reg")
	s.registry(t, "export", key, file)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(string(data), "\n\n")
	for i, section := range sections {
		lines := strings.Split(section, "\n")
		slices.Sort(lines)
		sections[i] = strings.Join(lines, "\n")
	}
	return strings.Join(sections, "\n\n")
}

// Proves that what is written and undone through our calls leaves the registry as
// it was, byte for byte in samba's own export: a value that was there, one that
// was not, and keys that were made.
func TestWriteAndUndo(t *testing.T) {
	s := needServer(t)
	s.settings(t)
	const root = `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders`
	before := s.state(t, root)
	c, ctx := s.open(t), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key, made := protocols+`\TLS 1.2\Client`, protocols+`\TLS 1.3`
	old, err := c.Value(ctx, key, "Enabled")
	must(err)
	must(c.Set(ctx, key, registry.Value{Name: "enabled", Type: 4, Bytes: []byte{1, 0, 0, 0}}))
	must(c.Set(ctx, key, registry.Value{Name: "New", Type: 4, Bytes: []byte{1, 0, 0, 0}}))
	must(c.CreateKey(ctx, made))
	must(c.CreateKey(ctx, made+`\Client`))
	must(c.Set(ctx, made+`\Client`, registry.Value{Name: "Enabled", Type: 4, Bytes: []byte{1, 0, 0, 0}}))
	during := s.state(t, root)
	for _, want := range []string{`"Enabled"=dword:00000001`, `"New"=dword:00000001`, `TLS 1.3\Client]`} {
		if !strings.Contains(during, want) {
			t.Errorf("samba does not see %s in\n%s", want, during)
		}
	}
	must(c.Delete(ctx, made+`\Client`, "Enabled"))
	must(c.DeleteKey(ctx, made+`\Client`))
	must(c.DeleteKey(ctx, made))
	must(c.Delete(ctx, key, "New"))
	must(c.Set(ctx, key, old))
	if after := s.state(t, root); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
}

// Proves that a value longer than a fragment is sent in parts and comes back
// whole, and that one over the limit is refused by name.
func TestLongValue(t *testing.T) {
	s := needServer(t)
	s.registry(t, "createkey", base)
	c, ctx := s.open(t), t.Context()
	long := registry.Value{Name: "long", Type: 3, Bytes: bytes.Repeat([]byte("0123456789abcdef"), 6000)}
	if err := c.Set(ctx, base, long); err != nil {
		t.Fatal(err)
	}
	got, err := c.Value(ctx, base, "long")
	if err != nil || !got.Same(long) {
		t.Errorf("%d bytes came back, error %v", len(got.Bytes), err)
	}
	if list, err := c.Values(ctx, base); err != nil || len(list) != 1 || !list[0].Same(long) {
		t.Errorf("in the list: %d values, error %v", len(list), err)
	}
	if err := c.Set(ctx, base, registry.Value{Name: "huge", Type: 3, Bytes: make([]byte, 2<<20)}); err == nil || !strings.Contains(err.Error(), "huge") {
		t.Errorf("2 MiB: %v", err)
	}
	if err := c.Delete(ctx, base, "long"); err != nil {
		t.Fatal(err)
	}
}

// Proves that the end of the context ends a call, and that the keys of users are
// not looked for in HKLM.
func TestEnds(t *testing.T) {
	s := needServer(t)
	c := s.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Subkeys(ctx, `HKLM\SOFTWARE`); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := c.Subkeys(t.Context(), `HKCU\Software`); err == nil || !strings.Contains(err.Error(), "HKLM") {
		t.Errorf("HKCU: %v", err)
	}
}
