package probe

import (
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/testkit/loopback"
	"tlsready/internal/wire"
)

func names[T fmt.Stringer](list []T) string {
	var words []string
	for _, x := range list {
		words = append(words, x.String())
	}
	return strings.Join(words, " ")
}

func sorted(list []tlsready.Suite) []tlsready.Suite { return slices.Sorted(slices.Values(list)) }

// truth is what crypto/tls takes of ids in that version with that kind of key.
func truth(ids []uint16, v tlsready.Version, key string) []tlsready.Suite {
	var list []tlsready.Suite
	for _, id := range ids {
		if s := tlsready.Suite(id); s.Fits(v) && tlsready.AuthFits(s.Info(), key) {
			list = append(list, s)
		}
	}
	return sorted(list)
}

// TestSuites proves the exact suites of each version, and whose order counts, even if the
// server counts connections, resets, or stops at long lists.
func TestSuites(t *testing.T) {
	rsaCert := certificate(t, rsaKey(t), "lab.example.com")
	config := &tls.Config{Certificates: []tls.Certificate{rsaCert}, MinVersion: tls.VersionTLS10, CipherSuites: everySuite()}
	modern := []tlsready.Suite{0x1301, 0x1302, 0x1303}
	full := map[tlsready.Version][]tlsready.Suite{tlsready.TLS13: modern}
	for _, v := range []tlsready.Version{tlsready.TLS10, tlsready.TLS11, tlsready.TLS12} {
		full[v] = truth(everySuite(), v, "rsa")
	}
	few := &tls.Config{Certificates: []tls.Certificate{rsaCert}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{0xc02f, 0xc013, 0x2f}}
	fewWant := map[tlsready.Version][]tlsready.Suite{tlsready.TLS12: {0x2f, 0xc013, 0xc02f}}
	for _, c := range []struct {
		name        string
		handle      func(net.Conn)
		want        map[tlsready.Version][]tlsready.Suite
		connections int
	}{
		{"everything", serve(config), full, 0},
		{"few", serve(few), fewWant, 24},
		{"ten connections a second", loopback.Limited(10, serve(few)), fewWant, 0},
		{"five connections a second", loopback.Limited(5, serve(few)), fewWant, 0},
		{"resets in place of alerts", func(c net.Conn) { serve(few)(resetting{c}) }, fewWant, 0},
		{"long lists are reset", guarded(func(h *wire.ClientHello) bool { return len(h.Suites) <= 64 }, serve(few)), fewWant, 0},
		{"only the first 64 are looked at", cutting(64, few), fewWant, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target, seen := listen(t, c.handle)
			r := prober(t, Options{Questions: Questions{Suites: true}, Timeout: patience, Rate: DefaultRate}).Probe(background(t), target)
			if r.Err != nil {
				t.Error(r.Err)
			}
			for v := range maps.Keys(c.want) {
				if got := sorted(r.Suites[v]); !slices.Equal(got, c.want[v]) || !r.Complete[v] {
					t.Errorf("%v: complete %v, %s\nwant %s", v, r.Complete[v], names(got), names(c.want[v]))
				}
				if r.OwnOrder[v] != tlsready.Yes { // crypto/tls has an order of its own, and gives way to ChaCha20 alone
					t.Errorf("%v: own order %v", v, r.OwnOrder[v])
				}
			}
			if len(r.Suites) != len(c.want) || int64(r.Connections) != seen.Load() || c.connections > 0 && r.Connections > c.connections {
				t.Errorf("%d versions, %d connections said and %d made; %+v", len(r.Suites), r.Connections, seen.Load(), r.Evidence)
			}
			t.Logf("%d connections %+v", r.Connections, r.Evidence)
		})
	}
}

// cutting is a server that looks at the first n suites alone.
func cutting(n int, config *tls.Config) func(net.Conn) {
	return func(c net.Conn) {
		guarded(func(h *wire.ClientHello) bool {
			if len(h.Suites) > n {
				known := slices.ContainsFunc(h.Suites[:n], func(s tlsready.Suite) bool {
					return s <= 0xffff && slices.Contains(config.CipherSuites, uint16(s))
				})
				if !known {
					_, _ = c.Write([]byte{21, 3, 3, 0, 2, 2, 40})
					_ = c.(*net.TCPConn).CloseWrite()
					_, _ = io.Copy(io.Discard, c)
				}
			}
			return true
		}, serve(config))(c)
	}
}

