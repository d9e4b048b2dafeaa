package cli

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/stack"
	"tlsready/internal/verdict"
)

// simulatorOf makes a simulator of the clients of --as.
func simulatorOf(t testing.TB, as ...string) (*simulator, *probe.Prober) {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	app := newApp(Streams{}, []string{"LANG=C"})
	app.setLanguage("en")
	prober := probe.New(probe.Options{Questions: probe.Questions{Suites: true, Groups: true, SignatureAlgorithms: true, Certificates: true}})
	r := &probeRun{app: app, flags: &probeFlags{as: as}, prober: prober}
	clients, err := r.clients(context.Background(), model)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSimulator(&verdict.Judge{Model: model}, prober, clients)
	if err != nil {
		t.Fatal(err)
	}
	return s, prober
}

// wayPolicies are the server policies on which both ways have to agree.
func wayPolicies(t testing.TB) map[string]*tls.Config {
	rsaCert, small, ec := certificateOf(t, "rsa", 2048), certificateOf(t, "rsa", 1024), certificateOf(t, "ec", 256)
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

// Proves that what is computed from a probed acceptance and what the server does with
// the client's own hello agree, for every modelled client and each policy, down to the
// suite where it is known whose order decides.
func TestBothWaysAgree(t *testing.T) {
	s, prober := simulatorOf(t, allWindows)
	t.Logf("%d clients, %d distinct hellos", len(s.clients), len(s.hellos))
	for name, config := range wayPolicies(t) {
		t.Run(name, func(t *testing.T) {
			target := targetAt(t, tlsServer(t, config))
			checkAgreement(t, s, prober, target)
		})
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

// checkAgreement compares the two ways for each row of each client.
func checkAgreement(t *testing.T, s *simulator, prober *probe.Prober, target probe.Target) {
	t.Helper()
	res := prober.Probe(context.Background(), target)
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	accepts := res.Acceptance()
	replies, _ := s.send(context.Background(), target)
	words := message.For("en")
	counts := map[tlsready.Answer]int{}
	for i := range s.clients {
		c := &s.clients[i]
		for n, row := range s.rows(c, accepts) {
			computed := computedRow(row)
			counts[computed.answer]++
			if computed.answer == tlsready.Unknown {
				t.Errorf("%s: computed unknown: %s", c.id, computed.words(words))
			}
			sent := s.seen(c.sends[n], replies, &res)
			switch {
			case len(c.sends[n]) == 0 && row.Offer.Empty():
			case sent.answer != computed.answer:
				t.Errorf("%s: computed %v (%s), sent %v (%s)", c.id, computed.answer, computed.words(words), sent.answer, sent.words(words))
			case sent.answer == tlsready.Yes && sent.version != computed.version:
				t.Errorf("%s: computed %v, sent %v", c.id, computed.version, sent.version)
			case sent.answer == tlsready.Yes && accepts.OwnOrder[sent.version] != tlsready.Unknown && sent.suite != computed.suite:
				t.Errorf("%s: computed %v, sent %v, own order %v", c.id, computed.suite, sent.suite, accepts.OwnOrder[sent.version])
			}
		}
	}
	t.Logf("%d connect, %d cannot", counts[tlsready.Yes], counts[tlsready.No])
}

// Proves that the two ways together never hide that they differ.
func TestCombine(t *testing.T) {
	yes := outcome{tlsready.Yes, tlsready.TLS12, 0xc02f, say("probe.answer.yes")}
	no := outcome{answer: tlsready.No, why: say("probe.answer.no")}
	open := outcome{why: say("probe.answer.unknown")}
	for _, c := range []struct {
		computed, sent outcome
		want           tlsready.Answer
		why            string
	}{
		{yes, yes, tlsready.Yes, "yes"},
		{no, no, tlsready.No, "no"},
		{yes, open, tlsready.Yes, "yes"},
		{open, no, tlsready.No, "no"},
		{open, open, tlsready.Unknown, "unknown"},
		{yes, no, tlsready.Unknown, "yes (yes); the client's own hello, sent: no (no)"},
		{no, yes, tlsready.Unknown, "no (no); the client's own hello, sent: yes (yes)"},
	} {
		got := combine(c.computed, c.sent)
		if got.answer != c.want || !strings.Contains(got.words(message.For("en")), c.why) {
			t.Errorf("%v and %v: %v, %s", c.computed.answer, c.sent.answer, got.answer, got.words(message.For("en")))
		}
	}
}

// Proves that a client's refusal after the ServerHello is told apart from a server's:
// a key or a finite field that is too small, and a hash that it does not take.
func TestClientRefuses(t *testing.T) {
	offer := tlsready.Offer{
		Exact: true, Versions: []tlsready.OfferedVersion{{Version: tlsready.TLS12}},
		Suites:              []tlsready.OfferedSuite{{Suite: 0xc02f}, {Suite: 0x9e}},
		Groups:              []tlsready.OfferedGroup{{Group: tlsready.Secp256r1}},
		SignatureAlgorithms: []tlsready.OfferedScheme{{Scheme: tlsready.RSAPKCS1SHA256}},
		Limits:              tlsready.Limits{MinDH: 1024, MinRSA: 1024},
	}
	for name, c := range map[string]struct {
		chosen tlsready.Acceptance
		want   string
	}{
		"small key":    {tlsready.Acceptance{Certificate: tlsready.Certificate{KeyType: "rsa", KeyBits: 512}}, "RSA key has 512 bits"},
		"SHA-512":      {tlsready.Acceptance{Certificate: tlsready.Certificate{KeyType: "rsa", KeyBits: 2048, Signature: tlsready.RSAPKCS1SHA512}}, "signed with rsa_pkcs1_sha512"},
		"small DH":     {tlsready.Acceptance{DHBits: 768, Suites: tlsready.Only[tlsready.Suite](0x9e)}, "has 768 bits"},
		"other group":  {tlsready.Acceptance{Groups: tlsready.Only(tlsready.X25519)}, "no group in common"},
		"other suite":  {tlsready.Acceptance{Suites: tlsready.Only[tlsready.Suite](0xc030)}, "does not offer"},
		"other scheme": {tlsready.Acceptance{SignatureAlgorithms: tlsready.Only(tlsready.RSAPKCS1SHA512)}, "no signature algorithm"},
	} {
		c.chosen.Versions = tlsready.Only(tlsready.TLS12)
		if c.chosen.Suites.IsAny() {
			c.chosen.Suites = tlsready.Only[tlsready.Suite](0xc02f)
		}
		res := tlsready.Negotiate(offer, c.chosen)
		if got := whyRefuses(offer, c.chosen, res)(message.For("en")); res.Outcome != tlsready.Fails || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v, %s", name, res.Outcome, got)
		}
	}
}

// Proves that a recorded hello is read in every form in which tools write one down,
// and that what is none is refused.
func TestHelloFiles(t *testing.T) {
	s, prober := simulatorOf(t, "windows-10-1809/schannel")
	h, err := s.hellos[0].make("lab.example.com", prober.KeyShares)
	if err != nil {
		t.Fatal(err)
	}
	record, err := h.Records(0)
	if err != nil {
		t.Fatal(err)
	}
	text := hex.EncodeToString(record)
	for name, data := range map[string][]byte{
		"record": record, "message": record[5:], "hex": []byte(text[:40] + "\n" + text[40:] + "\n"), "hex of the message": []byte(text[10:]),
		"base64": []byte(base64.StdEncoding.EncodeToString(record[5:])), "upper case": []byte(strings.ToUpper(text)),
	} {
		got, err := parseHello(data)
		if err != nil || len(got.Suites) != len(h.Suites) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string][]byte{
		"empty": nil, "cut": record[:40], "text": []byte("hello"), "a ServerHello": append([]byte{22, 3, 3, 0, 42, 2, 0, 0, 38}, make([]byte, 38)...), "http": []byte("GET / HTTP/1.1\r\n\r\n"),
	} {
		if _, err := parseHello(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzHelloFile proves that no file makes the reader panic.
func FuzzHelloFile(f *testing.F) {
	f.Add([]byte("16030100050100000100"))
	f.Add([]byte{22, 3, 1, 0, 5, 1, 0, 0, 1, 0})
	f.Add([]byte("FgMBAAUBAAABAA=="))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := parseHello(data); err == nil && h == nil {
			t.Error("neither a hello nor an error")
		}
	})
}

// Proves that the hello of a file is sent and judged, also against a server that
// lets nothing in that it does not like.
func TestRecordedHello(t *testing.T) {
	s, prober := simulatorOf(t, "windows-7/schannel")
	h, err := s.hellos[0].make("lab.example.com", prober.KeyShares)
	if err != nil {
		t.Fatal(err)
	}
	record, err := h.Records(0)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "windows-7.bin")
	if err := os.WriteFile(file, record, 0o600); err != nil {
		t.Fatal(err)
	}
	cert := certificateOf(t, "rsa", 2048)
	old := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10, CipherSuites: []uint16{0x2f}})
	modern := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	status, out, errs := runProbe(t, "", "probe", old, modern, "--hello", file, "-f", "jsonl")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != 0 || len(lines) != 2 || !strings.Contains(lines[0], `"connects":"yes","version":"TLS 1.0"`) || !strings.Contains(lines[1], `"connects":"no"`) {
		t.Errorf("%d %s\n%s", status, errs, out)
	}
}

// Measures thirty clients against one endpoint, computed and sent; the goal is a
// tenth of a second.
func BenchmarkSimulateThirtyClients(b *testing.B) {
	s, prober := simulatorOf(b, "windows-7", "windows-server-2012-r2", "windows-server-2016", "windows-server-2019", "windows-server-2022")
	if len(s.clients) != 30 {
		b.Fatalf("%d clients", len(s.clients))
	}
	target := targetAt(b, tlsServer(b, &tls.Config{Certificates: []tls.Certificate{certificateOf(b, "ec", 256)}}))
	res := prober.Probe(context.Background(), target)
	if res.Err != nil {
		b.Fatal(res.Err)
	}
	for b.Loop() {
		if list, _ := s.run(context.Background(), &probed{result: res}, nil); len(list) != 30 {
			b.Fatal(len(list))
		}
	}
}
