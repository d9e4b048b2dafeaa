// Package registrytest is the contract of everything that carries calls to a
// registry, with a registry in memory that tests write to.
package registrytest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"tlsready/internal/registry"
)

// Contract holds a writer against the contract of its interface. Base is a key
// that exists and is empty; the suite leaves it so.
func Contract(t *testing.T, w registry.Writer, base string) {
	c := contract{T: t, w: w, base: base, key: base + `\Contract [1] 表`}
	c.keys()
	c.values()
	c.spelling()
	c.missing()
	c.clean()
}

type contract struct {
	*testing.T
	w         registry.Writer
	base, key string
}

// must fails the test at an error.
func (c contract) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// is holds an error against the expected one.
func (c contract) is(what string, err, want error) {
	c.Helper()
	if !errors.Is(err, want) {
		c.Errorf("%s: error %v, want %v", what, err, want)
	}
}

// keys are created one level at a time.
func (c contract) keys() {
	ctx := c.Context()
	c.is("a key without its parent", c.w.CreateKey(ctx, c.key+`\a`), registry.ErrNotExist)
	c.must(c.w.CreateKey(ctx, c.key))
	c.is("a key that exists", c.w.CreateKey(ctx, c.key), registry.ErrExist)
	c.must(c.w.CreateKey(ctx, c.key+`\below`))
	below, err := c.w.Subkeys(ctx, c.key)
	c.must(err)
	if !slices.Equal(below, []string{"below"}) {
		c.Errorf("subkeys %q", below)
	}
	c.is("a key with a key below", c.w.DeleteKey(ctx, c.key), registry.ErrNotEmpty)
	c.must(c.w.DeleteKey(ctx, c.key+`\below`))
	c.is("a key that is gone", c.w.DeleteKey(ctx, c.key+`\below`), registry.ErrNotExist)
}

// samples has every type that Windows names, one that it does not, and bytes
// that do not fit their type: all come back as they were written.
func samples() []registry.Value {
	return []registry.Value{
		{Name: "", Type: 1, Bytes: []byte{'d', 0, 0, 0}},
		{Name: "none", Type: 0, Bytes: []byte{1, 2, 3}},
		{Name: "text", Type: 1, Bytes: []byte{0x42, 0x30, 0, 0}},
		{Name: "text without NUL", Type: 1, Bytes: []byte{'a', 0}},
		{Name: "text with NUL inside", Type: 1, Bytes: []byte{'a', 0, 0, 0, 'b', 0, 0, 0}},
		{Name: "expand", Type: 2, Bytes: []byte{'%', 0, 'a', 0, '%', 0, 0, 0}},
		{Name: "binary", Type: 3, Bytes: bytes.Repeat([]byte{0xff, 0}, 5000)},
		{Name: "empty", Type: 3},
		{Name: "dword", Type: 4, Bytes: []byte{0xa0, 0x0a, 0, 0}},
		{Name: "short dword", Type: 4, Bytes: []byte{1, 0}},
		{Name: "big-endian", Type: 5, Bytes: []byte{0, 0, 0, 1}},
		{Name: "list", Type: 7, Bytes: []byte{'a', 0, 0, 0, 'b', 0, 0, 0, 0, 0}},
		{Name: "empty list", Type: 7, Bytes: []byte{0, 0}},
		{Name: "resources", Type: 8, Bytes: []byte{9}},
		{Name: "qword", Type: 11, Bytes: []byte{5, 0, 0, 0, 0, 0, 0, 0x80}},
		{Name: "device property", Type: 0x12, Bytes: []byte{0xff, 1}},
		{Name: `quoted "name" \ 表ソ 𠮷`, Type: 4, Bytes: []byte{1, 0, 0, 0}},
	}
}

// values come back as they were written, alone and in the list.
func (c contract) values() {
	ctx := c.Context()
	for _, v := range samples() {
		c.must(c.w.Set(ctx, c.key, v))
		got, err := c.w.Value(ctx, c.key, v.Name)
		if err != nil || !got.Same(v) {
			c.Errorf("%q came back as %d %x (%v), want %d %x", v.Name, got.Type, got.Bytes, err, v.Type, v.Bytes)
		}
	}
	all, err := c.w.Values(ctx, c.key)
	c.must(err)
	for _, v := range samples() {
		if !slices.ContainsFunc(all, func(o registry.Value) bool { return o.Name == v.Name && o.Same(v) }) {
			c.Errorf("%q is not in the list", v.Name)
		}
	}
	if len(all) != len(samples()) {
		c.Errorf("%d values, want %d", len(all), len(samples()))
	}
	c.is("a key with values", c.w.DeleteKey(ctx, c.key), registry.ErrNotEmpty)
	other := registry.Value{Name: "dword", Type: 1, Bytes: []byte{'1', 0, 0, 0}}
	c.must(c.w.Set(ctx, c.key, other))
	if got, err := c.w.Value(ctx, c.key, "dword"); err != nil || !got.Same(other) {
		c.Errorf("another type and length: %d %x (%v)", got.Type, got.Bytes, err)
	}
}

// spelling of keys and names does not matter, and is kept.
func (c contract) spelling() {
	ctx := c.Context()
	upper := strings.ToUpper(c.key)
	c.must(c.w.Set(ctx, upper, registry.Value{Name: "QWORD", Type: 4, Bytes: []byte{7, 0, 0, 0}}))
	found, err := registry.Find(ctx, c.w, c.key, "qWord")
	c.must(err)
	if found == nil || found.Name != "qword" || found.Type != 4 {
		c.Errorf("found %+v, want the name as it was first written", found)
	}
	if _, err := c.w.Value(ctx, upper, "QWORD"); err != nil {
		c.Error(err)
	}
	if there, err := registry.Exists(ctx, c.w, upper); !there || err != nil {
		c.Errorf("the key in capitals: %v %v", there, err)
	}
}

// missing keys and values are ErrNotExist, never an empty answer.
func (c contract) missing() {
	ctx, gone := c.Context(), c.key+`\gone`
	_, err := c.w.Values(ctx, gone)
	c.is("values of a missing key", err, registry.ErrNotExist)
	_, err = c.w.Subkeys(ctx, gone)
	c.is("subkeys of a missing key", err, registry.ErrNotExist)
	_, err = c.w.Value(ctx, gone, "x")
	c.is("a value of a missing key", err, registry.ErrNotExist)
	_, err = c.w.Value(ctx, c.key, "x")
	c.is("a missing value", err, registry.ErrNotExist)
	c.is("setting in a missing key", c.w.Set(ctx, gone, registry.Value{Name: "x", Type: 4, Bytes: make([]byte, 4)}), registry.ErrNotExist)
	c.is("deleting a missing value", c.w.Delete(ctx, c.key, "x"), registry.ErrNotExist)
	if there, err := registry.Exists(ctx, c.w, gone); there || err != nil {
		c.Errorf("a missing key: %v %v", there, err)
	}
}

// clean removes what the suite made, and finds nothing left.
func (c contract) clean() {
	ctx := c.Context()
	for _, v := range samples() {
		c.must(c.w.Delete(ctx, c.key, v.Name))
	}
	c.must(c.w.DeleteKey(ctx, c.key))
	left, err := c.w.Subkeys(ctx, c.base)
	c.must(err)
	if len(left) > 0 {
		c.Errorf("left: %q", left)
	}
}
