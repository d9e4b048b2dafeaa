package winreg

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// Limits on lists, against a server that never ends one.
const (
	// maxKeys: the longest list that is read, the servicing packages of an old
	// server, has some ten thousand keys.
	maxKeys = 1 << 17
	// maxValues bounds the values of one key.
	maxValues = 1 << 15
	// maxPath bounds a key's path and a value's name, whose length travels in
	// 16 bits.
	maxPath = 1<<14 - 1
	// maxOpen is how many keys are left open, if that is allowed: a machine has
	// some hundred that are read, and ten thousand servicing packages.
	maxOpen = 1 << 10
)

// Registry is the HKLM of another machine. It is not safe for several goroutines.
type Registry struct {
	c         *client
	interrupt func()
	root      Handle

	cached   string // lower-case path of the key that was read last, "" for none
	open     Handle
	readOnly bool    // see ReadOnly
	left     int     // how many keys may yet be left open
	sizes    *counts // of the key that was read last, for the next list; may be nil
}

// counts are how many keys and values a key holds, or the most that are read.
type counts struct {
	keys, values uint32
	exact        bool
}

// ReadOnly says that the machine is read once and changed never, for which fewer
// questions do: keys are left for the server to close with the pipe (C706, section
// 5.1.6, context rundown), and lists are as long as the key said at first.
func (r *Registry) ReadOnly() { r.readOnly, r.left = true, maxOpen }

// Open begins the conversation on a pipe and opens HKLM. When the context of a
// call ends, interrupt is called, which has to end the pipe's reads and writes.
func Open(ctx context.Context, pipe io.ReadWriter, interrupt func()) (*Registry, error) {
	r := &Registry{interrupt: interrupt}
	return r, r.within(ctx, func() (err error) {
		if r.c, err = bind(pipe); err != nil {
			return err
		}
		r.root, err = r.c.openLocalMachine()
		return err
	})
}

// within runs calls that end with the context.
func (r *Registry) within(ctx context.Context, f func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, r.interrupt)
	err := f()
	if !stop() && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// on runs f on an open key and names the key in its error.
func (r *Registry) on(ctx context.Context, key string, access uint32, f func(Handle) error) error {
	err := r.within(ctx, func() error {
		h, err := r.key(key, access)
		if err != nil {
			return err
		}
		err = f(h)
		if access == accessRead {
			return err // a key that was read stays open: often it is asked again
		}
		return cmp.Or(err, r.c.closeKey(h))
	})
	if err != nil {
		return message.At(key, err)
	}
	return nil
}

