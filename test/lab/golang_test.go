//go:build linux

package lab

import (
	"crypto/tls"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/probe"
	"tlsready/internal/testkit/loopback"
	"tlsready/test/lab/labkit"
)

// goSuites shows suites of crypto/tls as labkit does: those of each version that a
// key of this type can serve.
func goSuites(ids []uint16, auth tlsready.Auth, versions ...tlsready.Version) string {
	e := labkit.Endpoint{Suites: map[string][]string{}}
	for _, id := range ids {
		for _, v := range versions {
			if s := tlsready.Suite(id); s.Fits(v) && s.Info().Auth == auth {
				e.Suites[v.String()] = append(e.Suites[v.String()], s.String())
			}
		}
	}
	if slices.Contains(versions, tlsready.TLS13) {
		e.Suites["TLS 1.3"] = []string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
	}
	return e.SuiteWords()
}

// Proves that everything that probe says of a crypto/tls server is what its
// configuration says, and that every modelled client ends there as computed.
func TestGo(t *testing.T) {
	t.Parallel()
	keys := labkit.MakeKeys(t, labkit.Dir(t))
	const ten, eleven, twelve, thirteen = tlsready.TLS10, tlsready.TLS11, tlsready.TLS12, tlsready.TLS13
	three := []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}
	kex := []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_GCM_SHA384}
	modern := []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
	for _, c := range []struct {
		labkit.Row
		config *tls.Config
	}{
		{labkit.Row{Name: "as it comes", Versions: "1.2 1.3", Key: &keys.EC}, &tls.Config{}},
		{labkit.Row{Name: "1.0 with every suite", Versions: "1.0 1.1 1.2 1.3", Key: &keys.RSA, Suites: goSuites(everySuite(), tlsready.AuthRSA, ten, eleven, twelve, thirteen)}, &tls.Config{MinVersion: tls.VersionTLS10, CipherSuites: everySuite()}},
		{labkit.Row{Name: "1.0 with 3DES alone", Versions: "1.0", Key: &keys.RSA, Suites: goSuites(three, tlsready.AuthRSA, ten), Groups: "-"}, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: three}},
		{labkit.Row{Name: "RSA key exchange alone", Versions: "1.0 1.1 1.2", Key: &keys.RSA, Suites: goSuites(kex, tlsready.AuthRSA, ten, eleven, twelve), Groups: "-"}, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12, CipherSuites: kex}},
		{labkit.Row{Name: "P-384 alone", Versions: "1.2 1.3", Key: &keys.P384, Groups: "secp384r1", Suites: goSuites(modern, tlsready.AuthECDSA, twelve, thirteen)}, &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: modern, CurvePreferences: []tls.CurveID{tls.CurveP384}}},
		{labkit.Row{Name: "a post-quantum group alone", Versions: "1.3", Key: &keys.EC, Groups: "X25519MLKEM768"}, &tls.Config{MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519MLKEM768}}},
		{labkit.Row{Name: "1.1 with ECDSA", Versions: "1.1", Key: &keys.EC, Suites: goSuites(everySuite(), tlsready.AuthECDSA, eleven)}, &tls.Config{MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11, CipherSuites: everySuite()}},
		{labkit.Row{Name: "client certificate demanded", Versions: "1.2 1.3", Key: &keys.RSA}, &tls.Config{ClientAuth: tls.RequireAnyClientCert}},
	} {
		c.config.Certificates = []tls.Certificate{keys.RSA.TLS}
		for _, k := range []labkit.Key{keys.EC, keys.P384} {
			if c.Key.SHA256 == k.SHA256 {
				c.config.Certificates = []tls.Certificate{k.TLS}
			}
		}
		c.Address, c.Open = loopback.Listen(t, golang(c.config)), labkit.CurvePair
		t.Run(c.Name, c.Check)
	}
}

// Proves that huge chains, lengths that lie and bytes that come one by one do not make
// probe say more or less than what it saw, or hang.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	keys := labkit.MakeKeys(t, labkit.Dir(t))
	chain := make([][]byte, 1000) // about a megabyte
	for i := range chain {
		chain[i] = append(make([]byte, 700), keys.RSA.TLS.Certificate[0]...)
	}
	const none = "?1.0 ?1.1 ?1.2 ?1.3"
	for _, c := range []struct {
		name, want string
		failed     bool
		handle     func(net.Conn)
		slow       bool
	}{
		{"a chain of a megabyte", "1.2", true, flight(tlsready.TLS12, chain, 0x2f), false},
		{"a chain that is no certificate", "1.2", false, flight(tlsready.TLS12, [][]byte{{1, 2, 3}}, 0x2f), false},
		{"a record that is longer than it may be", none, true, says([]byte{22, 3, 3, 0xff, 0xff, 2}), false},
		{"a message of 16 megabytes", none, true, says([]byte{22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff}), false},
		{"an empty record after the other", none, true, func(c net.Conn) {
			for {
				if _, err := c.Write([]byte{22, 3, 3, 0, 0}); err != nil {
					return
				}
			}
		}, false},
		{"plain HTTP", none, true, says([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")), false},
		{"one byte now and then", none, true, func(c net.Conn) {
			for _, b := range []byte{22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3, 0, 0, 0, 0, 0, 0, 0} {
				if _, err := c.Write([]byte{b}); err != nil {
					return
				}
				<-time.After(250 * time.Millisecond) // the server is slow on purpose
			}
		}, true},
		{"a reset at once", none, true, loopback.Reset, false},
		{"a close at once", none, true, func(net.Conn) {}, false},
		{"what it was sent", none, true, func(c net.Conn) { _, _ = io.Copy(c, c) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			timeout := patience
			if c.slow {
				timeout = impatience
			}
			r := probeQuickly(t, loopback.Listen(t, c.handle), "", probe.Everything(), timeout)
			if got := versions(r); got != c.want || (r.Err != nil) != c.failed {
				t.Errorf("%s, error %v; want %s\n%+v", got, r.Err, c.want, r.Evidence)
			}
		})
	}
}
