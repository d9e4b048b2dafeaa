package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"tlsready/internal/testkit/loopback"
)

// certificateOf signs a certificate of one key for the name lab.example.com.
func certificateOf(t testing.TB, kind string, bits int) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab.example.com"}, DNSNames: []string{"lab.example.com"},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	}
	var der []byte
	var err error
	var key any
	if kind == "rsa" {
		var k *rsa.PrivateKey
		if k, err = rsa.GenerateKey(rand.Reader, bits); err == nil {
			der, err = x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
		}
		key = k
	} else {
		var k *ecdsa.PrivateKey
		if k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err == nil {
			der, err = x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
		}
		key = k
	}
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func tlsServer(t testing.TB, config *tls.Config) string {
	t.Helper()
	return loopback.Listen(t, func(c net.Conn) {
		if tls.Server(c, config).Handshake() == nil {
			_, _ = io.Copy(io.Discard, c)
		}
	})
}

// cannedTLS10 answers every hello with a ServerHello of TLS 1.0 that chooses
// TLS_RSA_WITH_AES_128_CBC_SHA if the client offers it, else with alert 40, and knows no
// other version: what a very old server looks like.
func cannedTLS10(c net.Conn) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(c, head); err != nil || head[0] != 22 {
		return
	}
	body := make([]byte, int(head[3])<<8|int(head[4]))
	if _, err := io.ReadFull(c, body); err != nil || len(body) < 41 {
		return
	}
	offered := false
	if at := 39 + int(body[38]); at+2 <= len(body) {
		for list := body[at+2:]; len(list) >= 2 && len(body)-len(list) < at+2+int(body[at])<<8+int(body[at+1]); list = list[2:] {
			offered = offered || list[0] == 0 && list[1] == 0x2f
		}
	}
	answer := []byte{21, 3, 1, 0, 2, 2, 40}
	if offered && body[5] >= 1 {
		hello := append([]byte{2, 0, 0, 38, 3, 1}, make([]byte, 32)...)
		hello = append(hello, 0, 0, 0x2f, 0)
		answer = append([]byte{22, 3, 1, 0, byte(len(hello) + 4)}, hello...)
		answer = append(answer, 14, 0, 0, 0) // ServerHelloDone
	}
	_, _ = c.Write(answer)
	_, _ = io.Copy(io.Discard, c)
}

func plainHTTP(c net.Conn) {
	_, _ = c.Read(make([]byte, 1024))
	_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
}

// closedPort is an address on which nothing listens.
func closedPort(t testing.TB) string {
	t.Helper()
	ports, err := loopback.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", ports[0])
}

// probeServers are the servers of the scripts, by the variable that names each.
func probeServers(t testing.TB) map[string]string {
	cert := certificateOf(t, "rsa", 2048)
	config := func(low, high uint16, suites ...uint16) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: low, MaxVersion: high, CipherSuites: suites}
	}
	ec := config(tls.VersionTLS13, 0)
	ec.Certificates = []tls.Certificate{certificateOf(t, "ec", 256)}
	return map[string]string{
		"MODERN": tlsServer(t, config(tls.VersionTLS12, 0)),
		"MIXED":  tlsServer(t, config(tls.VersionTLS10, tls.VersionTLS12, 0x2f, 0xc013, 0xc02f)),
		"NEWEST": tlsServer(t, ec),
		"OLD":    loopback.Listen(t, cannedTLS10),
		"HTTP":   loopback.Listen(t, plainHTTP),
		"CLOSED": closedPort(t),
	}
}

// runProbe runs the program in this process.
func runProbe(t testing.TB, in string, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e strings.Builder
	status = Run(context.Background(), args, Streams{In: strings.NewReader(in), Out: &o, Err: &e}, []string{"LANG=C", "PATH=" + os.Getenv("PATH")})
	return status, o.String(), e.String()
}
