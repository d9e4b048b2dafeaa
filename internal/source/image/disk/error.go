package disk

import (
	"errors"
	"fmt"
)

// Error is a problem with an image that a user can do something about.
type Error struct {
	Path string // the file that it is about
	Msg  string // what is wrong, with the offset where there is one
	Hint string // what to do; "" where nothing helps
	Err  error  // the cause; its text is part of Msg already
}

// Error is path and message, without the hint.
func (e *Error) Error() string { return e.Path + ": " + e.Msg }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// The causes that callers tell apart.
var (
	// ErrCut: bytes that the image speaks of lie behind its end.
	ErrCut = errors.New("the image is cut short")
	// ErrDamaged: the image contradicts itself or its format.
	ErrDamaged = errors.New("the image is damaged")
	// ErrUnsupported: the image uses a feature that is not read.
	ErrUnsupported = errors.New("not supported")
	// ErrParent: a file that the image builds on is missing or another one.
	ErrParent = errors.New("the image is not complete")
)

const (
	hintCopy    = "copy the image again while the machine is switched off"
	hintConvert = "convert it first: qemu-img convert -O raw IMAGE fs01.raw"
)

func damaged(path, format string, args ...any) *Error {
	err := fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
	return &Error{Path: path, Msg: err.Error(), Hint: hintCopy, Err: err}
}

func unsupported(path, hint, format string, args ...any) *Error {
	return &Error{Path: path, Msg: fmt.Sprintf(format, args...), Hint: hint, Err: ErrUnsupported}
}

func cut(path string, off int64, n int, size int64) *Error {
	err := fmt.Errorf("%w: the file has %d bytes, %d bytes at offset 0x%x are asked for", ErrCut, size, n, off)
	return &Error{Path: path, Msg: err.Error(), Hint: hintCopy, Err: err}
}
