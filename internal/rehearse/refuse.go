package rehearse

import (
	"crypto/rand"
	"errors"
	"io"
	"net"
	"slices"
	"time"

	"tlsready"
	"tlsready/internal/wire"
)

// refusal is the alert of a service that cannot agree with a client.
func refusal(step tlsready.Step) wire.AlertDescription {
	if step <= tlsready.StepVersion {
		return wire.ProtocolVersion
	}
	return wire.HandshakeFailure
}

// sendAlert tells the client what is wrong and waits until it has read that. A client of
// SSL 2.0 is told in its own words: "no cipher" (draft-hickman-netscape-ssl-00 section
// 2.7).
func sendAlert(conn net.Conn, h *wire.ClientHello, d wire.AlertDescription) {
	if h.Version == tlsready.SSL20 {
		farewell(conn, []byte{0x80, 3, 0, 0, 1})
		return
	}
	alert := wire.Alert{Level: wire.Fatal, Description: d}
	farewell(conn, wire.Records(wire.ContentAlert, alertVersion(h), alert.Marshal(), 0))
}

// farewell sends the last words and ends the connection so that they arrive: a socket
// that is closed with unread bytes in it sends a reset, which may overtake them.
func farewell(conn net.Conn, words []byte) {
	_ = conn.SetDeadline(time.Now().Add(lingerTime))
	if _, err := conn.Write(words); err != nil {
		return
	}
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, conn, lingerBytes)
}

// acceptBut answers a hello that the service would take and that crypto/tls cannot finish:
// with the ServerHello and the certificate of the version and suite that it takes, and
// then with the alert of an internal error. In TLS 1.3 nothing after the ServerHello could
// be said in clear, and so the alert alone is sent.
func (s *Server) acceptBut(conn net.Conn, h *wire.ClientHello, took tlsready.Result) {
	words, err := s.halfFlight(h, took)
	if err != nil {
		words = nil
	}
	alert := wire.Alert{Level: wire.Fatal, Description: wire.InternalError}
	version := alertVersion(h)
	if len(words) > 0 {
		version = took.Version
	}
	farewell(conn, append(words, wire.Records(wire.ContentAlert, version, alert.Marshal(), 0)...))
}

// renegotiationSCSV stands for the renegotiation_info extension (RFC 5746 section 3.3).
const renegotiationSCSV tlsready.Suite = 0x00ff

// errNoFlight is the error of an answer that cannot be put into words.
var errNoFlight = errors.New("no flight in clear")

// halfFlight is ServerHello and Certificate.
func (s *Server) halfFlight(h *wire.ClientHello, took tlsready.Result) ([]byte, error) {
	if took.Outcome != tlsready.Connects || took.Version < tlsready.SSL30 || took.Version > tlsready.TLS12 {
		return nil, errNoFlight
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	hello := wire.ServerHello{Version: took.Version, Random: random, Suite: took.Suite}
	if _, ok := h.Extension(wire.ExtRenegotiationInfo); ok || slices.Contains(h.Suites, renegotiationSCSV) {
		hello.Extensions = []wire.Extension{wire.RenegotiationInfoExtension()}
	}
	flight, err := hello.Marshal()
	if err != nil {
		return nil, err
	}
	if chain := s.Identity.chainFor(took.Suite); chain != nil {
		certificate, err := wire.MarshalCertificate(chain)
		if err != nil {
			return nil, err
		}
		flight = append(flight, certificate...)
	}
	return wire.Records(wire.ContentHandshake, took.Version, flight, 0), nil
}
