package wire

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"

	"tlsready"
)

// ParseCertificate13 reads the certificate message of a server in TLS 1.3 (RFC 8446
// section 4.4.2): the chain, leaf first, and the OCSP answer that stands with the
// leaf, nil where there is none.
func ParseCertificate13(msg []byte) (chain [][]byte, ocsp []byte, err error) {
	body, err := handshakeBody(msg, TypeCertificate)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	var context, list, der cryptobyte.String
	if !body.ReadUint8LengthPrefixed(&context) || !body.ReadUint24LengthPrefixed(&list) || !body.Empty() {
		return nil, nil, errors.New("certificate: the list does not fill the message")
	}
	for !list.Empty() {
		if !list.ReadUint24LengthPrefixed(&der) {
			return nil, nil, fmt.Errorf("certificate: number %d is cut off", len(chain)+1)
		}
		if len(chain) == maxChain {
			return nil, nil, fmt.Errorf("certificate: more than %d in the chain", maxChain)
		}
		extensions, err := readExtensions(&list)
		if err != nil || extensions == nil {
			return nil, nil, fmt.Errorf("certificate: number %d: the extensions are cut off", len(chain)+1)
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
		return 0, fmt.Errorf("certificate verify: %w", err)
	}
	var scheme uint16
	var signature cryptobyte.String
	if !body.ReadUint16(&scheme) || !body.ReadUint16LengthPrefixed(&signature) || !body.Empty() {
		return 0, errors.New("certificate verify: the signature does not fill the message")
	}
	return tlsready.SignatureScheme(scheme), nil
}

// ParseCertificateRequest13 reads the wish for a client certificate of TLS 1.3 (RFC
// 8446 section 4.3.2).
func ParseCertificateRequest13(msg []byte) (*CertificateRequest, error) {
	body, err := handshakeBody(msg, TypeCertificateRequest)
	if err != nil {
		return nil, fmt.Errorf("certificate request: %w", err)
	}
	var context cryptobyte.String
	if !body.ReadUint8LengthPrefixed(&context) {
		return nil, errors.New("certificate request: the context is cut off")
	}
	extensions, err := readExtensions(&body)
	if err != nil || !body.Empty() {
		return nil, errors.New("certificate request: the extensions do not fill the message")
	}
	schemes, _ := find(extensions, ExtSignatureAlgorithms)
	return &CertificateRequest{Schemes: codes[tlsready.SignatureScheme](schemes)}, nil
}
