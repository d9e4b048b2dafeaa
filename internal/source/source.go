// Package source reads hosts from files: snapshots, .reg exports, offline hives,
// collector output and inventory lists.
package source

import (
	"context"
	"fmt"
	"io"
	"iter"

	"tlsready/internal/host"
)

// Options is what the command line adds to the files.
type Options struct {
	OS       string                           // --os: a name or "6.3.9600", for sources that do not say it
	Covered  []string                         // --covered: keys that were exported but empty
	Stdin    io.Reader                        // what "-" reads; nil: "-" is an error
	Schemes  []Scheme                         // ways to running machines, such as local:
	Warn     func(format string, args ...any) // one line to the user, without a line break; may be nil
	Progress func(done, total int)            // before the first host and after every one; may be nil
	// Skip is asked once for each host before any is read; true leaves the host
	// out. May be nil.
	Skip func(id string) bool
	// Saved names the snapshot file that an earlier run wrote of a host, which is
	// then read in place of the source; "" for none. Asked as Skip is; may be nil.
	Saved func(id string) string
}

// Host is one machine that a source names. Exactly one of Snapshot and Err is
// set: Err says, with file and position, why the machine cannot be judged.
type Host struct {
	ID       string // path below the source without extensions, with slashes: "acme/DC01"
	Path     string // the file or folder that it was read from; "-" is standard input
	Snapshot *host.Snapshot
	Err      error
}

// Error is a problem with a source that a user can do something about.
type Error struct {
	Path string // file or folder; may be ""
	Msg  string // what is wrong, with the position in the file where there is one
	Hint string // what to do; "" where nothing helps
	Err  error  // the cause; its text is part of Msg already
}

// Error is path and message, without the hint.
func (e *Error) Error() string {
	if e.Path == "" {
		return e.Msg
	}
	return e.Path + ": " + e.Msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Read yields the hosts of the sources in the order of their ids. A host that
// cannot be read is yielded with its Err; an error beside the host is fatal and
// ends the sequence: a source that does not exist, or the end of ctx. Machines
// that had been read ahead when ctx ended are yielded before that error. Files
// are read one host at a time, so memory does not grow with their number.
func Read(ctx context.Context, args []string, opt Options) iter.Seq2[Host, error] {
	return func(yield func(Host, error) bool) {
		p, err := newPlan(ctx, args, opt)
		if err != nil {
			yield(Host{}, err)
			return
		}
		p.progress(0)
		missed := false
		for n, group := range p.groups() {
			h, ok := p.next(group)
			if missed = missed || !ok; !ok {
				continue
			}
			if !yield(h, nil) {
				return
			}
			p.progress(n + 1)
		}
		if missed {
			yield(Host{}, ctx.Err())
		}
	}
}

// ReadOne reads a source that has to be one host: a file, a folder of hives, or
// "-".
func ReadOne(ctx context.Context, path string, opt Options) (*host.Snapshot, error) {
	var found *host.Snapshot
	n := 0
	for h, err := range Read(ctx, []string{path}, opt) {
		if err == nil {
			err = h.Err
		}
		if err != nil {
			return nil, err
		}
		if n++; n > 1 {
			break
		}
		found = h.Snapshot
	}
	if n != 1 {
		return nil, &Error{Path: path, Msg: "this is not one host", Hint: "name the file of a single host"}
	}
	return found, nil
}

func (o Options) warn(format string, args ...any) {
	if o.Warn != nil {
		o.Warn(format, args...)
	}
}

// problem makes an Error around a cause whose text it shows.
func problem(path string, err error, hint string) *Error {
	return &Error{Path: path, Msg: err.Error(), Hint: hint, Err: err}
}

func problemf(path, hint, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Path: path, Msg: err.Error(), Hint: hint, Err: err}
}

// Text reads a text file as Windows programs write them: UTF-8 or UTF-16, with or
// without a mark, or code page 932.
func Text(data []byte) (string, error) { return decodeText(data) }

// IsNameHeader says whether a field is what lists of machines call the column of
// their names, in English or Japanese.
func IsNameHeader(field string) bool { return headers()[plainHeader(field)] == nameColumn }
