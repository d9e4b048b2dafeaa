package remote

import (
	"context"
	"strconv"
	"strings"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// oneLook answers for single values of the key whose values were listed last:
// over a network every question counts. It is for reading a machine once; who
// changes something looks again.
type oneLook struct {
	registry.Reader
	key  string
	list []registry.Value
}

// Prefetch hands on what will be asked.
func (o *oneLook) Prefetch(ctx context.Context, keys []registry.Wanted) error {
	return registry.Prefetch(ctx, o.Reader, keys)
}

// Values lists the values of a key.
func (o *oneLook) Values(ctx context.Context, key string) ([]registry.Value, error) {
	list, err := o.Reader.Values(ctx, key)
	if err == nil {
		o.key, o.list = key, list
	}
	return list, err
}

// Value gives one value.
func (o *oneLook) Value(ctx context.Context, key, name string) (registry.Value, error) {
	if key == "" || key != o.key {
		return o.Reader.Value(ctx, key, name)
	}
	for _, v := range o.list {
		if strings.EqualFold(v.Name, name) {
			return v, nil
		}
	}
	return registry.Value{}, message.At(key, message.At(strconv.Quote(name), registry.ErrNotExist))
}
