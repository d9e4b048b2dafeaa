// Package apply makes the changes of a fix on a running machine, and undoes
// them: all or nothing, with the undo written first.
package apply

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry"
)

// Request is what is to be changed on one machine.
type Request struct {
	Host, Source string // for the undo file: the machine's id and URL
	Changes      []host.Change
	Undo         string    // path of the undo file to be written; it must not exist
	Now          time.Time // for the undo file
	// Reopen makes a new connection if the first one is lost; it is called once,
	// to take changes back. nil: there is no other way to the machine.
	Reopen func(ctx context.Context) (registry.Writer, error)
	// Judge is asked after the changes were made and read back; may be nil. Its
	// error is reported, and does not take the changes back.
	Judge func(ctx context.Context) error
}

// Report is what was done.
type Report struct {
	Undo      string   // path of the undo file; "" if nothing had to be changed
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

// Error says in English what was changed.
func (e *StaleError) Error() string { return message.English(e.Text()) }

// Text says what was changed.
func (e *StaleError) Text() message.Text {
	return message.New("changing.stale", message.Str("key", e.Key), message.Quote("name", e.Name))
}

// UndoFileError says that the undo file could not be written. Nothing was
// changed.
type UndoFileError struct {
	Path string
	Err  error
}

// Error is the cause in English.
func (e *UndoFileError) Error() string { return message.English(e.Text()) }

// Text is the cause.
func (e *UndoFileError) Text() message.Text {
	return message.New("changing.undo-file", message.Cause("why", e.Err))
}

// Unwrap returns the cause.
func (e *UndoFileError) Unwrap() error { return e.Err }

// Apply makes the changes. It changes nothing unless every value is as the plan
// found it and the undo file is on the disk; after a failure it puts everything
// back (*BrokenError). The changes are read back and compared before it reports.
func Apply(ctx context.Context, w registry.Writer, req Request) (Report, error) {
	j := &job{w: timeoutWriter{w}}
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
			return Report{}, j.broken(ctx, req, err)
		}
	}
	if req.Judge != nil {
		report.Judge = req.Judge(ctx)
	}
	return report, nil
}

// job is one application.
type job struct {
	w         timeoutWriter
	file      File
	unchanged []Step
	// Of file.Keys and file.Values: how many the job may have created or changed,
	// and of how many an answer says so.
	keysTried, keysDone int
	tried, done         int
}

// prepare reads what is there and plans each step.
func (j *job) prepare(ctx context.Context, req Request) error {
	j.file = File{Host: req.Host, Source: req.Source, WrittenAt: req.Now.UTC().Truncate(time.Second), Machine: identify(ctx, j.w)}
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
		if s.Before != nil {
			if err := j.w.restorable(s.Key, *s.Before); err != nil {
				return err
			}
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
			return s, message.Error("changing.value", message.Str("key", s.Key), message.Quote("name", s.Name), message.Cause("why", err))
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
		return message.At(key, registry.ErrNotExist)
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
		if err := ctx.Err(); err != nil {
			return err
		}
		err := j.w.CreateKey(ctx, key)
		if errors.Is(err, registry.ErrExist) {
			return &StepError{Key: key, Create: true, Err: message.Error("changing.made-since", message.Cause("why", err))}
		}
		j.keysTried++
		if err != nil {
			return &StepError{Key: key, Create: true, Err: err}
		}
		j.keysDone++
	}
	for _, s := range j.file.Values {
		if err := ctx.Err(); err != nil {
			return err
		}
		j.tried++
		if err := put(ctx, j.w, s, s.After); err != nil {
			return &StepError{Key: s.Key, Name: s.Name, Err: err}
		}
		j.done++
	}
	for _, s := range j.file.Values {
		found, err := registry.Find(ctx, j.w, s.Key, s.Name)
		if err != nil {
			return err
		}
		if !same(found, s.After) {
			return message.Error("changing.not-written", message.Str("key", s.Key), message.Quote("name", s.Name))
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
