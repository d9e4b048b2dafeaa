//go:build linux

package gate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/gate"
	"tlsready/internal/wire"
)

// sent is a client's first flight.
type sent struct {
	name  string
	bytes []byte
	hello *gate.Hello // what a reader of the program sees; nil for none
	cut   []int       // after how many bytes it waits a moment; -1: after each
}

// mark is the random of the hellos that the tests make themselves: their upstream answers
// with its name instead of a handshake.
func mark() []byte { return bytes.Repeat([]byte{0x5a}, 32) }

// hello makes a first flight. Without listed versions it has no supported_versions.
func hello(t *testing.T, name string, version tlsready.Version, sni string, ssl2 bool, listed ...tlsready.Version) sent {
	t.Helper()
	h := &wire.ClientHello{
		Version: version, Random: mark(), SSL2: ssl2, RecordVersion: min(version, tlsready.TLS10),
		Suites: []tlsready.Suite{0x002f, 0x0035, 0xc013}, Compression: []byte{0},
	}
	if ssl2 {
		h.Compression, h.RecordVersion = nil, tlsready.SSL20
	}
	if sni != "" {
		h.Extensions = append(h.Extensions, wire.ServerNameExtension(sni))
	}
	if len(listed) > 0 {
		h.Suites = append(h.Suites, 0x1301)
		h.Extensions = append(h.Extensions, wire.SupportedVersionsExtension(listed))
	}
	b, err := h.Records(0)
	if err != nil {
		t.Fatal(err)
	}
	return sent{name: name, bytes: b, hello: read(t, b)}
}

// read reads a first flight as the program does.
func read(t *testing.T, b []byte) *gate.Hello {
	t.Helper()
	r := &wire.Reader{}
	if _, err := r.Write(b); err != nil {
		t.Fatal(err)
	}
	m, ok, err := r.Next()
	var h *wire.ClientHello
	switch {
	case err != nil || !ok:
		return nil
	case m.Content == wire.ContentSSL2:
		h, err = wire.ParseSSL2ClientHello(m.Data)
	case m.Content == wire.ContentHandshake && m.Type == wire.TypeClientHello:
		h, err = wire.ParseClientHello(m.Data)
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	return gate.HelloOf(h)
}

// versions are the hellos of the table, without a name.
func versions(t *testing.T, sni string) []sent {
	t.Helper()
	return []sent{
		hello(t, "SSL 3.0", tlsready.SSL30, "", false),
		hello(t, "TLS 1.0", tlsready.TLS10, sni, false),
		hello(t, "TLS 1.1", tlsready.TLS11, sni, false),
		hello(t, "TLS 1.2", tlsready.TLS12, sni, false),
		hello(t, "TLS 1.3", tlsready.TLS12, sni, false, tlsready.TLS13, tlsready.TLS12),
	}
}

// odd are hellos that look otherwise, or arrive so.
func odd(t *testing.T) []sent {
	t.Helper()
	with := func(name string, s sent, cut ...int) sent {
		s.name, s.cut = name, cut
		return s
	}
	old, current := hello(t, "", tlsready.TLS10, "", false), hello(t, "", tlsready.TLS12, "", false, tlsready.TLS13, tlsready.TLS12)
	return []sent{
		hello(t, "TLS 1.0 in the form of SSL 2.0", tlsready.TLS10, "", true),
		hello(t, "TLS 1.2 in the form of SSL 2.0", tlsready.TLS12, "", true),
		hello(t, "SSL 2.0", tlsready.SSL20, "", true),
		with("old, split in the header", old, 3),
		with("old, split before the version", old, 9),
		with("old, split in the middle", old, 20, 40),
		with("new, split in the middle", current, 20, 60),
		with("old, dripped", old, -1),
		with("new, dripped", current, -1),
		with("old in the form of SSL 2.0, split", hello(t, "", tlsready.TLS10, "", true), 2, 4),
		{name: "no TLS", bytes: []byte("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n")},
	}
}

// The answers of a connection that reached no upstream.
const (
	alert70 = "alert 70"
	closed  = "closed"
)

// patience is how long a client waits for an answer on a busy machine.
const patience = time.Minute

// ask sends a first flight from an address and says who answered.
func (s sent) ask(t *testing.T, to string, from netip.Addr) string {
	t.Helper()
	d := net.Dialer{Timeout: patience}
	if from.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	c, err := d.DialContext(t.Context(), "tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	rest := s.bytes
	for done := 0; len(rest) > 0; {
		n := len(rest)
		switch {
		case len(s.cut) > 0 && s.cut[0] == -1:
			n = 1
		case len(s.cut) > 0 && done < s.cut[0]:
			n = s.cut[0] - done
		}
		if _, err := c.Write(rest[:n]); err != nil {
			return closed
		}
		rest, done = rest[n:], done+n
		if len(rest) > 0 {
			pause()
		}
		if len(s.cut) > 1 && done == s.cut[0] {
			s.cut = s.cut[1:]
		}
	}
	answer, err := io.ReadAll(io.LimitReader(c, 4096))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer"
	case len(answer) == 0:
		return closed
	case len(answer) >= 7 && answer[0] == byte(wire.ContentAlert) && answer[5] == byte(wire.Fatal):
		return fmt.Sprint("alert ", answer[6])
	}
	return string(answer)
}

// pause lets what was written go out as a packet of its own.
func pause() {
	timer := time.NewTimer(2 * time.Millisecond)
	<-timer.C
}

// expected is the answer that the plan wants. OpenSSL, which writes the alerts of both
// proxies, has another one for SSL 3.0 (SSL 2.0 in clear never comes to a listener).
func expected(d gate.Decision, h *gate.Hello, names map[string]string) string {
	switch d.Action {
	case gate.Reject:
		if h.Max == tlsready.SSL30 {
			return "alert 40"
		}
		return alert70
	case gate.Close:
		return closed
	}
	return names[d.Upstream]
}

// upstream is a server that tells its name: in clear to hellos of the tests, else over TLS.
func upstream(t *testing.T, name string, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(func() { l.Close(); open.Wait() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(patience))
				first := make([]byte, 4096)
				n, _ := c.Read(first)
				if first = first[:n]; bytes.Contains(first, mark()) || n > 0 && first[0] == 'G' || serve == nil {
					_, _ = c.Write([]byte(name))
					return
				}
				serve(&replayed{c, first})
			})
		}
	}()
	return l.Addr().String()
}

// replayed is a connection of which something was read already.
type replayed struct {
	net.Conn
	first []byte
}

// Read implements [net.Conn].
func (r *replayed) Read(p []byte) (int, error) {
	if len(r.first) > 0 {
		n := copy(p, r.first)
		r.first = r.first[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}
