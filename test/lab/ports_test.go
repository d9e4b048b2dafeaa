//go:build linux

package lab

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tlsready/internal/testkit/parts"

	"tlsready"
	"tlsready/internal/probe"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/wire"
	"tlsready/test/lab/labkit"
)

// How long an answer may take; less from a server that never answers.
const (
	patience   = 20 * time.Second
	impatience = 300 * time.Millisecond
)

// probeQuickly asks an address a few things or everything.
func probeQuickly(t *testing.T, address, starttls string, ask probe.Questions, timeout time.Duration) *probe.Result {
	t.Helper()
	p := probe.New(probe.Options{Questions: ask, Rate: probe.DefaultRate, Timeout: timeout})
	r := p.Probe(t.Context(), probe.Target{Address: netip.MustParseAddrPort(address), ServerName: labkit.Name, StartTLS: starttls})
	return &r
}

// port is a server of the kinds on which probers are compared, with what it takes.
type port struct {
	number, server, want string
	at                   string
	starttls             string
	silent               bool
}

// Proves the versions of every kind of server on which other probers went wrong,
// by the number that each has in the comparison: each misses some.
func TestNumberedPorts(t *testing.T) {
	t.Parallel()
	parts.Need(t, "openssl", "openssl")
	ports := append(opensslPorts(t, makeFiles(t)), nginxPorts(t)...)
	ports = append(ports, goPorts(t)...)
	if len(ports) != 29 {
		t.Errorf("%d ports", len(ports))
	}
	for _, c := range ports {
		t.Run(c.number+" "+c.server, func(t *testing.T) {
			t.Parallel()
			timeout := patience
			if c.silent {
				timeout = impatience
			}
			r := probeQuickly(t, c.at, c.starttls, probe.Questions{SSL: true}, timeout)
			if got := versions(r); got != c.want || (r.Err != nil) != c.silent {
				t.Errorf("%q, error %v; want %q\n%+v", got, r.Err, c.want, r.Evidence)
			}
			t.Logf("%d connections", r.Connections)
		})
	}
}

func opensslPorts(t *testing.T, f files) (ports []port) {
	for _, c := range []struct{ number, server, want, cert, args string }{
		{"20001", "TLS 1.0 alone", "1.0", "rsa", "-tls1 -cipher ALL" + level0},
		{"20002", "TLS 1.0, DHE 1024, RSA 1024 with SHA-1", "1.0", "old", "-tls1 -cipher DHE-RSA-AES128-SHA" + level0 + " -dhparam @dh1024"},
		{"20003", "TLS 1.1 alone", "1.1", "rsa", "-tls1_1 -cipher ALL" + level0},
		{"20004", "TLS 1.2 alone", "1.2", "rsa", "-tls1_2"},
		{"20005", "TLS 1.3 alone", "1.3", "rsa", "-tls1_3"},
		{"20006", "RSA key exchange alone", "1.2", "rsa", "-tls1_2 -cipher AES128-SHA"},
		{"20007", "TLS 1.3, AES-CCM alone", "1.3", "rsa", "-tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256"},
		{"20008", "P-384 alone", "1.2", "ec", "-tls1_2 -named_curve P-384"},
		{"20009", "TLS 1.3, X448 alone", "1.3", "rsa", "-tls1_3 -groups X448"},
		{"20010", "TLS 1.2, DHE 2048 alone", "1.2", "rsa", "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256"},
		{"20011", "ARIA, CCM and CAMELLIA alone", "1.2", "rsa", "-tls1_2 -cipher ECDHE-ARIA128-GCM-SHA256:DHE-RSA-AES256-CCM:CAMELLIA128-SHA"},
		{"20012", "anonymous DH alone", "1.2", "", "-nocert -tls1_2 -cipher ADH-AES128-SHA" + level0},
		{"20013", "TLS 1.3, ffdhe3072 alone", "1.3", "rsa", "-tls1_3 -groups ffdhe3072"},
		{"20014", "TLS 1.2, client certificate demanded", "1.2", "rsa", "-tls1_2 -Verify 1"},
		{"20015", "TLS 1.3, client certificate demanded", "1.3", "rsa", "-tls1_3 -Verify 1"},
	} {
		args := strings.Fields(strings.ReplaceAll(c.args, "@dh1024", f.path("dh1024")))
		if c.cert != "" {
			args = append(args, "-cert", f.path(c.cert+".crt"), "-key", f.path(c.cert+".key"))
		}
		ports = append(ports, port{number: c.number, server: "OpenSSL: " + c.server, want: c.want, at: server(t, args).String()})
	}
	return ports
}

