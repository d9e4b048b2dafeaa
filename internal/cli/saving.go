package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/term/tty"
)

// saving writes the snapshot of every host as it is read, so that a run that is
// interrupted has lost nothing, and takes from there what an earlier run read.
// A nil one does nothing.
type saving struct {
	app     *App
	dir     string
	resume  bool
	written int
	taken   int
	oldest  time.Time // when the oldest that was taken was read; zero where no one knows
}

// newSaving prepares the folder of --save; nil without one. A folder that holds
// something needs --resume: hosts of two times in one folder are a mistake as a
// rule.
func (app *App) newSaving(dir string, resume bool) (*saving, error) {
	if dir == "" {
		if resume {
			return nil, app.usageError("resume-without-save")
		}
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, app.cannotWrite(dir, err)
	}
	there, err := os.ReadDir(dir)
	switch {
	case err != nil:
		return nil, app.cannotRead(dir, err)
	case len(there) > 0 && !resume:
		return nil, app.usageError("save-not-empty", message.Str("dir", dir))
	}
	return &saving{app: app, dir: dir, resume: resume}, nil
}

// saved is the file of a host, where there is one and it may be taken.
func (s *saving) saved(id string) string {
	path, err := snapshotPath(s.dir, id)
	if err != nil || !s.resume || !isFile(path) {
		return ""
	}
	return path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// has says whether a host was read from the folder.
func (s *saving) has(h source.Host) bool {
	if s == nil {
		return false
	}
	path, err := snapshotPath(s.dir, h.ID)
	return err == nil && h.Path == path
}

// take writes a host that was read. What could not be read is tried again by the
// next run.
func (s *saving) take(h source.Host) error {
	if s == nil || h.Err != nil {
		return nil
	}
	path, err := snapshotPath(s.dir, h.ID)
	if err != nil {
		return s.app.cannotWrite(h.ID, err)
	}
	if s.has(h) {
		s.taken++
		if at := h.Snapshot.CollectedAt; !at.IsZero() && (s.oldest.IsZero() || at.Before(s.oldest)) {
			s.oldest = at
		}
		return nil
	}
	text, err := h.Snapshot.Encode()
	if err != nil {
		return err
	}
	s.written++
	return s.app.writeWhole(path, text)
}

// tell says what became of the snapshots.
func (s *saving) tell() {
	if s == nil {
		return
	}
	s.app.Say(s.app.text("cli.save.written", message.Str("dir", s.dir), message.Int("n", s.written)))
	switch {
	case s.taken > 0 && s.oldest.IsZero():
		s.app.Say(s.app.text("cli.save.taken", message.Int("n", s.taken)))
	case s.taken > 0:
		s.app.Say(s.app.text("cli.save.taken-since", message.Int("n", s.taken), message.Str("time", s.oldest.UTC().Format("2006-01-02 15:04Z"))))
	}
}

// reading is how the hosts of a run are read: those that are wanted, with what
// was saved before, and with a line that says how far it is.
func (r *run) reading(progress *tty.Progress) source.Options {
	options := r.source
	if r.only != nil {
		options.Skip = func(id string) bool { return !r.wanted(id) }
	}
	if r.saving != nil {
		options.Saved = r.saving.saved
	}
	options.Progress = func(done, total int) {
		r.done, r.total = done, total
		progress.Set(done, total)
	}
	return options
}

// interrupted is what a run that was ended says: how far it was, and how to go
// on. Other errors stay what they are.
func (r *run) interrupted(ctx context.Context, err error) error {
	app := r.app
	if err == nil || ctx.Err() == nil || r.total == 0 {
		return err
	}
	e := &UserError{
		Msg:  app.text("cli.interrupted.lost", message.Int("done", r.done), message.Int("total", r.total)),
		Hint: app.text("cli.hint.interrupted-lost"), Code: ExitInterrupted, Err: err,
	}
	if s := r.saving; s != nil {
		e.Msg = app.text("cli.interrupted.saved", message.Int("done", s.written+s.taken), message.Int("total", r.total), message.Str("dir", s.dir))
		e.Hint = app.text("cli.hint.interrupted")
	}
	return e
}

// alreadyThere says whether --dir holds a host's snapshot.
func alreadyThere(dir, id string) bool {
	path, err := snapshotPath(dir, id)
	if err != nil {
		return false
	}
	_, err = os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
