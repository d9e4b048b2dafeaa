package serving_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tlsready/internal/cli"
	"tlsready/internal/testkit/heard"
)

// run runs the program, and gives what it printed.
func run(t *testing.T, environ []string, args ...string) (status int, out string) {
	t.Helper()
	var said bytes.Buffer
	status = cli.Run(t.Context(), append(args, "--lang", "en"), cli.Streams{In: strings.NewReader(""), Out: &said, Err: &said}, environ)
	return status, said.String()
}

// works is run for what has to work.
func works(t *testing.T, args ...string) string {
	t.Helper()
	status, out := run(t, nil, args...)
	if status != 0 {
		t.Fatalf("%q: status %d\n%s", args, status, out)
	}
	return out
}

// patience is how long the server may take to begin or to end on a busy machine.
const patience = time.Minute

// begun is a server that "serve" has begun.
type begun struct {
	url  string
	said *heard.Text
	stop func()
}

// serve begins a server over a store, as the command does, on an address of its own.
func serve(t *testing.T, where string, args ...string) *begun {
	t.Helper()
	b := &begun{said: &heard.Text{}}
	ended := make(chan int, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		ended <- cli.Run(ctx, append([]string{"serve", "--store", where, "--listen", "127.0.0.1:0", "--lang", "en"}, args...), cli.Streams{In: strings.NewReader(""), Out: b.said, Err: b.said}, nil)
	}()
	stopped := false
	b.stop = func() {
		if stop(); !stopped {
			stopped = true
			<-ended
		}
	}
	t.Cleanup(b.stop)
	address := regexp.MustCompile(`(https?://[^/\s]+)/\S*`)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if at := address.FindStringSubmatch(b.said.String()); at != nil {
			b.url = at[1]
			return b
		}
		select {
		case status := <-ended:
			stopped = true
			t.Fatalf("status %d: %s", status, b.said)
		case <-time.After(5 * time.Millisecond):
		}
	}
	t.Fatal("the server did not say where it is")
	return nil
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	a.cert, a.key = a.sign(t, template)
	return a
}

// sign signs a certificate with a key of its own; an authority without a certificate signs
// its own.
func (a *authority) sign(t *testing.T, template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// issue writes the certificate of a name and its key into a folder, and gives their paths.
func (a *authority) issue(t *testing.T, dir, name string, until time.Time, use x509.ExtKeyUsage) (cert, key string) {
	t.Helper()
	leaf, private := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
	})
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, dir, name+".pem", "CERTIFICATE", leaf.Raw), writePEM(t, dir, name+".key", "PRIVATE KEY", der)
}

func writePEM(t *testing.T, dir, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
