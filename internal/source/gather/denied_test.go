package gather_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source/gather"
	"tlsready/internal/source/sourcetest"
)

// spoilt is a registry of which one key cannot be read in one of the ways there are.
type spoilt struct {
	registry.Reader
	key    string
	values error // of Values and Value
	below  error // of Subkeys
}

func (s spoilt) is(key string) bool { return strings.EqualFold(key, s.key) }

func (s spoilt) Values(ctx context.Context, key string) ([]registry.Value, error) {
	if s.is(key) && s.values != nil {
		return nil, fmt.Errorf("%s: %w", key, s.values)
	}
	return s.Reader.Values(ctx, key)
}

func (s spoilt) Value(ctx context.Context, key, name string) (registry.Value, error) {
	if s.is(key) && s.values != nil {
		return registry.Value{}, fmt.Errorf("%s: %w", key, s.values)
	}
	return s.Reader.Value(ctx, key, name)
}

func (s spoilt) Subkeys(ctx context.Context, key string) ([]string, error) {
	if s.is(key) && s.below != nil {
		return nil, fmt.Errorf("%s: %w", key, s.below)
	}
	return s.Reader.Subkeys(ctx, key)
}

// Proves, for every key that the model reads, that a running machine that denies or
// fails it, or one that leads to it, is never judged as if it were absent. local:,
// smb://, ssh:// and winrm:// all read their machines in this way.
func TestDenied(t *testing.T) {
	broken := errors.New("the connection broke")
	for _, s := range sourcetest.Subjects() {
		m := registrytest.NewMemory()
		for _, v := range s.All() {
			m.Put(v.Key, v.Name, v.Data)
		}
		for _, key := range s.Above() {
			for how, r := range map[string]spoilt{
				"denied":           {m, key, registry.ErrDenied, registry.ErrDenied},
				"failed":           {m, key, broken, broken},
				"names denied":     {m, key, nil, registry.ErrDenied},
				"gone while read":  {m, key, nil, registry.ErrNotExist},
				"names not broken": {m, key, nil, broken},
			} {
				if key == s.Key && r.values == nil {
					continue // its values are read
				}
				read, err := readMemory(t, gather.Machine{Registry: r})
				s.Hold(t, how+" "+key, read, err)
			}
			if key != s.Key {
				read, err := readMemory(t, gather.Machine{Registry: spoilt{m, s.Key, registry.ErrNotExist, registry.ErrNotExist}})
				s.Hold(t, "listed and gone", read, err)
			}
		}
	}
}
