// Package source is the vocabulary of where hosts come from, and the walk over
// what the user names. The families of kinds stand in the folders below, the
// lists of kinds in source/list.
package source

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Options is what the command line adds to the files.
type Options struct {
	OS       string                           // --os: a name or "6.3.9600", for sources that do not say it
	Covered  []string                         // --covered: keys that were exported but empty
	Stdin    io.Reader                        // what "-" reads; nil: "-" is an error
	Kinds    []Kind                           // what files may be, in the order in which they are asked; see source/list
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

// As gives the error as a problem, which the edge turns into words.
func (e *Error) As(target any) bool {
	p, ok := target.(**message.Problem)
	if !ok {
		return false
	}
	*p = e.problem()
	return true
}

// Text is path and message.
func (e *Error) Text() message.Text { return e.problem().Text() }

func (e *Error) problem() *message.Problem {
	p := &message.Problem{Where: e.Path, What: message.Literal(e.Msg), Hint: message.Literal(e.Hint), Err: e.Err}
	if e.Err != nil && e.Err.Error() == e.Msg {
		p.What = message.Text{}
	}
	return p
}

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

// AddCovered adds the keys of --covered to those that a source covers.
func (o Options) AddCovered(have []string) []string {
	for _, key := range o.Covered {
		key = host.CurrentControlSet(host.NormalKey(key))
		if !slices.ContainsFunc(have, func(c string) bool { return strings.EqualFold(c, key) }) {
			have = append(have, key)
		}
	}
	return have
}

func (o Options) warn(format string, args ...any) {
	if o.Warn != nil {
		o.Warn(format, args...)
	}
}

// Problem makes an Error around a cause whose text it shows.
func Problem(path string, err error, hint string) *Error {
	return &Error{Path: path, Msg: err.Error(), Hint: hint, Err: err}
}

// At puts a place before a problem that a room left of this one found, and keeps
// its hint.
func At(path, place string, err error) *Error {
	what, hint := message.For("en").Problem(err)
	if place != "" {
		what = place + ": " + what
	}
	return &Error{Path: path, Msg: what, Hint: hint, Err: err}
}

// Problemf makes an Error of a message of its own.
func Problemf(path, hint, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Path: path, Msg: err.Error(), Hint: hint, Err: err}
}

// Cannot is the problem of a file or folder that the system does not let us read.
func Cannot(path string, err error) *Error {
	return &Error{Path: path, Msg: "cannot be read: " + reason(err), Hint: "check the permissions", Err: err}
}
