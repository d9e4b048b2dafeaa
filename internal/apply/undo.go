package apply

import (
	"context"
	"slices"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// Undone is what an undo did.
type Undone struct {
	Restored []Step   // put back
	Already  []Step   // were already as before
	Removed  []string // keys that the fix had created
	Kept     []string // created keys that hold something of others by now
}

// Drift is a value that is neither as before nor as the fix set it.
type Drift struct {
	Step
	Found *registry.Value // nil: absent
}

// DriftError lists them. Nothing was changed.
type DriftError struct{ Values []Drift }

// Error names the first in English.
func (e *DriftError) Error() string { return message.English(e.Text()) }

// Text names the first.
func (e *DriftError) Text() message.Text {
	first := e.Values[0]
	return message.New("changing.drift", message.Str("key", first.Key), message.Quote("name", first.Name), message.Int("n", len(e.Values)))
}

// UndoError says what an undo could not put back; the rest is done, and a second
// undo goes on where this one ended.
type UndoError struct {
	Err      error // of the first
	Left     []Step
	LeftKeys []string
}

// Error says in English what is left.
func (e *UndoError) Error() string { return message.English(e.Text()) }

// Text says what is left.
func (e *UndoError) Text() message.Text {
	return message.New("changing.undo-left", message.Cause("why", e.Err), message.Int("values", len(e.Left)), message.Int("keys", len(e.LeftKeys)))
}

// Unwrap returns the cause.
func (e *UndoError) Unwrap() error { return e.Err }

// UndoOptions are what an undo may do beyond the plain one.
type UndoOptions struct {
	Force   bool // put back also what somebody changed since
	Renamed bool // the machine has another name by now, and has to prove that it is the same
}

// Undo puts back what the file says, on the machine that it belongs to
// (*OtherMachineError). A value that somebody changed since is refused (*DriftError)
// unless Force is set; keys that the fix created go only if they are empty. Undoing
// twice does nothing the second time.
func Undo(ctx context.Context, w registry.Writer, f *File, opt UndoOptions) (Undone, error) {
	var done Undone
	w = timeoutWriter{w}
	if err := f.belongs(identify(ctx, w), opt.Renamed); err != nil {
		return done, err
	}
	pending, drift, err := compare(ctx, w, f, &done)
	if err != nil {
		return done, err
	}
	if len(drift) > 0 && !opt.Force {
		return Undone{}, &DriftError{drift}
	}
	for _, d := range drift {
		pending = append(pending, d.Step)
	}
	failed := &UndoError{}
	for _, s := range slices.Backward(pending) {
		if err := bringBack(ctx, w, s); err != nil {
			failed.Err, failed.Left = firstOf(failed.Err, err), append(failed.Left, s)
			continue
		}
		done.Restored = append(done.Restored, s)
	}
	for _, key := range slices.Backward(f.Keys) {
		removeKey(ctx, w, key, &done, failed)
	}
	if failed.Err != nil {
		return done, failed
	}
	return done, nil
}

// compare parts the values into those to be put back, those that are as before
// already, and those that somebody changed.
func compare(ctx context.Context, w registry.Writer, f *File, done *Undone) (pending []Step, drift []Drift, err error) {
	for _, s := range f.Values {
		found, err := registry.Find(ctx, w, s.Key, s.Name)
		switch {
		case err != nil:
			return nil, nil, err
		case same(found, s.Before):
			done.Already = append(done.Already, s)
		case same(found, s.After):
			pending = append(pending, s)
		default:
			drift = append(drift, Drift{s, found})
		}
	}
	return pending, drift, nil
}

// bringBack restores a value, in a key that may have gone meanwhile.
func bringBack(ctx context.Context, w registry.Writer, s Step) error {
	if s.Before != nil {
		above := &job{w: timeoutWriter{w}}
		if err := above.missing(ctx, s.Key); err != nil {
			return err
		}
		for _, key := range above.file.Keys {
			if err := w.CreateKey(ctx, key); err != nil {
				return err
			}
		}
	}
	_, err := restore(ctx, w, s)
	return err
}

func removeKey(ctx context.Context, w registry.Writer, key string, done *Undone, failed *UndoError) {
	there, err := registry.Exists(ctx, w, key)
	if err == nil && !there {
		return
	}
	removed, err := remove(ctx, w, key)
	switch {
	case err != nil:
		failed.Err, failed.LeftKeys = firstOf(failed.Err, err), append(failed.LeftKeys, key)
	case removed:
		done.Removed = append(done.Removed, key)
	default:
		done.Kept = append(done.Kept, key)
	}
}

func firstOf(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}
