package probe

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/wire"
)

// patience is how long a server that answers may take on a busy machine. Servers that say
// nothing are given up sooner, after impatience.
const patience, impatience = 20 * time.Second, time.Second

// listen serves every connection with handle until the test ends. The counter is
// the number of connections that the server saw.
func listen(t testing.TB, handle func(net.Conn)) (Target, *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var seen atomic.Int64
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			seen.Add(1)
			work.Go(func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(time.Minute)) // a bound, not a wait
				handle(c)
			})
		}
	})
	t.Cleanup(func() { l.Close() })
	address := l.Addr().(*net.TCPAddr).AddrPort()
	return Target{Name: "lab", Address: netip.AddrPortFrom(address.Addr().Unmap(), address.Port()), ServerName: "lab.example.com"}, &seen
}

// certificate makes one that signed itself.
func certificate(t testing.TB, key crypto.Signer, names ...string) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab.example.com"}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func ecKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// everySuite is all that crypto/tls has up to TLS 1.2.
func everySuite() (ids []uint16) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if s.SupportedVersions[0] != tls.VersionTLS13 {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// serve answers with crypto/tls.
func serve(config *tls.Config) func(net.Conn) {
	return func(c net.Conn) {
		if tls.Server(c, config).Handshake() == nil {
			_, _ = io.Copy(io.Discard, c)
		}
	}
}

// guarded looks at the hello before next gets the connection; false resets it.
func guarded(admit func(*wire.ClientHello) bool, next func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		var r wire.Reader
		var all []byte
		buf := make([]byte, 4096)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			all = append(all, buf[:n]...)
			r.Write(buf[:n])
			m, ok, err := r.Next()
			if err != nil {
				loopback.Reset(c)
				return
			}
			if !ok {
				continue
			}
			h, err := wire.ParseClientHello(m.Data)
			if err != nil || !admit(h) {
				loopback.Reset(c)
				return
			}
			next(&replayed{Conn: c, head: all})
			return
		}
	}
}

// choosing hands a connection to one of two servers by its hello.
func choosing(first func(*wire.ClientHello) bool, yes, no func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		next := no
		guarded(func(h *wire.ClientHello) bool {
			if first(h) {
				next = yes
			}
			return true
		}, func(c net.Conn) { next(c) })(c)
	}
}

// replayed gives head again before what comes.
type replayed struct {
	net.Conn
	head []byte
}

func (r *replayed) Read(p []byte) (int, error) {
	if len(r.head) > 0 {
		n := copy(p, r.head)
		r.head = r.head[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}

// resetting turns alerts into resets.
type resetting struct{ net.Conn }

func (r resetting) Write(p []byte) (int, error) {
	if len(p) > 0 && p[0] == byte(wire.ContentAlert) {
		loopback.Reset(r.Conn)
		return 0, errors.New("reset")
	}
	return r.Conn.Write(p)
}

// slicing sends every byte of a handshake message in a record of its own.
type slicing struct{ net.Conn }

func (s slicing) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := 5 + int(rest[3])<<8 + int(rest[4])
		out := rest[:n]
		if out[0] == byte(wire.ContentHandshake) {
			out = wire.Records(wire.ContentHandshake, tlsready.TLS12, out[5:], 1)
		}
		if _, err := s.Conn.Write(out); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(p), nil
}

// canned reads a hello and answers with the bytes, whatever it was, if admit likes
// it.
func canned(answer []byte) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := c.Read(make([]byte, 4096)); err != nil {
			return
		}
		_, _ = c.Write(answer)
		_, _ = io.Copy(io.Discard, c)
	}
}

// sslv3 answers as a server of SSL 3.0 alone that takes two suites.
func sslv3(t testing.TB) func(net.Conn) {
	cert := certificate(t, ecKey(t))
	return guardedAnswer(func(h *wire.ClientHello) []byte {
		for _, suite := range []tlsready.Suite{0x0005, 0x000a} {
			if contains(h.Suites, suite) {
				hello, _ := (&wire.ServerHello{Version: tlsready.SSL30, Random: make([]byte, 32), Suite: suite}).Marshal()
				chain, _ := wire.MarshalCertificate(cert.Certificate)
				flight := append(append(hello, chain...), 14, 0, 0, 0)
				return wire.Records(wire.ContentHandshake, tlsready.SSL30, flight, 0)
			}
		}
		return []byte{21, 3, 0, 0, 2, 2, 40}
	})
}

// guardedAnswer answers every TLS hello with what answer makes of it, and closes on
// everything else.
func guardedAnswer(answer func(*wire.ClientHello) []byte) func(net.Conn) {
	return func(c net.Conn) {
		var out []byte
		guarded(func(h *wire.ClientHello) bool { out = answer(h); return true }, func(c net.Conn) {
			_, _ = c.Write(out)
			_, _ = io.Copy(io.Discard, c)
		})(c)
	}
}

func contains(list []tlsready.Suite, s tlsready.Suite) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// sslv2 answers as a server of SSL 2.0 alone, and closes on anything else.
func sslv2(c net.Conn) {
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	if err != nil || n < 3 || buf[0]&0x80 == 0 || buf[2] != 1 {
		return
	}
	body, _ := hex.DecodeString(strings.ReplaceAll("04 00 01 0002 0001 0006 0010 aa 010080 0700c0 00112233445566778899aabbccddeeff", " ", ""))
	_, _ = c.Write(append([]byte{0x80, byte(len(body))}, body...))
	_, _ = io.Copy(io.Discard, c)
}

func prober(t testing.TB, opts Options) *Prober {
	t.Helper()
	p := New(opts)
	return p
}

// words shows the versions in few letters: "1.0 1.2 !1.3 ?1.1".
func words(r Result) string {
	var list []string
	for _, v := range tlsready.Versions() {
		name := strings.TrimPrefix(v.String(), "TLS ")
		switch r.Versions[v] {
		case tlsready.Yes:
			list = append(list, name)
		case tlsready.Unknown:
			if v >= tlsready.TLS10 {
				list = append(list, "?"+name)
			}
		}
	}
	return strings.Join(list, " ")
}

func background(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// stalled is a dialler whose connections take a hello and then wait for release.
func stalled(waiting *atomic.Int64, release <-chan struct{}) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			_, _ = server.Read(make([]byte, 4096))
			waiting.Add(1)
			<-release
		}()
		return client, nil
	}
}
