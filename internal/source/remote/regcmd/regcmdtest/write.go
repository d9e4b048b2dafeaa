package regcmdtest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"tlsready/internal/host"
	"tlsready/internal/registry"
)

// WriteAndUndo proves on a registry reached through reg.exe, whatever carries the
// commands, that values and keys are written as asked, that what cannot be written
// is refused, and that all of it can be taken back. The DWORD Enabled of key changes
// meanwhile, and the key made below an existing one comes and goes.
func WriteAndUndo(ctx context.Context, t testing.TB, c registry.Writer, key, made string) {
	t.Helper()
	old, err := c.Value(ctx, key, "Enabled")
	need(t, err)
	var added []registry.Value
	for _, v := range []host.Value{
		{Name: "dword", Data: host.Dword(7)},
		{Name: "it's", Data: host.String("it's  one & (<more>)")},
		{Name: "", Data: host.String("default")},
	} {
		value, err := registry.NewValue(v.Name, v.Data)
		need(t, err)
		added = append(added, value)
	}
	need(t, c.Set(ctx, key, registry.Value{Name: "Enabled", Type: 4, Bytes: []byte{7, 0, 0, 0}}))
	need(t, c.CreateKey(ctx, made))
	for _, v := range added {
		need(t, c.Set(ctx, made, v))
	}
	list, err := c.Values(ctx, made)
	need(t, err)
	for _, v := range added {
		if !slices.ContainsFunc(list, func(o registry.Value) bool { return o.Name == v.Name && o.Same(v) }) {
			t.Errorf("%q is not among %+v", v.Name, list)
		}
	}
	for _, e := range []struct {
		what      string
		err, want error
	}{
		{"a key that is there", c.CreateKey(ctx, made), registry.ErrExist},
		{"a key with values", c.DeleteKey(ctx, made), registry.ErrNotEmpty},
		{"a key without parent", c.CreateKey(ctx, made+`\a\b`), registry.ErrNotExist},
		{"a value of a missing key", c.Set(ctx, made+`\a`, added[0]), registry.ErrNotExist},
		{"a missing value", c.Delete(ctx, made, "none"), registry.ErrNotExist},
	} {
		if !errors.Is(e.err, e.want) {
			t.Errorf("%s: %v, want %v", e.what, e.err, e.want)
		}
	}
	for _, v := range []registry.Value{{Name: "odd", Type: 1, Bytes: []byte{'a', 0}}, {Name: "short", Type: 4, Bytes: []byte{1}}, {Name: "quote\"", Type: 4, Bytes: make([]byte, 4)}} {
		if err := c.Set(ctx, made, v); err == nil {
			t.Errorf("%q was written", v.Name)
		}
	}
	for _, v := range added {
		need(t, c.Delete(ctx, made, v.Name))
	}
	need(t, c.DeleteKey(ctx, made))
	need(t, c.Set(ctx, key, old))
}

func need(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
