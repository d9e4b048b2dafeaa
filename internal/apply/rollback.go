package apply

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// StepError says at which value or key a change failed.
type StepError struct {
	Key, Name string // only the key, if it was to be created
	Create    bool
	Err       error // names the key already
}

// Error is the cause in English.
func (e *StepError) Error() string { return message.English(e.Text()) }

// Text is the cause.
func (e *StepError) Text() message.Text { return message.CauseOf(e.Err) }

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// BrokenError says that a change failed and that the changes before it were taken
// back, as far as the machine could be reached.
type BrokenError struct {
	Err         error // a *StepError if a write failed
	Restored    []Step
	Removed     []string // created keys that were removed again
	Left        []Step   // values that are not known to be as before; empty, as LeftKeys: all is as before
	LeftKeys    []string // created keys that are not known to be gone
	Doubtful    []Step   // of Left: those of which no answer says whether they were changed
	DoubtfulKey string   // of LeftKeys: the one of which no answer says whether it was created; "" for none
	Lost        error    // why the machine could not be reached again; nil if it was, or if that was not tried
	Undo        string   // path of the undo file, which is kept if something is left
}

// Error says in English what failed and what is left.
func (e *BrokenError) Error() string { return message.English(e.Text()) }

// Text says what failed and what is left.
func (e *BrokenError) Text() message.Text {
	if e.Whole() {
		return message.New("changing.broken", message.Cause("why", e.Err))
	}
	return message.New("changing.broken-left", message.Cause("why", e.Err), message.Int("values", len(e.Left)), message.Int("keys", len(e.LeftKeys)))
}

// Unwrap returns the cause of the failure.
func (e *BrokenError) Unwrap() error { return e.Err }

// Whole says that the registry is as it was before.
func (e *BrokenError) Whole() bool { return len(e.Left)+len(e.LeftKeys) == 0 }

// rollbackTime bounds the taking back after Ctrl-C or a lost connection, a new
// connection included: the changes of a fix take seconds even over a slow line.
const rollbackTime = time.Minute

// broken takes back what was done, over a new connection if the old one is lost.
// It goes on after Ctrl-C: half a fix is worse than a slow end.
func (j *job) broken(ctx context.Context, req Request, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	e := &BrokenError{Err: cause, Undo: req.Undo}
	if lost := j.takeBack(ctx, e); lost && req.Reopen != nil {
		w, err := req.Reopen(ctx)
		if err != nil {
			e.Lost = err
		} else {
			j.w = timeoutWriter{w}
			e.Left, e.LeftKeys, e.Doubtful, e.DoubtfulKey = nil, nil, nil, ""
			j.takeBack(ctx, e)
		}
	}
	if e.Whole() && os.Remove(req.Undo) == nil {
		e.Undo = ""
	}
	return e
}

// takeBack puts values back and removes created keys. It says whether something
// is left for a reason that a new connection may cure.
func (j *job) takeBack(ctx context.Context, e *BrokenError) (lost bool) {
	silent := false
	for i, s := range slices.Backward(j.file.Values[:j.tried]) {
		changed, err := false, errSilent
		if !silent {
			changed, err = restore(ctx, j.w, s)
		}
		switch {
		case err != nil:
			e.Left = append(e.Left, s)
			if i >= j.done || errors.Is(err, errUnanswered) {
				e.Doubtful = append(e.Doubtful, s)
			}
			silent = silent || errors.Is(err, errSilent)
			lost = lost || !errors.Is(err, registry.ErrDenied)
		case changed:
			e.Restored = append(e.Restored, s)
		}
	}
	for i, key := range slices.Backward(j.file.Keys[:j.keysTried]) {
		removed, err := false, errSilent
		if !silent {
			removed, err = remove(ctx, j.w, key)
		}
		switch {
		case err != nil || !removed:
			e.LeftKeys = append(e.LeftKeys, key)
			if i >= j.keysDone {
				e.DoubtfulKey = key
			}
			silent = silent || errors.Is(err, errSilent)
			lost = lost || err != nil && !errors.Is(err, registry.ErrDenied)
		case !slices.ContainsFunc(e.Removed, func(k string) bool { return strings.EqualFold(k, key) }):
			e.Removed = append(e.Removed, key)
		}
	}
	return lost
}

// errUnanswered marks a write that was sent and of which no answer says whether
// it was carried out.
var errUnanswered error = message.Error("changing.unanswered")

func unanswered(err error) error {
	return message.Error("changing.unanswered-why", message.Cause("what", errUnanswered), message.Cause("why", err))
}

// restore puts a value back as it was before and makes sure of it. A call that
// fails although it was carried out, as over a line that breaks, has done its
// work.
func restore(ctx context.Context, w registry.Writer, s Step) (changed bool, err error) {
	found, err := registry.Find(ctx, w, s.Key, s.Name)
	switch {
	case err == nil && same(found, s.Before):
		return false, nil
	case err != nil && !errors.Is(err, registry.ErrDenied):
		return false, err
	}
	putErr := put(ctx, w, s, s.Before)
	found, err = registry.Find(ctx, w, s.Key, s.Name)
	switch {
	case err == nil && same(found, s.Before):
		return true, nil
	case putErr != nil && err != nil && !errors.Is(putErr, registry.ErrDenied):
		return false, unanswered(putErr)
	case putErr != nil:
		return false, putErr
	case err != nil:
		return false, unanswered(err)
	}
	return false, message.Error("changing.not-restored", message.Str("key", s.Key), message.Quote("name", s.Name))
}

// remove removes a key that the job made; false if it is not empty.
func remove(ctx context.Context, w registry.Writer, key string) (removed bool, err error) {
	if err = w.DeleteKey(ctx, key); errors.Is(err, errSilent) {
		return false, err
	}
	there, lookErr := registry.Exists(ctx, w, key)
	switch {
	case lookErr == nil && !there:
		return true, nil
	case errors.Is(err, registry.ErrNotEmpty):
		return false, nil
	case err != nil:
		return false, err
	case lookErr != nil:
		return false, lookErr
	}
	return false, message.Error("changing.not-removed", message.Str("key", key))
}
