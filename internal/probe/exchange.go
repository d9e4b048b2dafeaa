package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
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

// exchange makes one connection, sends one hello, a second one where the server asks
// for it, and reads the answer.
func (p *Prober) exchange(ctx context.Context, t Target, q question) Reply {
	hello, err := q.hello(t.ServerName)
	if err != nil {
		return Reply{Kind: Broken, Err: err, unsent: true}
	}
	msg, records, err := q.framed(hello)
	if err != nil {
		return Reply{Kind: Broken, Err: err, unsent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, p.opts.Timeout)
	defer cancel()
	conn, err := p.opts.dial(ctx, t)
	if errors.Is(err, syscall.ECONNRESET) { // a limiter may be quicker than connect
		return Reply{Kind: Reset, Err: err}
	}
	if err != nil {
		return Reply{Kind: Unreachable, Err: err}
	}
	defer conn.Close()
	if tcp, ok := conn.(*net.TCPConn); ok && !p.opts.Polite {
		_ = tcp.SetLinger(0)
	}
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	stream := io.ReadWriter(conn)
	if t.StartTLS != "" {
		framed, err := begin(conn, t)
		if err != nil {
			r := failure(err)
			if r.Kind == Broken {
				r.Kind = NoStartTLS
			}
			return r
		}
		stream = framed
	}
	if _, err := stream.Write(records); err != nil {
		return failure(err)
	}
	buf := p.buffers.Get().(*[]byte)
	defer p.buffers.Put(buf)
	f := flight{want: q.depth, hello: hello, keys: p.keys, transcript: [][]byte{msg}}
	return f.read(stream, *buf)
}

// begin speaks the dialogue before TLS.
func begin(conn net.Conn, t Target) (io.ReadWriter, error) {
	d, err := starttls.New(t.StartTLS, t.ServerName)
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
	return Reply{Kind: Broken, Err: err}
}
