package wire

import (
	"golang.org/x/crypto/cryptobyte"

	"tlsready/internal/message"

	"tlsready"
)

// ParseCertificate13 reads the certificate message of a server in TLS 1.3 (RFC 8446 section
// 4.4.2): the chain, leaf first, and the OCSP answer that comes with the leaf, or nil if there
// is none.
func ParseCertificate13(msg []byte) (chain [][]byte, ocsp []byte, err error) {
	body, err := handshakeBody(msg, TypeCertificate)
	if err != nil {
		return nil, nil, message.Error("wire.certificate", message.Cause("why", err))
	}
	var context, list, der cryptobyte.String
	if !body.ReadUint8LengthPrefixed(&context) || !body.ReadUint24LengthPrefixed(&list) || !body.Empty() {
		return nil, nil, message.Error("wire.certificate-list")
	}
	for !list.Empty() {
		if !list.ReadUint24LengthPrefixed(&der) {
			return nil, nil, message.Error("wire.certificate-cut", message.Int("n", len(chain)+1))
		}
		if len(chain) == maxChain {
			return nil, nil, message.Error("wire.certificate-many", message.Int("limit", maxChain))
		}
		extensions, err := readExtensions(&list)
		if err != nil || extensions == nil {
			return nil, nil, message.Error("wire.certificate-extensions", message.Int("n", len(chain)+1))
		}
		if len(chain) == 0 {
			ocsp = staple(extensions)
		}
		chain = append(chain, der)
	}
	return chain, ocsp, nil
}

// staple is the OCSP answer among the extensions of a certificate (RFC 8446 section
// 4.4.2.1).
func staple(list []Extension) []byte {
	data, _ := find(list, ExtStatusRequest)
	var kind uint8
	var answer cryptobyte.String
	if data.ReadUint8(&kind) && kind == 1 && data.ReadUint24LengthPrefixed(&answer) && data.Empty() {
		return answer
	}
	return nil
}

// ParseCertificateVerify is the signature algorithm with which a server of TLS 1.3
// signs the handshake (RFC 8446 section 4.4.3). The signature itself is not looked
// at.
func ParseCertificateVerify(msg []byte) (tlsready.SignatureScheme, error) {
	body, err := handshakeBody(msg, TypeCertificateVerify)
	if err != nil {
		return 0, message.Error("wire.certificate-verify", message.Cause("why", err))
	}
	var scheme uint16
	var signature cryptobyte.String
	if !body.ReadUint16(&scheme) || !body.ReadUint16LengthPrefixed(&signature) || !body.Empty() {
		return 0, message.Error("wire.certificate-verify-signature")
	}
	return tlsready.SignatureScheme(scheme), nil
}

// ParseCertificateRequest13 reads the wish for a client certificate of TLS 1.3 (RFC
// 8446 section 4.3.2).
func ParseCertificateRequest13(msg []byte) (*CertificateRequest, error) {
	body, err := handshakeBody(msg, TypeCertificateRequest)
	if err != nil {
		return nil, message.Error("wire.certificate-request", message.Cause("why", err))
	}
	var context cryptobyte.String
	if !body.ReadUint8LengthPrefixed(&context) {
		return nil, message.Error("wire.certificate-request-context")
	}
	extensions, err := readExtensions(&body)
	if err != nil || !body.Empty() {
		return nil, message.Error("wire.certificate-request-extensions")
	}
	schemes, _ := find(extensions, ExtSignatureAlgorithms)
	return &CertificateRequest{Schemes: codes[tlsready.SignatureScheme](schemes)}, nil
}
