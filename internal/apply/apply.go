// Package apply makes the changes of a fix on a running machine, and undoes
// them: all or nothing, with the undo written first.
package apply

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/registry"
)

// Request is what is to be changed on one machine.
type Request struct {
	Host, Source string // for the undo file: the machine's id and URL
	Changes      []host.Change
	Undo         string    // path of the undo file to be written; it must not exist
	Now          time.Time // for the undo file
	// Judge is asked after the changes were made and read back; may be nil. Its
	// error is reported, and does not take the changes back.
	Judge func(ctx context.Context) error
}

// Report is what was done.
type Report struct {
	Undo      string   // path of the undo file; "" where nothing had to be changed
	Created   []string // keys
	Changed   []Step
	Unchanged []Step // were already as they should be
	Judge     error  // what Judge answered
}

// StaleError says that a value is not what the plan found: somebody changed it
// since. Nothing was changed.
type StaleError struct {
	Key, Name string
	Found     *registry.Value // nil: absent
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("%s %q is not as it was when the fix was planned", e.Key, e.Name)
}

// UndoFileError says that the undo file could not be written. Nothing was
// changed.
type UndoFileError struct {
	Path string
	Err  error
}

func (e *UndoFileError) Error() string { return "the undo file cannot be written: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UndoFileError) Unwrap() error { return e.Err }

// BrokenError says that a change failed and that the changes before it were taken
// back.
type BrokenError struct {
	Err      error
	Restored []Step   // values that were put back
	Left     []Step   // values that could not be put back; empty: all is as before
	LeftKeys []string // created keys that could not be removed
	Undo     string   // path of the undo file, which is kept where something is left
}

func (e *BrokenError) Error() string {
	if e.Whole() {
		return e.Err.Error() + "; everything is as it was before"
	}
	return fmt.Sprintf("%v; %d values and %d keys could not be put back", e.Err, len(e.Left), len(e.LeftKeys))
}

// Unwrap returns the cause of the failure.
func (e *BrokenError) Unwrap() error { return e.Err }

// Whole says that the registry is as it was before.
func (e *BrokenError) Whole() bool { return len(e.Left)+len(e.LeftKeys) == 0 }

// rollbackTime bounds the taking back after Ctrl-C or a lost connection: the
// changes of a fix take seconds even over a slow line.
const rollbackTime = time.Minute

// Apply makes the changes. It changes nothing unless every value is as the plan
// found it and the undo file is on the disk; after a failure it puts everything
// back (*BrokenError). The changes are read back and compared before it reports.
func Apply(ctx context.Context, w registry.Writer, req Request) (Report, error) {
	j := &job{w: w}
	if err := j.prepare(ctx, req); err != nil {
		return Report{}, err
	}
	report := Report{Created: j.file.Keys, Changed: j.file.Values, Unchanged: j.unchanged}
	if len(j.file.Values) > 0 {
		report.Undo = req.Undo
		if err := j.file.save(req.Undo); err != nil {
			return Report{}, &UndoFileError{req.Undo, err}
		}
		if err := j.do(ctx); err != nil {
			return Report{}, j.broken(ctx, req.Undo, err)
		}
	}
	if req.Judge != nil {
		report.Judge = req.Judge(ctx)
	}
	return report, nil
}

// job is one application.
type job struct {
	w         registry.Writer
	file      File
	unchanged []Step
	keysTried int // of file.Keys: that the job may have created
	tried     int // of file.Values: that the job may have changed
}

// prepare reads what is there and plans each step.
func (j *job) prepare(ctx context.Context, req Request) error {
	j.file = File{Host: req.Host, Source: req.Source, WrittenAt: req.Now.UTC().Truncate(time.Second)}
	var all File
	for _, c := range req.Changes {
		s, err := j.plan(ctx, c)
		if err != nil {
			return err
		}
		all.Values = append(all.Values, s)
		if same(s.Before, s.After) {
			j.unchanged = append(j.unchanged, s)
			continue
		}
		j.file.Values = append(j.file.Values, s)
		if s.After == nil {
			continue
		}
		if err := j.missing(ctx, s.Key); err != nil {
			return err
		}
	}
	return all.check()
}

// plan makes the step of a change.
func (j *job) plan(ctx context.Context, c host.Change) (Step, error) {
	s := Step{Key: host.NormalKey(c.Key), Name: c.Name}
	if err := checkKey(s.Key); err != nil {
		return s, err
	}
	var err error
	if s.Before, err = registry.Find(ctx, j.w, s.Key, s.Name); err != nil {
		return s, err
	}
	if !c.Delete {
		v, err := registry.NewValue(s.Name, c.Data)
		if err != nil {
			return s, fmt.Errorf("%s %q: %w", s.Key, s.Name, err)
		}
		s.After = &v
	}
	if s.Before != nil {
		s.Name = s.Before.Name
		if s.After != nil {
			s.After.Name = s.Name
		}
	}
	if !expected(c.Before, s.Before) && !same(s.Before, s.After) {
		return s, &StaleError{s.Key, s.Name, s.Before}
	}
	return s, nil
}

// expected says whether the value is as the plan found it; what the plan did not
// know may be anything.
func expected(want host.Before, found *registry.Value) bool {
	switch want.State {
	case host.Absent:
		return found == nil
	case host.Present:
		return found != nil && found.Data().Equal(want.Data)
	}
	return true
}

// same says whether two states of a value are the same.
func same(a, b *registry.Value) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Same(*b)
}

