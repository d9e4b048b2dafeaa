package probe

import (
	"bufio"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/starttls"
)

// TestStartTLS proves that versions and certificates are learned behind the
// dialogue of another protocol, in TDS packets too, and that a refusal is told.
func TestStartTLS(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, ecKey(t), "lab.example.com")}, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}
	modern := &tls.Config{Certificates: config.Certificates, MinVersion: tls.VersionTLS13}
	smtp := func(answer string, next func(net.Conn)) func(net.Conn) {
		return func(c net.Conn) {
			lines := bufio.NewReader(c)
			_, _ = io.WriteString(c, "220 lab.example.com\r\n")
			for {
				line, err := lines.ReadString('\n')
				switch {
				case err != nil:
					return
				case strings.HasPrefix(line, "EHLO"):
					_, _ = io.WriteString(c, "250-lab.example.com\r\n250 STARTTLS\r\n")
				default:
					_, _ = io.WriteString(c, answer)
					next(c)
					return
				}
			}
		}
	}
	tds := func(config *tls.Config) func(net.Conn) {
		return func(c net.Conn) {
			if _, err := io.ReadFull(c, make([]byte, 26)); err != nil {
				return
			}
			answer, _ := hex.DecodeString("0401001a00000100" + "00000b0006" + "0100110001" + "ff" + "0f0007d00000" + "01")
			_, _ = c.Write(answer)
			d, _ := starttls.New("mssql", "")
			serve(config)(framedConn{c, &framed{ReadWriter: c, framing: d.(starttls.Framing)}})
		}
	}
	for _, c := range []struct {
		name, protocol string
		handle         func(net.Conn)
		want           string
		err            error
	}{
		{"smtp", "smtp", smtp("220 go\r\n", serve(config)), "1.2", nil},
		{"smtp, 1.3", "smtp", smtp("220 go\r\n", serve(modern)), "1.3", nil},
		{"smtp, late", "smtp", late(2*time.Second, smtp("220 go\r\n", serve(config))), "1.2", nil},
		{"smtp, a late answer and then late TLS", "smtp", smtp("220 go\r\n", late(700*time.Millisecond, serve(config))), "1.2", nil},
		{"smtp, a byte at a time", "smtp", func(c net.Conn) { smtp("220 go\r\n", serve(config))(dripping{c}) }, "1.2", nil},
		{"smtp, one in three is too many", "smtp", turns(smtp("220 go\r\n", serve(config)), func(c net.Conn) { _, _ = io.WriteString(c, "421 too many connections\r\n") }, smtp("220 go\r\n", serve(config))), "1.2", nil},
		{"smtp refuses", "smtp", smtp("454 not now\r\n", func(net.Conn) {}), "?1.0 ?1.1 ?1.2 ?1.3", ErrStartTLS},
		{"smtp on a tls port", "smtp", serve(config), "?1.0 ?1.1 ?1.2 ?1.3", ErrSilent},
		{"mssql", "mssql", tds(config), "1.2", nil},
		{"mssql, 1.3", "mssql", tds(modern), "1.3", nil},
		{"a protocol nobody knows", "gopher", serve(config), "?1.0 ?1.1 ?1.2 ?1.3", ErrStartTLS},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target, _ := listen(t, c.handle)
			target.StartTLS = c.protocol
			timeout := patience
			switch {
			case c.err == ErrSilent:
				timeout = impatience
			case strings.Contains(c.name, "late"): // later than one answer may be, but not than all of them
				timeout = 1500 * time.Millisecond
			}
			r := prober(t, Options{Questions: Questions{Certificates: true}, Timeout: timeout}).Probe(background(t), target)
			if got := words(r); got != c.want || !errors.Is(r.Err, c.err) {
				t.Errorf("%s, %v; %+v", got, r.Err, r.Evidence)
			}
			if c.err == nil && len(r.Chains) != 1 {
				t.Errorf("%d chains; %+v", len(r.Chains), r.Evidence)
			}
		})
	}
	if r := (Reply{Kind: Hello, Version: tlsready.TLS12}); r.String() != "TLS 1.2" {
		t.Error(r)
	}
}

// late waits before it goes on.
func late(d time.Duration, next func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		<-time.After(d)
		next(c)
	}
}

// framedConn is a connection whose bytes travel in packets of another protocol.
type framedConn struct {
	net.Conn
	stream io.ReadWriter
}

// Read gives TLS bytes.
func (c framedConn) Read(b []byte) (int, error) { return c.stream.Read(b) }

// Write sends TLS bytes.
func (c framedConn) Write(b []byte) (int, error) { return c.stream.Write(b) }
