package apply_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tlsready/internal/apply"
	"tlsready/internal/host"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
)

// errCut is the error of a line that was cut.
var errCut = errors.New("connection reset")

// line is a connection that is cut at one of its calls, reading ones included,
// before or after that call was carried out. Silent: it does not fail but hang.
type line struct {
	w      registry.Writer
	left   int // calls until it is cut
	after  bool
	silent bool
}

func (l *line) call(ctx context.Context, f func() error) error {
	l.left--
	switch {
	case l.left >= 0:
		return f()
	case l.left == -1 && l.after:
		_ = f()
	}
	if l.silent {
		<-ctx.Done()
		return ctx.Err()
	}
	return errCut
}

func (l *line) Values(ctx context.Context, key string) (list []registry.Value, err error) {
	err = l.call(ctx, func() (err error) { list, err = l.w.Values(ctx, key); return err })
	return list, err
}

func (l *line) Value(ctx context.Context, key, name string) (v registry.Value, err error) {
	err = l.call(ctx, func() (err error) { v, err = l.w.Value(ctx, key, name); return err })
	return v, err
}

func (l *line) Subkeys(ctx context.Context, key string) (names []string, err error) {
	err = l.call(ctx, func() (err error) { names, err = l.w.Subkeys(ctx, key); return err })
	return names, err
}

func (l *line) Set(ctx context.Context, key string, v registry.Value) error {
	return l.call(ctx, func() error { return l.w.Set(ctx, key, v) })
}

func (l *line) Delete(ctx context.Context, key, name string) error {
	return l.call(ctx, func() error { return l.w.Delete(ctx, key, name) })
}

func (l *line) CreateKey(ctx context.Context, key string) error {
	return l.call(ctx, func() error { return l.w.CreateKey(ctx, key) })
}

func (l *line) DeleteKey(ctx context.Context, key string) error {
	return l.call(ctx, func() error { return l.w.DeleteKey(ctx, key) })
}

// endless is more calls than an application makes.
const endless = 1 << 20

// calls counts those of a whole application.
func calls(t *testing.T) int {
	t.Helper()
	l := &line{w: machine(t), left: endless}
	if _, err := apply.Apply(t.Context(), l, request(t)); err != nil {
		t.Fatal(err)
	}
	return endless - l.left
}

// Proves that wherever the line is cut, one new connection brings everything back
// and no undo file is left; and that if no connection can be made, what is said to
// be changed is changed, what is not named is not, and the undo file restores all.
func TestLineIsCut(t *testing.T) {
	for at := range calls(t) {
		for _, after := range []bool{false, true} {
			for _, reachable := range []bool{false, true} {
				m, req := machine(t), request(t)
				before := m.Dump()
				reopened := 0
				req.Reopen = func(context.Context) (registry.Writer, error) {
					reopened++
					if !reachable {
						return nil, errCut
					}
					return m, nil
				}
				_, err := apply.Apply(t.Context(), &line{w: m, left: at, after: after}, req)
				if !errors.Is(err, errCut) || reopened > 1 {
					t.Fatalf("call %d: error %v after %d new connections", at, err, reopened)
				}
				var broken *apply.BrokenError
				if !errors.As(err, &broken) || broken.Whole() {
					if _, err := os.Stat(req.Undo); m.Dump() != before || !errors.Is(err, os.ErrNotExist) {
						t.Errorf("call %d: not as before, or the undo file is left\n%s", at, m.Dump())
					}
					continue
				}
				if reachable || !errors.Is(broken.Lost, errCut) {
					t.Errorf("call %d: left %v %v although the machine could be reached", at, broken.Left, broken.LeftKeys)
				}
				isAsSaid(t, m, req, broken)
				if _, err := apply.Undo(t.Context(), m, readUndo(t, broken.Undo), apply.UndoOptions{}); err != nil || m.Dump() != before {
					t.Errorf("call %d: undo: %v\n%s", at, err, m.Dump())
				}
			}
		}
	}
}

// isAsSaid holds what an error says of the machine against the machine.
func isAsSaid(t *testing.T, m registry.Writer, req apply.Request, e *apply.BrokenError) {
	t.Helper()
	f := readUndo(t, req.Undo)
	holds := func(list []apply.Step, s apply.Step) bool {
		return slices.ContainsFunc(list, func(o apply.Step) bool { return o.Key == s.Key && o.Name == s.Name })
	}
	for _, s := range f.Values {
		found, err := registry.Find(t.Context(), m, s.Key, s.Name)
		if err != nil {
			t.Fatal(err)
		}
		changed := found != nil && s.After != nil && found.Same(*s.After) || found == nil && s.After == nil
		if !holds(e.Doubtful, s) && holds(e.Left, s) != changed {
			t.Errorf("%s %s: changed is %v, said to be %v", s.Key, s.Name, changed, holds(e.Left, s))
		}
	}
	for _, key := range f.Keys {
		there, err := registry.Exists(t.Context(), m, key)
		if err != nil {
			t.Fatal(err)
		}
		if key != e.DoubtfulKey && there != slices.Contains(e.LeftKeys, key) {
			t.Errorf("%s: there is %v, said to be %v", key, there, !there)
		}
	}
	if len(e.Doubtful) > 1 {
		t.Errorf("%d values are doubtful; only one call was under way", len(e.Doubtful))
	}
}

