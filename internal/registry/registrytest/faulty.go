package registrytest

import (
	"context"
	"errors"

	"tlsready/internal/registry"
)

// Fault is a way in which a writing call goes wrong.
type Fault int

// The faults.
const (
	Refused   Fault = iota // nothing is done, and an error says so
	DoneError              // it is done, yet an error comes back, as when a connection breaks
	Silent                 // nothing is done, and no error says so
	Garbled                // something else is written, and no error says so; other calls are Silent
)

// Faults are all of them.
func Faults() []Fault { return []Fault{Refused, DoneError, Silent, Garbled} }

// ErrFault is the error of the faults.
var ErrFault = errors.New("the write failed")

// Faulty lets the writing call number At, counted from 0, go wrong. With Forever
// all later ones are refused, as when a machine is gone.
type Faulty struct {
	registry.Writer
	At      int
	Fault   Fault
	Forever bool
	Err     error // what Refused and DoneError answer; nil: ErrFault

	Calls int // writing calls so far
}

func (f *Faulty) do(call, garbled func() error) error {
	n := f.Calls
	f.Calls++
	switch {
	case n < f.At || n > f.At && !f.Forever:
		return call()
	case n > f.At:
		return f.err()
	}
	switch f.Fault {
	case DoneError:
		return errors.Join(call(), f.err())
	case Silent:
		return nil
	case Garbled:
		if garbled != nil {
			return garbled()
		}
		return nil
	}
	return f.err()
}

func (f *Faulty) err() error {
	if f.Err != nil {
		return f.Err
	}
	return ErrFault
}

// Set writes a value, or does not.
func (f *Faulty) Set(ctx context.Context, key string, v registry.Value) error {
	return f.do(func() error { return f.Writer.Set(ctx, key, v) }, func() error {
		return f.Writer.Set(ctx, key, registry.Value{Name: v.Name, Type: v.Type, Bytes: []byte{0xba, 0xad}})
	})
}

// Delete removes a value, or does not.
func (f *Faulty) Delete(ctx context.Context, key, name string) error {
	return f.do(func() error { return f.Writer.Delete(ctx, key, name) }, nil)
}

// CreateKey makes a key, or does not.
func (f *Faulty) CreateKey(ctx context.Context, key string) error {
	return f.do(func() error { return f.Writer.CreateKey(ctx, key) }, nil)
}

// DeleteKey removes a key, or does not.
func (f *Faulty) DeleteKey(ctx context.Context, key string) error {
	return f.do(func() error { return f.Writer.DeleteKey(ctx, key) }, nil)
}
