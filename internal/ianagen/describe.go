package main

import (
	"fmt"
	"slices"
	"strings"
)

// facts is what the name and the reference of a suite say about it; the values
// are the root package's constants. Empty ones are left out of the table.
type facts struct {
	from, to                        string
	keyExchange, auth, cipher, hash string
	aead, signalling                bool
}

// info writes the facts as a SuiteInfo literal.
func (f facts) info() string {
	var fields []string
	add := func(name, value string) {
		if value != "" && value != "false" {
			fields = append(fields, name+": "+value)
		}
	}
	add("KeyExchange", f.keyExchange)
	add("Auth", f.auth)
	add("Cipher", f.cipher)
	add("Hash", f.hash)
	add("AEAD", fmt.Sprint(f.aead))
	add("Signalling", fmt.Sprint(f.signalling))
	return "SuiteInfo{" + strings.Join(fields, ", ") + "}"
}

// keyExchanges spells what stands between TLS_ and _WITH_, without EXPORT.
// Auth is the kind of key that the server's certificate holds: ECDH_RSA has an
// elliptic-curve key, and RSA only names the signature on the certificate (RFC
// 4492 section 2).
var keyExchanges = map[string][2]string{
	"RSA":             {"RSA", "AuthRSA"},
	"DH_DSS":          {"DH", "AuthOther"},
	"DH_RSA":          {"DH", "AuthOther"},
	"DHE_DSS":         {"DHE", "AuthDSS"},
	"DHE_RSA":         {"DHE", "AuthRSA"},
	"DH_anon":         {"DHE", "AuthAnon"},
	"ECDH_ECDSA":      {"ECDH", "AuthECDSA"},
	"ECDH_RSA":        {"ECDH", "AuthECDSA"},
	"ECDHE_ECDSA":     {"ECDHE", "AuthECDSA"},
	"ECDHE_RSA":       {"ECDHE", "AuthRSA"},
	"ECDH_anon":       {"ECDHE", "AuthAnon"},
	"PSK":             {"PSK", "AuthPSK"},
	"DHE_PSK":         {"DHEPSK", "AuthPSK"},
	"PSK_DHE":         {"DHEPSK", "AuthPSK"}, // so spelled for CCM_8 (RFC 6655)
	"ECDHE_PSK":       {"ECDHEPSK", "AuthPSK"},
	"RSA_PSK":         {"RSAPSK", "AuthRSA"},
	"SRP_SHA":         {"SRP", "AuthOther"},
	"SRP_SHA_RSA":     {"SRP", "AuthRSA"},
	"SRP_SHA_DSS":     {"SRP", "AuthDSS"},
	"KRB5":            {"KRB5", "AuthOther"},
	"GOSTR341112_256": {"GOST", "AuthOther"},
	"ECCPWD":          {"ECCPWD", "AuthOther"},
	"":                {"TLS13KeyExchange", "AuthAny"},
}

// ciphers spells the start of what stands after _WITH_; the first that fits
// counts.
var ciphers = []struct{ start, name string }{
	{"NULL", "NULL"},
	{"RC4_128_EXPORT40", "RC4_40"},
	{"RC4_128", "RC4_128"},
	{"RC4_56", "RC4_56"},
	{"RC4_40", "RC4_40"},
	{"RC2_128_CBC_EXPORT40", "RC2_40"},
	{"RC2_128_CBC", "RC2"},
	{"RC2_CBC_56", "RC2_56"},
	{"RC2_CBC_40", "RC2_40"},
	{"DES_192_EDE3_CBC", "TripleDES"},
	{"3DES_EDE_CBC", "TripleDES"},
	{"DES40_CBC", "DES40"},
	{"DES_CBC_40", "DES40"},
	{"DES_64_CBC", "DES"},
	{"DES_CBC", "DES"},
	{"IDEA_128_CBC", "IDEA"},
	{"IDEA_CBC", "IDEA"},
	{"SEED_CBC", "SEED"},
	{"AES_128", "AES128"},
	{"AES_256", "AES256"},
	{"CAMELLIA_128", "CAMELLIA128"},
	{"CAMELLIA_256", "CAMELLIA256"},
	{"ARIA_128", "ARIA128"},
	{"ARIA_256", "ARIA256"},
	{"CHACHA20", "CHACHA20"},
	{"AEGIS", "OtherCipher"},
	{"SM4", "OtherCipher"},
	{"KUZNYECHIK", "OtherCipher"},
	{"MAGMA", "OtherCipher"},
	{"28147", "OtherCipher"},
	{"SHA256", "NULL"}, // integrity only (RFC 9150)
	{"SHA384", "NULL"},
}

