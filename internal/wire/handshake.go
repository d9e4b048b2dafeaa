package wire

import (
	"golang.org/x/crypto/cryptobyte"

	"tlsready/internal/message"
)

// HandshakeType is the kind of a handshake message (IANA registry "TLS
// HandshakeType").
type HandshakeType uint8

// The messages of a first flight.
const (
	TypeHelloRequest       HandshakeType = 0
	TypeClientHello        HandshakeType = 1
	TypeServerHello        HandshakeType = 2
	TypeHelloRetryDraft    HandshakeType = 6 // of the drafts of TLS 1.3 up to 21
	TypeCertificate        HandshakeType = 11
	TypeServerKeyExchange  HandshakeType = 12
	TypeCertificateRequest HandshakeType = 13
	TypeServerHelloDone    HandshakeType = 14
	TypeCertificateVerify  HandshakeType = 15
	TypeFinished           HandshakeType = 20
	TypeCertificateStatus  HandshakeType = 22
)

// typeMessageHash stands in a transcript for the first of two ClientHellos (RFC 8446
// section 4.4.1). It is never on the wire.
const typeMessageHash HandshakeType = 254

var (
	errShortHeader error = message.Error("wire.header-cut")
	errLength      error = message.Error("wire.header-length")
)

// handshakeBody is the content of a handshake message of that type.
func handshakeBody(msg []byte, want HandshakeType) (cryptobyte.String, error) {
	if len(msg) < 4 {
		return nil, errShortHeader
	}
	if HandshakeType(msg[0]) != want {
		return nil, message.Error("wire.handshake-type", message.Int("found", msg[0]), message.Int("want", want))
	}
	if uint24(msg[1:]) != len(msg)-4 {
		return nil, errLength
	}
	return msg[4:], nil
}

// frame puts a handshake header in front of a body.
func frame(kind HandshakeType, write func(*cryptobyte.Builder)) ([]byte, error) {
	b := cryptobyte.NewBuilder(make([]byte, 0, 128))
	b.AddUint8(uint8(kind))
	b.AddUint24LengthPrefixed(write)
	return b.Bytes()
}
