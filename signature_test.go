package tlsready_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	. "tlsready"
)

func TestSignatureSchemeNamesAndCodes(t *testing.T) {
	all := SignatureSchemes()
	if len(all) != 49 {
		t.Errorf("%d schemes, want 49", len(all))
	}
	for i, s := range all {
		if i > 0 && all[i-1] >= s {
			t.Errorf("%v stands after %v", s, all[i-1])
		}
		code := fmt.Sprintf("0x%04x", uint16(s))
		for _, spelling := range []string{s.String(), strings.ToUpper(s.String()), code} {
			if got, err := ParseSignatureScheme(spelling); got != s || err != nil {
				t.Errorf("ParseSignatureScheme(%q) = %v, %v", spelling, got, err)
			}
		}
		if s.String() == code {
			t.Errorf("%s has no name", code)
		}
	}
}

func TestSignatureSchemeCodesOfTheDocuments(t *testing.T) {
	for _, want := range []struct {
		scheme  SignatureScheme
		code    tls.SignatureScheme
		name    string
		keyType string
		pss     bool
	}{
		{RSAPKCS1SHA1, tls.PKCS1WithSHA1, "rsa_pkcs1_sha1", "rsa", false},
		{RSAPKCS1SHA256, tls.PKCS1WithSHA256, "rsa_pkcs1_sha256", "rsa", false},
		{RSAPKCS1SHA384, tls.PKCS1WithSHA384, "rsa_pkcs1_sha384", "rsa", false},
		{RSAPKCS1SHA512, tls.PKCS1WithSHA512, "rsa_pkcs1_sha512", "rsa", false},
		{ECDSASHA1, tls.ECDSAWithSHA1, "ecdsa_sha1", "ecdsa", false},
		{ECDSAP256SHA256, tls.ECDSAWithP256AndSHA256, "ecdsa_secp256r1_sha256", "ecdsa", false},
		{ECDSAP384SHA384, tls.ECDSAWithP384AndSHA384, "ecdsa_secp384r1_sha384", "ecdsa", false},
		{ECDSAP521SHA512, tls.ECDSAWithP521AndSHA512, "ecdsa_secp521r1_sha512", "ecdsa", false},
		{RSAPSSRSAESHA256, tls.PSSWithSHA256, "rsa_pss_rsae_sha256", "rsa", true},
		{RSAPSSRSAESHA384, tls.PSSWithSHA384, "rsa_pss_rsae_sha384", "rsa", true},
		{RSAPSSRSAESHA512, tls.PSSWithSHA512, "rsa_pss_rsae_sha512", "rsa", true},
		{Ed25519, tls.Ed25519, "ed25519", "eddsa", false},
		{Ed448, 0x0808, "ed448", "eddsa", false},
		{RSAPSSPSSSHA256, 0x0809, "rsa_pss_pss_sha256", "rsa", true},
		{RSAPSSPSSSHA384, 0x080a, "rsa_pss_pss_sha384", "rsa", true},
		{RSAPSSPSSSHA512, 0x080b, "rsa_pss_pss_sha512", "rsa", true},
		{0x0904, 0x0904, "mldsa44", "", false},
		{0x091c, 0x091c, "slhdsa_shake_256f", "", false},
		{0x0708, 0x0708, "sm2sig_sm3", "", false},
		// Pairs of RFC 5246 section 7.4.1.4.1 that the registry reserves.
		{0x0101, 0x0101, "0x0101", "rsa", false},
		{0x0202, 0x0202, "0x0202", "dsa", false},
		{0x0301, 0x0301, "0x0301", "rsa", false},
		{0x0303, 0x0303, "0x0303", "ecdsa", false},
		{0x0602, 0x0602, "0x0602", "dsa", false},
		{0x0001, 0x0001, "0x0001", "", false},
		{0x0200, 0x0200, "0x0200", "", false},
		{0x0701, 0x0701, "0x0701", "", false},
		{0x0803, 0x0803, "0x0803", "", false},
		{0x0a0a, 0x0a0a, "0x0a0a", "", false},
	} {
		s := want.scheme
		if uint16(s) != uint16(want.code) || s.String() != want.name || s.KeyType() != want.keyType || s.IsPSS() != want.pss {
			t.Errorf("%#04x %q key %q PSS %v, want %+v", uint16(s), s, s.KeyType(), s.IsPSS(), want)
		}
	}
}

func TestSignatureSchemeKeyTypeFollowsTheName(t *testing.T) {
	for _, s := range SignatureSchemes() {
		kind, _, _ := strings.Cut(s.String(), "_")
		want := map[string]string{"rsa": "rsa", "ecdsa": "ecdsa", "ed25519": "eddsa", "ed448": "eddsa"}[kind]
		if got := s.KeyType(); got != want {
			t.Errorf("%v.KeyType() = %q, want %q", s, got, want)
		}
		if got, want := s.IsPSS(), strings.HasPrefix(s.String(), "rsa_pss_"); got != want {
			t.Errorf("%v.IsPSS() = %v", s, got)
		}
	}
}

func TestSignatureSchemeText(t *testing.T) {
	for _, text := range []string{"", "rsa_sha256", "0x401", "0x000401", "SHA256"} {
		s := Ed25519
		if err := s.UnmarshalText([]byte(text)); err == nil || s != Ed25519 {
			t.Errorf("%q is read as %v, %v, want an error", text, s, err)
		}
	}
	var s SignatureScheme
	if err := s.UnmarshalText([]byte("0x0202")); err != nil || s != 0x0202 {
		t.Errorf("0x0202 is read as %v, %v", s, err)
	}
	if text, err := RSAPSSRSAESHA256.MarshalText(); string(text) != "rsa_pss_rsae_sha256" || err != nil {
		t.Errorf("rsa_pss_rsae_sha256 is written %q, %v", text, err)
	}
}
