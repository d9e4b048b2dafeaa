package survey

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
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/policy"
	"tlsready/internal/probe"
	"tlsready/internal/stack"
	"tlsready/internal/testkit/loopback"
)

// wayPolicies are the server policies on which both ways have to agree.
func wayPolicies(t testing.TB) map[string]*tls.Config {
	rsaCert, small, ec := signed(t, "rsa", 2048), signed(t, "rsa", 1024), signed(t, "ec", 256)
	config := func(cert tls.Certificate, low, high uint16, suites ...uint16) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: low, MaxVersion: high, CipherSuites: suites}
	}
	p384 := config(rsaCert, tls.VersionTLS12, tls.VersionTLS13)
	p384.CurvePreferences = []tls.CurveID{tls.CurveP384}
	hybrid := config(ec, tls.VersionTLS13, 0)
	hybrid.CurvePreferences = []tls.CurveID{tls.X25519MLKEM768}
	return map[string]*tls.Config{
		"TLS 1.0 alone":               config(rsaCert, tls.VersionTLS10, tls.VersionTLS10, 0x2f, 0x0a, 0xc013),
		"TLS 1.1 alone":               config(rsaCert, tls.VersionTLS11, tls.VersionTLS11, 0x2f, 0x35),
		"TLS 1.2 alone":               config(rsaCert, tls.VersionTLS12, tls.VersionTLS12),
		"TLS 1.2 and 1.3":             config(rsaCert, tls.VersionTLS12, 0),
		"TLS 1.3 alone":               config(ec, tls.VersionTLS13, 0),
		"ECDSA key, AEAD alone":       config(ec, tls.VersionTLS12, tls.VersionTLS12, 0xc02b, 0xc02c),
		"RSA key exchange alone":      config(rsaCert, tls.VersionTLS10, tls.VersionTLS12, 0x2f, 0x35, 0x3c),
		"ECDHE with GCM, RSA key":     config(rsaCert, tls.VersionTLS12, tls.VersionTLS12, 0xc02f, 0xc030),
		"3DES in TLS 1.0":             config(rsaCert, tls.VersionTLS10, tls.VersionTLS10, 0x0a),
		"ChaCha20 alone":              config(rsaCert, tls.VersionTLS12, tls.VersionTLS12, 0xcca8),
		"P-384 alone":                 p384,
		"post-quantum group alone":    hybrid,
		"RSA key of 1024 bits":        config(small, tls.VersionTLS12, tls.VersionTLS12),
		"everything from TLS 1.0 on":  config(rsaCert, tls.VersionTLS10, 0, 0x2f, 0x35, 0xc013, 0xc014, 0xc02f, 0xc030),
		"TLS 1.0 and 1.1, an EC key":  config(ec, tls.VersionTLS10, tls.VersionTLS11, 0xc009, 0xc00a),
		"CBC with ECDHE in TLS 1.2":   config(rsaCert, tls.VersionTLS12, tls.VersionTLS12, 0xc013, 0xc014, 0xc027),
		"TLS 1.1 and later, GCM only": config(rsaCert, tls.VersionTLS11, 0, 0xc02f),
	}
}

// lookAs looks at endpoints with every usual client on the modelled systems that are
// named, or on all of them if none is.
func lookAs(t testing.TB, systems ...string) *Endpoints {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	var callers []*caller.Caller
	for _, id := range endpoint.UsualCallers() {
		c, _, err := caller.ByID(id)
		if err != nil {
			t.Fatal(err)
		}
		callers = append(callers, c)
	}
	var clients []endpoint.Client
	for _, system := range model.Systems() {
		if len(systems) == 0 || slices.Contains(systems, system.ID) {
			clients = append(clients, endpoint.ClientsOnSystem(system, callers)...)
		}
	}
	q := probe.Questions{Suites: true, Groups: true, SignatureAlgorithms: true, Certificates: true}
	look := &Endpoints{Prober: probe.New(probe.Options{Questions: q}), Roots: endpoint.NewRootFinder()}
	if look.Clients, err = endpoint.NewSimulator(model, clients).Sending(); err != nil {
		t.Fatal(err)
	}
	return look
}

