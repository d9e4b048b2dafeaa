package survey

import (
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/survey/judge"
)

// Saving writes the snapshot of every host as it is read, so that a run that is
// interrupted has lost nothing, and takes from there what an earlier run read.
type Saving struct {
	Written int       // snapshots
	Taken   int       // hosts that an earlier run had read
	Oldest  time.Time // when the oldest of those was read; zero if that is not known

	*folder
	resume bool
}

// OpenSaving prepares a folder. One that holds something needs resume: hosts of two
// times in one folder are a mistake more often than not.
// tell is told of hosts whose file is not called as they are.
func OpenSaving(dir string, resume bool, tell func(message.Text)) (*Saving, error) {
	f, err := openFolder(dir, tell)
	if err != nil {
		return nil, err
	}
	there, err := f.List()
	switch {
	case err != nil:
		return nil, judge.CannotRead(dir, err)
	case len(there) > 0 && !resume:
		return nil, mistake("save-not-empty", message.Str("dir", dir))
	}
	return &Saving{folder: f, resume: resume}, nil
}

// saved is the file of a host, if it exists and may be used.
func (s *Saving) saved(id string) string {
	name := s.fileOf(id)
	if !s.resume || !s.Regular(name) {
		return ""
	}
	return s.path(name)
}

// take writes a host that was read, and says whether it came from the folder. What
// could not be read is tried again by the next run.
func (s *Saving) take(h source.Host) (saved bool, err error) {
	if s == nil {
		return false, nil
	}
	name := s.fileOf(h.ID)
	switch saved = h.Saved; {
	case h.Err != nil:
		return saved, nil
	case saved:
		s.Taken++
		if at := h.Snapshot.CollectedAt; !at.IsZero() && (s.Oldest.IsZero() || at.Before(s.Oldest)) {
			s.Oldest = at
		}
		return true, nil
	}
	text, err := h.Snapshot.Encode()
	if err != nil {
		return false, err
	}
	s.Written++
	return false, s.write(name, text)
}
