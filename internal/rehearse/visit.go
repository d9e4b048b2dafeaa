package rehearse

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"tlsready"
	"tlsready/internal/clients"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// Source is the source that the lines of a rehearsal name.
const Source = "rehearse"

// visit is one connection from beginning to end.
type visit struct {
	server  *Server
	conn    net.Conn
	seen    observe.Connection
	outcome string
	proves  message.Text

	once     sync.Once
	judged   clients.Judged
	document *document.Connection
}

func newVisit(s *Server, conn net.Conn) *visit {
	v := &visit{server: s, conn: conn, outcome: document.RehearsalNoHello}
	v.seen = observe.Connection{Source: Source, Format: Source, Time: time.Now().UTC().Truncate(time.Microsecond), Transport: observe.TCP}
	v.seen.Client, v.seen.Server = addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr())
	return v
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		p := tcp.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
	}
	return netip.AddrPort{}
}

// begin reads the hello and answers it; it gives the connection over which a request may
// come, or nil if there is none.
func (v *visit) begin() *tls.Conn {
	_ = v.conn.SetDeadline(time.Now().Add(v.server.times.hello))
	opening := readOpening(v.conn, v.server.times.hello)
	if opening.hello == nil {
		v.proves = opening.why
		if opening.plain {
			farewell(v.conn, []byte(plainAnswer))
		}
		return nil
	}
	v.seen.Hello, v.seen.ServerName = opening.hello, opening.hello.ServerName()
	if v.server.Record != nil {
		v.server.Record(opening.hello.ClientHello)
	}
	_ = v.conn.SetDeadline(time.Now().Add(v.server.times.handshake))
	return v.answer(opening.raw)
}

// plainAnswer is for who forgot the s of https.
const plainAnswer = "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=us-ascii\r\nConnection: close\r\n\r\n" +
	"tlsready rehearse: this port speaks TLS; begin the address with https://\r\n"

// answer refuses the hello, finishes it, or says that it cannot.
func (v *visit) answer(raw []byte) *tls.Conn {
	hello := v.seen.Hello.ClientHello
	offer := hello.Offer()
	took := tlsready.Negotiate(offer, v.server.accepts())
	if took.Outcome == tlsready.Fails && v.server.Strict {
		v.refuse(refusal(took.Step), message.New("rehearse.proves.refused"))
		return nil
	}
	version, ok := best(v.server.configs, offer)
	if !ok || hello.SSL2 {
		if took.Outcome == tlsready.Fails { // below what a server that takes anything can speak
			v.refuse(refusal(took.Step), message.New("rehearse.proves.too-old"))
			return nil
		}
		v.notCompleted(took)
		return nil
	}
	wrapped := &tap{Conn: v.conn, replay: raw}
	conn := tls.Server(wrapped, v.server.configs[version])
	err := conn.Handshake()
	v.seen.Negotiated = wrapped.chosen
	wrapped.stopListening()
	if err == nil {
		v.completed(conn.ConnectionState())
		return conn
	}
	v.failed(wrapped, err, took)
	return nil
}

// refuse ends the visit with an alert.
func (v *visit) refuse(d wire.AlertDescription, proves message.Text) {
	v.outcome, v.proves = document.RehearsalRefused, proves
	v.seen.Refused = true
	v.seen.Alert = &observe.Alert{Alert: wire.Alert{Level: wire.Fatal, Description: d}, FromServer: true}
	sendAlert(v.conn, v.seen.Hello.ClientHello, d)
}

// notCompleted ends a visit that the service would have taken.
func (v *visit) notCompleted(took tlsready.Result) {
	v.outcome = document.RehearsalNotCompleted
	v.proves = message.New("rehearse.proves.not-completed", message.Sub("with", agreement(took)))
	v.server.acceptBut(v.conn, v.seen.Hello.ClientHello, took)
}

