package winrm

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/source/remote/peer"
	"tlsready/internal/userfile"
)

// maxPEM bounds a file of certificates: the authorities of a whole system take
// 220 KB.
const maxPEM = 4 << 20

// trust decides whether a certificate is that of the machine.
type trust struct {
	target peer.Target
	roots  *x509.CertPool
	own    []*x509.Certificate // of the user's file
	now    func() time.Time
}

// tls makes the configuration of the connection. TLS 1.2 is the oldest that is
// spoken.
func (o Options) tls(t peer.Target) (*tls.Config, error) {
	bad := func(path string, err error) error {
		return peer.Failure(t, "winrm.certificate-file", message.Str("path", path)).From(err).Hinted("winrm.hint.pem")
	}
	trusted := &trust{target: t, now: time.Now}
	var err error
	if trusted.roots, err = x509.SystemCertPool(); err != nil {
		trusted.roots = x509.NewCertPool()
	}
	if o.CA != "" {
		if trusted.own, err = readCertificates(o.CA); err != nil {
			return nil, bad(o.CA, err)
		}
		for _, c := range trusted.own {
			trusted.roots.AddCert(c)
		}
	}
	config := &tls.Config{
		ServerName: t.Host, MinVersion: tls.VersionTLS12,
		// The whole check is done by trust.check: listeners sign their own
		// certificates, and old ones name the machine as crypto/tls no longer reads.
		InsecureSkipVerify: true, VerifyConnection: trusted.check,
	}
	if !o.HasCertificate() {
		return config, nil
	}
	pair, err := readKeyPair(o.Certificate, o.Key)
	if err != nil {
		return nil, peer.Failure(t, "winrm.client-certificate").From(err).Hinted("winrm.hint.client-certificate")
	}
	config.Certificates = []tls.Certificate{pair}
	// Windows asks for the certificate in a renegotiation, which TLS 1.3 lacks.
	config.MaxVersion, config.Renegotiation = tls.VersionTLS12, tls.RenegotiateOnceAsClient
	return config, nil
}

// readKeyPair reads a certificate and its key from PEM files.
func readKeyPair(certificate, key string) (tls.Certificate, error) {
	chain, err := userfile.Read(certificate, maxPEM)
	if err != nil {
		return tls.Certificate{}, message.At(certificate, userfile.Why(err))
	}
	private, err := userfile.Read(key, maxPEM)
	if err != nil {
		return tls.Certificate{}, message.At(key, userfile.Why(err))
	}
	return tls.X509KeyPair(chain, private)
}

// readCertificates reads all certificates of a PEM file.
func readCertificates(path string) ([]*x509.Certificate, error) {
	data, err := userfile.Read(path, maxPEM)
	if err != nil {
		return nil, userfile.Why(err)
	}
	var list []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, message.Error("winrm.pem-certificate", message.Int("n", len(list)+1), message.Cause("why", err))
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, message.Error("winrm.pem-none")
	}
	return list, nil
}

// check refuses a certificate that is not known to be the machine's.
func (t *trust) check(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return peer.Failure(t.target, "winrm.no-certificate").Hinted("winrm.hint.trust")
	}
	leaf := state.PeerCertificates[0]
	for _, known := range t.own {
		if bytes.Equal(known.Raw, leaf.Raw) {
			return t.checkOwn(leaf)
		}
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: t.roots, Intermediates: between, DNSName: t.target.Host, CurrentTime: t.now()})
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &name):
		return t.misnamed(leaf)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return t.expired(leaf)
	}
	return peer.Failure(t.target, "winrm.certificate-untrusted", message.Sub("fingerprint", fingerprint(leaf))).From(err).Hinted("winrm.hint.trust")
}

// checkOwn looks at a certificate that stands in the user's file itself: it needs
// no authority, but it must be for this machine, and valid. Certificates made
// before 2012 often have their name in the subject alone.
func (t *trust) checkOwn(leaf *x509.Certificate) error {
	err := leaf.VerifyHostname(t.target.Host)
	if err != nil && len(leaf.DNSNames)+len(leaf.IPAddresses) == 0 && strings.EqualFold(leaf.Subject.CommonName, t.target.Host) {
		err = nil
	}
	switch now := t.now(); {
	case err != nil:
		return t.misnamed(leaf)
	case now.After(leaf.NotAfter) || now.Before(leaf.NotBefore):
		return t.expired(leaf)
	}
	return nil
}

func (t *trust) misnamed(leaf *x509.Certificate) error {
	names := append([]string{}, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = append(names, leaf.Subject.CommonName)
	}
	return peer.Failure(t.target, "winrm.certificate-name", message.Quote("names", shortened(strings.Join(names, ", ")))).Hinted("winrm.hint.certificate-name", message.Str("host", t.target.Host))
}

func (t *trust) expired(leaf *x509.Certificate) error {
	const day = "2006-01-02"
	return peer.Failure(t.target, "winrm.certificate-time", message.Str("from", leaf.NotBefore.UTC().Format(day)), message.Str("to", leaf.NotAfter.UTC().Format(day))).
		Hinted("winrm.hint.new-certificate")
}
