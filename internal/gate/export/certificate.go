package export

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// Certificate is a certificate and its key (PEM) for a listener that writes alerts: HAProxy
// 2.6 answers a hello with unrecognized_name if it has none, before it looks at the version,
// and Envoy does not start. They are the same for everybody and no secret: whoever comes to
// this listener speaks less than it takes, so that no handshake gets as far as the key.
func Certificate() (certificate, key string, err error) {
	seed := sha256.Sum256([]byte("tlsready: the listener that writes alerts"))
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		return "", "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "refused"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC),
	}
	// Without a source of randomness the signature is that of RFC 6979.
	der, err := x509.CreateCertificate(nil, template, template, private.Public(), private)
	if err != nil {
		return "", "", err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})), nil
}
