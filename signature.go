package tlsready

// SignatureScheme is a signature algorithm by its code (IANA registry "TLS
// SignatureScheme", RFC 8446 section 4.2.3). Before TLS 1.3 its two bytes were
// a hash and a signature algorithm (RFC 5246 section 7.4.1.4.1).
type SignatureScheme uint16

// The signature algorithms that clients and servers commonly speak (RFC 8446
// section 4.2.3).
const (
	RSAPKCS1SHA1     SignatureScheme = 0x0201
	RSAPKCS1SHA256   SignatureScheme = 0x0401
	RSAPKCS1SHA384   SignatureScheme = 0x0501
	RSAPKCS1SHA512   SignatureScheme = 0x0601
	ECDSASHA1        SignatureScheme = 0x0203
	ECDSAP256SHA256  SignatureScheme = 0x0403
	ECDSAP384SHA384  SignatureScheme = 0x0503
	ECDSAP521SHA512  SignatureScheme = 0x0603
	RSAPSSRSAESHA256 SignatureScheme = 0x0804
	RSAPSSRSAESHA384 SignatureScheme = 0x0805
	RSAPSSRSAESHA512 SignatureScheme = 0x0806
	Ed25519          SignatureScheme = 0x0807
	Ed448            SignatureScheme = 0x0808
	RSAPSSPSSSHA256  SignatureScheme = 0x0809
	RSAPSSPSSSHA384  SignatureScheme = 0x080a
	RSAPSSPSSSHA512  SignatureScheme = 0x080b
)

// String is the name in the registry, or "0x0202" for a code without one.
func (s SignatureScheme) String() string { return rowName(signatureTable[:], s) }

// ParseSignatureScheme reads what [SignatureScheme.String] writes, without
// regard to case, and the code of any scheme.
func ParseSignatureScheme(name string) (SignatureScheme, error) {
	if s, ok := parseRow(signatureTable[:], name); ok {
		return s, nil
	}
	return 0, &NameError{SignatureAlgorithmName, name}
}

// KeyType is the kind of key that signs: "rsa", "ecdsa", "dsa" or "eddsa", or
// "" for another kind and for a code of which that is not known. Pairs of a
// hash and an algorithm that the registry only reserves (RFC 5246 section
// 7.4.1.4.1) count too: 0x0202 is SHA-1 with DSA.
func (s SignatureScheme) KeyType() string {
	switch s {
	case Ed25519, Ed448:
		return "eddsa"
	case 0x0420, 0x0520, 0x0620: // rsa_pkcs1_sha256_legacy and so on
		return "rsa"
	case 0x081a, 0x081b, 0x081c: // ecdsa_brainpoolP256r1tls13_sha256 and so on: RFC 8734
		return "ecdsa"
	}
	if s.IsPSS() {
		return "rsa"
	}
	if hash := s >> 8; hash < 1 || hash > 6 { // MD5 to SHA-512
		return ""
	}
	switch s & 0xff {
	case 1:
		return "rsa"
	case 2:
		return "dsa"
	case 3:
		return "ecdsa"
	}
	return ""
}

// IsPSS says that the scheme is one of RSASSA-PSS, with either kind of key.
func (s SignatureScheme) IsPSS() bool {
	return RSAPSSRSAESHA256 <= s && s <= RSAPSSRSAESHA512 || RSAPSSPSSSHA256 <= s && s <= RSAPSSPSSSHA512
}

// MarshalText writes the name; it makes schemes readable in JSON and YAML.
func (s SignatureScheme) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the name or the code.
func (s *SignatureScheme) UnmarshalText(text []byte) error {
	parsed, err := ParseSignatureScheme(string(text))
	if err == nil {
		*s = parsed
	}
	return err
}
