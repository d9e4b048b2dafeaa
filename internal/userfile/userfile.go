// Package userfile opens files that a user names on the command line or in a list:
// only regular ones, and no more of them than their reader can use.
//
// A device such as /dev/zero never ends, and opening a pipe that nobody writes to
// waits without an end that Ctrl-C could reach.
package userfile

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"tlsready/internal/message"
)

// Open opens a regular file. Anything else is refused before it is opened, as an
// *fs.PathError; what comes through a pipe is read from standard input.
func Open(path string) (*os.File, error) {
	if err := regular(os.Stat(path)); err != nil {
		return nil, refused(path, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := regular(f.Stat()); err != nil { // what lay there may have been exchanged
		_ = f.Close()
		return nil, refused(path, err)
	}
	return f, nil
}

// OpenAtMost opens a regular file of at most limit bytes, to be read bit by bit.
func OpenAtMost(path string, limit int64) (*os.File, error) {
	if err := Check(path, limit); err != nil {
		return nil, err
	}
	return Open(path)
}

// Check says what is wrong with a file that something else opens: that it is no
// regular file, or has more than limit bytes. The error is an *fs.PathError.
func Check(path string, limit int64) error {
	info, err := os.Stat(path)
	if err := regular(info, err); err != nil {
		return refused(path, err)
	}
	if info.Size() > limit {
		return refused(path, message.Error("userfile.large", message.Int("limit", limit)))
	}
	return nil
}

// Read reads a regular file of at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := OpenAtMost(path, limit)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = refused(path, message.Error("userfile.large", message.Int("limit", limit)))
	}
	return data, err
}

var errNoFile error = message.Error("userfile.no-file")

// Why is the reason alone of an error of this package, without the name, for files
// that have no stand-in on standard input: passwords, keys, certificates.
func Why(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	if errors.Is(err, errNoFile) {
		return message.Error("userfile.special")
	}
	return err
}

func regular(info fs.FileInfo, err error) error {
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return message.Error("userfile.folder")
	case !info.Mode().IsRegular():
		return errNoFile
	}
	return nil
}

func refused(path string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return err
	}
	return &fs.PathError{Op: "open", Path: path, Err: err}
}
