package survey

import (
	"context"
	"iter"

	"tlsready/internal/message"
	"tlsready/internal/source"
	"tlsready/internal/survey/judge"
)

// Hosts are the hosts of a run: where they come from, which of them are wanted, and
// where to keep what is read.
type Hosts struct {
	Sources []string             // files, folders and URLs of machines
	Kept    *Kept                // hosts of a store, in the place of Sources; nil: there are none
	Options source.Options       // Skip, Saved and Progress are the run's own
	List    *HostList            // the hosts that are wanted, and more sources; nil: all
	Saving  *Saving              // keeps a snapshot of every host; nil: nothing is kept
	Only    *Only                // of all these only some; nil: all
	Skip    func(id string) bool // hosts that are wanted, but not now; may be nil
	Tell    func(Progress)       // how far the run is; may be nil
	Warn    func(message.Text)   // what the user should know besides; may be nil

	far Progress
}

// Kept are hosts that were read before and are kept somewhere.
type Kept struct {
	Total int // how many there are, for those who wait
	Each  func(context.Context) iter.Seq2[source.Host, error]
}

// Progress says how far a run is.
type Progress struct {
	Done, Total int
	Unreadable  int // of those done
	Saved       int // of those done: read by an earlier run, so they take no time
}

// Of are the hosts of one of two sources that are compared. A machine that the list
// names is looked for there by its id, and none need be there.
func (h *Hosts) Of(source string) *Hosts {
	return &Hosts{Sources: []string{source}, Options: h.Options, List: h.List.AllByID(), Warn: h.Warn}
}

// Read gives the hosts in the order of their ids. An error is the last: a
// [Mistake] in the sources or in the list, one of the folder that hosts are kept
// in, or that of ctx. When ctx ends, machines that were read ahead are kept yet.
// Hosts are read once.
func (h *Hosts) Read(ctx context.Context) iter.Seq2[source.Host, error] {
	return func(yield func(source.Host, error) bool) {
		if err := h.read(ctx, yield); err != nil {
			yield(source.Host{}, err)
		}
	}
}

func (h *Hosts) read(ctx context.Context, yield func(source.Host, error) bool) error {
	unwanted := false // nobody takes hosts any more
	for host, err := range h.all(ctx) {
		if err != nil {
			return unless(unwanted, err)
		}
		saved, err := h.Saving.take(host)
		if err != nil {
			return unless(unwanted, err)
		}
		h.count(host, saved)
		if unwanted = unwanted || !yield(host, nil); unwanted && ctx.Err() == nil {
			return nil
		}
	}
	if err := h.List.unmet(h.warn); err != nil {
		return unless(unwanted, err)
	}
	return unless(unwanted, h.Only.unmet())
}

// all are the hosts before anything is kept or counted.
func (h *Hosts) all(ctx context.Context) iter.Seq2[source.Host, error] {
	return func(yield func(source.Host, error) bool) {
		options := h.options()
		if h.Kept == nil {
			for host, err := range source.Read(ctx, h.sources(), options) {
				if !yield(host, judge.SourceError(err)) {
					return
				}
			}
			return
		}
		for host, err := range h.Kept.Each(ctx) {
			if err == nil && options.Skip != nil && options.Skip(host.ID) {
				continue
			}
			if !yield(host, err) {
				return
			}
			options.Progress(h.far.Done+1, h.Kept.Total)
		}
	}
}

func (h *Hosts) count(host source.Host, saved bool) {
	if host.Err != nil {
		h.far.Unreadable++
	}
	if saved {
		h.far.Saved++
	}
}

// unless drops an error that nobody takes any more.
func unless(unwanted bool, err error) error {
	if unwanted {
		return nil
	}
	return err
}

func (h *Hosts) sources() []string {
	if h.List == nil {
		return h.Sources
	}
	return append(h.Sources[:len(h.Sources):len(h.Sources)], h.List.Sources...)
}

func (h *Hosts) options() source.Options {
	options := h.Options
	if h.List.chooses() || h.Skip != nil || h.Only != nil {
		options.Skip = func(id string) bool { return !h.List.wants(id) || !h.Only.wants(id) || h.Skip != nil && h.Skip(id) }
	}
	if h.Saving != nil {
		options.Saved = h.Saving.saved
	}
	options.Progress = func(done, total int) {
		h.far.Done, h.far.Total = done, total
		if h.Tell != nil {
			h.Tell(h.far)
		}
	}
	return options
}

func (h *Hosts) warn(t message.Text) {
	if h.Warn != nil {
		h.Warn(t)
	}
}

// Ended makes the error of a run whose context has ended an [Interrupted], which
// says how far it was and how to go on. Other errors stay what they are.
func (h *Hosts) Ended(ctx context.Context, err error) error {
	switch s := h.Saving; {
	case err == nil || ctx.Err() == nil || h.far.Total == 0:
		return err
	case s != nil:
		return interruptedSaved(err, s.Written+s.Taken, h.far.Total, s.dir)
	}
	p := problem("interrupted-lost", message.Int("done", h.far.Done), message.Int("total", h.far.Total))
	p.Err = err
	return &Interrupted{p}
}

// interruptedSaved is the end of a run whose hosts are in a folder.
func interruptedSaved(err error, done, total int, dir string) error {
	p := problem("interrupted", message.Int("done", done), message.Int("total", total), message.Str("dir", dir))
	p.Err = err
	return &Interrupted{p}
}
