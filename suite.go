package tlsready

//go:generate go run ./internal/ianagen

import (
	"fmt"
	"strconv"
	"strings"
)

// Suite is a cipher suite by its two-byte code (IANA registry "TLS Cipher
// Suites", RFC 8447 section 8), or an SSL 2.0 cipher kind by its three-byte
// code (draft-hickman-netscape-ssl-00, appendix C.4).
type Suite uint32

// SuiteInfo is what the name of a suite says. The zero value stands for a code
// that nobody has named.
type SuiteInfo struct {
	KeyExchange KeyExchange
	Auth        Auth
	Cipher      Cipher
	Hash        Hash // the MAC, or of an AEAD suite the hash of the PRF (RFC 5246 section 5)
	AEAD        bool // RFC 5246 section 6.2.3.3
	Signalling  bool // no suite at all, but a flag in the list (RFC 5746 section 3.3, RFC 7507)
}

// KeyExchange is how a suite agrees on its keys. An anonymous one is [DHE] or
// [ECDHE] with [AuthAnon].
type KeyExchange uint8

// The key exchanges. The zero value: the suite has none, or it is not known.
const (
	RSA              KeyExchange = iota + 1 // RFC 5246 section 7.4.7.1
	DH                                      // the key is in the certificate: RFC 5246 section 7.4.7.2
	DHE                                     // RFC 5246 section 7.4.3
	ECDH                                    // the key is in the certificate: RFC 4492 section 2.1
	ECDHE                                   // RFC 8422 section 2
	PSK                                     // RFC 4279 section 2
	DHEPSK                                  // RFC 4279 section 3
	ECDHEPSK                                // RFC 5489
	RSAPSK                                  // RFC 4279 section 4
	SRP                                     // RFC 5054
	KRB5                                    // RFC 2712
	GOST                                    // RFC 9189
	ECCPWD                                  // RFC 8492
	TLS13KeyExchange                        // agreed apart from the suite: RFC 8446 section 4.2.8
)

// Auth is the kind of key with which a server proves who it is in a suite: for
// the certificate suites the kind that its certificate has to hold.
type Auth uint8

// The kinds of proof. The zero value: none, or not known.
const (
	AuthRSA   Auth = iota + 1
	AuthECDSA      // any elliptic-curve key; so has ECDH_RSA, where RSA signed the certificate (RFC 4492 section 2.3)
	AuthDSS
	AuthAnon  // nobody proves anything (RFC 5246 appendix F.1.1.1)
	AuthPSK   // both know a key (RFC 4279)
	AuthOther // static Diffie-Hellman, Kerberos, passwords, GOST
	AuthAny   // agreed apart from the suite: TLS 1.3 (RFC 8446 section 4.2.3)
)

// Cipher is the cipher of a suite with the length of its key.
type Cipher uint8

// The ciphers. The zero value: not known.
const (
	NULL Cipher = iota + 1 // nothing is encrypted
	RC4_128
	RC4_56
	RC4_40
	RC2 // 128 bits
	RC2_40
	DES
	DES40
	TripleDES
	IDEA
	SEED
	AES128
	AES256
	CAMELLIA128
	CAMELLIA256
	ARIA128
	ARIA256
	CHACHA20
	OtherCipher
)

// Hash is the hash of a suite.
type Hash uint8

// The hashes. The zero value: not known.
const (
	MD5 Hash = iota + 1
	SHA1
	SHA256
	SHA384
	OtherHash
)

// suiteRow is one line of the generated table: code, name, the first and the
// last version in which the suite may be negotiated, and what the name says.
type suiteRow struct {
	code     Suite
	name     string
	from, to Version
	info     SuiteInfo
}

// never marks the rows that may be negotiated in no version.
const never Version = 0

