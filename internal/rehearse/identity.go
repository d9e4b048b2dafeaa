package rehearse

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/term"
)

// Identity is the certificates that the server shows.
type Identity struct {
	list []tls.Certificate
	root []byte // in DER; nil of certificates that were given
	// Names are those that the certificates are for.
	Names []string
}

// CertificateDays is how long throw-away certificates hold: a rehearsal takes a day, and
// is forgotten by many.
const CertificateDays = 30

// keyBits is the size of RSA keys: the least that everybody takes today, and Windows
// since KB2661254 refuses less than half of it.
const keyBits = 2048

// IsName says whether a certificate can be made for a name: an address, or a DNS name that
// may begin with a star.
func IsName(s string) bool {
	if net.ParseIP(s) != nil {
		return true
	}
	s = strings.TrimPrefix(s, "*.")
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return false
		}
	}
	return true
}

// ThrowAway makes a root whose key is forgotten at once, and under it a certificate with
// an RSA key and one with an ECDSA key. The root is good for these names alone (RFC 5280
// section 4.2.1.10), so that whoever imports it trusts it for nothing else. Not marked
// critical, since old clients refuse what is critical and they do not know.
func ThrowAway(names []string, now time.Time) (*Identity, error) {
	rootKey, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	root := template("tlsready rehearsal root, "+now.UTC().Format(time.DateOnly), now)
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	root.MaxPathLenZero = true
	limit(root, names)
	der, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	id := &Identity{root: der, Names: names}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return nil, err
	}
	for _, key := range []crypto.Signer{ecKey, rsaKey} {
		leaf := template(names[0], now)
		leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature|x509.KeyUsageKeyEncipherment, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		name(leaf, names)
		if err := id.issue(leaf, root, key, rootKey); err != nil {
			return nil, err
		}
	}
	return id, nil
}

func (id *Identity) issue(leaf, root *x509.Certificate, key, signer crypto.Signer) error {
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), signer)
	if err != nil {
		return err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	id.list = append(id.list, tls.Certificate{Certificate: [][]byte{der, id.root}, PrivateKey: key, Leaf: parsed})
	return nil
}

func template(name string, now time.Time) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // never fails (crypto/rand)
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"tlsready rehearsal"}},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(0, 0, CertificateDays), // clocks of clients differ
	}
}

func name(c *x509.Certificate, names []string) {
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, n)
		}
	}
}

func limit(c *x509.Certificate, names []string) {
	c.PermittedIPRanges = []*net.IPNet{}
	for _, n := range names {
		ip := net.ParseIP(n)
		if ip == nil {
			c.PermittedDNSDomains = append(c.PermittedDNSDomains, strings.TrimPrefix(n, "*."))
			continue
		}
		if four := ip.To4(); four != nil {
			ip = four
		}
		c.PermittedIPRanges = append(c.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(8*len(ip), 8*len(ip))})
	}
}

// Given is an identity of the user's own: a chain and its key, both in PEM.
func Given(chain, key []byte) (*Identity, error) {
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, err
	}
	id := &Identity{list: []tls.Certificate{pair}, Names: pair.Leaf.DNSNames}
	for _, ip := range pair.Leaf.IPAddresses {
		id.Names = append(id.Names, ip.String())
	}
	for i, n := range id.Names {
		id.Names[i] = term.OneLine(n)
	}
	if len(id.Names) == 0 {
		return nil, message.Error("rehearse.certificate.nameless")
	}
	return id, nil
}

// RootPEM is the root in the form that Windows, curl and Java import; nil if the
// certificates were given.
func (id *Identity) RootPEM() []byte {
	if id.root == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.root})
}

// certificates are those that fit what is accepted, with the signatures that are.
func (id *Identity) certificates(accepts tlsready.Acceptance) []tls.Certificate {
	var list []tls.Certificate
	for _, c := range id.list {
		if want := accepts.Certificate.KeyType; want != "" && want != keyType(c) && id.root != nil {
			continue
		}
		if !accepts.SignatureAlgorithms.IsAny() {
			c.SupportedSignatureAlgorithms = schemes(accepts.SignatureAlgorithms)
		}
		list = append(list, c)
	}
	return list
}

func keyType(c tls.Certificate) string {
	switch c.Leaf.PublicKeyAlgorithm {
	case x509.RSA:
		return "rsa"
	case x509.ECDSA:
		return "ecdsa"
	}
	return ""
}

// schemes are the signature algorithms of crypto/tls that are taken.
func schemes(axis tlsready.Axis[tlsready.SignatureScheme]) []tls.SignatureScheme {
	var list []tls.SignatureScheme
	for _, s := range []tls.SignatureScheme{
		tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512, tls.ECDSAWithP256AndSHA256, tls.ECDSAWithP384AndSHA384, tls.ECDSAWithP521AndSHA512,
		tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512, tls.PKCS1WithSHA1, tls.ECDSAWithSHA1, tls.Ed25519,
	} {
		if axis.Allows(tlsready.SignatureScheme(s)) != tlsready.No {
			list = append(list, s)
		}
	}
	return list
}

// chainFor is the chain that goes with a suite; nil if there is none.
func (id *Identity) chainFor(s tlsready.Suite) [][]byte {
	for _, c := range id.list {
		if tlsready.AuthFits(s.Info(), keyType(c)) && s.Info().Auth != tlsready.AuthAnon {
			return c.Certificate
		}
	}
	return nil
}
