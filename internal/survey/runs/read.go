package runs

import (
	"cmp"
	"context"
	"io"
	"iter"
	"runtime"
	"slices"
	"time"

	"tlsready/internal/document"
	"tlsready/internal/fleet"
	"tlsready/internal/message"
	"tlsready/internal/survey"
	"tlsready/internal/survey/watch"
)

// Reading says what is read, and how.
type Reading struct {
	Words []string  // files, folders, patterns, "-"
	Stdin io.Reader // for "-"
	Today fleet.Day // no result is of a later day than the next
	Tell  func(done, total int)
	// Workers is how many files are read at the same time; 0: as many as there are
	// processors.
	Workers int
}

// Bounds of what is kept of troubles; the counts stay right.
const (
	maxLosses = 200
	ofOneFile = 5
)

// Read reads everything and puts it together. An error is a [survey.Mistake], if nothing
// can be read at all, or that of the context.
func (r *Reading) Read(ctx context.Context) (*document.Fleet, error) {
	inputs, err := watch.Inputs(r.Words, r.Stdin)
	if err != nil {
		return nil, err
	}
	ledger := fleet.New()
	known := newCache()
	stream := survey.Stream[watch.Input, *result]{
		Workers: cmp.Or(r.Workers, runtime.GOMAXPROCS(0)), Ahead: 8,
		Work: func(ctx context.Context, in watch.Input) (*result, error) {
			f := &file{input: in, ledger: ledger, known: known, latest: r.Today + 1, clock: r.Today}
			return f.read(ctx)
		},
	}
	var sources document.FleetSources
	sources.Files, sources.Losses = []document.FleetFile{}, []document.FleetLoss{}
	var trouble []document.FleetLoss // of files without any line
	done := 0
	for one, err := range stream.Each(ctx, each(inputs)) {
		if err != nil {
			return nil, err
		}
		if done++; r.Tell != nil {
			r.Tell(done, len(inputs))
		}
		if one.file.Lines == 0 {
			trouble = append(trouble, one.losses...)
		}
		one.into(&sources)
	}
	if !slices.ContainsFunc(sources.Files, func(f document.FleetFile) bool { return f.Lines > 0 }) {
		return nil, nothing(r.Words, trouble)
	}
	doc := ledger.Document(r.Today)
	sources.MoreClients = doc.Sources.MoreClients
	doc.Sources = sources
	return doc, nil
}

func each(inputs []watch.Input) func(context.Context) iter.Seq2[watch.Input, error] {
	return func(context.Context) iter.Seq2[watch.Input, error] {
		return func(yield func(watch.Input, error) bool) {
			for _, in := range inputs {
				if !yield(in, nil) {
					return
				}
			}
		}
	}
}

// nothing is the mistake of words behind which there is not one line.
func nothing(words []string, trouble []document.FleetLoss) error {
	if len(trouble) > 0 {
		p := message.Error("runs.error.at", message.Str("file", trouble[0].File), message.Sub("what", trouble[0].What))
		return &survey.Mistake{Err: p.Hinted("runs.hint.none")}
	}
	return &survey.Mistake{Err: message.Error("runs.error.none", message.List("names", words)).Hinted("runs.hint.none")}
}

// result is what one file had, apart from what went into the ledger.
type result struct {
	file   document.FleetFile
	losses []document.FleetLoss
	passed bool // it was found in a folder and holds no lines
}

func (r *result) into(s *document.FleetSources) {
	if r.passed {
		s.PassedOver++
		return
	}
	s.Files = append(s.Files, r.file)
	s.Damaged += r.file.Damaged
	s.Losses = append(s.Losses, r.losses[:min(len(r.losses), maxLosses-len(s.Losses))]...)
}

// modified is when a file was changed last; the zero time if that is not known.
func modified(f io.Reader) time.Time {
	if s, ok := f.(statter); ok {
		if info, err := s.Stat(); err == nil {
			return info.ModTime()
		}
	}
	return time.Time{}
}
