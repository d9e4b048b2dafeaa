package watch

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"sync"

	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/observe/capture"
	"tlsready/internal/observe/logs"
	"tlsready/internal/observe/unpack"
)

// A reader hands connections on in portions, of which a few may wait: files are read
// ahead, and memory does not grow with their number or size.
const (
	portion = 256
	waiting = 4
	// peeked is what is waited for to tell what a file is: the beginning of a capture's
	// header, and no more, so that a capture that is being written is not waited for. Of
	// what has come, headSize is looked at.
	peeked   = 16
	headSize = 64
	// buffer is what is read from a file at once.
	buffer = 256 << 10
)

// given is a portion of what a file has.
type given struct {
	seen   []observe.Connection
	ended  bool // it is the last one of its file
	source document.WatchSource
}

// each reads the inputs, as many at once as there are workers, and gives what they have
// in their order. An error is that of the context. All goroutines have ended when the
// sequence has.
func (r *Run) each(ctx context.Context, inputs []Input) iter.Seq2[given, error] {
	return func(yield func(given, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var work sync.WaitGroup
		defer work.Wait()
		defer cancel()
		places := make(chan struct{}, max(r.Workers, 1))
		queue := make(chan chan given, max(r.Workers, 1))
		work.Go(func() {
			defer close(queue)
			for _, in := range inputs {
				select {
				case places <- struct{}{}:
				case <-ctx.Done():
					return
				}
				out := make(chan given, waiting)
				work.Go(func() {
					defer func() { close(out); <-places }()
					r.read(ctx, in, out)
				})
				select {
				case queue <- out: // files that were read wait here for those before them
				case <-ctx.Done():
					return
				}
			}
		})
		for out := range queue {
			for one := range out {
				if !yield(one, nil) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil {
			yield(given{}, err)
		}
	}
}

// batch is room for a portion: what was handed on before and is not needed any more.
func (r *Run) batch() []observe.Connection {
	select {
	case used := <-r.used:
		return used[:0]
	default:
		return make([]observe.Connection, 0, portion)
	}
}

// done gives a portion back.
func (r *Run) done(g given) {
	select {
	case r.used <- g.seen:
	default: // there are enough
	}
}

// read reads one input and hands on what it has.
func (r *Run) read(ctx context.Context, in Input, out chan<- given) {
	size := portion
	if in.Once { // somebody may wait for each
		size = 1
	}
	batch := r.batch()
	send := func(g given) error {
		select {
		case out <- g:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	sink := func(c observe.Connection) error {
		if batch = append(batch, c); len(batch) < size {
			return nil
		}
		full := batch
		batch = r.batch()
		return send(given{seen: full})
	}
	cov, format, err := r.open(ctx, in, sink)
	cov.Source = in.Name
	if ctx.Err() != nil {
		return
	}
	source := sourceOf(cov, format, err)
	source.PassedOver = in.Perhaps && format == "" && err != nil
	_ = send(given{seen: batch, ended: true, source: source}) // the context has ended, which the reader of the queue sees
}

// open tells what an input is and reads it. The format is "" if it is none that is known.
func (r *Run) open(ctx context.Context, in Input, sink observe.Sink) (observe.Coverage, string, error) {
	file, err := in.Open()
	if err != nil {
		return observe.Coverage{}, "", err
	}
	defer file.Close()
	plain, err := unpack.New(file)
	if err != nil {
		return observe.Coverage{}, "", err
	}
	defer plain.Close()
	content := bufio.NewReaderSize(plain, buffer)
	_, err = content.Peek(peeked)
	if err != nil && !errors.Is(err, io.EOF) {
		return observe.Coverage{}, "", err
	}
	head, _ := content.Peek(min(content.Buffered(), headSize)) // what has come is there
	format := ""
	note := func(c observe.Connection) error {
		format = c.Format
		return sink(c)
	}
	if capture.Is(head) {
		cov, err := capture.Read(ctx, content, in.Name, note)
		return cov, "pcap", err
	}
	if len(head) == 0 {
		return observe.Coverage{}, "", message.Error("watch.error.nothing")
	}
	cov, err := logs.Read(ctx, content, in.Name, r.Logs, note)
	return cov, format, err
}

// anyLog says whether one of the inputs that can be read again is no capture.
func (r *Run) anyLog() bool {
	for _, in := range r.Inputs {
		if in.Once {
			continue
		}
		if is, err := isCapture(in); err == nil && !is {
			return true
		}
	}
	return false
}

func isCapture(in Input) (bool, error) {
	file, err := in.Open()
	if err != nil {
		return false, err
	}
	defer file.Close()
	plain, err := unpack.New(file)
	if err != nil {
		return false, err
	}
	defer plain.Close()
	head := make([]byte, headSize)
	n, err := io.ReadFull(plain, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, err
	}
	return capture.Is(head[:n]), nil
}
