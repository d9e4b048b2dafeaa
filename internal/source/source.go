// Package source is the vocabulary of where hosts come from, and the walk over
// what the user names. The families of kinds stand in the folders below, the
// lists of kinds in source/list.
package source

import (
	"context"
	"io"
	"iter"
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Options is what the command line adds to the files.
type Options struct {
	OS       string                // --os: a name or "6.3.9600", for sources that do not say it
	Covered  []string              // --covered: keys that were exported but empty
	Stdin    io.Reader             // what "-" reads; nil: "-" is an error
	Kinds    []Kind                // what files may be, in the order in which they are asked; see source/list
	Schemes  []Scheme              // ways to running machines, such as local:
	Warn     func(message.Text)    // one line to the user; may be nil
	Progress func(done, total int) // before the first host and after every one; may be nil
	// Join makes one host of what several files say of it (source/join); nil: the
	// newest collection counts alone.
	Join func(list []Host) Host
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
	Saved    bool // an earlier run saved it, see Options.Saved: Path is that file and no source
}

// Read yields the hosts of the sources in the order of their ids. A host that
// cannot be read is yielded with its Err; an error yielded with the host is fatal and
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
		return nil, &message.Problem{Where: path, What: message.New("source.not-one-host"), Hint: message.New("source.hint.not-one-host")}
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

func (o Options) warn(id string, args ...message.Arg) {
	if o.Warn != nil {
		o.Warn(message.New(id, args...))
	}
}

// Cannot is the problem of a file or folder that the system does not let us read.
func Cannot(path string, err error) *message.Problem {
	return message.Error("source.unreadable", message.Cause("why", err)).At(path).Hinted("source.hint.permissions")
}
