package registrytest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/registry"
)

// Memory is a registry in memory, for tests. It is not safe for several
// goroutines.
type Memory struct {
	keys map[string]*key // by lower-case path
}

type key struct {
	path   string
	values map[string]registry.Value // by lower-case name
}

// NewMemory is a registry with the roots HKLM and HKCU and these keys, with all
// keys above them.
func NewMemory(paths ...string) *Memory {
	m := &Memory{keys: map[string]*key{}}
	for _, path := range append([]string{"HKLM", "HKCU"}, paths...) {
		m.Make(path)
	}
	return m
}

// Make makes a key and those above it.
func (m *Memory) Make(path string) {
	if path == "" || m.keys[strings.ToLower(path)] != nil {
		return
	}
	m.Make(registry.Parent(path))
	m.keys[strings.ToLower(path)] = &key{path: path, values: map[string]registry.Value{}}
}

// Put makes the key and writes typed data into it.
func (m *Memory) Put(path, name string, data host.Data) {
	v, err := registry.NewValue(name, data)
	if err != nil {
		panic(err) // a test's own data
	}
	m.Make(path)
	m.keys[strings.ToLower(path)].values[strings.ToLower(name)] = v
}

// Dump is the whole state as text: equal states give equal texts.
func (m *Memory) Dump() string {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(m.keys)) {
		k := m.keys[path]
		fmt.Fprintf(&b, "[%s]\n", k.path)
		for _, name := range slices.Sorted(maps.Keys(k.values)) {
			v := k.values[name]
			fmt.Fprintf(&b, "%q=%d:%x\n", v.Name, v.Type, v.Bytes)
		}
	}
	return b.String()
}

func (m *Memory) find(path string) (*key, error) {
	k := m.keys[strings.ToLower(path)]
	if k == nil {
		return nil, fmt.Errorf("%s: %w", path, registry.ErrNotExist)
	}
	return k, nil
}

// Values lists the values of a key.
func (m *Memory) Values(ctx context.Context, path string) ([]registry.Value, error) {
	k, err := m.find(path)
	if err != nil || ctx.Err() != nil {
		return nil, firstError(err, ctx.Err())
	}
	var list []registry.Value
	for _, v := range k.values {
		list = append(list, clone(v))
	}
	return list, nil
}

// Value reads one value.
func (m *Memory) Value(ctx context.Context, path, name string) (registry.Value, error) {
	k, err := m.find(path)
	if err != nil || ctx.Err() != nil {
		return registry.Value{}, firstError(err, ctx.Err())
	}
	v, ok := k.values[strings.ToLower(name)]
	if !ok {
		return v, fmt.Errorf("%s %s: %w", path, name, registry.ErrNotExist)
	}
	return clone(v), nil
}

// Subkeys lists the keys directly below a key.
func (m *Memory) Subkeys(ctx context.Context, path string) ([]string, error) {
	if _, err := m.find(path); err != nil || ctx.Err() != nil {
		return nil, firstError(err, ctx.Err())
	}
	var names []string
	for _, k := range m.keys {
		if strings.EqualFold(registry.Parent(k.path), path) {
			names = append(names, k.path[len(path)+1:])
		}
	}
	return names, nil
}

// Set writes a value.
func (m *Memory) Set(ctx context.Context, path string, v registry.Value) error {
	k, err := m.find(path)
	if err != nil || ctx.Err() != nil {
		return firstError(err, ctx.Err())
	}
	v = clone(v)
	if old, ok := k.values[strings.ToLower(v.Name)]; ok {
		v.Name = old.Name
	}
	k.values[strings.ToLower(v.Name)] = v
	return nil
}

// Delete removes a value.
func (m *Memory) Delete(ctx context.Context, path, name string) error {
	if _, err := m.Value(ctx, path, name); err != nil {
		return err
	}
	delete(m.keys[strings.ToLower(path)].values, strings.ToLower(name))
	return nil
}

// CreateKey makes one key.
func (m *Memory) CreateKey(ctx context.Context, path string) error {
	if _, err := m.find(registry.Parent(path)); err != nil || ctx.Err() != nil {
		return firstError(err, ctx.Err())
	}
	if m.keys[strings.ToLower(path)] != nil {
		return fmt.Errorf("%s: %w", path, registry.ErrExist)
	}
	m.Make(path)
	return nil
}

// DeleteKey removes an empty key.
func (m *Memory) DeleteKey(ctx context.Context, path string) error {
	below, err := m.Subkeys(ctx, path)
	if err != nil {
		return err
	}
	if len(below) > 0 || len(m.keys[strings.ToLower(path)].values) > 0 {
		return fmt.Errorf("%s: %w", path, registry.ErrNotEmpty)
	}
	delete(m.keys, strings.ToLower(path))
	return nil
}

func clone(v registry.Value) registry.Value {
	v.Bytes = slices.Clone(v.Bytes)
	return v
}

func firstError(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}
