package sqlite

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"tlsready/internal/message"
)

// holder says who holds a file, for whoever is refused.
type holder struct {
	Command string    `json:"command"`
	Process int       `json:"process"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
}

// errHeld is what openLocked returns if another program has the lock.
var errHeld = errors.New("held")

// hold takes the lock beside a file. The system lets go of it when the process ends,
// however it ends, so that a file that lies there stands for nothing.
func hold(path, command string) (release func() error, err error) {
	f, err := openLocked(path)
	switch {
	case errors.Is(err, errHeld):
		return nil, held(path)
	case errors.Is(err, fs.ErrPermission):
		return nil, message.Error("store.cannot-lock", message.Cause("why", err)).Hinted("store.hint.cannot-make")
	case err != nil:
		return nil, message.Error("store.cannot-lock", message.Cause("why", err)).Hinted("store.hint.cannot-lock")
	}
	name, _ := os.Hostname()
	text, _ := json.Marshal(holder{command, os.Getpid(), name, time.Now().UTC().Truncate(time.Second)}) // plain values: no error
	if err := errors.Join(f.Truncate(0), writeAt(f, text)); err != nil {
		full := message.Error("store.cannot-make", message.Cause("why", err)).Hinted("store.hint.full") // it could be opened for writing
		return nil, errors.Join(full, f.Close())
	}
	return f.Close, nil
}

func writeAt(f *os.File, text []byte) error {
	_, err := f.WriteAt(text, 0)
	return err
}

// held says who has the lock.
func held(path string) error {
	var h holder
	text, _ := os.ReadFile(path) // of a few bytes, for the program's own eyes
	if json.Unmarshal(text, &h) != nil {
		return message.Error("store.held").Hinted("store.hint.held")
	}
	return message.Error("store.held-by", message.Str("command", h.Command), message.Int("process", h.Process), message.Str("host", h.Host),
		message.Str("since", h.Since.Format("2006-01-02 15:04:05Z"))).Hinted("store.hint.held")
}
