package formats

import (
	"strings"

	"tlsready"
)

// suiteNames finds suites by the names that logs give them: IANA's, and OpenSSL's, which
// follow from them.
func suiteNames() map[string]tlsready.Suite {
	names := make(map[string]tlsready.Suite)
	for _, s := range tlsready.Suites() {
		names[s.String()] = s
		if n := opensslName(s.String()); n != "" {
			names[n] = s
			// OpenSSL before 1.1.0 said EDH where it meant DHE.
			if rest, ok := strings.CutPrefix(n, "DHE-"); ok {
				names["EDH-"+rest] = s
			}
		}
	}
	return names
}

// opensslName is how OpenSSL calls a suite (openssl-ciphers(1), "CIPHER SUITE NAMES");
// "" for suites of TLS 1.3, which keep their names.
func opensslName(iana string) string {
	exchange, cipher, found := strings.Cut(strings.TrimPrefix(iana, "TLS_"), "_WITH_")
	if !found {
		return ""
	}
	exchange, export := strings.CutSuffix(exchange, "_EXPORT")
	switch {
	case strings.HasPrefix(exchange, "SRP_SHA"):
		exchange = strings.Replace(exchange, "_SHA", "", 1)
	case strings.HasSuffix(exchange, "PSK"), strings.HasPrefix(exchange, "PSK"):
		if cipher = opensslKeys(cipher); strings.HasPrefix(cipher, "CAMELLIA") {
			cipher = strings.Replace(cipher, "_CBC", "", 1)
		}
	default:
		cipher = strings.Replace(opensslKeys(cipher), "3DES_EDE_CBC", "DES-CBC3", 1)
		if !strings.HasPrefix(cipher, "DES") && !strings.HasPrefix(cipher, "IDEA") {
			cipher = strings.Replace(cipher, "_CBC", "", 1)
		}
	}
	name := opensslExchange(exchange, cipher) + cipher
	if export {
		name = "EXP-" + strings.Replace(strings.Replace(name, "DES40", "DES", 1), "_40", "", 1)
	}
	return strings.ReplaceAll(name, "_", "-")
}

// opensslExchange is the beginning of a name: RSA as the key exchange is not said.
func opensslExchange(exchange, cipher string) string {
	switch exchange {
	case "RSA":
		return ""
	case "DH_anon":
		return "ADH-"
	case "ECDH_anon":
		return "AECDH-"
	case "PSK_DHE":
		return "DHE-PSK-"
	case "ECDHE_RSA":
		if strings.HasPrefix(cipher, "ARIA") {
			return "ECDHE-"
		}
	}
	return exchange + "-"
}

// opensslKeys writes a cipher with its key as OpenSSL does, and what it leaves out.
func opensslKeys(cipher string) string {
	for _, r := range [][2]string{
		{"RC4_128", "RC4"},
		{"AES_", "AES"},
		{"CAMELLIA_", "CAMELLIA"},
		{"ARIA_", "ARIA"},
		{"CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305"},
	} {
		if after, found := strings.CutPrefix(cipher, r[0]); found {
			cipher = r[1] + after
		}
	}
	return strings.Replace(cipher, "CCM_8", "CCM8", 1)
}
