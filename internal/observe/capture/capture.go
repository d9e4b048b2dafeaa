package capture

import (
	"context"
	"errors"
	"io"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/observe/unpack"
)

// Format is the id of the format in [observe.Connection].
const Format = "pcap"

// Options are what a reading may be told.
type Options struct {
	// Progress is called now and then with the number of bytes of the capture that were
	// read, unpacked; nil: nobody asks.
	Progress func(bytes int64)
}

// Read reads a capture to its end and hands its connections to sink, each as soon as it
// is decided. name is what the connections and the errors call the source. A capture that
// ends in the middle of a packet, or whose rest is broken, is no error: what came counts,
// and Coverage says what was lost. An error is one of the stream, of sink, of ctx, or that
// the stream is no capture.
func Read(ctx context.Context, r io.Reader, name string, sink observe.Sink) (observe.Coverage, error) {
	return Options{}.Read(ctx, r, name, sink)
}

// Read is [Read] with options.
func (o Options) Read(ctx context.Context, r io.Reader, name string, sink observe.Sink) (observe.Coverage, error) {
	content, err := unpack.New(r)
	if err != nil {
		return observe.Coverage{Source: name}, message.At(name, err)
	}
	defer content.Close()
	format, w, err := open(content)
	if err != nil {
		return observe.Coverage{Source: name}, message.At(name, err)
	}
	run := &reading{found: newFound(name, sink), progress: o.Progress, window: w}
	run.flows = newFlows(run.found)
	run.decoder.flows = run.flows
	return run.all(ctx, format)
}

// open finds out the format by its first bytes.
func open(r io.Reader) (packets, *window, error) {
	w := newWindow(r)
	head, err := w.peek(prefixSize)
	if _, _, ok := pcapOrder(head); ok {
		format, err := newPcap(w)
		return format, w, err
	}
	if isPcapng(head) {
		return newPcapng(w), w, nil
	}
	if id := foreign(head); id != "" {
		return nil, nil, message.Error(id)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	return nil, nil, message.Error("capture.unknown").Hinted("capture.hint-unknown")
}

// reading is one run over a capture.
type reading struct {
	*found
	flows    *flows
	decoder  decoder
	window   *window
	progress func(int64)

	packets     int
	first, last int64
	timed       bool
	unknown     int    // packets of a link type that is not read
	unknownLink uint32 // the first of them
	unknownAt   int
	short       int // packets of which the capture keeps only the beginning
	shortAt     int
}

// checkEvery is how many packets go by between two looks at the context.
const checkEvery = 4096

// all reads every packet.
func (r *reading) all(ctx context.Context, format packets) (observe.Coverage, error) {
	var p packet
	var err error
	for r.err == nil {
		if r.packets%checkEvery == 0 {
			if err = ctx.Err(); err != nil {
				break
			}
			if r.progress != nil {
				r.progress(r.window.passed)
			}
		}
		if err = format.next(&p); err != nil {
			break
		}
		r.packets++
		r.packet(&p)
	}
	if r.err == nil && ctx.Err() == nil {
		r.flows.end()
	}
	coverage := r.coverage()
	switch {
	case r.err != nil:
		return coverage, r.err
	case ctx.Err() != nil:
		return coverage, ctx.Err()
	case errors.Is(err, io.EOF):
	case isProblem(err) || errors.Is(err, io.ErrUnexpectedEOF):
		coverage.Losses = append(coverage.Losses, r.broken(err))
	default:
		return coverage, message.At(r.name, err)
	}
	return coverage, nil
}

// isProblem says whether an error is one of the format, which ends the reading but does
// not take back what was read.
func isProblem(err error) bool {
	var p *message.Problem
	return errors.As(err, &p)
}

// broken is the loss of what follows a place that cannot be read.
func (r *reading) broken(err error) observe.Loss {
	loss := observe.Loss{What: message.New("capture.loss-cut"), Count: 1, Where: r.at(r.packets + 1)}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		loss.What = message.New("capture.loss-broken", message.Cause("why", err))
	}
	return loss
}

// packet takes one packet.
func (r *reading) packet(p *packet) {
	if p.timed {
		if !r.timed || p.nanos < r.first {
			r.first = p.nanos
		}
		if !r.timed || p.nanos > r.last {
			r.last = p.nanos
		}
		r.timed = true
	}
	if !known(p.link) {
		if r.unknown++; r.unknown == 1 {
			r.unknownLink, r.unknownAt = p.link, p.number
		}
		return
	}
	if len(p.data) < p.length {
		if r.short++; r.short == 1 {
			r.shortAt = p.number
		}
	}
	r.decoder.decode(p)
}

// coverage is what the capture could have shown.
func (r *reading) coverage() observe.Coverage {
	c := observe.Coverage{Source: r.name, Connections: r.count, Losses: r.losses(&r.decoder)}
	if r.timed {
		c.From, c.To = time.Unix(0, r.first).UTC(), time.Unix(0, r.last).UTC()
	}
	if r.unknown > 0 {
		c.Losses = append(c.Losses, observe.Loss{What: message.New("capture.loss-link", message.Int("link", r.unknownLink)), Count: r.unknown, Where: r.at(r.unknownAt)})
	}
	if r.short > 0 {
		c.Losses = append(c.Losses, observe.Loss{What: message.New("capture.loss-short"), Count: r.short, Where: r.at(r.shortAt)})
	}
	return c
}
