package main

import (
	"fmt"
	"slices"
	"strings"
)

// facts is what the name and the reference of a suite say about it; the values
// are the root package's constants. Empty ones are left out of the table.
type facts struct {
	from, to                        string // versions
	keyExchange, auth, cipher, hash string
	aead, signalling                bool
}

// info writes the facts as a SuiteInfo literal.
func (f facts) info() string {
	var fields []string
	add := func(field, value string) {
		if value != "" && value != "false" {
			fields = append(fields, field+": "+value)
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

// keyExchanges reads what stands between TLS_ and _WITH_, without EXPORT: key
// exchange and the kind of key in the server's certificate. That of DH_RSA is a
// Diffie-Hellman key and that of ECDH_RSA one on an elliptic curve; RSA only
// names the signature on the certificate (RFC 5246 appendix A.5, RFC 4492
// section 2.3).
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
	"PSK_DHE":         {"DHEPSK", "AuthPSK"}, // so spelled in RFC 6655
	"ECDHE_PSK":       {"ECDHEPSK", "AuthPSK"},
	"RSA_PSK":         {"RSAPSK", "AuthRSA"},
	"SRP_SHA":         {"SRP", "AuthOther"},
	"SRP_SHA_RSA":     {"SRP", "AuthRSA"},
	"SRP_SHA_DSS":     {"SRP", "AuthDSS"},
	"KRB5":            {"KRB5", "AuthOther"},
	"GOSTR341112_256": {"GOST", "AuthOther"},
	"ECCPWD":          {"ECCPWD", "AuthOther"},
}

// tls13 stands for the suites of TLS 1.3, which name no key exchange.
var tls13 = [2]string{"TLS13KeyExchange", "AuthAny"}

// cipher is how the names of suites begin after _WITH_, and the constant.
type cipher struct{ start, name string }

// ciphers is searched from above, so longer starts stand first.
var ciphers = []cipher{
	{"NULL", "NULL"},
	{"SHA", "NULL"}, // integrity alone: RFC 9150
	{"RC4_128_EXPORT40", "RC4_40"},
	{"RC4_128", "RC4_128"},
	{"RC4_56", "RC4_56"},
	{"RC4_40", "RC4_40"},
	{"RC2_128_CBC_EXPORT40", "RC2_40"},
	{"RC2_128_CBC", "RC2"},
	{"RC2_CBC_40", "RC2_40"},
	{"3DES_EDE_CBC", "TripleDES"},
	{"DES_192_EDE3_CBC", "TripleDES"},
	{"DES40_CBC", "DES40"},
	{"DES_CBC_40", "DES40"},
	{"DES_64_CBC", "DES"},
	{"DES_CBC", "DES"},
	{"IDEA", "IDEA"},
	{"SEED", "SEED"},
	{"AES_128", "AES128"},
	{"AES_256", "AES256"},
	{"CAMELLIA_128", "CAMELLIA128"},
	{"CAMELLIA_256", "CAMELLIA256"},
	{"ARIA_128", "ARIA128"},
	{"ARIA_256", "ARIA256"},
	{"CHACHA20", "CHACHA20"},
	{"AEGIS", "OtherCipher"},
	{"ASCON", "OtherCipher"},
	{"SM4", "OtherCipher"},
	{"KUZNYECHIK", "OtherCipher"},
	{"MAGMA", "OtherCipher"},
	{"28147", "OtherCipher"}, // GOST 28147-89
}

// hashes reads the end of the name; other ends are OtherHash. The CCM suites of
// TLS 1.2 do not name theirs: RFC 6655 section 3.
var hashes = []struct{ end, hash string }{
	{"_MD5", "MD5"},
	{"_SHA", "SHA1"},
	{"_SHA256", "SHA256"},
	{"_SHA384", "SHA384"},
	{"_CCM", "SHA256"},
	{"_CCM_8", "SHA256"},
}

// aeads are parts of the names of AEAD suites.
var aeads = []string{"_GCM", "_CCM", "_POLY1305", "_MGM_", "AEGIS", "ASCONAEAD"}

// describe takes the name of a suite apart.
func describe(e entry) (facts, error) {
	switch {
	case strings.HasSuffix(e.name, "_SCSV"):
		return facts{from: "never", to: "never", signalling: true}, nil
	case e.name == "TLS_NULL_WITH_NULL_NULL": // the state before any suite: RFC 5246 appendix A.5
		return facts{from: "never", to: "never", cipher: "NULL"}, nil
	}
	exchange, rest, err := split(e)
	if err != nil {
		return facts{}, err
	}
	i := slices.IndexFunc(ciphers, func(c cipher) bool { return strings.HasPrefix(rest, c.start) })
	if i < 0 {
		return facts{}, fmt.Errorf("%s: no known cipher", e.name)
	}
	f := facts{keyExchange: exchange[0], auth: exchange[1], cipher: ciphers[i].name, hash: "OtherHash"}
	for _, h := range hashes {
		if strings.HasSuffix(rest, h.end) {
			f.hash = h.hash
		}
	}
	f.aead = slices.ContainsFunc(aeads, func(part string) bool { return strings.Contains(rest, part) })
	f.from, f.to = span(e, f)
	return f, nil
}

// split finds the key exchange, and what stands after it.
func split(e entry) (exchange [2]string, rest string, err error) {
	if kind, ok := strings.CutPrefix(e.name, "SSL_CK_"); ok {
		return keyExchanges["RSA"], kind, nil
	}
	name, ok := strings.CutPrefix(e.name, "TLS_")
	if !ok {
		return exchange, "", fmt.Errorf("%s: starts with neither TLS_ nor SSL_CK_", e.name)
	}
	kind, rest, ok := strings.Cut(name, "_WITH_")
	switch {
	case !ok:
		return tls13, name, nil
	case e.reference == "RFC9367": // GOST suites of TLS 1.3 are spelled like older ones
		return tls13, rest, nil
	}
	kind, _, _ = strings.Cut(kind, "_EXPORT")
	if exchange, ok = keyExchanges[kind]; !ok {
		return exchange, "", fmt.Errorf("%s: no known key exchange", e.name)
	}
	return exchange, rest, nil
}

// span is the first and the last version of a suite.
func span(e entry, f facts) (from, to string) {
	newHash := f.hash == "SHA256" || f.hash == "SHA384"
	switch {
	case e.code > 0xffff:
		return "SSL20", "SSL20"
	case f.keyExchange == tls13[0]:
		return "TLS13", "TLS13"
	case f.aead, f.hash == "OtherHash":
		return "TLS12", "TLS12"
	case newHash && anyVersion(e, f):
		return "TLS10", "TLS12"
	case newHash:
		return "TLS12", "TLS12"
	case strings.HasPrefix(f.keyExchange, "ECDH"):
		return "TLS10", "TLS12"
	}
	return "SSL30", "TLS12"
}

// anyVersion says that a pre-shared-key suite with a new hash may be negotiated
// whatever the version of TLS: the hash is then the MAC alone (RFC 5487, RFC
// 5489, RFC 6367).
func anyVersion(e entry, f facts) bool {
	return strings.HasSuffix(f.keyExchange, "PSK") &&
		(e.reference == "RFC5487" || e.reference == "RFC5489" || e.reference == "RFC6367")
}
