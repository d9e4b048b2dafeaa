package labkit

import (
	"os/exec"
	"strings"
	"testing"

	"tlsready"
)

// Suites13 is what OpenSSL takes in TLS 1.3 unless it is told otherwise.
const Suites13 = "1.3: TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256"

// OpenSSL is what openssl itself lists for a cipher string, as [Endpoint.SuiteWords]
// shows it: the suites of each version that a key of this type can serve, without
// those of pre-shared keys and passwords.
func OpenSSL(t testing.TB, cipher, keyType string, versions ...tlsready.Version) string {
	t.Helper()
	options := map[tlsready.Version]string{tlsready.TLS10: "-tls1", tlsready.TLS11: "-tls1_1", tlsready.TLS12: "-tls1_2", tlsready.TLS13: "-tls1_3"}
	truth := Endpoint{Suites: map[string][]string{}}
	for _, v := range versions {
		out, err := exec.Command("openssl", "ciphers", "-s", options[v], "-stdname", cipher).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl ciphers %s: %v\n%s", cipher, err, out)
		}
		for _, line := range strings.Split(string(out), "\n") {
			name, _, _ := strings.Cut(line, " ")
			if suite, err := tlsready.ParseSuite(name); err == nil && suite.Fits(v) && serves(suite, keyType) {
				truth.Suites[v.String()] = append(truth.Suites[v.String()], suite.String())
			}
		}
	}
	return truth.SuiteWords()
}

// serves says whether a server with a key of this type and no other secret can use
// the suite.
func serves(s tlsready.Suite, keyType string) bool {
	info := s.Info()
	secret := info.KeyExchange == tlsready.SRP || info.KeyExchange >= tlsready.PSK && info.KeyExchange <= tlsready.RSAPSK
	return !secret && tlsready.AuthFits(info, keyType)
}
