//go:build linux

package guard

import (
	"crypto/tls"
	"io"
	"net"
	"path/filepath"
	"testing"

	"tlsready/internal/testkit/loopback"
)

// lab starts the servers that are probed and gives their addresses by name. Each
// has an address of its own, so that nothing is sorted by the port.
func lab(t *testing.T) map[string]string {
	rsaKey, ecKey := certificate(t, "rsa"), certificate(t, "ecdsa")
	serve := func(key tls.Certificate, low, high uint16, suites ...uint16) func(net.Conn) {
		config := &tls.Config{
			Certificates: []tls.Certificate{key}, MinVersion: low, MaxVersion: high, CipherSuites: suites,
			CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256},
		}
		return func(c net.Conn) {
			if tls.Server(c, config).Handshake() == nil {
				_, _ = io.Copy(io.Discard, c)
			}
		}
	}
	twelve := []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384}
	old := []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	addresses := map[string]string{"closed": "127.0.7.9:1"}
	for name, s := range map[string]struct {
		address string
		handle  func(net.Conn)
	}{
		"modern": {"127.0.7.1", serve(rsaKey, tls.VersionTLS12, tls.VersionTLS13, twelve...)},
		"mixed":  {"127.0.7.2", serve(rsaKey, tls.VersionTLS10, tls.VersionTLS12, old...)},
		"newest": {"127.0.7.3", serve(ecKey, tls.VersionTLS13, tls.VersionTLS13)},
		"old":    {"127.0.7.4", serve(rsaKey, tls.VersionTLS10, tls.VersionTLS10, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)},
		"http":   {"127.0.7.5", plainHTTP},
		"reset":  {"127.0.7.6", loopback.Reset},
		"smtp":   {"127.0.7.7", smtp(serve(rsaKey, tls.VersionTLS12, tls.VersionTLS12, twelve...))},
	} {
		addresses[name] = loopback.ListenAt(t, s.address, s.handle)
	}
	return addresses
}

func plainHTTP(c net.Conn) {
	_, _ = c.Read(make([]byte, 1024))
	_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
}

// smtp offers STARTTLS to whatever is said, and takes it at "STARTTLS".
func smtp(secure func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, "220 mail.example.com\r\n")
		buffer := make([]byte, 256)
		for {
			n, err := c.Read(buffer)
			if err != nil {
				return
			}
			if string(buffer[:n]) == "STARTTLS\r\n" {
				_, _ = io.WriteString(c, "220 go\r\n")
				secure(c)
				return
			}
			_, _ = io.WriteString(c, "250-mail.example.com\r\n250 STARTTLS\r\n")
		}
	}
}

// certificate is one of lab.example.com with its key, which nobody uses for
// anything: both stand in a file because a report shows the certificate's hash.
func certificate(t *testing.T, kind string) tls.Certificate {
	file := filepath.Join("testdata", "lab", kind+".pem")
	pair, err := tls.LoadX509KeyPair(file, file)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}