// row finds a suite in the table, nil if it is not there.
func (s Suite) row() *suiteRow {
	if s > 0xffff {
		for i := cipherKinds; i < len(suiteTable); i++ {
			if suiteTable[i].code == s {
				return &suiteTable[i]
			}
		}
		return nil
	}
	if place := suitePlaces[suitePages[s>>8]][s&0xff]; place > 0 {
		return &suiteTable[place-1]
	}
	return nil
}

// Suites returns every suite that has a name, by code: those of the registry,
// five that it reserves because old Windows and others use them
// (draft-ietf-tls-56-bit-ciphersuites-01), and the cipher kinds of SSL 2.0.
func Suites() []Suite {
	all := make([]Suite, len(suiteTable))
	for i := range suiteTable {
		all[i] = suiteTable[i].code
	}
	return all
}

// String is the name in the registry, or "0xc0ff" for a code without one (six
// digits for a three-byte code).
func (s Suite) String() string {
	if row := s.row(); row != nil {
		return row.name
	}
	if s > 0xffff {
		return fmt.Sprintf("0x%06x", uint32(s))
	}
	return fmt.Sprintf("0x%04x", uint32(s))
}

// ParseSuite reads what [Suite.String] writes, without regard to case, and the
// code of any suite.
func ParseSuite(name string) (Suite, error) {
	for low, high := 0, len(suiteByName); low < high; {
		middle := int(uint(low+high) >> 1)
		row := &suiteTable[suiteByName[middle]]
		switch {
		case row.name == name:
			return row.code, nil
		case row.name < name:
			low = middle + 1
		default:
			high = middle
		}
	}
	for i := range suiteTable {
		if strings.EqualFold(suiteTable[i].name, name) {
			return suiteTable[i].code, nil
		}
	}
	if code, ok := parseCode(name, 4, 6); ok {
		return Suite(code), nil
	}
	return 0, &NameError{SuiteName, name}
}

// parseCode reads "0x" and as many hexadecimal digits as one of the widths.
func parseCode(s string, widths ...int) (uint32, bool) {
	digits, ok := strings.CutPrefix(strings.ToLower(s), "0x")
	if !ok {
		return 0, false
	}
	for _, width := range widths {
		if len(digits) == width {
			code, err := strconv.ParseUint(digits, 16, 32)
			return uint32(code), err == nil
		}
	}
	return 0, false
}

// Info is what the suite's name says, the zero value for a code without a name.
func (s Suite) Info() SuiteInfo {
	if row := s.row(); row != nil {
		return row.info
	}
	return SuiteInfo{}
}

// Fits says whether the suite may be negotiated in version v:
//
//   - suites of TLS 1.3 in TLS 1.3 and its drafts alone (RFC 8446 appendix B.4)
//   - AEAD suites, and those with SHA-256 or SHA-384, in TLS 1.2 alone (RFC 5246
//     section 6.2.3.3, RFC 5289 section 4), except that with a pre-shared key and
//     without AEAD the hash is no obstacle from TLS 1.0 on (RFC 5487, RFC 5489,
//     RFC 6367)
//   - suites with elliptic curves from TLS 1.0 to TLS 1.2 (RFC 4492)
//   - all others, and two-byte codes without a name, from SSL 3.0 to TLS 1.2
//   - three-byte codes in SSL 2.0 alone
//   - signalling suites and TLS_NULL_WITH_NULL_NULL (RFC 5246 appendix A.5) in none
func (s Suite) Fits(v Version) bool {
	if v&0xff00 == draftBase {
		v = TLS13
	}
	if row := s.row(); row != nil {
		return row.to != never && row.from <= v && v <= row.to
	}
	if s > 0xffff {
		return v == SSL20
	}
	return SSL30 <= v && v <= TLS12
}

// MarshalText writes the name; it makes suites readable in JSON and YAML.
func (s Suite) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name or the code.
func (s *Suite) UnmarshalText(text []byte) error {
	parsed, err := ParseSuite(string(text))
	if err == nil {
		*s = parsed
	}
	return err
}