// TestGroupsAndSignatures proves the exact groups and signature algorithms, by
// HelloRetryRequest, by key exchange, and with real shares where those are needed.
func TestGroupsAndSignatures(t *testing.T) {
	ec := certificate(t, ecKey(t), "lab.example.com")
	rsaCert := certificate(t, rsaKey(t), "lab.example.com")
	groups := func(low, high uint16, cert tls.Certificate, list ...tls.CurveID) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: low, MaxVersion: high, CurvePreferences: list}
	}
	needsShare := func(h *wire.ClientHello) bool {
		return len(h.SupportedVersions()) == 0 || len(h.KeyShares()) > 0
	}
	const pss = "rsa_pss_rsae_sha256 rsa_pss_rsae_sha384 rsa_pss_rsae_sha512"
	for _, c := range []struct {
		name, groups string
		known        bool
		signatures   string
		handle       func(net.Conn)
	}{
		{"tls 1.3, hybrid and x25519", "X25519MLKEM768 x25519", true, "ecdsa_secp256r1_sha256", serve(groups(tls.VersionTLS13, 0, ec, tls.X25519MLKEM768, tls.X25519))},
		{"tls 1.3, hybrid on P-256 alone", "SecP256r1MLKEM768", true, pss, serve(groups(tls.VersionTLS13, 0, rsaCert, tls.SecP256r1MLKEM768))},
		{"tls 1.3, P-384 alone", "secp384r1", true, pss, serve(groups(tls.VersionTLS13, 0, rsaCert, tls.CurveP384))},
		{"tls 1.2, P-521 and P-256", "secp256r1 secp521r1", true, pss + " rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512", serve(groups(tls.VersionTLS12, tls.VersionTLS12, rsaCert, tls.CurveP521, tls.CurveP256))},
		{"tls 1.3 needs a share", "x25519 secp256r1", false, "ecdsa_secp256r1_sha256", guarded(needsShare, serve(groups(tls.VersionTLS13, 0, ec, tls.X25519, tls.CurveP256)))},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target, _ := listen(t, c.handle)
			r := prober(t, Options{Questions: Questions{Groups: true, SignatureAlgorithms: true}, Timeout: patience}).Probe(background(t), target)
			if got := names(r.Groups); got != c.groups || r.GroupsKnown != c.known {
				t.Errorf("groups %q, known %v; want %q, %v; %+v", got, r.GroupsKnown, c.groups, c.known, r.Evidence)
			}
			if got := names(r.SignatureAlgorithms); got != c.signatures || !r.SignaturesKnown {
				t.Errorf("signatures %q, known %v; want %q; %+v", got, r.SignaturesKnown, c.signatures, r.Evidence)
			}
		})
	}
}

// TestCertificates proves that the chain, the OCSP answer and the wish for a client
// certificate are seen in TLS 1.2 in clear and in TLS 1.3 by a handshake.
func TestCertificates(t *testing.T) {
	ec, other := certificate(t, ecKey(t), "lab.example.com"), certificate(t, ecKey(t), "other.example.com")
	rsaCert := certificate(t, rsaKey(t), "lab.example.com")
	ec.OCSPStaple = []byte("an answer")
	for _, c := range []struct {
		name   string
		config *tls.Config
		keys   string
		staple tlsready.Answer
		client tlsready.Answer
	}{
		{"tls 1.2, both keys", &tls.Config{Certificates: []tls.Certificate{ec, rsaCert}, MaxVersion: tls.VersionTLS12}, "ecdsa 256, rsa 2048", tlsready.Yes, tlsready.No},
		{"tls 1.2, client certificate", &tls.Config{Certificates: []tls.Certificate{rsaCert}, MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert}, "rsa 2048", tlsready.Unknown, tlsready.Yes},
		{"tls 1.3", &tls.Config{Certificates: []tls.Certificate{ec}, MinVersion: tls.VersionTLS13}, "ecdsa 256", tlsready.Yes, tlsready.No},
		{"tls 1.3, client certificate", &tls.Config{Certificates: []tls.Certificate{rsaCert}, MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAnyClientCert}, "rsa 2048", tlsready.Unknown, tlsready.Yes},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target, seen := listen(t, serve(c.config))
			r := prober(t, Options{Questions: Questions{Certificates: true}, Timeout: patience}).Probe(background(t), target)
			var keys []string
			for _, chain := range r.Chains {
				leaf := chain[0]
				keys = append(keys, fmt.Sprintf("%s %d", leaf.KeyType, leaf.KeyBits))
				if leaf.Subject != "CN=lab.example.com" || !slices.Equal(leaf.Names, []string{"lab.example.com"}) || leaf.Err != nil || len(leaf.SHA256) != 64 || leaf.Signature == 0 {
					t.Errorf("%+v", leaf)
				}
			}
			slices.Sort(keys)
			if got := strings.Join(keys, ", "); got != c.keys || r.OCSPStaple != c.staple || r.ClientCertificate != c.client || r.Err != nil {
				t.Errorf("%q, staple %v, client %v, %v; %+v", got, r.OCSPStaple, r.ClientCertificate, r.Err, r.Evidence)
			}
			if int64(r.Connections) != seen.Load() {
				t.Errorf("%d connections said, %d made", r.Connections, seen.Load())
			}
		})
	}
	t.Run("without a server name", func(t *testing.T) {
		byName := &tls.Config{GetConfigForClient: func(i *tls.ClientHelloInfo) (*tls.Config, error) {
			if i.ServerName == "" {
				return &tls.Config{Certificates: []tls.Certificate{other}, MaxVersion: tls.VersionTLS12}, nil
			}
			return &tls.Config{Certificates: []tls.Certificate{ec}, MaxVersion: tls.VersionTLS12}, nil
		}}
		target, _ := listen(t, serve(byName))
		r := prober(t, Options{Questions: Questions{WithoutServerName: true}}).Probe(background(t), target)
		if n := r.WithoutServerName; !n.Asked || n.Version != tlsready.TLS12 || n.SameCertificate != tlsready.No {
			t.Errorf("%+v", n)
		}
	})
	t.Run("a name is needed", func(t *testing.T) {
		target, _ := listen(t, guardedAnswer(func(h *wire.ClientHello) []byte {
			if h.ServerName() == "" {
				return []byte{21, 3, 3, 0, 2, 2, 112}
			}
			return helloOf(tlsready.TLS12)
		}))
		r := prober(t, Options{Questions: Questions{WithoutServerName: true}, Timeout: patience}).Probe(background(t), target)
		if n := r.WithoutServerName; n.Answer != "alert 112" || n.Version != 0 || r.Versions[tlsready.TLS12] != tlsready.Yes {
			t.Errorf("%+v, %s", n, words(r))
		}
		target.ServerName = ""
		if r := prober(t, Options{Timeout: patience}).Probe(background(t), target); words(r) != "?1.0 ?1.1 ?1.2 ?1.3" {
			t.Errorf("without the name: %s, %+v", words(r), r.Evidence)
		}
	})
}