// Proves that a machine that falls silent is given up in time, and that what was
// changed is then taken back over a new connection.
func TestSilence(t *testing.T) {
	for at := 0; at < calls(t); at += 5 {
		synctest.Test(t, func(t *testing.T) {
			m, req := machine(t), request(t)
			before, begun := m.Dump(), time.Now()
			req.Reopen = func(context.Context) (registry.Writer, error) { return m, nil }
			_, err := apply.Apply(t.Context(), &line{w: m, left: at, silent: true}, req)
			if err == nil || m.Dump() != before || time.Since(begun) > time.Minute {
				t.Errorf("call %d: error %v after %s\n%s", at, err, time.Since(begun), m.Dump())
			}
		})
	}
}

// Proves that Ctrl-C does not cut off the call that is under way, that it is
// heard before the next one, and that a call that hangs ends soon after it.
func TestCtrlC(t *testing.T) {
	for at := range calls(t) {
		for _, silent := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				m, req := machine(t), request(t)
				before, begun := m.Dump(), time.Now()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				req.Reopen = func(context.Context) (registry.Writer, error) { return m, nil }
				l := &line{w: m, left: at, silent: true}
				if !silent {
					l.left = endless
				}
				time.AfterFunc(time.Second, cancel)
				slow := &slowly{line: l, at: at}
				_, err := apply.Apply(ctx, slow, req)
				if done := err == nil; done && (silent || at < calls(t)-1) || !done && !errors.Is(err, context.Canceled) {
					t.Errorf("call %d: error %v", at, err)
				}
				if err != nil && m.Dump() != before || time.Since(begun) > 30*time.Second {
					t.Errorf("call %d: not as before, after %s", at, time.Since(begun))
				}
				if slow.cut {
					t.Errorf("call %d was cut off", at)
				}
			})
		}
	}
}

// slowly is a line on which one call takes two seconds.
type slowly struct {
	*line
	n, at int
	cut   bool
}

func (s *slowly) wait(ctx context.Context) {
	if s.n++; s.n-1 != s.at {
		return
	}
	select {
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
		s.cut = true
	}
}

func (s *slowly) Values(ctx context.Context, key string) ([]registry.Value, error) {
	s.wait(ctx)
	return s.line.Values(ctx, key)
}

func (s *slowly) Subkeys(ctx context.Context, key string) ([]string, error) {
	s.wait(ctx)
	return s.line.Subkeys(ctx, key)
}

func (s *slowly) Set(ctx context.Context, key string, v registry.Value) error {
	s.wait(ctx)
	return s.line.Set(ctx, key, v)
}

func (s *slowly) Delete(ctx context.Context, key, name string) error {
	s.wait(ctx)
	return s.line.Delete(ctx, key, name)
}

func (s *slowly) CreateKey(ctx context.Context, key string) error {
	s.wait(ctx)
	return s.line.CreateKey(ctx, key)
}

// Proves that a refused write names the key and whether it was one to be created,
// so that the missing right can be named, and that nothing is left.
func TestRefusedWriteNamesItsKey(t *testing.T) {
	for at := range writes(t) {
		m, req := machine(t), request(t)
		before := m.Dump()
		_, err := apply.Apply(t.Context(), &registrytest.Faulty{Writer: m, At: at, Err: registry.ErrDenied}, req)
		var step *apply.StepError
		if !errors.As(err, &step) || !errors.Is(err, registry.ErrDenied) || step.Key == "" || step.Create != (at < 3) || m.Dump() != before {
			t.Errorf("write %d: %+v", at, step)
		}
	}
}

// oneWay is a registry that cannot put text back.
type oneWay struct{ registry.Writer }

func (oneWay) Restorable(_ string, v registry.Value) error {
	if v.Type == 1 {
		return errCut
	}
	return nil
}

// Proves that nothing is changed if one of the values that would be replaced
// could not be put back.
func TestOneWay(t *testing.T) {
	m, req := machine(t), request(t)
	before := m.Dump()
	f := &registrytest.Faulty{Writer: m, At: -1}
	_, err := apply.Apply(t.Context(), oneWay{f}, req)
	if _, left := os.Stat(req.Undo); !errors.Is(err, errCut) || f.Calls > 0 || m.Dump() != before || !errors.Is(left, os.ErrNotExist) {
		t.Errorf("error %v after %d writes", err, f.Calls)
	}
	req.Changes = slices.DeleteFunc(req.Changes, func(c host.Change) bool { return c.Before.Data.Type == host.SZ })
	if _, err := apply.Apply(t.Context(), oneWay{m}, req); err != nil {
		t.Error(err)
	}
}
