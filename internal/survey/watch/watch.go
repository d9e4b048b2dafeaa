// Package watch is a run over captures and logs: each is told by its content, several are
// read at once, and what was seen is judged in the order of the files.
package watch

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"tlsready/internal/clients"
	"tlsready/internal/document"
	"tlsready/internal/fingerprint"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/observe/capture"
	"tlsready/internal/observe/logs"
	"tlsready/internal/source"
)

// Run is one run: what is read, and how it is judged. Make it with [New].
type Run struct {
	Inputs  []Input
	Owners  *clients.Owners // nil: nobody asked for owners
	Logs    logs.Options
	Since   time.Time // what came before does not count; zero: everything counts
	Shard   clients.Shard
	Hosts   []source.Kind // of files that say which computer has which addresses
	Workers int           // files that are read at once; at least one is

	Plan *Plan // nil: nobody asked whom a plan meets

	// Pseudonyms replaces names in what goes out; nil: nothing is replaced.
	Pseudonyms *clients.Pseudonyms
	// Line is given each connection as it comes, in the order of the files; nil: nobody
	// wants them. An error ends the run.
	Line func(*document.Connection) error
	// Read is told of each file once it was read; may be nil. It is called from one
	// goroutine at a time.
	Read func(document.WatchSource)

	demand clients.Demand
	table  *fingerprint.Table
	known  *clients.Known
	judge  *clients.Judge
	sum    *clients.Sum
	paired *clients.Pairs
	names  map[netip.Addr]string // of computers; "" of an address that several have
	// addresses are those of computers that have one, by their names in lower case.
	addresses map[string]netip.Addr

	used chan []observe.Connection // portions to be used again

	most int           // how much of standard input is read ahead
	wait time.Duration // and for how long
}

// New makes a run that holds what it sees against a demand.
func New(d clients.Demand, table *fingerprint.Table, remedies *clients.Remedies) *Run {
	return &Run{demand: d, table: table, known: clients.NewKnown(d), judge: clients.NewJudge(d, table, remedies), most: maxAhead, wait: aheadFor, used: make(chan []observe.Connection, 2*waiting)}
}

// Do reads everything and gives the sum. An error is that of the context or of Line; what
// is wrong with a file stands in the sum.
//
// What a server gives others bears on a line, and may come after it. If lines are wanted
// and a log is among the files, all of it is therefore read twice; standard input if it
// ends soon.
func (r *Run) Do(ctx context.Context) (*document.Watch, error) {
	if r.Owners == nil {
		r.Owners = clients.NewOwners("", nil)
	}
	r.machines()
	r.sum, r.paired = clients.NewSum(r.demand, r.Owners, r.known), clients.NewPairs(len(r.Inputs) > 1)
	if r.Line != nil {
		if err := r.before(ctx); err != nil {
			return nil, err
		}
	}
	var sources []document.WatchSource
	for one, err := range r.each(ctx, r.Inputs) {
		if err != nil {
			return nil, err
		}
		for i := range one.seen {
			if err := r.take(&one.seen[i]); err != nil {
				return nil, err
			}
		}
		r.done(one)
		if one.ended {
			sources = append(sources, one.source)
			if r.Read != nil {
				r.Read(one.source)
			}
		}
	}
	w := r.sum.Result()
	w.Coverage.Sources, w.Coverage.Skews = sources, r.paired.Skews()
	if w.Coverage.Sources == nil {
		w.Coverage.Sources = []document.WatchSource{}
	}
	if r.Line != nil && slices.ContainsFunc(r.Inputs, func(in Input) bool { return in.Once }) && slices.ContainsFunc(sources, isLog) {
		w.Coverage.Overflow = append(w.Coverage.Overflow, message.New("watch.earlier"))
	}
	if r.Plan != nil {
		r.Plan.mark(w)
	}
	if r.Pseudonyms != nil {
		r.Pseudonyms.Watch(w)
	}
	return w, nil
}

// before learns what servers gave before lines are given out.
func (r *Run) before(ctx context.Context) error {
	r.Inputs = slices.Clone(r.Inputs)
	for i, in := range r.Inputs {
		if in.Once {
			r.Inputs[i] = ahead(ctx, in, r.most, r.wait)
		}
	}
	if !r.anyLog() {
		return ctx.Err()
	}
	return r.learn(ctx)
}

func isLog(s document.WatchSource) bool { return s.Format != "" && s.Format != capture.Format }

// learn reads everything that can be read again for what servers gave.
func (r *Run) learn(ctx context.Context) error {
	var again []Input
	for _, in := range r.Inputs {
		if !in.Once {
			again = append(again, in)
		}
	}
	for one, err := range r.each(ctx, again) {
		if err != nil {
			return err
		}
		for i := range one.seen {
			r.name(&one.seen[i])
			if c := &one.seen[i]; !c.Time.Before(r.Since) || r.Since.IsZero() {
				r.known.Learn(c)
			}
		}
		r.done(one)
	}
	return nil
}

// take judges one connection, and keeps and gives out what is wanted of it.
func (r *Run) take(c *observe.Connection) error {
	if !r.Since.IsZero() && c.Time.Before(r.Since) {
		return nil
	}
	r.name(c)
	r.known.Learn(c)
	r.sum.Saw(c)
	if !r.mine(c) {
		return nil
	}
	j := r.judge.Connection(*c)
	r.paired.Join(&j)
	j.Owner = r.Owners.Of(c)
	r.sum.Add(&j)
	if r.Line == nil {
		return nil
	}
	d := j.Document(r.known)
	if r.Pseudonyms != nil {
		r.Pseudonyms.Connection(d)
	}
	return r.Line(d)
}

// sourceOf is what a reader says of a file.
func sourceOf(cov observe.Coverage, format string, err error) document.WatchSource {
	s := document.WatchSource{
		Source: cov.Source, Format: format, From: cov.From, To: cov.To, Connections: cov.Connections,
		WithoutTLS: cov.WithoutTLS, Missing: cov.Missing, Assumed: cov.Assumed,
	}
	for _, l := range cov.Losses {
		s.Losses = append(s.Losses, document.WatchLoss{What: l.What, Count: l.Count, Where: l.Where, Example: l.Example})
	}
	if err != nil {
		s.Error, s.Hint = message.CauseOf(without(err, cov.Source)), message.HintOf(err)
	}
	return s
}

// without is an error without the name of the file in front, beside which it will stand.
func without(err error, file string) error {
	var p *message.Problem
	if !errors.As(err, &p) || p.Where != file {
		return err
	}
	bare := *p
	bare.Where = ""
	return &bare
}
