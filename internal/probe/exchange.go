package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"tlsready/internal/starttls"
)

// depth is how far an answer is read.
type depth int

const (
	toHello  depth = iota // until it goes on after the ServerHello
	toRetry               // the same; a HelloRetryRequest is answer enough
	toFlight              // to the end of the server's first flight
)

// exchange makes one connection, sends one hello, then a second one if the server asks
// for it, and reads the answer.
func (w *wireSender) exchange(ctx context.Context, q question) Reply {
	m := w.p.memories.Get().(*memory)
	defer w.p.memories.Put(m)
	hello, err := q.hello(w.p.ready, m, w.target.ServerName)
	if err != nil {
		return Reply{Kind: Malformed, Err: err, unsent: true}
	}
	msg, records, err := q.framed(hello, m)
	if err != nil {
		return Reply{Kind: Malformed, Err: err, unsent: true}
	}
	deadline := within(ctx, w.p.opts.Timeout)
	conn, err := w.connect(ctx, deadline)
	if errors.Is(err, syscall.ECONNRESET) { // a limiter may be quicker than connect
		return Reply{Kind: Reset, Err: err}
	}
	if err != nil {
		return Reply{Kind: Unreachable, Err: err}
	}
	defer w.open.close(conn)
	stream, deadline, err := w.begin(ctx, conn, deadline)
	if err != nil {
		r := failure(err)
		r.early = true
		if r.Kind == Malformed {
			r.Kind = NoStartTLS
		}
		return r
	}
	if _, err := stream.Write(records); err != nil {
		return failure(err)
	}
	f := flight{want: q.depth, hello: hello, keys: w.p.keys, transcript: [][]byte{msg}, conn: conn, deadline: deadline}
	return f.read(stream, m)
}

// connect dials, and registers the connection so that the end of ctx closes it.
func (w *wireSender) connect(ctx context.Context, deadline time.Time) (net.Conn, error) {
	conn, err := w.p.opts.dial(ctx, deadline, w.address)
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok && !w.p.opts.Polite {
		_ = tcp.SetLinger(0)
	}
	_ = conn.SetDeadline(deadline)
	w.open.add(conn)
	return conn, nil
}

// connections are those of one endpoint.
type connections struct {
	mu   sync.Mutex
	all  []net.Conn
	over bool
}

func (c *connections) add(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all = append(c.all, conn); c.over {
		_ = conn.SetDeadline(time.Unix(1, 0))
	}
}

// bound gives a connection another deadline, unless all are to end.
func (c *connections) bound(conn net.Conn, deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over {
		_ = conn.SetDeadline(deadline)
	}
}

func (c *connections) close(conn net.Conn) {
	c.mu.Lock()
	c.all = slices.DeleteFunc(c.all, func(one net.Conn) bool { return one == conn })
	c.mu.Unlock()
	conn.Close()
}

// interrupt ends every connection there is or will be.
func (c *connections) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	for _, conn := range c.all {
		_ = conn.SetDeadline(time.Unix(1, 0))
	}
}

// maxLinger is how long a ServerHello that came alone may take to go on: the rest of a
// flight is sent with it, or as soon as it is signed.
const maxLinger = 300 * time.Millisecond

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// within is the moment d from now, or the end of the endpoint's time if that is sooner.
func within(ctx context.Context, d time.Duration) time.Time {
	end := time.Now().Add(d)
	if until, ok := ctx.Deadline(); ok {
		end = earlier(end, until)
	}
	return end
}

// begin speaks the dialogue before TLS, if there is one, under its own time limit, so
// that TLS still gets its full time afterwards.
func (w *wireSender) begin(ctx context.Context, conn net.Conn, deadline time.Time) (io.ReadWriter, time.Time, error) {
	if w.target.StartTLS == "" {
		return conn, deadline, nil
	}
	w.open.bound(conn, within(ctx, dialoguePatience*w.p.opts.Timeout))
	stream, err := w.talk(conn)
	if err == nil {
		deadline = within(ctx, w.p.opts.Timeout)
		w.open.bound(conn, deadline)
	}
	return stream, deadline, err
}

// talk is the dialogue, and gives what carries TLS after it.
func (w *wireSender) talk(conn net.Conn) (io.ReadWriter, error) {
	d, err := starttls.New(w.target.StartTLS, w.target.ServerName)
	if err != nil {
		return nil, err
	}
	buf := make([]byte, 2048)
	for n := 0; ; {
		send, done, err := d.Next(buf[:n])
		if err != nil {
			return nil, err
		}
		if len(send) > 0 {
			if _, err := conn.Write(send); err != nil {
				return nil, err
			}
		}
		if done {
			break
		}
		if n, err = conn.Read(buf); err != nil {
			return nil, err
		}
	}
	if framing, ok := d.(starttls.Framing); ok {
		return &framed{ReadWriter: conn, framing: framing}, nil
	}
	return conn, nil
}

// framed carries TLS in the packets of another protocol.
type framed struct {
	io.ReadWriter
	framing starttls.Framing
	ready   []byte
}

// Read gives TLS bytes.
func (f *framed) Read(p []byte) (int, error) {
	buf := make([]byte, 4096)
	for len(f.ready) == 0 {
		n, err := f.ReadWriter.Read(buf)
		if err != nil {
			return 0, err
		}
		if f.ready, err = f.framing.Unwrap(buf[:n]); err != nil {
			return 0, err
		}
	}
	n := copy(p, f.ready)
	f.ready = f.ready[n:]
	return n, nil
}

// Write sends TLS bytes.
func (f *framed) Write(p []byte) (int, error) {
	if _, err := f.ReadWriter.Write(f.framing.Wrap(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// failure is the reply that an error of the connection stands for.
func failure(err error) Reply {
	var network net.Error
	var operation *net.OpError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return Reply{Kind: Silent, Err: err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Reply{Kind: Closed, Err: err}
	case errors.As(err, &operation): // ECONNRESET, EPIPE, WSAECONNRESET, WSAECONNABORTED
		return Reply{Kind: Reset, Err: err}
	}
	return Reply{Kind: Malformed, Err: err}
}