func nginxPorts(t *testing.T) []port {
	dir := labkit.Dir(t)
	keys := []labkit.Key{labkit.MakeKeys(t, dir).RSA}
	at := nginxBlocks(t, dir,
		fmt.Sprintf(rejecting, "ssl_protocols TLSv1.2;")+nginxServer(keys, "ssl_protocols TLSv1.2 TLSv1.3;"),
		nginxServer(keys, "ssl_protocols TLSv1.2 TLSv1.3;"),
		nginxServer(keys, "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\nssl_ciphers ALL:!aNULL:@SECLEVEL=0;"))
	return []port{
		{number: "20016", server: "nginx: the server name is needed; the default server decides on versions", want: "1.2", at: at[0]},
		{number: "20017", server: "nginx: TLS 1.2 and 1.3", want: "1.2 1.3", at: at[1]},
		{number: "20018", server: "nginx: TLS 1.0 to 1.3", want: "1.0 1.1 1.2 1.3", at: at[2]},
	}
}

func goPorts(t *testing.T) []port {
	keys := labkit.MakeKeys(t, labkit.Dir(t))
	config := func(low, high uint16, suites ...uint16) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{keys.RSA.TLS}, MinVersion: low, MaxVersion: high, CipherSuites: suites}
	}
	old := golang(config(tls.VersionTLS10, tls.VersionTLS12, everySuite()...))
	oldest := golang(config(tls.VersionTLS10, tls.VersionTLS10, everySuite()...))
	const none = "?1.0 ?1.1 ?1.2 ?1.3"
	return []port{
		{number: "20019", server: "Go: as it comes", want: "1.2 1.3", at: loopback.Listen(t, golang(config(0, 0)))},
		{number: "20020", server: "Go: every suite from TLS 1.0 on", want: "1.0 1.1 1.2 1.3", at: loopback.Listen(t, golang(config(tls.VersionTLS10, 0, everySuite()...)))},
		{number: "20021", server: "Go: TLS 1.0, 3DES alone", want: "1.0", at: loopback.Listen(t, golang(config(tls.VersionTLS10, tls.VersionTLS10, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA)))},
		{number: "20022", server: "SSL 3.0 alone", want: "SSL 3.0", at: loopback.Listen(t, flight(tlsready.SSL30, keys.RSA.TLS.Certificate, 0x0005, 0x000a))},
		{number: "20023", server: "SSL 2.0 alone", want: "SSL 2.0", at: loopback.Listen(t, sslv2)},
		{number: "20024", server: "TLS 1.0, resets every newer hello", want: "1.0", at: loopback.Listen(t, reading(func(h *wire.ClientHello) func(net.Conn) {
			if h.Version > tlsready.TLS10 {
				return func(c net.Conn) { loopback.Reset(c.(replayed).Conn) }
			}
			return oldest
		}))},
		{number: "20025", server: "TLS 1.2, a reset in place of an alert", want: "1.2", at: loopback.Listen(t, func(c net.Conn) { golang(config(tls.VersionTLS12, tls.VersionTLS12))(resetting{c}) })},
		{number: "20026", server: "TLS 1.0 to 1.2, resets the sixth connection of a second", want: "1.0 1.1 1.2", at: loopback.Listen(t, loopback.Limited(5, old))},
		{number: "20027", server: "STARTTLS in SMTP", want: "1.0 1.1 1.2", starttls: "smtp", at: loopback.Listen(t, smtp(old))},
		{number: "20028", server: "an answer after 50 ms", want: "1.0 1.1 1.2", at: loopback.Listen(t, func(c net.Conn) { <-time.After(50 * time.Millisecond); old(c) })}, // the delay is the case
		{number: "20029", server: "takes connections and says nothing", want: none, silent: true, at: loopback.Listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)); <-t.Context().Done() })},
	}
}
