package wire

import (
	"golang.org/x/crypto/cryptobyte"

	"tlsready/internal/message"

	"tlsready"
)

// Message types of SSL 2.0 (draft-hickman-netscape-ssl-00 section 2).
const (
	ssl2Error       = 0
	ssl2ClientHello = 1
	ssl2ServerHello = 4
)

// ParseSSL2ClientHello reads a hello in the form of SSL 2.0, without the record
// header (draft-hickman-netscape-ssl-00 section 2.5, RFC 5246 appendix E.2). A
// suite of a later version stands in it with a zero in front.
func ParseSSL2ClientHello(msg []byte) (*ClientHello, error) {
	body := cryptobyte.String(msg)
	var kind uint8
	var version, suites, session, challenge uint16
	if !body.ReadUint8(&kind) || kind != ssl2ClientHello {
		return nil, message.Error("wire.ssl2-no-client-hello")
	}
	if !body.ReadUint16(&version) || !body.ReadUint16(&suites) || !body.ReadUint16(&session) || !body.ReadUint16(&challenge) {
		return nil, message.Error("wire.ssl2-cut")
	}
	if suites%3 != 0 || len(body) != int(suites)+int(session)+int(challenge) {
		return nil, message.Error("wire.ssl2-lengths", message.Int("a", suites), message.Int("b", session), message.Int("c", challenge), message.Int("size", len(body)))
	}
	h := &ClientHello{Version: tlsready.Version(version), SSL2: true}
	h.Suites = readKinds(&body, int(suites)/3)
	body.ReadBytes(&h.SessionID, int(session))
	body.ReadBytes(&h.Random, int(challenge))
	return h, nil
}

// readKinds reads n three-byte codes that are known to be there.
func readKinds(s *cryptobyte.String, n int) []tlsready.Suite {
	kinds := make([]tlsready.Suite, 0, n)
	var code uint32
	for len(kinds) < n && s.ReadUint24(&code) {
		kinds = append(kinds, tlsready.Suite(code))
	}
	return kinds
}

func (h *ClientHello) marshalSSL2() ([]byte, error) {
	if len(h.Random) > 0xffff || len(h.SessionID) > 0xffff || len(h.Suites) > 0xffff/3 {
		return nil, message.Error("wire.ssl2-long")
	}
	b := cryptobyte.NewBuilder(make([]byte, 0, 64))
	b.AddUint8(ssl2ClientHello)
	b.AddUint16(uint16(h.Version))
	b.AddUint16(uint16(3 * len(h.Suites)))
	b.AddUint16(uint16(len(h.SessionID)))
	b.AddUint16(uint16(len(h.Random)))
	for _, s := range h.Suites {
		b.AddUint24(uint32(s))
	}
	b.AddBytes(h.SessionID)
	b.AddBytes(h.Random)
	return b.Bytes()
}

// SSL2ServerHello is the answer of SSL 2.0 (draft-hickman-netscape-ssl-00 section
// 2.6): it lists what the server takes of the client's cipher kinds.
type SSL2ServerHello struct {
	Version      tlsready.Version
	Suites       []tlsready.Suite
	Certificate  []byte // one, in DER
	ConnectionID []byte
}

// ParseSSL2ServerHello reads the message without the record header.
func ParseSSL2ServerHello(msg []byte) (*SSL2ServerHello, error) {
	body := cryptobyte.String(msg)
	var kind, hit, certType uint8
	var version, cert, suites, connection uint16
	if !body.ReadUint8(&kind) || kind != ssl2ServerHello {
		return nil, message.Error("wire.ssl2-no-server-hello")
	}
	if !body.ReadUint8(&hit) || !body.ReadUint8(&certType) || !body.ReadUint16(&version) ||
		!body.ReadUint16(&cert) || !body.ReadUint16(&suites) || !body.ReadUint16(&connection) {
		return nil, message.Error("wire.ssl2-cut")
	}
	if suites%3 != 0 || len(body) != int(cert)+int(suites)+int(connection) {
		return nil, message.Error("wire.ssl2-lengths", message.Int("a", cert), message.Int("b", suites), message.Int("c", connection), message.Int("size", len(body)))
	}
	h := &SSL2ServerHello{Version: tlsready.Version(version)}
	body.ReadBytes(&h.Certificate, int(cert))
	h.Suites = readKinds(&body, int(suites)/3)
	body.ReadBytes(&h.ConnectionID, int(connection))
	return h, nil
}
