package apply

import (
	"context"
	"errors"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// Times of one call to the machine.
const (
	// callTime is how long one call may take. Calls take milliseconds, over a slow
	// line a second; a machine that is silent for so long is gone.
	callTime = 20 * time.Second
	// grace is how long a call that is under way may go on after Ctrl-C: one that is
	// cut off ends the connection over which the rest is taken back.
	grace = 5 * time.Second
)

// errSilent is the error of a machine that does not answer.
var errSilent error = message.Error("changing.silent", message.Str("limit", callTime.String()))

// timeoutWriter is a registry whose calls end in time, and are not cut off by Ctrl-C: it
// counts between them.
type timeoutWriter struct{ registry.Writer }

// call runs one call.
func call(ctx context.Context, f func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	inner, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, cancel)
		<-inner.Done()
		timer.Stop()
	})
	defer stop()
	err := f(inner)
	switch {
	case err == nil || inner.Err() == nil:
		return err
	case errors.Is(inner.Err(), context.DeadlineExceeded):
		return errSilent
	}
	return ctx.Err()
}

// Restorer is a registry that cannot write every value that it shows.
type Restorer interface {
	// Restorable says why a value that stands in a key could not be put back as it
	// is, if it were replaced; nil: it can.
	Restorable(key string, v registry.Value) error
}

// restorable asks a registry that may not be able to put everything back.
func (s timeoutWriter) restorable(key string, v registry.Value) error {
	if r, ok := s.Writer.(Restorer); ok {
		return r.Restorable(key, v)
	}
	return nil
}

// Values lists the values of a key.
func (s timeoutWriter) Values(ctx context.Context, key string) (list []registry.Value, err error) {
	err = call(ctx, func(ctx context.Context) (err error) {
		list, err = s.Writer.Values(ctx, key)
		return err
	})
	return list, err
}

// Value reads one value.
func (s timeoutWriter) Value(ctx context.Context, key, name string) (v registry.Value, err error) {
	err = call(ctx, func(ctx context.Context) (err error) {
		v, err = s.Writer.Value(ctx, key, name)
		return err
	})
	return v, err
}

// Subkeys lists the keys directly below a key.
func (s timeoutWriter) Subkeys(ctx context.Context, key string) (names []string, err error) {
	err = call(ctx, func(ctx context.Context) (err error) {
		names, err = s.Writer.Subkeys(ctx, key)
		return err
	})
	return names, err
}

// Set writes a value.
func (s timeoutWriter) Set(ctx context.Context, key string, v registry.Value) error {
	return call(ctx, func(ctx context.Context) error { return s.Writer.Set(ctx, key, v) })
}

// Delete removes a value.
func (s timeoutWriter) Delete(ctx context.Context, key, name string) error {
	return call(ctx, func(ctx context.Context) error { return s.Writer.Delete(ctx, key, name) })
}

// CreateKey makes one key.
func (s timeoutWriter) CreateKey(ctx context.Context, key string) error {
	return call(ctx, func(ctx context.Context) error { return s.Writer.CreateKey(ctx, key) })
}

// DeleteKey removes an empty key.
func (s timeoutWriter) DeleteKey(ctx context.Context, key string) error {
	return call(ctx, func(ctx context.Context) error { return s.Writer.DeleteKey(ctx, key) })
}
