package probe

import (
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// memory is what a hello is made of and its answer is read with; it is used again for
// the next.
type memory struct {
	random     [32]byte
	zero       [1]byte
	extensions [16]wire.Extension
	out        []byte
	buf        [bufferSize]byte
	messages   wire.Reader
}

// flight folds the messages of one answer.
type flight struct {
	want  depth
	hello *wire.ClientHello // the one that is answered
	keys  keys
	reply Reply
	begun bool // the ServerHello came

	// transcript is what the keys of TLS 1.3 depend on: every hello so far.
	transcript [][]byte
	// conn is bounded, up to its deadline, if something must follow a ServerHello that came
	// alone; nil if nothing must.
	conn     net.Conn
	deadline time.Time
	second   []byte           // the second hello, to be sent
	warned   wire.Alert       // the last one of the level warning
	opened   *wire.ServerKeys // of the encrypted part; nil until there are any
	inner    wire.Reader      // what was encrypted
}

// read reads an answer as far as is wanted.
func (f *flight) read(stream io.ReadWriter, m *memory) Reply {
	messages, buf := &m.messages, m.buf[:]
	messages.Reset()
	for total := 0; total < maxAnswer; {
		n, err := stream.Read(buf)
		total += n
		_, _ = messages.Write(buf[:n])
		if done := f.drain(messages); done {
			return f.reply
		}
		if err == nil && f.second != nil {
			_, err = stream.Write(f.second)
			f.second = nil
		}
		if err != nil {
			return f.end(failure(err))
		}
	}
	return f.end(Reply{Kind: Malformed, Err: message.Error("probing.long-answer", message.Int("limit", maxAnswer))})
}

// end is the reply of an answer that stopped. If the flight was to be read, what came
// before the stop counts, but a ServerHello after which the server ends the connection
// is no acceptance.
func (f *flight) end(r Reply) Reply {
	switch {
	case !f.begun && f.warned.Level != 0 && (r.Kind == Closed || r.Kind == Reset || r.Kind == Silent): // it meant this
		r = Reply{Kind: Alert, Alert: f.warned}
	case f.begun && f.want == toFlight:
		f.reply.Err = r.Err
		return f.reply
	case f.begun && r.Kind == Silent:
		return f.reply
	case f.begun:
		r.Began = f.reply.Version
	}
	r.Retried = f.reply.Retried
	return r
}

// drain takes every whole message; true means that the answer is complete.
func (f *flight) drain(messages *wire.Reader) bool {
	for {
		m, ok, err := messages.Next()
		if err == nil && !ok {
			return f.begun && f.want != toFlight && f.goesOn(messages)
		}
		if err == nil {
			var done bool
			if done, err = f.take(m); done && err == nil {
				return true
			}
		}
		switch {
		case err == nil:
			continue
		case f.begun && f.want != toFlight: // it goes on, with whatever
			return true
		}
		var notTLS *wire.NotTLSError
		kind := Malformed
		if errors.As(err, &notTLS) {
			kind = NotTLS
		}
		f.reply = f.end(Reply{Kind: kind, Err: err})
		return true
	}
}

// goesOn says whether a ServerHello was followed by something, or need not be.
func (f *flight) goesOn(messages *wire.Reader) bool {
	if messages.Pending() || f.conn == nil {
		return true
	}
	_ = f.conn.SetReadDeadline(earlier(f.deadline, time.Now().Add(maxLinger)))
	return false
}

// take folds one message.
func (f *flight) take(m wire.Message) (done bool, err error) {
	switch {
	case m.Content == wire.ContentSSL2:
		return f.takeSSL2(m)
	case m.Content == wire.ContentAlert && !m.Encrypted:
		return f.takeAlert(m.Alert)
	case f.begun && f.want != toFlight: // it goes on
		return true, nil
	case m.Content == wire.ContentHandshake && !m.Encrypted:
		return f.takeHandshake(m)
	case m.Content == wire.ContentChangeCipherSpec && (f.opened != nil || f.reply.Retried && !f.begun):
		return false, nil // the habit of TLS 1.3 (RFC 8446 appendix D.4)
	case m.Content == wire.ContentChangeCipherSpec && f.begun: // resumption, or a flight that stays closed
		return true, nil
	case f.opened != nil:
		return f.takeEncrypted(m)
	}
	return true, message.Error("probing.content-type", message.Int("offset", m.Offset), message.Int("type", m.Content))
}

func (f *flight) takeAlert(a wire.Alert) (bool, error) {
	switch {
	case a.Level == wire.Warning && a.Description != wire.CloseNotify:
		f.warned = a
		return false, nil // such as unrecognized_name: the handshake may go on
	case f.begun && f.want == toFlight:
		f.reply.Alert, f.reply.Err = a, message.Error("probing.alert-after-hello", message.Int("code", a.Description))
		return true, nil
	}
	f.reply = f.end(Reply{Kind: Alert, Alert: a})
	return true, nil
}

// takeSSL2 folds a message of SSL 2.0. It is no answer to a hello of another form.
func (f *flight) takeSSL2(m wire.Message) (bool, error) {
	h, err := wire.ParseSSL2ServerHello(m.Data)
	switch {
	case !f.hello.SSL2:
		return true, message.Error("probing.ssl2-answer")
	case m.Type == 0:
		f.reply = Reply{Kind: Alert, Alert: wire.Alert{Level: wire.Fatal, Description: wire.HandshakeFailure}, Err: message.Error("probing.ssl2-error")}
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
	if !f.begun && m.Type != wire.TypeServerHello {
		return true, message.Error("probing.handshake-type", message.Int("offset", m.Offset), message.Int("type", m.Type))
	}
	switch m.Type {
	case wire.TypeServerHello:
		return f.takeHello(m)
	case wire.TypeCertificate:
		r.Chain, err = wire.ParseCertificate(m.Data)
	case wire.TypeCertificateStatus:
		r.OCSP, err = wire.ParseCertificateStatus(m.Data)
	case wire.TypeServerKeyExchange:
		if r.KeyExchange, err = wire.ParseServerKeyExchange(m.Data, r.Suite, r.Version); err == nil {
			r.Scheme = r.KeyExchange.Scheme
			if r.KeyExchange.Group != 0 {
				r.Group = r.KeyExchange.Group
			}
		}
	case wire.TypeCertificateRequest:
		r.Request, err = wire.ParseCertificateRequest(m.Data, r.Version)
	case wire.TypeServerHelloDone:
		r.Complete = true
		return true, nil
	}
	return false, err
}

// takeHello folds a ServerHello or a HelloRetryRequest.
func (f *flight) takeHello(m wire.Message) (done bool, err error) {
	h, err := wire.ParseServerHello(m.Data)
	if err != nil {
		return true, err
	}
	if f.begun {
		return true, message.Error("probing.second-hello", message.Int("offset", m.Offset))
	}
	if f.want == toFlight || h.IsRetry() {
		f.transcript = append(f.transcript, slices.Clone(m.Data))
	}
	if h.IsRetry() {
		return f.takeRetry(h)
	}
	if v := h.Selected(); v.Rank() > f.hello.Version.Rank() && v.Rank() > f.hello.Max().Rank() {
		return true, message.Error("probing.version", message.Str("version", v.String()), message.Str("asked", f.hello.Max().String()))
	}
	f.begun = true
	f.reply = Reply{Kind: Hello, Version: h.Selected(), Suite: h.Suite, Group: h.Group(), Retried: f.reply.Retried}
	if f.want != toFlight || f.reply.Version.Rank() <= tlsready.TLS12.Rank() {
		return false, nil
	}
	secret, err := f.keys.secret(h.KeyShare())
	if err == nil {
		f.opened, err = wire.NewServerKeys(h.Suite, secret, f.transcript...)
	}
	if err != nil { // it stays closed, which is no fault of the server
		f.reply.Err = err
		return true, nil
	}
	return false, nil
}

// takeRetry makes the second hello that a HelloRetryRequest asks for.
func (f *flight) takeRetry(h *wire.ServerHello) (done bool, err error) {
	if f.reply.Retried {
		return true, message.Error("probing.second-retry")
	}
	f.reply = Reply{Kind: Retry, Version: h.Selected(), Suite: h.Suite, Group: h.Group(), Retried: true}
	if f.want == toRetry {
		f.reply.Kind = Hello
		return true, nil
	}
	share, ok := f.keys.share(h.Group())
	if !ok {
		return true, nil
	}
	second, err := f.hello.Again(h, share)
	if err != nil {
		return true, err
	}
	msg, err := second.Marshal()
	if err != nil {
		return true, err
	}
	f.transcript = append(f.transcript, msg)
	f.second, err = second.Framed(msg, 0)
	return false, err
}

// takeEncrypted opens a record of TLS 1.3 and folds what it holds.
func (f *flight) takeEncrypted(m wire.Message) (done bool, err error) {
	kind, plain, err := f.opened.Open(m)
	if err != nil {
		return true, err
	}
	_, _ = f.inner.Write(wire.Records(kind, tlsready.TLS12, plain, 0))
	for {
		m, ok, err := f.inner.Next()
		if err != nil || !ok {
			return err != nil, err
		}
		if m.Content == wire.ContentAlert {
			done, err = f.takeAlert(m.Alert)
		} else {
			done, err = f.takeInner(m)
		}
		if done || err != nil {
			return true, err
		}
	}
}

func (f *flight) takeInner(m wire.Message) (done bool, err error) {
	r := &f.reply
	switch m.Type {
	case wire.TypeCertificateRequest:
		r.Request, err = wire.ParseCertificateRequest13(m.Data)
	case wire.TypeCertificate:
		r.Chain, r.OCSP, err = wire.ParseCertificate13(m.Data)
	case wire.TypeCertificateVerify:
		r.Scheme, err = wire.ParseCertificateVerify(m.Data)
		r.Complete = err == nil
		return true, err
	}
	return false, err
}
