package wire

import (
	"math/bits"

	"tlsready/internal/message"

	"golang.org/x/crypto/cryptobyte"

	"tlsready"
)

// maxChain is the most certificates that one message may hold. Chains in use have
// at most ten; each costs the reader a parse.
const maxChain = 100

// ParseCertificate reads the chain of a server up to TLS 1.2 (RFC 5246 section
// 7.4.2), leaf first, each in DER.
func ParseCertificate(msg []byte) ([][]byte, error) {
	body, err := handshakeBody(msg, TypeCertificate)
	if err != nil {
		return nil, message.Error("wire.certificate", message.Cause("why", err))
	}
	var list, der cryptobyte.String
	if !body.ReadUint24LengthPrefixed(&list) || !body.Empty() {
		return nil, message.Error("wire.certificate-list")
	}
	var chain [][]byte
	for !list.Empty() {
		if !list.ReadUint24LengthPrefixed(&der) {
			return nil, message.Error("wire.certificate-cut", message.Int("n", len(chain)+1))
		}
		if len(chain) == maxChain {
			return nil, message.Error("wire.certificate-many", message.Int("limit", maxChain))
		}
		chain = append(chain, der)
	}
	return chain, nil
}

// MarshalCertificate writes what ParseCertificate reads.
func MarshalCertificate(chain [][]byte) ([]byte, error) {
	return frame(TypeCertificate, func(b *cryptobyte.Builder) {
		b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
			for _, der := range chain {
				b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(der) })
			}
		})
	})
}

// ParseCertificateStatus reads a stapled OCSP answer, in DER (RFC 6066 section 8).
func ParseCertificateStatus(msg []byte) ([]byte, error) {
	body, err := handshakeBody(msg, TypeCertificateStatus)
	if err != nil {
		return nil, message.Error("wire.certificate-status", message.Cause("why", err))
	}
	var kind uint8
	var answer cryptobyte.String
	if !body.ReadUint8(&kind) || kind != 1 || !body.ReadUint24LengthPrefixed(&answer) || !body.Empty() {
		return nil, message.Error("wire.certificate-status-none")
	}
	return answer, nil
}

// ServerKeyExchange is what the server sends for an ephemeral key exchange (RFC
// 5246 section 7.4.3, RFC 8422 section 5.4).
type ServerKeyExchange struct {
	Group  tlsready.Group           // the named curve; 0 for another kind
	DHBits int                      // size of the finite-field prime, in bits
	RSA    int                      // size of the temporary RSA key of an export suite, in bits
	Scheme tlsready.SignatureScheme // with what it is signed; 0 before TLS 1.2, and unsigned
}

// ParseServerKeyExchange reads the message as the chosen suite and version have
// it. A key exchange that this project does not look into gives a zero value.
func ParseServerKeyExchange(msg []byte, suite tlsready.Suite, version tlsready.Version) (*ServerKeyExchange, error) {
	body, err := handshakeBody(msg, TypeServerKeyExchange)
	if err != nil {
		return nil, message.Error("wire.key-exchange", message.Cause("why", err))
	}
	info := suite.Info()
	x := &ServerKeyExchange{}
	var hint cryptobyte.String
	switch info.KeyExchange {
	case tlsready.DHEPSK, tlsready.ECDHEPSK: // RFC 4279 section 3, RFC 5489 section 2
		if !body.ReadUint16LengthPrefixed(&hint) {
			return nil, message.Error("wire.key-exchange-hint")
		}
	}
	ok := true
	switch info.KeyExchange {
	case tlsready.DHE, tlsready.DHEPSK:
		ok = x.finiteField(&body)
	case tlsready.ECDHE, tlsready.ECDHEPSK:
		ok = x.curve(&body)
	case tlsready.RSA:
		ok = x.temporaryRSA(&body)
	default:
		return x, nil
	}
	if !ok {
		return nil, message.Error("wire.key-exchange-parameters")
	}
	signed := info.Auth == tlsready.AuthRSA || info.Auth == tlsready.AuthECDSA || info.Auth == tlsready.AuthDSS
	if signed && version == tlsready.TLS12 && !body.ReadUint16((*uint16)(&x.Scheme)) {
		return nil, message.Error("wire.key-exchange-signature")
	}
	return x, nil
}

// finiteField reads prime, generator and public value.
func (x *ServerKeyExchange) finiteField(s *cryptobyte.String) bool {
	var p, g, y cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&p) || !s.ReadUint16LengthPrefixed(&g) || !s.ReadUint16LengthPrefixed(&y) {
		return false
	}
	x.DHBits = bitLen(p)
	return true
}

// curve reads a named curve and a point. Curves that are spelled out (RFC 4492
// section 5.4) leave Group at 0, and then nothing after them is read.
func (x *ServerKeyExchange) curve(s *cryptobyte.String) bool {
	const namedCurve = 3
	var kind uint8
	var point cryptobyte.String
	if !s.ReadUint8(&kind) {
		return false
	}
	if kind != namedCurve {
		*s = append(cryptobyte.String{0, 0}, *s...) // no scheme can be told
		return true
	}
	return s.ReadUint16((*uint16)(&x.Group)) && s.ReadUint8LengthPrefixed(&point)
}

// temporaryRSA reads modulus and exponent (RFC 2246 section 7.4.3).
func (x *ServerKeyExchange) temporaryRSA(s *cryptobyte.String) bool {
	var n, e cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&n) || !s.ReadUint16LengthPrefixed(&e) {
		return false
	}
	x.RSA = bitLen(n)
	return true
}

// bitLen is the length in bits of a number with its highest byte first.
func bitLen(number []byte) int {
	for i, b := range number {
		if b != 0 {
			return 8*(len(number)-i-1) + bits.Len8(b)
		}
	}
	return 0
}

// CertificateRequest is the server's wish for a client certificate, up to TLS 1.2
// (RFC 5246 section 7.4.4).
type CertificateRequest struct {
	Types       []byte // ClientCertificateType
	Schemes     []tlsready.SignatureScheme
	Authorities [][]byte // distinguished names in DER
}

// maxAuthorities is the most names that are kept: Windows servers may send
// hundreds, and a message can hold no more than MaxHandshake bytes of them.
const maxAuthorities = 2000

// ParseCertificateRequest reads the message of that version.
func ParseCertificateRequest(msg []byte, version tlsready.Version) (*CertificateRequest, error) {
	body, err := handshakeBody(msg, TypeCertificateRequest)
	if err != nil {
		return nil, message.Error("wire.certificate-request", message.Cause("why", err))
	}
	var types, schemes, names, name cryptobyte.String
	r := &CertificateRequest{}
	if !body.ReadUint8LengthPrefixed(&types) {
		return nil, message.Error("wire.certificate-request-types")
	}
	r.Types = types
	if version == tlsready.TLS12 {
		if !body.ReadUint16LengthPrefixed(&schemes) {
			return nil, message.Error("wire.certificate-request-signatures")
		}
		r.Schemes = plainCodes[tlsready.SignatureScheme](schemes)
	}
	if !body.ReadUint16LengthPrefixed(&names) || !body.Empty() {
		return nil, message.Error("wire.certificate-request-names")
	}
	for !names.Empty() {
		if !names.ReadUint16LengthPrefixed(&name) {
			return nil, message.Error("wire.certificate-request-name")
		}
		if len(r.Authorities) < maxAuthorities {
			r.Authorities = append(r.Authorities, name)
		}
	}
	return r, nil
}
