package listen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Proves that a certificate that was renewed is used without a restart, that half of a
// renewal keeps the old one, and that nothing older than TLS 1.2 is spoken.
func TestRenewed(t *testing.T) {
	dir := t.TempDir()
	f := Files{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	cert, key := pair(t, 1)
	write(t, f.Cert, cert)
	write(t, f.Key, key)
	for _, path := range []string{f.Cert, f.Key} { // not in the moment of the renewal
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	config, err := Config(f, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := &certificate{files: f, log: slog.New(slog.DiscardHandler)}
	if err := c.load(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c.looked = time.Time{} // a second has gone by
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.SerialNumber.Int64()
	}
	next, nextKey := pair(t, 22)
	write(t, f.Cert, next)
	if got := serial(); got != 1 {
		t.Errorf("half of a renewal: certificate %d", got)
	}
	if err := os.Remove(f.Key); err != nil {
		t.Fatal(err)
	}
	if got := serial(); got != 1 {
		t.Errorf("without the key: certificate %d", got)
	}
	write(t, f.Key, nextKey)
	if got := serial(); got != 22 {
		t.Errorf("after the renewal: certificate %d", got)
	}
	if err := shake(config, tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if err := shake(config, tls.VersionTLS12); err != nil {
		t.Errorf("TLS 1.2: %v", err)
	}
}

// Proves that files that are no certificate, no key or not there are refused by their name.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	cert, key := pair(t, 1)
	_, other := pair(t, 2)
	paths := map[string][]byte{"cert": cert, "key": key, "other": other, "text": []byte("hello")}
	for name, data := range paths {
		write(t, filepath.Join(dir, name), data)
	}
	for _, tc := range [][3]string{{"none", "key", ""}, {"cert", "none", ""}, {"cert", "other", ""}, {"text", "key", ""}, {"key", "key", ""}, {"cert", "key", "text"}, {"cert", "key", "none"}, {"cert", "key", "key"}} {
		f := Files{Cert: filepath.Join(dir, tc[0]), Key: filepath.Join(dir, tc[1])}
		if tc[2] != "" {
			f.ClientCA = filepath.Join(dir, tc[2])
		}
		if _, err := Config(f, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%q is taken", tc)
		}
	}
}

// shake shakes hands with a client that speaks one version.
func shake(config *tls.Config, version uint16) error {
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	go func() { _ = tls.Server(there, config).Handshake() }()
	return tls.Client(here, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}).Handshake()
}

func pair(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "console.example.com"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
