package labkit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Name is the server name of every certificate of the lab.
const Name = "lab.test"

// Key is a private key with a certificate that it signed itself, in files and in
// memory.
type Key struct {
	Cert, Key, Both string // PEM files; Both holds the key and the certificate
	TLS             tls.Certificate
	SHA256          string // of the certificate, in hex
	Says            string // "rsa 2048 rsa_pkcs1_sha256", as [Endpoint.Key] puts it
}

// Keys are the keys of a test.
type Keys struct{ RSA, EC, P384 Key }

// MakeKeys makes one key of each kind in dir, for anyone to read: servers give up
// root before they look.
func MakeKeys(t testing.TB, dir string) Keys {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	p, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	return Keys{
		RSA:  writeKey(t, dir, "rsa", r, "rsa 2048 rsa_pkcs1_sha256"),
		EC:   writeKey(t, dir, "ec", e, "ecdsa 256 ecdsa_secp256r1_sha256"),
		P384: writeKey(t, dir, "p384", p, "ecdsa 384 ecdsa_secp384r1_sha384"),
	}
}

func writeKey(t testing.TB, dir, name string, key crypto.Signer, says string) Key {
	t.Helper()
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: Name}, DNSNames: []string{Name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	sum := sha256.Sum256(der)
	k := Key{
		Cert: filepath.Join(dir, name+".crt"), Key: filepath.Join(dir, name+".key"), Both: filepath.Join(dir, name+".pem"),
		TLS: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, SHA256: hex.EncodeToString(sum[:]), Says: says,
	}
	Write(t, k.Cert, string(cert))
	Write(t, k.Key, string(secret))
	Write(t, k.Both, string(secret)+string(cert))
	return k
}

// Write writes a file that every account may read.
func Write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o644))
	must(t, os.Chmod(path, 0o644))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
