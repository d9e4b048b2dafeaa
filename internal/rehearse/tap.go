package rehearse

import (
	"bytes"
	"net"

	"tlsready"
	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// tap is the connection that crypto/tls gets: it gives it the bytes of the hello that
// were read already, and watches what it answers. An alert in the place of a ServerHello
// is withheld, since it may speak of the library and not of the client.
type tap struct {
	net.Conn
	replay   []byte
	withheld []byte // the alert that crypto/tls answered the hello with
	answered bool   // something else went out
	out      wire.Reader
	settled  bool // nothing more is looked for in what goes out
	chosen   *observe.Negotiated
	in       wire.Reader
	deaf     bool // nothing more is looked for in what comes in
	told     *wire.Alert
}

// Read gives what was read before, then what comes.
func (t *tap) Read(p []byte) (int, error) {
	if len(t.replay) > 0 {
		n := copy(p, t.replay)
		t.replay = t.replay[n:]
		return n, nil
	}
	n, err := t.Conn.Read(p)
	t.listen(p[:n])
	return n, err
}

// listen finds an alert in clear. OpenSSL sends one in TLS 1.3, too, before it has changed
// to the keys of the handshake, which crypto/tls takes for a damaged record.
func (t *tap) listen(p []byte) {
	if t.deaf {
		return
	}
	_, _ = t.in.Write(p)
	for {
		m, ok, err := t.in.Next()
		if err == nil && !ok {
			return
		}
		if err == nil && m.Content == wire.ContentAlert && !m.Encrypted && m.Alert.Level == wire.Fatal {
			t.told = &m.Alert
		}
		if err != nil || t.told != nil || m.Content == wire.ContentApplicationData {
			t.stopListening()
			return
		}
	}
}

func (t *tap) stopListening() { t.deaf, t.in = true, wire.Reader{} }

// Write sends what crypto/tls answers.
func (t *tap) Write(p []byte) (int, error) {
	if !t.answered && len(p) > 0 && p[0] == byte(wire.ContentAlert) {
		t.withheld = append(t.withheld, p...)
		return len(p), nil
	}
	t.answered = true
	t.look(p)
	return t.Conn.Write(p)
}

// look finds the choice of the server in its first flight.
func (t *tap) look(p []byte) {
	if t.settled {
		return
	}
	_, _ = t.out.Write(p)
	for {
		m, ok, err := t.out.Next()
		switch {
		case err == nil && !ok:
			return
		case err != nil || m.Content != wire.ContentHandshake || m.Encrypted:
			if m.Content == wire.ContentChangeCipherSpec && t.chosen == nil {
				continue // it may follow a HelloRetryRequest (RFC 8446 appendix D.4)
			}
			t.end()
			return
		case m.Type == wire.TypeServerHello:
			t.serverHello(m.Data)
		case m.Type == wire.TypeServerKeyExchange && t.chosen != nil:
			if x, err := wire.ParseServerKeyExchange(bytes.Clone(m.Data), t.chosen.Suite, t.chosen.Version); err == nil {
				t.chosen.Group = x.Group
			}
			t.end()
			return
		case m.Type == wire.TypeServerHelloDone:
			t.end()
			return
		}
	}
}

func (t *tap) end() { t.settled, t.out = true, wire.Reader{} }

func (t *tap) serverHello(msg []byte) {
	h, err := wire.ParseServerHello(msg)
	if err != nil || h.IsRetry() {
		return
	}
	t.chosen = &observe.Negotiated{Version: h.Selected(), Suite: h.Suite, HasSuite: true, Group: h.Group()}
}

// alert is the one that was withheld.
func (t *tap) alert() (wire.Alert, bool) {
	const header = 5
	if len(t.withheld) < header+2 {
		return wire.Alert{}, false
	}
	return wire.Alert{Level: wire.AlertLevel(t.withheld[header]), Description: wire.AlertDescription(t.withheld[header+1])}, true
}

// aboutServer says whether an alert of crypto/tls may mean that the library lacks what
// the client and the service have in common.
func aboutServer(d wire.AlertDescription) bool {
	switch d {
	case wire.HandshakeFailure, wire.ProtocolVersion, wire.InsufficientSecurity, wire.InternalError:
		return true
	}
	return false
}

// alertVersion is the version of the record in which an alert goes out: what the client
// speaks, TLS 1.2 at most (RFC 8446 section 5.1), SSL 3.0 at least.
func alertVersion(h *wire.ClientHello) tlsready.Version {
	return max(min(h.Version, tlsready.TLS12), tlsready.SSL30)
}
