package schema

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/cli"
	"tlsready/internal/cli/frame"
	"tlsready/internal/document"
	"tlsready/internal/report"
)

// What probe writes of a server with everything asked, of a port where none is, and
// of a name that is not probed fits the schema.
func TestEndpointsFit(t *testing.T) {
	listener := secureServer(t)
	schema := schemaOf(t, "endpoint")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	var out, errs bytes.Buffer
	args := []string{
		"probe", listener, nobody, "*.example.com", "--rate", "0", "--all", "--as", "windows-server-2022", "--as", "windows-7", "--accepting", "TLS 1.3",
		"--policy", "mozilla-modern", "-f", "jsonl",
	}
	status := cli.Run(context.Background(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, nil)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if status != frame.ExitFails || len(lines) != 3 {
		t.Fatalf("status %d, %d lines: %s", status, len(lines), errs.String())
	}
	for _, line := range lines {
		if err := schema.Validate(decode(t, []byte(line))); err != nil {
			t.Errorf("%v\n%s", err, line)
		}
	}
	for _, broken := range []string{
		strings.Replace(lines[0], `"TLS 1.3":"yes"`, `"TLS 1.3":"maybe"`, 1), strings.Replace(lines[0], `"evidence":`, `"proof":`, 1),
		strings.Replace(lines[0], `endpoint/v1`, `endpoint/v2`, 1), strings.Replace(lines[1], `"error":"`, `"error":1,"x":"`, 1),
	} {
		if schema.Validate(decode(t, []byte(broken))) == nil {
			t.Errorf("accepted: %.200s", broken)
		}
	}
}

// secureServer serves TLS 1.2 and 1.3 on loopback until the test ends.
func secureServer(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab.example.com"}, DNSNames: []string{"lab.example.com"},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if tls.Server(conn, config).Handshake() == nil {
					_, _ = io.Copy(io.Discard, conn)
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// What only odd servers have fits the schema too: lists that are not known to their
// end, two chains of which one lacks its issuer, and a server that signs with nothing.
func TestOddEndpointsFit(t *testing.T) {
	e := document.NewEndpoint("lab.example.com:443")
	e.SignatureAlgorithms = []tlsready.SignatureScheme{}
	e.Partial = &document.EndpointPartial{
		Suites:              map[tlsready.Version][]tlsready.Suite{tlsready.TLS12: {0xc02f, 0xfafa}},
		SignatureAlgorithms: []tlsready.SignatureScheme{tlsready.RSAPKCS1SHA256},
	}
	sum := strings.Repeat("0a", 32)
	e.Certificates = []document.EndpointCertificate{{Names: []string{}, SHA256: sum}, {Names: []string{}, SHA256: sum, Chain: 1, IssuerMissing: true}}
	e.Roots = []document.EndpointRoot{{Subject: "CN=Own Root", SHA1: sum[:40], Chains: []int{0}}}
	var line bytes.Buffer
	format, _ := report.Formats().ByName("jsonl")
	w := format.Endpoints(&line, report.EndpointOptions{})
	if err := errors.Join(w.Write(e), w.End()); err != nil {
		t.Fatal(err)
	}
	if err := schemaOf(t, "endpoint").Validate(decode(t, line.Bytes())); err != nil {
		t.Errorf("%v\n%s", err, line.String())
	}
}
