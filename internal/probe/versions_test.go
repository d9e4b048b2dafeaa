package probe

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/wire"
)

// TestVersions proves the exact set of versions of every kind of server, the odd
// ones included: no server is called disabled, and none that is not known is
// called anything.
func TestVersions(t *testing.T) {
	ec := certificate(t, ecKey(t), "lab.example.com")
	config := func(low, high uint16) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{ec}, MinVersion: low, MaxVersion: high, CipherSuites: everySuite()}
	}
	old := config(tls.VersionTLS10, tls.VersionTLS12)
	for _, c := range []struct {
		name        string
		handle      func(net.Conn)
		ssl         bool
		want        string
		connections int // at most
		err         error
	}{
		{"tls 1.0 to 1.3", serve(config(tls.VersionTLS10, tls.VersionTLS13)), false, "1.0 1.1 1.2 1.3", 4, nil},
		{"tls 1.0 to 1.3, ssl asked", serve(config(tls.VersionTLS10, tls.VersionTLS13)), true, "1.0 1.1 1.2 1.3", 6, nil},
		{"tls 1.2 and 1.3", serve(config(tls.VersionTLS12, tls.VersionTLS13)), false, "1.2 1.3", 4, nil},
		{"tls 1.3 alone", serve(config(tls.VersionTLS13, tls.VersionTLS13)), false, "1.3", 4, nil},
		{"tls 1.2 alone", serve(config(tls.VersionTLS12, tls.VersionTLS12)), false, "1.2", 4, nil},
		{"tls 1.1 alone", serve(config(tls.VersionTLS11, tls.VersionTLS11)), false, "1.1", 3, nil},
		{"tls 1.0 alone", serve(config(tls.VersionTLS10, tls.VersionTLS10)), false, "1.0", 2, nil},
		{"client certificate demanded, 1.2", serve(&tls.Config{Certificates: []tls.Certificate{ec}, MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert}), false, "1.2", 4, nil},
		{"ssl 3.0 alone", sslv3(t), true, "SSL 3.0", 20, nil},
		{"ssl 2.0 alone", sslv2, true, "SSL 2.0", 80, nil},
		{"a new hello is reset", guarded(func(h *wire.ClientHello) bool { return h.Version <= tlsready.TLS10 }, serve(config(tls.VersionTLS10, tls.VersionTLS10))), false, "1.0", 60, nil},
		{"reset in place of an alert", func(c net.Conn) { serve(config(tls.VersionTLS12, tls.VersionTLS12))(resetting{c}) }, false, "1.2", 32, nil},
		{"close in place of an alert", func(c net.Conn) { serve(config(tls.VersionTLS12, tls.VersionTLS12))(closing{c}) }, false, "1.2", 32, nil},
		{"five connections a second", loopback.Limited(5, serve(old)), true, "1.0 1.1 1.2", 20, nil},
		{"two connections a second", loopback.Limited(2, serve(old)), false, "1.0 1.1 1.2", 20, nil},
		{"a long hello is reset", guarded(func(h *wire.ClientHello) bool { return len(h.Suites) <= 64 }, serve(old)), false, "1.0 1.1 1.2", 10, nil},
		{"a hello without renegotiation is reset", guarded(func(h *wire.ClientHello) bool {
			_, ok := h.Extension(wire.ExtRenegotiationInfo)
			return ok || contains(h.Suites, 0xff)
		}, serve(old)), false, "1.0 1.1 1.2", 4, nil},
		{"an empty key share is reset", guarded(func(h *wire.ClientHello) bool {
			return len(h.SupportedVersions()) == 0 || len(h.KeyShares()) > 0
		}, serve(config(tls.VersionTLS12, tls.VersionTLS13))), false, "1.2 1.3", 6, nil},
		{"an empty key share leads to TLS 1.2", choosing(func(h *wire.ClientHello) bool {
			return len(h.KeyShares()) > 0
		}, serve(config(tls.VersionTLS10, tls.VersionTLS13)), serve(old)), false, "1.0 1.1 1.2 1.3", 5, nil},
		{"an empty key share gets alert 40", choosing(func(h *wire.ClientHello) bool {
			return len(h.SupportedVersions()) == 0 || len(h.KeyShares()) > 0
		}, serve(config(tls.VersionTLS12, tls.VersionTLS13)), canned([]byte{21, 3, 3, 0, 2, 2, 40})), false, "1.2 1.3", 6, nil},
		{"one byte a record", func(c net.Conn) { serve(old)(slicing{c}) }, false, "1.0 1.1 1.2", 4, nil},
		{"delay", func(c net.Conn) { <-time.After(50 * time.Millisecond); serve(old)(c) }, false, "1.0 1.1 1.2", 4, nil},
		{"alert 40 to everything", canned([]byte{21, 3, 3, 0, 2, 2, 40}), false, "?1.0 ?1.1 ?1.2 ?1.3", 28, ErrNoHello},
		{"alert 80 to everything", canned([]byte{21, 3, 3, 0, 2, 2, 80}), false, "?1.0 ?1.1 ?1.2 ?1.3", 28, ErrNoHello},
		{"alert 70 to everything", canned([]byte{21, 3, 3, 0, 2, 2, 70}), false, "", 4, nil},
		{"plain http", canned([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")), false, "?1.0 ?1.1 ?1.2 ?1.3", 2, ErrNotTLS},
		{"ssh", func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n"); _, _ = io.Copy(io.Discard, c) }, false, "?1.0 ?1.1 ?1.2 ?1.3", 2, ErrNotTLS},
		{"silent", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, false, "?1.0 ?1.1 ?1.2 ?1.3", 4, ErrSilent},
		{"silent, ssl asked", func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, true, "?1.0 ?1.1 ?1.2 ?1.3", 6, ErrSilent},
		{"drip", drip, false, "?1.0 ?1.1 ?1.2 ?1.3", 4, ErrSilent},
		{"closes at once", func(net.Conn) {}, false, "?1.0 ?1.1 ?1.2 ?1.3", 13, ErrNoHello},
		{"resets at once", func(c net.Conn) { loopback.Reset(c) }, false, "?1.0 ?1.1 ?1.2 ?1.3", 13, ErrNoHello},
		{"a record that lies", canned([]byte{22, 3, 3, 0xff, 0xff, 2}), false, "?1.0 ?1.1 ?1.2 ?1.3", 13, ErrNoHello},
		{"a message that lies", canned([]byte{22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff}), false, "?1.0 ?1.1 ?1.2 ?1.3", 13, ErrNoHello},
		{"a version nobody asked for", canned(helloOf(0x0305)), false, "?1.0 ?1.1 ?1.2 ?1.3", 13, ErrNoHello},
		{"ssl 2.0 without a cipher", canned(append([]byte{0x80, 12}, 4, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1, 7)), true, "?1.0 ?1.1 ?1.2 ?1.3", 40, ErrNoHello},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target, seen := listen(t, c.handle)
			timeout := patience
			if c.err == ErrSilent {
				timeout = impatience
			}
			r := prober(t, Options{Questions: Questions{SSL: c.ssl}, Timeout: timeout, Rate: DefaultRate}).Probe(background(t), target)
			if got := words(r); got != c.want {
				t.Errorf("%q, want %q; evidence %+v", got, c.want, r.Evidence)
			}
			if !errors.Is(r.Err, c.err) || c.err == nil && r.Err != nil {
				t.Errorf("error %v, want %v", r.Err, c.err)
			}
			if r.Connections > c.connections || int64(r.Connections) != seen.Load() {
				t.Errorf("%d connections said, %d made, want at most %d; evidence %+v", r.Connections, seen.Load(), c.connections, r.Evidence)
			}
		})
	}
}

// closing turns alerts into an orderly close.
type closing struct{ net.Conn }

func (c closing) Write(p []byte) (int, error) {
	if len(p) > 0 && p[0] == byte(wire.ContentAlert) {
		_ = c.Conn.(*net.TCPConn).CloseWrite()
		return 0, errors.New("closed")
	}
	return c.Conn.Write(p)
}

// drip sends a hello byte by byte, so slowly that it never ends.
func drip(c net.Conn) {
	for _, b := range helloOf(tlsready.TLS12) {
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
		<-time.After(300 * time.Millisecond)
	}
}

func helloOf(v tlsready.Version) []byte {
	msg, _ := (&wire.ServerHello{Version: v, Random: make([]byte, 32), Suite: 0x2f}).Marshal()
	return wire.Records(wire.ContentHandshake, tlsready.TLS12, append(msg, 11, 0, 0, 3, 0, 0, 0), 0) // and a chain of nothing
}

// TestClosedPort proves that an endpoint that cannot be reached is a result with
// the reason.
func TestClosedPort(t *testing.T) {
	ports, err := loopback.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	address := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(ports[0]))
	r := prober(t, Options{}).Probe(background(t), Target{Address: address})
	if !errors.Is(r.Err, ErrUnreachable) || !strings.Contains(r.Err.Error(), "refused") || words(r) != "?1.0 ?1.1 ?1.2 ?1.3" {
		t.Errorf("%v, %s", r.Err, words(r))
	}
}
