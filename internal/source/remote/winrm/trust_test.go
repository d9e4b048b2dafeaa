package winrm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"tlsready/internal/source/remote/peer"
	"tlsready/internal/source/remote/winrm/winrmtest"
)

// Proves which certificates are taken for the machine's own: those in the file,
// with the machine's name in the place where old ones have it too, while they are
// valid.
func TestTrust(t *testing.T) {
	leaf, _ := winrmtest.Certificate(t, "fs01")
	other, _ := winrmtest.Certificate(t, "fs01")
	old := *leaf
	old.DNSNames = nil // only the subject has the name
	check := func(c *x509.Certificate, host string, when time.Time) error {
		roots := x509.NewCertPool()
		roots.AddCert(leaf)
		trusted := &trust{target: peer.Target{Scheme: "winrm", Host: host}, roots: roots, own: []*x509.Certificate{leaf}, now: func() time.Time { return when }}
		return trusted.check(tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}})
	}
	now := time.Now()
	for _, c := range []struct {
		name string
		cert *x509.Certificate
		host string
		when time.Time
		want string
	}{
		{"its own", leaf, "fs01", now, ""},
		{"old", &old, "FS01", now, ""},
		{"of the same name", other, "fs01", now, "not trusted (thumbprint "},
		{"another machine's", leaf, "fs02", now, `is for "fs01"`},
		{"another machine's, old", &old, "fs02", now, `is for "fs01"`},
		{"expired", leaf, "fs01", now.Add(48 * time.Hour), "valid from"},
		{"not yet valid", leaf, "fs01", now.Add(-48 * time.Hour), "valid from"},
	} {
		err := check(c.cert, c.host, c.when)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	trusted := &trust{target: peer.Target{Scheme: "winrm", Host: "fs01"}, roots: x509.NewCertPool(), now: time.Now}
	if trusted.check(tls.ConnectionState{}) == nil {
		t.Error("a connection without a certificate is trusted")
	}
}

// signed makes a certificate of an authority, through one between.
func signed(t *testing.T, host string) (leaf, between, root *x509.Certificate) {
	t.Helper()
	issue := func(about, by *x509.Certificate, key *ecdsa.PrivateKey, byKey *ecdsa.PrivateKey) *x509.Certificate {
		about.NotBefore, about.NotAfter, about.BasicConstraintsValid = time.Now().Add(-time.Hour), time.Now().Add(time.Hour), true
		der, err := x509.CreateCertificate(rand.Reader, about, by, &key.PublicKey, byKey)
		must(t, err)
		c, err := x509.ParseCertificate(der)
		must(t, err)
		return c
	}
	var keys []*ecdsa.PrivateKey
	for range 3 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		keys = append(keys, key)
	}
	name := func(n int64, text string, ca bool) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(n), Subject: pkix.Name{CommonName: text}, IsCA: ca, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	}
	about := name(1, "root", true)
	root = issue(about, about, keys[0], keys[0])
	between = issue(name(2, "between", true), root, keys[1], keys[0])
	about = name(3, host, false)
	about.DNSNames, about.ExtKeyUsage = []string{host}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	return issue(about, between, keys[2], keys[1]), between, root
}

// Proves that a certificate of an authority is taken with the ones between, for
// its machine, while it is valid, and not when one is missing.
func TestAuthority(t *testing.T) {
	leaf, between, root := signed(t, "fs01")
	now := time.Now()
	for _, c := range []struct {
		name  string
		shown []*x509.Certificate
		root  *x509.Certificate
		host  string
		when  time.Time
		want  string
	}{
		{"whole chain", []*x509.Certificate{leaf, between}, root, "fs01", now, ""},
		{"nothing between", []*x509.Certificate{leaf}, root, "fs01", now, "not trusted (thumbprint "},
		{"no authority", []*x509.Certificate{leaf, between, root}, nil, "fs01", now, "not trusted (thumbprint "},
		{"another machine", []*x509.Certificate{leaf, between}, root, "fs02", now, `is for "fs01"`},
		{"expired", []*x509.Certificate{leaf, between}, root, "fs01", now.Add(48 * time.Hour), "valid from"},
	} {
		roots := x509.NewCertPool()
		if c.root != nil {
			roots.AddCert(c.root)
		}
		trusted := &trust{target: peer.Target{Scheme: "winrm", Host: c.host}, roots: roots, now: func() time.Time { return c.when }}
		err := trusted.check(tls.ConnectionState{PeerCertificates: c.shown})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Proves that the files come from the environment.
func TestDefaults(t *testing.T) {
	o := Defaults(func(name string) string { return "of " + name })
	if o.CA != "of TLSREADY_WINRM_CA" || o.Certificate != "of TLSREADY_WINRM_CERT" || o.Key != "of TLSREADY_WINRM_KEY" || !o.HasCertificate() {
		t.Errorf("%+v", o)
	}
	if Defaults(func(string) string { return "" }).HasCertificate() {
		t.Error("an empty environment names a certificate")
	}
}

// Proves that a file without certificates, or with broken ones, is refused.
func TestReadCertificates(t *testing.T) {
	for _, text := range []string{"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"} {
		path := t.TempDir() + "/ca.pem"
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if list, err := readCertificates(path); err == nil {
			t.Errorf("%q: %d certificates", text, len(list))
		}
	}
}
