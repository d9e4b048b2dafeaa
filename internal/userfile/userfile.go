// Package userfile opens files that a user names on the command line or in a list:
// regular ones alone, and no more of them than their reader can use.
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

// Read reads a regular file of at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(path)
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

func regular(info fs.FileInfo, err error) error {
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return message.Error("userfile.folder")
	case !info.Mode().IsRegular():
		return message.Error("userfile.no-file")
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