// hashes spells the end of the name.
var hashes = map[string]string{"MD5": "MD5", "SHA": "SHA1", "SHA256": "SHA256", "SHA384": "SHA384"}

// aeadModes are the parts of a name that say that the suite is an AEAD.
var aeadModes = []string{"GCM", "CCM", "POLY1305", "AEGIS", "MGM"}

func describe(e entry) (facts, error) {
	if strings.HasSuffix(e.name, "_SCSV") {
		return facts{from: "never", to: "never", signalling: true}, nil
	}
	if e.name == "TLS_NULL_WITH_NULL_NULL" { // never to be negotiated (RFC 5246 appendix A.5)
		return facts{from: "never", to: "never", cipher: "NULL"}, nil
	}
	exchange, rest, err := split(e)
	if err != nil {
		return facts{}, err
	}
	f := facts{keyExchange: exchange[0], auth: exchange[1]}
	parts := strings.Split(rest, "_")
	f.aead = slices.ContainsFunc(aeadModes, func(mode string) bool { return strings.Contains(rest, mode) })
	for _, c := range ciphers {
		if strings.HasPrefix(rest, c.start) {
			f.cipher = c.name
			break
		}
	}
	if f.cipher == "" {
		return facts{}, fmt.Errorf("%s: no known cipher", e.name)
	}
	f.hash = hashes[parts[len(parts)-1]]
	switch {
	case f.hash != "":
	case strings.Contains(rest, "CCM") && f.cipher != "OtherCipher":
		f.hash = "SHA256" // RFC 6655 section 3: the PRF of TLS 1.2
	default:
		f.hash = "OtherHash"
	}
	f.from, f.to = span(e, f)
	return f, nil
}

// split takes a name apart into key exchange and cipher with hash.
func split(e entry) (exchange [2]string, rest string, err error) {
	if kind, ok := strings.CutPrefix(e.name, "SSL_CK_"); ok {
		return keyExchanges["RSA"], kind, nil
	}
	name, ok := strings.CutPrefix(e.name, "TLS_")
	if !ok {
		return exchange, "", fmt.Errorf("%s: neither TLS_ nor SSL_CK_", e.name)
	}
	kind, rest, ok := strings.Cut(name, "_WITH_")
	if !ok || onlyTLS13(e) {
		if !ok {
			rest = name
		}
		return keyExchanges[""], rest, nil
	}
	kind = strings.TrimSuffix(strings.TrimSuffix(kind, "_EXPORT"), "_EXPORT1024")
	exchange, ok = keyExchanges[kind]
	if !ok {
		return exchange, "", fmt.Errorf("%s: no known key exchange", e.name)
	}
	return exchange, rest, nil
}

// onlyTLS13 says that a suite is one of TLS 1.3: its name has no key exchange,
// or it stands in the document that brings GOST to TLS 1.3.
func onlyTLS13(e entry) bool {
	return !strings.Contains(e.name, "_WITH_") || e.reference == "RFC9367"
}

// span is the first and the last version of a suite.
func span(e entry, f facts) (from, to string) {
	switch {
	case e.code > 0xffff:
		return "SSL20", "SSL20"
	case f.keyExchange == "TLS13KeyExchange":
		return "TLS13", "TLS13"
	case f.aead || f.keyExchange == "GOST" || f.keyExchange == "ECCPWD":
		return "TLS12", "TLS12"
	case f.hash == "SHA256" || f.hash == "SHA384":
		return "TLS12", "TLS12"
	case strings.HasPrefix(f.keyExchange, "ECDH"):
		return "TLS10", "TLS12"
	}
	return "SSL30", "TLS12"
}
