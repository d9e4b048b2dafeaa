package sqlite

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// behind is where the byte is that stands for the lock: what is locked nobody else can
// read, and the name of the holder is to be read.
const behind = 1 << 30

// lock locks a file, or says that another has it.
func lock(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{Offset: behind})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return errHeld
	}
	return err
}
