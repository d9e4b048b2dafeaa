package wire

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"

	"tlsready"
)

// serverFlight is the flight of crypto/tls in answer to a hello with that key, and
// what is needed to open it: the messages in clear and the secret.
type serverFlight struct {
	suite    tlsready.Suite
	messages [][]byte
	secret   []byte
	records  []Message // after the ServerHello
}

// flight13 asks crypto/tls for TLS 1.3 with a share of X25519; where the server wants
// another group, with a share of P-256 in a second hello.
func flight13(t *testing.T, suite tlsready.Suite, config *tls.Config) serverFlight {
	t.Helper()
	client, server := net.Pipe()
	defer client.Close()
	_ = client.SetDeadline(time.Now().Add(time.Minute))
	go func() { _ = tls.Server(server, config).Handshake(); server.Close() }()
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	hello := &ClientHello{
		Version: tlsready.TLS12, Random: bytes.Repeat([]byte{7}, 32), SessionID: bytes.Repeat([]byte{8}, 32), Suites: []tlsready.Suite{suite}, Compression: []byte{0},
		Extensions: []Extension{
			GroupsExtension([]tlsready.Group{tlsready.X25519, tlsready.Secp256r1}), SignatureAlgorithmsExtension([]tlsready.SignatureScheme{tlsready.ECDSAP256SHA256}),
			StatusRequestExtension(), SupportedVersionsExtension([]tlsready.Version{tlsready.TLS13}), KeyShareExtension(KeyShare{tlsready.X25519, key.PublicKey().Bytes()}),
			{Type: ExtPadding, Data: make([]byte, 10)},
		},
	}
	f := serverFlight{suite: suite}
	send := func(h *ClientHello) {
		msg, err := h.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		f.messages = append(f.messages, msg)
		records, _ := h.Framed(msg, 0)
		go func() { _, _ = client.Write(records) }()
	}
	send(hello)
	var r Reader
	buf := make([]byte, 4096)
	for len(f.records) < 4 {
		m, ok, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			n, err := client.Read(buf)
			if r.Write(buf[:n]); err != nil && !errors.Is(err, io.EOF) || n == 0 {
				t.Fatal(err)
			}
			continue
		}
		m.Data = bytes.Clone(m.Data)
		switch {
		case m.Type == TypeServerHello && f.secret == nil:
			f.messages = append(f.messages, m.Data)
			h, err := ParseServerHello(m.Data)
			if err != nil {
				t.Fatal(err)
			}
			if h.IsRetry() {
				if key, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
					t.Fatal(err)
				}
				second, err := hello.Again(h, KeyShare{tlsready.Secp256r1, key.PublicKey().Bytes()})
				if err != nil {
					t.Fatal(err)
				}
				send(second)
				continue
			}
			peer, err := key.Curve().NewPublicKey(h.KeyShare().Data)
			if err != nil {
				t.Fatal(err)
			}
			if f.secret, err = key.ECDH(peer); err != nil {
				t.Fatal(err)
			}
		case m.Encrypted:
			f.records = append(f.records, m)
		}
	}
	return f
}

// TestServerKeys proves that the flight of a real server opens, after one hello and
// after two, and that certificates, the OCSP answer, the wish for a client certificate
// and the signature algorithm are read from it.
func TestServerKeys(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1)}, &x509.Certificate{SerialNumber: big.NewInt(1)}, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	config := func(group tls.CurveID) *tls.Config {
		return &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{der, der}, PrivateKey: private, OCSPStaple: []byte("an answer")}}, ClientAuth: tls.RequestClientCert, CurvePreferences: []tls.CurveID{group},
		}
	}
	for _, suite := range []tlsready.Suite{0x1301, 0x1302, 0x1303} {
		for _, group := range []tls.CurveID{tls.X25519, tls.CurveP256} {
			f := flight13(t, suite, config(group))
			keys, err := NewServerKeys(suite, f.secret, f.messages...)
			if err != nil {
				t.Fatal(err)
			}
			var inner Reader
			for _, m := range f.records {
				kind, plain, err := keys.Open(m)
				if err != nil || kind != ContentHandshake {
					t.Fatalf("%v, %v: content %d, %v", suite, group, kind, err)
				}
				inner.Write(Records(ContentHandshake, tlsready.TLS12, plain, 0))
			}
			seen := readFlight(t, &inner)
			if len(seen.chain) != 2 || !bytes.Equal(seen.chain[0], der) || string(seen.ocsp) != "an answer" || seen.scheme != tlsready.ECDSAP256SHA256 || !slices.Contains(seen.wished, tlsready.ECDSAP256SHA256) {
				t.Errorf("%v, %v: %+v", suite, group, seen)
			}
			again, _ := NewServerKeys(suite, f.secret, f.messages...)
			if _, _, err := again.Open(f.records[1]); !errors.Is(err, ErrNotOpened) {
				t.Errorf("the second record in place of the first: %v", err)
			}
			f.secret[0] ^= 1
			other, _ := NewServerKeys(suite, f.secret, f.messages...)
			if _, _, err := other.Open(f.records[0]); !errors.Is(err, ErrNotOpened) {
				t.Errorf("another secret: %v", err)
			}
		}
	}
	if _, err := NewServerKeys(0x002f, nil); err == nil {
		t.Error("keys of a suite that is none of TLS 1.3")
	}
}