// TestAcceptance proves that what was learned joins with an offer, and that what was
// not asked stays unknown.
func TestAcceptance(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t, ecKey(t), "lab.example.com")}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{0xc02b}}
	target, _ := listen(t, serve(config))
	client := func(v tlsready.Version, s tlsready.Suite) tlsready.Offer {
		return tlsready.Offer{
			Exact: true, Versions: []tlsready.OfferedVersion{{Version: v}}, Suites: []tlsready.OfferedSuite{{Suite: s}},
			Groups:              []tlsready.OfferedGroup{{Group: tlsready.Secp256r1}},
			SignatureAlgorithms: []tlsready.OfferedScheme{{Scheme: tlsready.ECDSAP256SHA256}},
		}
	}
	everything := prober(t, Options{Questions: Everything(), Timeout: patience}).Probe(background(t), target)
	a := everything.Acceptance()
	for _, c := range []struct {
		offer tlsready.Offer
		want  tlsready.Outcome
		step  tlsready.Step
	}{
		{client(tlsready.TLS12, 0xc02b), tlsready.Connects, tlsready.StepDone},
		{client(tlsready.TLS12, 0xc02c), tlsready.Fails, tlsready.StepSuite},
		{client(tlsready.TLS10, 0xc009), tlsready.Fails, tlsready.StepVersion},
	} {
		if got := tlsready.Negotiate(c.offer, a); got.Outcome != c.want || got.Step != c.step {
			t.Errorf("%+v: %+v", c.offer.Versions, got)
		}
	}
	everything.Versions[tlsready.TLS10] = tlsready.Unknown
	part := everything.Acceptance()
	if got := tlsready.Negotiate(client(tlsready.TLS12, 0xc02b), part); got.Outcome != tlsready.Connects {
		t.Errorf("with TLS 1.0 open, a client of TLS 1.2: %+v", got)
	}
	if got := tlsready.Negotiate(client(tlsready.TLS10, 0xc009), part); got.Outcome != tlsready.Undecided {
		t.Errorf("with TLS 1.0 open, a client of TLS 1.0: %+v", got)
	}
	versions := prober(t, Options{Timeout: patience}).Probe(background(t), target)
	if got := tlsready.Negotiate(client(tlsready.TLS12, 0xc02b), versions.Acceptance()); got.Outcome != tlsready.Undecided {
		t.Errorf("with the suites not asked: %+v", got)
	}
	hello, err := wire.FromOffer(client(tlsready.TLS12, 0xc02b), wire.HelloOptions{Random: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	p := prober(t, Options{})
	sent := p.Probe(background(t), target, hello, nil).Sent
	if r := sent[0]; !r.chose(tlsready.TLS12) || r.Suite != 0xc02b || r.Group != tlsready.Secp256r1 || !r.Complete || !r.Made || r.Refused || sent[1].Made {
		t.Errorf("sent: %+v", sent)
	}
	if s := p.KeyShares(tlsready.X25519, tlsready.X448, tlsready.X25519MLKEM768); len(s) != 2 || len(s[0].Data) != 32 || len(s[1].Data) != 1184+32 {
		t.Errorf("key shares %v", s)
	}
}