// Proves that what is computed from a probed acceptance and what the server does with
// the client's own hello agree, for every modelled client and each policy, down to the
// suite if it is known whose order decides.
func TestBothWaysAgree(t *testing.T) {
	look := lookAs(t)
	t.Logf("%d distinct hellos", len(look.Clients.Hellos("", nil)))
	for name, config := range wayPolicies(t) {
		t.Run(name, func(t *testing.T) { checkAgreement(t, look, targetAt(t, tlsServer(t, config))) })
	}
}

func targetAt(t testing.TB, address string) probe.Target {
	t.Helper()
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return probe.Target{Name: address, Address: at, ServerName: "lab.example.com"}
}

// checkAgreement compares the two ways for each stack of each client.
func checkAgreement(t *testing.T, look *Endpoints, target probe.Target) {
	t.Helper()
	res := look.Prober.Probe(context.Background(), target, look.Clients.Hellos(target.ServerName, look.Prober.KeyShares)...)
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	e := EndpointOf(&res)
	sameAcceptance(t, e, &res)
	sameJudgement(t, look, e)
	own := e.Acceptance().OwnOrder
	replies := repliesOf(&res)
	words := message.For("en")
	counts := map[tlsready.Answer]int{}
	for _, w := range look.Clients.Ways(e, replies) {
		computed, sent := w.Computed, w.Sent
		counts[computed.Connects]++
		if computed.Connects == tlsready.Unknown {
			t.Errorf("%s: computed unknown: %s", w.Client, words.Render(computed.Why))
		}
		switch {
		case w.Mute && sent.Connects == tlsready.Unknown:
		case sent.Connects != computed.Connects:
			t.Errorf("%s: computed %v (%s), sent %v (%s)", w.Client, computed.Connects, words.Render(computed.Why), sent.Connects, words.Render(sent.Why))
		case sent.Connects == tlsready.Yes && sent.Version != computed.Version:
			t.Errorf("%s: computed %v, sent %v", w.Client, computed.Version, sent.Version)
		case sent.Connects == tlsready.Yes && own[sent.Version] != tlsready.Unknown && sent.Suite != computed.Suite:
			t.Errorf("%s: computed %v, sent %v, own order %v", w.Client, computed.Suite, sent.Suite, own[sent.Version])
		}
	}
	t.Logf("%d connect, %d cannot", counts[tlsready.Yes], counts[tlsready.No])
}

// sameJudgement says that a document which was written and read is judged as it was
// before: which clients could connect, what a policy is not met in.
func sameJudgement(t *testing.T, look *Endpoints, e *document.Endpoint) {
	t.Helper()
	line, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	back, err := document.ReadEndpoint(line)
	if err != nil {
		t.Fatal(err)
	}
	modern, _, err := policy.ByID("mozilla-modern")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := endpoint.ParseRules("TLS 1.2+; -CBC")
	if err != nil {
		t.Fatal(err)
	}
	judge := func(e *document.Endpoint) string {
		baseline := endpoint.NewBaseline()
		baseline.Add(e)
		text, err := json.Marshal([]any{look.Clients.Clients(e, rules, nil), endpoint.Policy(modern).Findings(e), baseline.Findings(e)})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if was, is := judge(e), judge(back); was != is {
		t.Errorf("judged again:\n%s\nit was\n%s", is, was)
	}
}

// Measures thirty clients against one endpoint, computed and sent, with everything that
// is asked for that; the goal is a tenth of a second.
func BenchmarkSimulateThirtyClients(b *testing.B) {
	look := lookAs(b, "windows-7", "windows-server-2012-r2", "windows-server-2016", "windows-server-2019", "windows-server-2022")
	target := targetAt(b, tlsServer(b, &tls.Config{Certificates: []tls.Certificate{signed(b, "ec", 256)}}))
	for b.Loop() {
		if e := look.Look(context.Background(), target); e.Error != nil || len(e.Clients) != 30 {
			b.Fatal(e.Error, len(e.Clients))
		}
	}
}

// signed signs a certificate of one key for the name lab.example.com.
func signed(t testing.TB, kind string, bits int) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lab.example.com"}, DNSNames: []string{"lab.example.com"},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	}
	var key crypto.Signer
	var err error
	if kind == "rsa" {
		key, err = rsa.GenerateKey(rand.Reader, bits)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// tlsServer serves on loopback until the test ends.
func tlsServer(t testing.TB, config *tls.Config) string {
	t.Helper()
	return loopback.Listen(t, func(c net.Conn) {
		if tls.Server(c, config).Handshake() == nil {
			_, _ = io.Copy(io.Discard, c)
		}
	})
}
