package logs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/observe/logs/formats"
	"tlsready/internal/observe/unpack"
)

// Read gives the connections of a log to sink, in the order of its lines and from the
// goroutine that calls it. What sink is given may share parts with other connections and
// must not be changed. The coverage counts what could not be read; it holds for what was
// read also where there is an error, which is a [message.Problem] if r is no log, and else
// of r, of ctx or of sink. After an error r may be read once more.
func Read(ctx context.Context, r io.Reader, name string, o Options, sink observe.Sink) (observe.Coverage, error) {
	s := &reading{coverage: observe.Coverage{Source: name}, name: name, sink: sink}
	u, err := unpack.New(r)
	if err != nil {
		return s.coverage, err
	}
	defer u.Close()
	if err := formats.Check(o); err != nil {
		return s.coverage, err
	}
	text, slow, err := decoded(u)
	if err != nil {
		return s.coverage, err
	}
	k := &cutter{r: text, config: formats.NewConfig(o), slow: slow || u.Packed(), line: 1}
	if err := s.begin(k); err != nil || k.layout == nil {
		return s.coverage, err
	}
	err = s.run(ctx, k, o.Workers)
	return s.end(k, err)
}

// reading is one file while it is read.
type reading struct {
	name     string
	sink     observe.Sink
	coverage observe.Coverage
	broken   loss
	long     loss
	local    bool
	mu       sync.Mutex // of long
	used     chan *result
}

// begin reads as much as is needed to tell the format. An empty file has none.
func (s *reading) begin(k *cutter) error {
	head := make([]byte, 0, headSize)
	for len(head) < headSize && k.err == nil && k.layout == nil {
		n, err := k.r.Read(head[len(head):headSize])
		head, k.err = head[:len(head)+n], err
		if whole := bytes.LastIndexByte(head, '\n') + 1; whole > 0 && len(head) < headSize && k.err == nil && !k.slow {
			k.layout = k.config.Detect(head[:whole])
		}
	}
	if k.layout == nil {
		k.layout = k.config.Detect(head)
	}
	if k.layout == nil {
		if len(bytes.TrimSpace(head)) == 0 && k.err == io.EOF {
			return nil
		}
		return formats.Refusal(s.name, head)
	}
	// What was read is read again, by the layout that is known now.
	k.r, k.err = io.MultiReader(bytes.NewReader(head), &again{k.r, k.err}), nil
	k.frame = k.layout.Framer()
	return nil
}

// again is a reader that has given err, and gives it again.
type again struct {
	io.Reader
	err error
}

func (a *again) Read(p []byte) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	return a.Reader.Read(p)
}

// run reads blocks in one goroutine, takes them apart in several, and gives what they
// hold to the sink in their order.
func (s *reading) run(ctx context.Context, k *cutter, workers int) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	k.pool = make(chan []byte, workers+2)
	s.used = make(chan *result, workers+2)
	k.lost = func(line int, example []byte) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.long.add(line, example)
	}
	work, order := make(chan *block), make(chan *block, workers)
	go func() {
		defer close(work)
		defer close(order)
		for blocks := k.next(); len(blocks) > 0; blocks = k.next() {
			for _, b := range blocks {
				if !hand(ctx, order, b) || !hand(ctx, work, b) {
					return
				}
			}
		}
	}()
	for range workers {
		w := newWorker(s.name, k.config, s.used)
		go func() {
			for b := range work {
				w.read(b)
				close(b.done)
			}
		}()
	}
	return s.collect(ctx, k, order)
}

func hand(ctx context.Context, to chan<- *block, b *block) bool {
	select {
	case to <- b:
		return true
	case <-ctx.Done():
		return false
	}
}

// collect gives what the blocks hold to the sink.
func (s *reading) collect(ctx context.Context, k *cutter, order <-chan *block) error {
	for {
		var b *block
		var more bool
		select {
		case b, more = <-order:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !more {
			return nil
		}
		select {
		case <-b.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		k.release(b.buffer)
		if err := s.add(b); err != nil {
			return err
		}
		select {
		case s.used <- b.result:
		default:
		}
	}
}

// add counts what a block held, and gives its connections to the sink.
func (s *reading) add(b *block) error {
	r := b.result
	c := &s.coverage
	for i := range r.connections {
		if err := s.sink(r.connections[i]); err != nil {
			return err
		}
		c.Connections++
	}
	c.WithoutTLS += r.plain
	if !r.from.IsZero() && (c.From.IsZero() || r.from.Before(c.From)) {
		c.From = r.from
	}
	if r.to.After(c.To) {
		c.To = r.to
	}
	if s.broken.count == 0 {
		s.broken.example, s.broken.line = r.broken.example, r.broken.line
	}
	s.broken.count += r.broken.count
	s.local = s.local || r.local
	return nil
}

// end makes the coverage whole and says why the reading ended, if not at the end.
func (s *reading) end(k *cutter, err error) (observe.Coverage, error) {
	s.lose("logs.broken", &s.broken)
	s.mu.Lock()
	s.lose("logs.long", &s.long)
	s.mu.Unlock()
	if err != nil {
		return s.coverage, err
	}
	switch {
	case errors.Is(k.err, io.ErrUnexpectedEOF):
		s.lose("logs.cut", &loss{count: 1, line: k.line})
	case k.err != nil && k.err != io.EOF:
		return s.coverage, k.err
	}
	// Where no header names the fields, lines that have the version may follow ones that do not.
	if s.coverage.Connections == 0 || k.layout.Named {
		s.coverage.Missing = k.layout.Missing
	}
	if s.local {
		s.coverage.Assumed = message.New("logs.zone", message.Str("zone", k.config.Location.String()))
	}
	return s.coverage, nil
}

func (s *reading) lose(id string, l *loss) {
	if l.count > 0 {
		s.coverage.Losses = append(s.coverage.Losses, observe.Loss{What: message.New(id), Count: l.count, Example: l.example, Where: where(s.name, l.line)})
	}
}
