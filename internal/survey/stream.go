package survey

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
)

// Stream works on many inputs at once and gives the results in the order of the
// inputs, within limits: neither time nor memory depend on how many there are.
type Stream[In, Out any] struct {
	Workers int // inputs that are worked on at the same time; at least one is
	// Ahead is how many results may wait for one whose input came before theirs.
	Ahead int
	// Overtake says what happens when that many wait. False: no input is begun until
	// the late result is there. True: the waiting ones are given before it, so one slow
	// input does not hold up the others.
	Overtake bool
	// Work makes a result. An error ends the run; what belongs to the input alone
	// is part of the result. A panic ends the run with a [PanicError].
	Work func(ctx context.Context, in In) (Out, error)
}

// PanicError is a panic in the work on one input, or in the reading of inputs: a
// defect of the program.
type PanicError struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

// Error is the value of the panic, without the stack.
func (e *PanicError) Error() string { return fmt.Sprint(e.Value) }

// Each gives the result of every input. An error comes last, with a zero result: that
// of the work, of the inputs, or of ctx if inputs were left. When ctx ends or the work
// fails, no further input is begun; results that are ready by then are given before the
// error. Inputs get a context that also ends when the results are no longer wanted. All
// goroutines have ended when the sequence has.
func (s Stream[In, Out]) Each(ctx context.Context, inputs func(context.Context) iter.Seq2[In, error]) iter.Seq2[Out, error] {
	return func(yield func(Out, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r := s.start(ctx, inputs)
		defer func() { // even if yield panics
			cancel()
			for range r.finished {
			}
		}()
		order := inOrder[finished[Out]]{limit: s.limit()}
		var failed error
		for f := range r.finished {
			if f.err != nil && failed == nil {
				failed = f.err
				cancel()
			}
			for _, next := range order.add(f.at, f) {
				if next.err == nil && !yield(next.out, nil) {
					return
				}
				r.release()
			}
		}
		if err := first(failed, r.err); err != nil {
			var none Out
			yield(none, err)
		}
	}
}

// limit is how many results the order holds; without Overtake the room for inputs
// keeps them fewer.
func (s Stream[In, Out]) limit() int {
	if s.Overtake {
		return max(s.Ahead, 0)
	}
	return s.workers() + max(s.Ahead, 0)
}

func (s Stream[In, Out]) workers() int { return max(s.Workers, 1) }

// running is one run of a stream.
type running[In, Out any] struct {
	Stream[In, Out]
	finished chan finished[Out]
	places   chan struct{} // one for each input that is worked on
	room     chan struct{} // one for each input that was begun and whose result was not given; nil with Overtake
	err      error         // of the inputs; may be read once finished is closed
}

// finished is the result of the input with a number.
type finished[Out any] struct {
	at  int
	out Out
	err error
}

func (s Stream[In, Out]) start(ctx context.Context, inputs func(context.Context) iter.Seq2[In, error]) *running[In, Out] {
	r := &running[In, Out]{Stream: s, finished: make(chan finished[Out]), places: make(chan struct{}, s.workers())}
	if !s.Overtake {
		r.room = make(chan struct{}, s.limit())
	}
	go func() {
		defer close(r.finished)
		var work sync.WaitGroup
		defer work.Wait()
		_, r.err = guard(func() (none Out, err error) { return none, r.feed(ctx, inputs, &work) })
	}()
	return r
}

// feed begins the work on every input.
func (r *running[In, Out]) feed(ctx context.Context, inputs func(context.Context) iter.Seq2[In, error], work *sync.WaitGroup) error {
	at := 0
	for in, err := range inputs(ctx) {
		if err != nil {
			return err
		}
		if err := r.begin(ctx); err != nil {
			return err
		}
		number := at
		at++
		work.Go(func() {
			out, err := guard(func() (Out, error) { return r.Work(ctx, in) })
			r.finished <- finished[Out]{number, out, err}
			<-r.places // only now: a reader that is slow holds up the work, not memory
		})
	}
	return nil
}

// begin waits until the work on one more input may begin.
func (r *running[In, Out]) begin(ctx context.Context) error {
	for _, limit := range []chan struct{}{r.room, r.places} {
		if limit == nil {
			continue
		}
		select {
		case limit <- struct{}{}:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// release makes room for one more input.
func (r *running[In, Out]) release() {
	if r.room != nil {
		<-r.room
	}
}

// guard calls f and makes a panic an error.
func guard[T any](f func() (T, error)) (result T, err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = &PanicError{failure, debug.Stack()}
		}
	}()
	return f()
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// inOrder puts numbered things back into their order, within a limit.
type inOrder[T any] struct {
	limit int // how many may wait
	next  int // the number that is waited for
	held  map[int]T
}

// add takes the thing with a number and gives those whose turn has come.
func (o *inOrder[T]) add(at int, thing T) []T {
	if at < o.next { // it was overtaken
		return []T{thing}
	}
	if o.held == nil {
		o.held = map[int]T{}
	}
	o.held[at] = thing
	var list []T
	for len(o.held) > 0 {
		ready, ok := o.held[o.next]
		switch {
		case ok:
			list = append(list, ready)
			delete(o.held, o.next)
			o.next++
		case len(o.held) > o.limit:
			o.next = slices.Min(slices.Collect(maps.Keys(o.held)))
		default:
			return list
		}
	}
	return list
}
