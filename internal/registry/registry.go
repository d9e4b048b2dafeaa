// Package registry says how a running machine's registry is read and written,
// whatever carries the calls.
package registry

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/regdata"
)

// The errors that callers tell apart; implementations wrap them with the key.
var (
	// ErrNotExist: there is no such key, or no such value in it.
	ErrNotExist = message.Error("registry.not-exist")
	// ErrExist: the key to be created is there already.
	ErrExist = message.Error("registry.exist")
	// ErrDenied: the account may not do this.
	ErrDenied = message.Error("registry.denied")
	// ErrNotEmpty: the key to be deleted holds values or keys.
	ErrNotEmpty = message.Error("registry.not-empty")
)

// Value is one value as the registry stores it, so that it can be put back
// byte for byte. The name of a key's default value is "".
type Value struct {
	Name  string
	Type  uint32 // winnt.h: 1 is REG_SZ, 4 REG_DWORD
	Bytes []byte // numbers little-endian, text UTF-16LE with whatever NULs it has
}

// Data is the value as snapshots type it.
func (v Value) Data() host.Data { return regdata.Decode(v.Type, v.Bytes) }

// Same says whether type and bytes are the same; names are not compared.
func (v Value) Same(w Value) bool { return v.Type == w.Type && slices.Equal(v.Bytes, w.Bytes) }

// NewValue encodes typed data.
func NewValue(name string, data host.Data) (Value, error) {
	number, raw, err := regdata.Encode(data)
	return Value{Name: name, Type: number, Bytes: raw}, err
}

// Reader reads the registry of one machine. Keys are spelled as snapshots do:
// HKLM\…, the 64-bit view with Wow6432Node written out, CurrentControlSet. Keys
// and names compare without case. Errors wrap those of this package.
type Reader interface {
	// Values lists the values of a key, in any order, with names as stored.
	Values(ctx context.Context, key string) ([]Value, error)
	// Value reads one value.
	Value(ctx context.Context, key, name string) (Value, error)
	// Subkeys lists the names of the keys directly below a key, in any order.
	Subkeys(ctx context.Context, key string) ([]string, error)
}

// Prefetcher is a Reader whose questions are dear: told of what will be asked, it
// can ask for many keys at once. What it answers afterwards is the same with and
// without.
type Prefetcher interface {
	// Prefetch is told of the keys. A failure that concerns keys is not an error here:
	// reading those keys will meet it again.
	Prefetch(ctx context.Context, keys []Wanted) error
}

// Wanted is a key whose values, and the names of the keys below it, will be asked
// for.
type Wanted struct {
	Key  string
	Deep bool // with all that lies below it
	// Names are those of the values that will be asked for in the keys directly
	// below it, if it is not Deep.
	Names []string
}

// Prefetch tells a reader what will be asked for, if the reader can make use of that.
func Prefetch(ctx context.Context, r Reader, keys []Wanted) error {
	if p, ok := r.(Prefetcher); ok {
		return p.Prefetch(ctx, keys)
	}
	return nil
}

// Writer changes the registry of one machine, one small step at a time. A step
// that fails has changed nothing, as far as the implementation can tell.
type Writer interface {
	Reader
	// Set writes a value into a key that exists; the name of a value that is
	// there keeps its spelling.
	Set(ctx context.Context, key string, v Value) error
	// Delete removes a value that exists.
	Delete(ctx context.Context, key, name string) error
	// CreateKey makes one key below a key that exists; ErrExist if it is already there.
	CreateKey(ctx context.Context, key string) error
	// DeleteKey removes a key without values and without keys below it;
	// ErrNotEmpty if it has some.
	DeleteKey(ctx context.Context, key string) error
}

// Parent is the key above, "" for a root such as HKLM.
func Parent(key string) string {
	at := strings.LastIndexByte(key, '\\')
	if at < 0 {
		return ""
	}
	return key[:at]
}

// Exists says whether a key is there.
func Exists(ctx context.Context, r Reader, key string) (bool, error) {
	_, err := r.Subkeys(ctx, key)
	if errors.Is(err, ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Find reads a value with its name as stored; nil if value or key is absent.
func Find(ctx context.Context, r Reader, key, name string) (*Value, error) {
	list, err := r.Values(ctx, key)
	if errors.Is(err, ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, v := range list {
		if strings.EqualFold(v.Name, name) {
			return &v, nil
		}
	}
	return nil, nil
}