// key opens a key. The last key that was opened to read is kept.
func (r *Registry) key(key string, access uint32) (Handle, error) {
	path, ok := strings.CutPrefix(key+`\`, `HKLM\`)
	path = strings.TrimSuffix(path, `\`)
	switch {
	case !ok:
		return Handle{}, message.Error("winreg.hklm")
	case len(path) > maxPath:
		return Handle{}, message.Error("winreg.key-long", message.Int("limit", maxPath))
	case access == accessRead && path == "":
		return r.root, nil
	case access == accessRead && strings.EqualFold(path, r.cached):
		return r.open, nil
	}
	if err := r.forget(); err != nil {
		return Handle{}, err
	}
	h, err := r.c.openKey(r.root, path, access)
	if err == nil && access == accessRead {
		r.cached, r.open = path, h
	}
	return h, err
}

// forget closes the key that was read last.
func (r *Registry) forget() error {
	if r.cached == "" {
		return nil
	}
	r.cached, r.sizes = "", nil
	if r.left > 0 {
		r.left--
		return nil
	}
	return r.c.closeKey(r.open)
}

// size is how long the lists of an open key may be. A machine that is read once
// is asked, one time for both lists.
func (r *Registry) size(h Handle) (counts, error) {
	if !r.readOnly {
		return counts{keys: maxKeys, values: maxValues}, nil
	}
	if n := r.sizes; n != nil && h == r.open {
		r.sizes = nil
		return *n, nil
	}
	keys, values, err := r.c.count(h)
	if err != nil {
		return counts{}, err
	}
	r.sizes = &counts{keys, values, true}
	return *r.sizes, nil
}

// Values lists the values of a key.
func (r *Registry) Values(ctx context.Context, key string) ([]registry.Value, error) {
	var list []registry.Value
	err := r.on(ctx, key, accessRead, func(h Handle) error {
		n, err := r.size(h)
		if err != nil {
			return err
		}
		for i := range min(n.values, maxValues) {
			v, err := grow(func(size uint32) (value, error) { return r.c.enumValue(h, i, size) })
			if errors.Is(err, codeNoMore) {
				return nil
			}
			if err != nil {
				return err
			}
			list = append(list, registry.Value{Name: v.name, Type: v.kind, Bytes: v.data})
		}
		if n.values > maxValues || !n.exact {
			return message.Error("winreg.many-values", message.Int("limit", maxValues))
		}
		return nil
	})
	return list, err
}

// grow asks with the usual size and, if the value is larger, once more.
func grow(ask func(size uint32) (value, error)) (value, error) {
	v, err := ask(firstData)
	if !errors.Is(err, codeMoreData) {
		return v, err
	}
	if v, err = ask(maxData); errors.Is(err, codeMoreData) {
		err = message.Error("winreg.data-size", message.Int("limit", maxData))
	}
	return v, err
}

// Value reads one value.
func (r *Registry) Value(ctx context.Context, key, name string) (registry.Value, error) {
	var found value
	err := r.on(ctx, key, accessRead, func(h Handle) (err error) {
		if err = checkName(name); err == nil {
			found, err = grow(func(size uint32) (value, error) { return r.c.queryValue(h, name, size) })
		}
		return named(name, err)
	})
	return registry.Value{Name: found.name, Type: found.kind, Bytes: found.data}, err
}

func checkName(name string) error {
	if len(name) > maxPath {
		return message.Error("winreg.name-long", message.Int("limit", maxPath))
	}
	return nil
}

// named puts a value's name before an error.
func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return message.Error("winreg.value", message.Quote("name", name), message.Cause("why", err))
}

// Subkeys lists the names of the keys directly below a key.
func (r *Registry) Subkeys(ctx context.Context, key string) ([]string, error) {
	var names []string
	err := r.on(ctx, key, accessRead, func(h Handle) error {
		n, err := r.size(h)
		if err != nil {
			return err
		}
		for i := range min(n.keys, maxKeys) {
			name, err := r.c.enumKey(h, i)
			if errors.Is(err, codeNoMore) {
				return nil
			}
			if err != nil {
				return err
			}
			names = append(names, name)
		}
		if n.keys > maxKeys || !n.exact {
			return message.Error("winreg.many-keys", message.Int("limit", maxKeys))
		}
		return nil
	})
	return names, err
}

// Set writes a value into a key that exists.
func (r *Registry) Set(ctx context.Context, key string, v registry.Value) error {
	if len(v.Bytes) > maxData {
		return message.Error("winreg.value-long", message.Str("key", key), message.Quote("name", v.Name), message.Int("limit", maxData))
	}
	// Samba takes the new spelling of a name for an old value, Windows keeps the
	// old one.
	name := v.Name
	if old, err := registry.Find(ctx, r, key, v.Name); err != nil {
		return err
	} else if old != nil {
		name = old.Name
	}
	return r.on(ctx, key, accessSet, func(h Handle) error {
		if err := checkName(name); err != nil {
			return err
		}
		return named(name, r.c.setValue(h, value{name: name, kind: v.Type, data: v.Bytes}))
	})
}

// Delete removes a value that exists.
func (r *Registry) Delete(ctx context.Context, key, name string) error {
	return r.on(ctx, key, accessSet, func(h Handle) error {
		if err := checkName(name); err != nil {
			return err
		}
		return named(name, r.c.deleteValue(h, name))
	})
}

// CreateKey makes one key below a key that exists.
func (r *Registry) CreateKey(ctx context.Context, key string) error {
	parent := registry.Parent(key)
	return r.on(ctx, parent, accessMake, func(h Handle) error {
		name := key[len(parent)+1:]
		made, created, err := r.c.createKey(h, name)
		if err != nil {
			return named(name, err)
		}
		if err := r.c.closeKey(made); err != nil || created {
			return err
		}
		return named(name, registry.ErrExist)
	})
}

// DeleteKey removes a key without values and without keys below it.
func (r *Registry) DeleteKey(ctx context.Context, key string) error {
	parent := registry.Parent(key)
	if parent == "" {
		return message.At(key, registry.ErrDenied)
	}
	err := r.on(ctx, key, accessRead, func(h Handle) error {
		keys, values, err := r.c.count(h)
		if err == nil && keys+values > 0 {
			return registry.ErrNotEmpty
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.on(ctx, parent, accessMake, func(h Handle) error {
		name := key[len(parent)+1:]
		return named(name, r.c.deleteKey(h, name))
	})
}