// flightSeen is what the opened messages say.
type flightSeen struct {
	chain  [][]byte
	ocsp   []byte
	scheme tlsready.SignatureScheme
	wished []tlsready.SignatureScheme
}

func readFlight(t *testing.T, r *Reader) (f flightSeen) {
	t.Helper()
	for _, m := range readAll(t, r) {
		var err error
		switch m.Type {
		case TypeCertificate:
			f.chain, f.ocsp, err = ParseCertificate13(m.Data)
		case TypeCertificateVerify:
			f.scheme, err = ParseCertificateVerify(m.Data)
		case TypeCertificateRequest:
			var wish *CertificateRequest
			if wish, err = ParseCertificateRequest13(m.Data); err == nil {
				f.wished = wish.Schemes
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// TestCCM proves AES-CCM by the example of NIST SP 800-38C appendix C.3, and that a
// changed byte does not open.
func TestCCM(t *testing.T) {
	c, err := newCCM(unhex(t, "404142434445464748494a4b4c4d4e4f"), 8)
	if err != nil {
		t.Fatal(err)
	}
	nonce, additional := unhex(t, "101112131415161718191a1b"), unhex(t, "000102030405060708090a0b0c0d0e0f10111213")
	sealed := unhex(t, "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951")
	plain, err := c.Open(nil, nonce, sealed, additional)
	if err != nil || !bytes.Equal(plain, unhex(t, "202122232425262728292a2b2c2d2e2f3031323334353637")) {
		t.Errorf("%x, %v", plain, err)
	}
	for i := range sealed {
		sealed[i] ^= 1
		if _, err := c.Open(nil, nonce, sealed, additional); err == nil {
			t.Errorf("byte %d changed, and opened", i)
		}
		sealed[i] ^= 1
	}
	if _, err := c.Open(nil, nonce, sealed[:7], additional); err == nil {
		t.Error("shorter than the tag, and opened")
	}
}

// TestAgain proves that the second hello differs from the first in what RFC 8446
// section 4.1.2 names, and that none is made of an answer that asks for nothing.
func TestAgain(t *testing.T) {
	first := &ClientHello{Version: tlsready.TLS12, Random: make([]byte, 32), Suites: []tlsready.Suite{0x1301}, Compression: []byte{0}, Extensions: []Extension{
		SupportedVersionsExtension([]tlsready.Version{tlsready.TLS13}), KeyShareExtension(), {Type: ExtPadding, Data: make([]byte, 9)}, {Type: ExtPreSharedKey},
	}}
	retry := &ServerHello{Random: []byte(retryRandom), Extensions: []Extension{{Type: ExtCookie, Data: []byte{0, 1, 9}}, {Type: ExtKeyShare, Data: []byte{0, 29}}}}
	second, err := first.Again(retry, KeyShare{tlsready.X25519, make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []ExtensionType
	for _, e := range second.Extensions {
		kinds = append(kinds, e.Type)
	}
	if !slices.Equal(kinds, []ExtensionType{ExtSupportedVersions, ExtCookie, ExtKeyShare}) || len(second.KeyShares()) != 1 || second.RecordVersion != tlsready.TLS12 || len(first.Extensions) != 4 {
		t.Errorf("%+v, of %+v", second, first)
	}
	for name, c := range map[string]struct {
		hello  *ClientHello
		answer *ServerHello
		group  tlsready.Group
	}{
		"a ServerHello":             {first, &ServerHello{Random: make([]byte, 32)}, tlsready.X25519},
		"another group":             {first, retry, tlsready.Secp256r1},
		"a hello without key_share": {&ClientHello{}, retry, tlsready.X25519},
	} {
		if _, err := c.hello.Again(c.answer, KeyShare{Group: c.group}); err == nil {
			t.Errorf("%s: a second hello was made", name)
		}
	}
}