// agreement names what would be agreed on.
func agreement(r tlsready.Result) message.Text {
	if r.Version == 0 || r.Suite == 0 {
		return message.New("rehearse.proves.some")
	}
	return message.Literal(r.Version.String() + " " + r.Suite.String())
}

func (v *visit) completed(state tls.ConnectionState) {
	v.outcome, v.proves = document.RehearsalCompleted, message.New("rehearse.proves.completed")
	v.seen.Negotiated = &observe.Negotiated{
		Version: tlsready.Version(state.Version), Suite: tlsready.Suite(state.CipherSuite), HasSuite: true, Group: tlsready.Group(state.CurveID),
	}
}

// failed says how a handshake ended that crypto/tls did not finish.
func (v *visit) failed(t *tap, err error, took tlsready.Result) {
	if alert, ok := t.alert(); ok {
		if aboutServer(alert.Description) && took.Outcome != tlsready.Fails {
			v.notCompleted(took)
			return
		}
		v.refuse(alert.Description, message.New("rehearse.proves.hello-wrong", message.Cause("why", err)))
		v.outcome = document.RehearsalBrokenOff
		return
	}
	alert, told := remoteAlert(err)
	if !told && t.told != nil {
		alert, told = t.told.Description, true
	}
	if told {
		v.seen.Alert = &observe.Alert{Alert: wire.Alert{Level: wire.Fatal, Description: alert}}
	}
	switch {
	case t.chosen != nil && (told && aboutCertificate(alert) || !told && closed(err)):
		v.outcome, v.proves = document.RehearsalHelloOnly, helloOnly(told, t.chosen)
	case told:
		v.brokenOff(message.New("rehearse.proves.alert", message.Str("name", alert.String())))
	case t.chosen == nil && !closed(err) && !errors.Is(err, os.ErrDeadlineExceeded) && took.Outcome != tlsready.Fails:
		// After a HelloRetryRequest, which had gone out, the library found that it cannot.
		v.outcome, v.proves = document.RehearsalNotCompleted, message.New("rehearse.proves.not-completed", message.Sub("with", agreement(took)))
	case errors.Is(err, os.ErrDeadlineExceeded):
		v.brokenOff(message.New("rehearse.proves.stalled", message.Int("seconds", int(v.server.times.handshake.Seconds()))))
	default:
		v.brokenOff(message.New("rehearse.proves.broken", message.Cause("why", err)))
	}
}

// brokenOff ends a visit whose version was not agreed on for all that is known: what the
// server chose does not count as agreed.
func (v *visit) brokenOff(why message.Text) {
	v.outcome, v.proves, v.seen.Negotiated = document.RehearsalBrokenOff, why, nil
}

func helloOnly(told bool, n *observe.Negotiated) message.Text {
	id := "rehearse.proves.hello-only"
	if !told {
		id = "rehearse.proves.hello-only-silent"
	}
	return message.New(id, message.Str("version", n.Version.String()), message.Str("suite", n.Suite.String()))
}

// aboutCertificate says whether an alert is the client's verdict on the certificate
// (RFC 8446 section 6.2, RFC 6066 section 9).
func aboutCertificate(d wire.AlertDescription) bool {
	return d >= 41 && d <= 46 || d == 48 || d == 49 || d == 113 || d == 114
}

// closed says whether the client ended the connection, in whatever words the system has
// for a reset.
func closed(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "read" || op.Op == "write") {
		return !op.Timeout()
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// remoteAlert is the alert of the client that ended a handshake. crypto/tls keeps its type
// to itself, but not its words.
func remoteAlert(err error) (wire.AlertDescription, bool) {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" || op.Err == nil {
		return 0, false
	}
	words := op.Err.Error()
	for code := range 256 {
		if tls.AlertError(code).Error() == words {
			return wire.AlertDescription(code), true
		}
	}
	return 0, false
}

// finish judges the visit and gives it out, once; it gives its document.
func (v *visit) finish() *document.Connection {
	v.once.Do(func() { v.server.finished(v) })
	return v.document
}
