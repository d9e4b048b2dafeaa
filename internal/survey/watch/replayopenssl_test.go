package watch

import (
	"bufio"
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/clients"
	"tlsready/internal/observe"
	"tlsready/internal/testkit/parts"
	"tlsready/internal/wire"
)

// setting is a server of OpenSSL as somebody sets it for the cut-over.
type setting struct {
	name     string
	key      []string // of openssl req -newkey
	args     []string // of s_server, without the cipher list
	ciphers  string   // of TLS 1.2 and older
	versions []tlsready.Version
	keyType  string
	bits     int
	sha1     bool // the security level lets it sign with SHA-1
}

func settings() []setting {
	rsa, ecdsa := []string{"rsa:2048"}, []string{"ec", "-pkeyopt", "ec_paramgen_curve:P-256"}
	since12 := []tlsready.Version{tlsready.TLS12, tlsready.TLS13}
	return []setting{
		{name: "TLS 1.2 and later, RSA", key: rsa, args: []string{"-min_protocol", "TLSv1.2"}, ciphers: "DEFAULT", versions: since12, keyType: "rsa", bits: 2048},
		{name: "TLS 1.2 and later, ECDSA", key: ecdsa, args: []string{"-min_protocol", "TLSv1.2"}, ciphers: "DEFAULT", versions: since12, keyType: "ecdsa", bits: 256},
		{name: "TLS 1.2 and later with ECDHE and GCM", key: rsa, args: []string{"-min_protocol", "TLSv1.2"}, ciphers: "ECDHE+AESGCM", versions: since12, keyType: "rsa", bits: 2048},
		{name: "TLS 1.3 alone", key: rsa, args: []string{"-min_protocol", "TLSv1.3"}, ciphers: "DEFAULT", versions: []tlsready.Version{tlsready.TLS13}, keyType: "rsa", bits: 2048},
		{name: "TLS 1.2 alone with RSA key exchange", key: rsa, args: []string{"-min_protocol", "TLSv1.2", "-max_protocol", "TLSv1.2"}, ciphers: "kRSA", versions: []tlsready.Version{tlsready.TLS12}, keyType: "rsa", bits: 2048},
		{name: "as before: all versions", key: rsa, args: []string{"-min_protocol", "TLSv1"}, ciphers: "ALL:@SECLEVEL=0", versions: []tlsready.Version{tlsready.TLS10, tlsready.TLS11, tlsready.TLS12, tlsready.TLS13}, keyType: "rsa", bits: 2048, sha1: true},
	}
}

// Proves for servers of OpenSSL what TestReplay proves for those of Go. Where they answer
// otherwise, it is for one of the reasons of [exceptions], and with its alert.
func TestReplayOpenSSL(t *testing.T) {
	parts.Need(t, "openssl", "openssl")
	all := hellos(t)
	for _, s := range settings() {
		t.Run(s.name, func(t *testing.T) { s.replay(t, all) })
	}
}

func (s *setting) replay(t *testing.T, all map[string]*observe.Hello) {
	address := s.start(t)
	judge := clients.NewJudge(clients.Demand{Accepts: s.accepts(t)}, nil, nil)
	yes, no := 0, 0
	known := map[string]int{}
	for _, h := range all {
		j := judge.Connection(observe.Connection{Transport: observe.TCP, Hello: h})
		got := send(t, address, h)
		why, alert := s.exception(h)
		switch {
		case j.Survives == tlsready.Unknown:
			t.Errorf("unknown: max %v, %s", h.Max(), j.Why.ID)
		case got.took && j.Survives == tlsready.Yes:
			yes++
		case !got.took && j.Survives == tlsready.No:
			no++
		case why != "" && !got.took && got.alert == alert:
			known[why]++
		default:
			t.Errorf("survives %v, and the server took it: %v, alert %d (max %v, %s, %s)", j.Survives, got.took, got.alert, h.Max(), j.Why.ID, j.JA4)
		}
	}
	t.Logf("%d hellos were taken, %d refused, as foretold; refused for another reason: %v", yes, no, known)
	if yes == 0 || no == 0 && !s.sha1 { // our own recordings hold nothing that such a server refuses
		t.Errorf("%d taken, %d refused: the recordings do not show enough", yes, no)
	}
}