// missing plans the creation of a key and of those above it.
func (j *job) missing(ctx context.Context, key string) error {
	if slices.ContainsFunc(j.file.Keys, func(k string) bool { return strings.EqualFold(k, key) }) {
		return nil
	}
	there, err := registry.Exists(ctx, j.w, key)
	if err != nil || there {
		return err
	}
	parent := registry.Parent(key)
	if parent == "" {
		return fmt.Errorf("%s: %w", key, registry.ErrNotExist)
	}
	if err := j.missing(ctx, parent); err != nil {
		return err
	}
	j.file.Keys = append(j.file.Keys, key)
	return nil
}

// do makes the changes and reads them back.
func (j *job) do(ctx context.Context) error {
	for _, key := range j.file.Keys {
		err := j.w.CreateKey(ctx, key)
		if errors.Is(err, registry.ErrExist) {
			return fmt.Errorf("%w: somebody made it since", err)
		}
		j.keysTried++
		if err != nil {
			return err
		}
	}
	for _, s := range j.file.Values {
		j.tried++
		if err := put(ctx, j.w, s, s.After); err != nil {
			return err
		}
	}
	for _, s := range j.file.Values {
		found, err := registry.Find(ctx, j.w, s.Key, s.Name)
		if err != nil {
			return err
		}
		if !same(found, s.After) {
			return fmt.Errorf("%s %q was written but does not read back", s.Key, s.Name)
		}
	}
	return nil
}

// put brings a value to a state.
func put(ctx context.Context, w registry.Writer, s Step, to *registry.Value) error {
	if to == nil {
		err := w.Delete(ctx, s.Key, s.Name)
		if errors.Is(err, registry.ErrNotExist) {
			return nil
		}
		return err
	}
	return w.Set(ctx, s.Key, *to)
}

// broken takes back what was done. It goes on after Ctrl-C: half a fix is worse
// than a slow end.
func (j *job) broken(ctx context.Context, undo string, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	e := &BrokenError{Err: cause, Undo: undo}
	for _, s := range slices.Backward(j.file.Values[:j.tried]) {
		switch changed, err := restore(ctx, j.w, s); {
		case err != nil:
			e.Left = append(e.Left, s)
		case changed:
			e.Restored = append(e.Restored, s)
		}
	}
	for _, key := range slices.Backward(j.file.Keys[:j.keysTried]) {
		if removed, err := remove(ctx, j.w, key); err != nil || !removed {
			e.LeftKeys = append(e.LeftKeys, key)
		}
	}
	if e.Whole() && os.Remove(undo) == nil {
		e.Undo = ""
	}
	return e
}

// restore puts a value back as it was before and makes sure of it. A call that
// fails although it was carried out, as over a line that breaks, has done its
// work.
func restore(ctx context.Context, w registry.Writer, s Step) (changed bool, err error) {
	found, err := registry.Find(ctx, w, s.Key, s.Name)
	if err == nil && same(found, s.Before) {
		return false, nil
	}
	putErr := put(ctx, w, s, s.Before)
	found, err = registry.Find(ctx, w, s.Key, s.Name)
	switch {
	case err == nil && same(found, s.Before):
		return true, nil
	case putErr != nil:
		return false, putErr
	case err != nil:
		return false, err
	}
	return false, fmt.Errorf("%s %q was put back but does not read back", s.Key, s.Name)
}

// remove removes a key that the job made; false where it is not empty.
func remove(ctx context.Context, w registry.Writer, key string) (removed bool, err error) {
	err = w.DeleteKey(ctx, key)
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
	return false, fmt.Errorf("%s was removed but is still there", key)
}
