package probe

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyteasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"tlsready"
)

// Certificate is one certificate of a chain.
type Certificate struct {
	Subject, Issuer     string
	Names               []string // DNS names and addresses
	NotBefore, NotAfter time.Time
	KeyType             string // "rsa", "ecdsa", "eddsa", "dsa"; "" for another
	PSS                 bool   // an RSA key that is for RSA-PSS alone (RFC 4055 section 1.2)
	KeyBits             int
	Signature           tlsready.SignatureScheme // 0: not one of TLS
	SHA256              string                   // of the DER form, in hex
	DER                 []byte
	Err                 error // why it could not be read
}

func readCertificate(der []byte) Certificate {
	sum := sha256.Sum256(der)
	c := Certificate{SHA256: hex.EncodeToString(sum[:]), DER: slices.Clone(der)} // the rest of the answer may go
	x, err := x509.ParseCertificate(der)
	if err != nil {
		c.Err = err
		return c
	}
	c.Subject, c.Issuer = x.Subject.String(), x.Issuer.String()
	c.Names = slices.Clone(x.DNSNames)
	for _, ip := range x.IPAddresses {
		c.Names = append(c.Names, ip.String())
	}
	c.NotBefore, c.NotAfter = x.NotBefore, x.NotAfter
	if c.Signature = schemeOf(x.SignatureAlgorithm); c.Signature == 0 {
		c.Signature = pssSignature(der)
	}
	switch key := x.PublicKey.(type) {
	case *rsa.PublicKey:
		c.KeyType, c.KeyBits = "rsa", key.N.BitLen()
	case *ecdsa.PublicKey:
		c.KeyType, c.KeyBits = "ecdsa", key.Curve.Params().BitSize
	case ed25519.PublicKey:
		c.KeyType, c.KeyBits = "eddsa", 256
	default:
		if bits := pssKeyBits(x.RawSubjectPublicKeyInfo); bits > 0 {
			c.KeyType, c.KeyBits, c.PSS = "rsa", bits, true
		} else if x.PublicKeyAlgorithm == x509.DSA {
			c.KeyType = "dsa"
		}
	}
	return c
}

// pssKeyBits is the size of a key of type id-RSASSA-PSS (RFC 4055 section 3.1), which
// crypto/x509 leaves unread; 0 for another key.
func pssKeyBits(info []byte) int {
	var content, algorithm, inner cryptobyte.String
	var id asn1.ObjectIdentifier
	var key asn1.BitString
	modulus := new(big.Int)
	in := cryptobyte.String(info)
	if !in.ReadASN1(&content, cryptobyteasn1.SEQUENCE) || !content.ReadASN1(&algorithm, cryptobyteasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&id) ||
		!id.Equal(idPSS()) || !content.ReadASN1BitString(&key) {
		return 0
	}
	public := cryptobyte.String(key.RightAlign())
	if !public.ReadASN1(&inner, cryptobyteasn1.SEQUENCE) || !inner.ReadASN1Integer(modulus) {
		return 0
	}
	return modulus.BitLen()
}

// idPSS is id-RSASSA-PSS, of keys and of signatures.
func idPSS() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10} }

// pssSignature names an RSA-PSS signature by its hash (RFC 4055 section 3.1); 0 for
// another. crypto/x509 knows only those whose salt is as long as the hash, which not
// every tool writes.
func pssSignature(der []byte) tlsready.SignatureScheme {
	var content, algorithm, parameters, hash cryptobyte.String
	var id asn1.ObjectIdentifier
	in := cryptobyte.String(der)
	zero := cryptobyteasn1.Tag(0).ContextSpecific().Constructed()
	if !in.ReadASN1(&content, cryptobyteasn1.SEQUENCE) || !content.SkipASN1(cryptobyteasn1.SEQUENCE) || !content.ReadASN1(&algorithm, cryptobyteasn1.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&id) || !id.Equal(idPSS()) || !algorithm.ReadASN1(&parameters, cryptobyteasn1.SEQUENCE) ||
		!parameters.ReadASN1(&hash, zero) || !hash.ReadASN1(&hash, cryptobyteasn1.SEQUENCE) || !hash.ReadASN1ObjectIdentifier(&id) {
		return 0
	}
	return map[string]tlsready.SignatureScheme{
		"2.16.840.1.101.3.4.2.1": tlsready.RSAPSSRSAESHA256, "2.16.840.1.101.3.4.2.2": tlsready.RSAPSSRSAESHA384, "2.16.840.1.101.3.4.2.3": tlsready.RSAPSSRSAESHA512,
	}[id.String()]
}

// nameSignatures tells RSA-PSS signatures by a key that is for RSA-PSS alone from those by
// an ordinary RSA key: TLS has a name for each (RFC 8446 section 4.2.3).
func nameSignatures(chain []Certificate) {
	byPSS := map[tlsready.SignatureScheme]tlsready.SignatureScheme{
		tlsready.RSAPSSRSAESHA256: tlsready.RSAPSSPSSSHA256, tlsready.RSAPSSRSAESHA384: tlsready.RSAPSSPSSSHA384, tlsready.RSAPSSRSAESHA512: tlsready.RSAPSSPSSSHA512,
	}
	for i := range chain {
		issuer := &chain[min(i+1, len(chain)-1)]
		if scheme, ok := byPSS[chain[i].Signature]; ok && issuer.PSS && issuer.Subject == chain[i].Issuer {
			chain[i].Signature = scheme
		}
	}
}

// schemeOf names the signature of a certificate as TLS does (RFC 8446 section
// 4.2.3, RFC 5246 section 7.4.1.4.1).
func schemeOf(a x509.SignatureAlgorithm) tlsready.SignatureScheme {
	return map[x509.SignatureAlgorithm]tlsready.SignatureScheme{
		x509.MD5WithRSA: 0x0101, x509.SHA1WithRSA: tlsready.RSAPKCS1SHA1,
		x509.SHA256WithRSA: tlsready.RSAPKCS1SHA256, x509.SHA384WithRSA: tlsready.RSAPKCS1SHA384, x509.SHA512WithRSA: tlsready.RSAPKCS1SHA512,
		x509.SHA256WithRSAPSS: tlsready.RSAPSSRSAESHA256, x509.SHA384WithRSAPSS: tlsready.RSAPSSRSAESHA384, x509.SHA512WithRSAPSS: tlsready.RSAPSSRSAESHA512,
		x509.DSAWithSHA1: 0x0202, x509.DSAWithSHA256: 0x0402,
		x509.ECDSAWithSHA1: tlsready.ECDSASHA1, x509.ECDSAWithSHA256: tlsready.ECDSAP256SHA256,
		x509.ECDSAWithSHA384: tlsready.ECDSAP384SHA384, x509.ECDSAWithSHA512: tlsready.ECDSAP521SHA512,
		x509.PureEd25519: tlsready.Ed25519,
	}[a]
}