// exception is why OpenSSL refuses a hello that offers enough, and by which alert; "" if
// it has no reason but what it is set to take.
func (s *setting) exception(h *observe.Hello) (why string, alert wire.AlertDescription) {
	psk, hasPSK := h.Extension(preSharedKey)
	top := s.versions[len(s.versions)-1]
	common := h.Max()
	if common.Rank() > top.Rank() {
		common = top
	}
	shared := slices.ContainsFunc(h.KeyShares(), func(k wire.KeyShare) bool { return !slices.Contains(h.Groups(), k.Group) })
	switch {
	case hasPSK && len(psk) == 0 && common == tlsready.TLS13:
		return "a pre_shared_key extension without content (RFC 8446 section 4.2.11)", wire.DecodeError
	case shared && common == tlsready.TLS13:
		// Recordings that were made from fingerprints, with invalid GREASE.
		return "a key share of a group that it does not offer (RFC 8446 section 4.2.8)", wire.IllegalParameter
	case slices.Contains(h.Suites, fallback) && common.Rank() < top.Rank():
		return "a fallback below what the server takes (RFC 7507 section 3)", inappropriateFallback
	case !s.sha1 && common == tlsready.TLS12 && len(h.SignatureAlgorithms()) == 0:
		// Also where the key exchange needs no signature.
		return "SHA-1, which a hello without signature algorithms means, is below security level 1 (ossl-guide-migration(7))", wire.HandshakeFailure
	case !slices.Contains(h.Compression, 0):
		return "no compression method, not even that for none (RFC 5246 section 7.4.1.2)", wire.DecodeError
	}
	return "", 0
}

const (
	preSharedKey          wire.ExtensionType    = 41
	fallback              tlsready.Suite        = 0x5600 // TLS_FALLBACK_SCSV
	inappropriateFallback wire.AlertDescription = 86
)

// start runs s_server until the test ends, and gives its address.
func (s *setting) start(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	key, crt := filepath.Join(dir, "key"), filepath.Join(dir, "crt")
	made := append([]string{"req", "-x509", "-nodes", "-sha256", "-days", "30", "-subj", "/CN=lab.test", "-keyout", key, "-out", crt, "-newkey"}, s.key...)
	if out, err := exec.Command("openssl", made...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "openssl", append([]string{"s_server", "-accept", "127.0.0.1:0", "-naccept", "5000", "-www", "-cert", crt, "-key", key, "-cipher", s.ciphers}, s.args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			go func() { // keep the pipe empty
				for lines.Scan() {
				}
			}()
			return address
		}
	}
	cancel()
	_ = cmd.Wait()
	t.Fatalf("s_server ended: %s", said.String())
	return ""
}

var standardName = regexp.MustCompile(`(?m)^(TLS_\w+)`)

// accepts is what the server takes, by what OpenSSL itself lists for its setting.
func (s *setting) accepts(t *testing.T) tlsready.Acceptance {
	t.Helper()
	suites := map[tlsready.Version]tlsready.Axis[tlsready.Suite]{}
	for _, v := range s.versions {
		flag := map[tlsready.Version]string{tlsready.TLS10: "-tls1", tlsready.TLS11: "-tls1_1", tlsready.TLS12: "-tls1_2", tlsready.TLS13: "-tls1_3"}[v]
		out, err := exec.Command("openssl", "ciphers", "-s", "-stdname", flag, s.ciphers).Output()
		if err != nil {
			t.Fatal(err)
		}
		var list []tlsready.Suite
		for _, m := range standardName.FindAllStringSubmatch(string(out), -1) {
			suite, err := tlsready.ParseSuite(m[1])
			if err != nil {
				t.Fatal(err)
			}
			if suite.Fits(v) {
				list = append(list, suite)
			}
		}
		suites[v] = tlsready.Only(list...)
	}
	return tlsready.Acceptance{
		Versions: tlsready.Only(s.versions...), SuitesOf: suites,
		Groups:              tlsready.Only(groupsOf(t, "x25519", "secp256r1", "x448", "secp521r1", "secp384r1", "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144", "ffdhe8192")...),
		Certificate:         tlsready.Certificate{KeyType: s.keyType, KeyBits: s.bits},
		SignatureAlgorithms: s.schemes(),
	}
}

// schemes are what it signs with: anything, or (SSL_CTX_set_security_level(3)) nothing with
// SHA-1.
func (s *setting) schemes() tlsready.Axis[tlsready.SignatureScheme] {
	if s.sha1 {
		return tlsready.AnyOf[tlsready.SignatureScheme]()
	}
	return tlsready.Only[tlsready.SignatureScheme](0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806, 0x0403, 0x0503, 0x0603, 0x0301, 0x0303)
}

func groupsOf(t *testing.T, names ...string) []tlsready.Group {
	t.Helper()
	var list []tlsready.Group
	for _, name := range names {
		g, err := tlsready.ParseGroup(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, g)
	}
	return slices.Clip(list)
}
