package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"tlsready"
	"tlsready/internal/starttls"
	"tlsready/internal/wire"
)

// depth is how far an answer is read.
type depth int

const (
	toHello     depth = iota // to the end of the ServerHello
	toHelloDone              // to ServerHelloDone, where the flight is in clear
)

// exchange makes one connection, sends one hello and reads the answer.
func (p *Prober) exchange(ctx context.Context, t Target, hello []byte, want depth) Reply {
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
	if _, err := stream.Write(hello); err != nil {
		return failure(err)
	}
	buf := p.buffers.Get().(*[]byte)
	defer p.buffers.Put(buf)
	return read(stream, *buf, want, len(hello) > 0 && hello[0]&0x80 != 0)
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

// read reads an answer as far as is wanted.
func read(stream io.Reader, buf []byte, want depth, ssl2 bool) Reply {
	var messages wire.Reader
	f := flight{want: want, ssl2: ssl2}
	for total := 0; total < maxAnswer; {
		n, err := stream.Read(buf)
		total += n
		_, _ = messages.Write(buf[:n])
		if done := f.drain(&messages); done {
			return f.reply
		}
		if err != nil {
			return f.end(failure(err))
		}
	}
	return f.end(Reply{Kind: Broken, Err: fmt.Errorf("an answer of more than %d bytes", maxAnswer)})
}

// flight folds the messages of one answer.
type flight struct {
	want  depth
	ssl2  bool // the hello had the form of SSL 2.0
	hello bool // the ServerHello came
	reply Reply
}

// end is the reply of an answer that stopped: what came before counts.
func (f *flight) end(r Reply) Reply {
	if f.hello {
		f.reply.Err = r.Err
		return f.reply
	}
	return r
}

// drain takes every whole message; true means that the answer is complete.
func (f *flight) drain(messages *wire.Reader) bool {
	for {
		m, ok, err := messages.Next()
		if err == nil && !ok {
			return false
		}
		if err == nil {
			var done bool
			if done, err = f.take(m); done && err == nil {
				return true
			}
		}
		var foreign *wire.NotTLSError
		switch {
		case errors.As(err, &foreign):
			f.reply = f.end(Reply{Kind: Foreign, Err: err})
			return true
		case err != nil:
			f.reply = f.end(Reply{Kind: Broken, Err: err})
			return true
		}
	}
}

// take folds one message.
func (f *flight) take(m wire.Message) (done bool, err error) {
	switch {
	case m.Content == wire.ContentSSL2:
		return f.takeSSL2(m)
	case m.Content == wire.ContentAlert && !m.Encrypted:
		return f.takeAlert(m.Alert)
	case m.Content == wire.ContentHandshake && !m.Encrypted:
		return f.takeHandshake(m)
	case m.Content == wire.ContentChangeCipherSpec && f.hello: // resumption, or the habit of TLS 1.3
		return true, nil
	}
	return true, fmt.Errorf("offset %d: content type %d in place of a hello", m.Offset, m.Content)
}

func (f *flight) takeAlert(a wire.Alert) (bool, error) {
	if a.Level == wire.Warning && a.Description != wire.CloseNotify {
		return false, nil // such as unrecognized_name: the handshake goes on
	}
	if f.hello {
		f.reply.Alert, f.reply.Err = a, fmt.Errorf("alert %d after the hello", a.Description)
		return true, nil
	}
	f.reply = Reply{Kind: Alert, Alert: a}
	return true, nil
}

// takeSSL2 folds a message of SSL 2.0. It is no answer to a hello of another form.
func (f *flight) takeSSL2(m wire.Message) (bool, error) {
	h, err := wire.ParseSSL2ServerHello(m.Data)
	switch {
	case !f.ssl2:
		return true, errors.New("an answer of SSL 2.0 to a hello of a later version")
	case m.Type == 0:
		f.reply = Reply{Kind: Alert, Alert: wire.Alert{Level: wire.Fatal, Description: wire.HandshakeFailure}, Err: errors.New("an error message of SSL 2.0")}
		return true, nil
	case err != nil:
		return true, err
	}
	f.reply = Reply{Kind: Hello, Version: tlsready.SSL20, Kinds: h.Suites, Complete: true}
	if len(h.Certificate) > 0 {
		f.reply.Chain = [][]byte{h.Certificate}
	}
	return true, nil
}

func (f *flight) takeHandshake(m wire.Message) (done bool, err error) {
	r := &f.reply
	if !f.hello && m.Type != wire.TypeServerHello {
		return true, fmt.Errorf("offset %d: handshake type %d in place of a hello", m.Offset, m.Type)
	}
	switch m.Type {
	case wire.TypeServerHello:
		h, err := wire.ParseServerHello(m.Data)
		if err != nil {
			return true, err
		}
		f.hello = true
		*r = Reply{Kind: Hello, Version: h.Selected(), Suite: h.Suite, Group: h.Group(), Retry: h.IsRetry()}
		return f.want == toHello || r.Version.Rank() > tlsready.TLS12.Rank(), nil
	case wire.TypeCertificate:
		r.Chain, err = wire.ParseCertificate(m.Data)
	case wire.TypeCertificateStatus:
		r.OCSP, err = wire.ParseCertificateStatus(m.Data)
	case wire.TypeServerKeyExchange:
		if r.KeyExchange, err = wire.ParseServerKeyExchange(m.Data, r.Suite, r.Version); err == nil && r.KeyExchange.Group != 0 {
			r.Group = r.KeyExchange.Group
		}
	case wire.TypeCertificateRequest:
		r.Request, err = wire.ParseCertificateRequest(m.Data, r.Version)
	case wire.TypeServerHelloDone:
		r.Complete = true
		return true, nil
	}
	return false, err
}
