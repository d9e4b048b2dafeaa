//go:build linux

package lab

import (
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/wire"
)

// golang answers with crypto/tls.
func golang(config *tls.Config) func(net.Conn) {
	return func(c net.Conn) {
		if tls.Server(c, config).Handshake() == nil {
			_, _ = io.Copy(io.Discard, c)
		}
	}
}

// resetting turns the alerts of a server into resets.
type resetting struct{ net.Conn }

func (r resetting) Write(p []byte) (int, error) {
	if len(p) > 0 && p[0] == byte(wire.ContentAlert) {
		loopback.Reset(r.Conn)
		return 0, errors.New("reset")
	}
	return r.Conn.Write(p)
}

// reading reads a hello, passes it to judge, and goes on as judge says. Anything that is
// not a TLS hello is reset.
func reading(judge func(h *wire.ClientHello) func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		var r wire.Reader
		var head []byte
		buf := make([]byte, 4096)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			head = append(head, buf[:n]...)
			_, _ = r.Write(buf[:n])
			m, ok, err := r.Next()
			if err == nil && !ok {
				continue
			}
			h, bad := wire.ParseClientHello(m.Data)
			if err != nil || bad != nil {
				loopback.Reset(c)
				return
			}
			judge(h)(replayed{c, io.MultiReader(strings.NewReader(string(head)), c)})
			return
		}
	}
}

// replayed is a connection whose bytes, already read once, can be read again.
type replayed struct {
	net.Conn
	all io.Reader
}

func (r replayed) Read(p []byte) (int, error) { return r.all.Read(p) }

// says answers with bytes and then listens.
func says(answer []byte) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Write(answer)
		_, _ = io.Copy(io.Discard, c)
	}
}

// flight answers a hello of at least version with a ServerHello that takes one of
// the suites, a chain, and the end; every other hello with an alert.
func flight(version tlsready.Version, chain [][]byte, suites ...tlsready.Suite) func(net.Conn) {
	return reading(func(h *wire.ClientHello) func(net.Conn) {
		if h.Version < version {
			return says([]byte{21, byte(version >> 8), byte(version), 0, 2, 2, 70})
		}
		for _, suite := range suites {
			if slices.Contains(h.Suites, suite) {
				hello, _ := (&wire.ServerHello{Version: version, Random: make([]byte, 32), Suite: suite}).Marshal()
				certificates, _ := wire.MarshalCertificate(chain)
				content := append(append(hello, certificates...), 14, 0, 0, 0) // ServerHelloDone
				return says(wire.Records(wire.ContentHandshake, version, content, 0))
			}
		}
		return says([]byte{21, byte(version >> 8), byte(version), 0, 2, 2, 40})
	})
}

// sslv2 answers as a server of SSL 2.0 alone, and closes on anything else.
func sslv2(c net.Conn) {
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	if err != nil || n < 3 || buf[0]&0x80 == 0 || buf[2] != 1 {
		return
	}
	body, _ := hex.DecodeString("04000100020000000600100100800700c000112233445566778899aabbccddeeff")
	says(append([]byte{0x80, byte(len(body))}, body...))(c)
}

// smtp offers STARTTLS and goes on with next.
func smtp(next func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		buf := make([]byte, 512)
		for _, answer := range []string{"220 lab.test ESMTP\r\n", "250-lab.test\r\n250 STARTTLS\r\n", "220 go on\r\n"} {
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
			if strings.HasPrefix(answer, "220 go") {
				break
			}
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
		next(c)
	}
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
