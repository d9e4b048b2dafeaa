package tlsready_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	. "tlsready"
)

// suite finds a suite that a test names.
func suite(t testing.TB, name string) Suite {
	t.Helper()
	s, err := ParseSuite(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuiteNamesAndCodes(t *testing.T) {
	all := Suites()
	if want := 356 + 5 + 7; len(all) != want { // registry, 56-bit draft, SSL 2.0
		t.Errorf("%d suites, want %d", len(all), want)
	}
	for i, s := range all {
		if i > 0 && all[i-1] >= s {
			t.Errorf("%v stands after %v", s, all[i-1])
		}
		code := fmt.Sprintf("0x%04X", uint32(s))
		if s > 0xffff {
			code = fmt.Sprintf("0x%06X", uint32(s))
		}
		for _, spelling := range []string{s.String(), strings.ToLower(s.String()), code, strings.ToLower(code)} {
			if got, err := ParseSuite(spelling); got != s || err != nil {
				t.Errorf("ParseSuite(%q) = %v, %v", spelling, got, err)
			}
		}
		if !strings.HasPrefix(s.String(), "TLS_") && !strings.HasPrefix(s.String(), "SSL_CK_") {
			t.Errorf("%s has the name %q", code, s)
		}
	}
}

func TestSuiteCodesOfTheDocuments(t *testing.T) {
	for code, name := range map[Suite]string{
		0x0000:   "TLS_NULL_WITH_NULL_NULL",
		0x0005:   "TLS_RSA_WITH_RC4_128_SHA",
		0x000a:   "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
		0x0064:   "TLS_RSA_EXPORT1024_WITH_RC4_56_SHA",
		0x006e:   "TLS_ASCONAEAD128_ASCONHASH256",
		0x00c6:   "TLS_SM4_GCM_SM3",
		0x00ff:   "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
		0x1301:   "TLS_AES_128_GCM_SHA256",
		0x1306:   "TLS_AEGIS_256_SHA512",
		0x5600:   "TLS_FALLBACK_SCSV",
		0xc014:   "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
		0xc037:   "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256",
		0xc0aa:   "TLS_PSK_DHE_WITH_AES_128_CCM_8",
		0xc0b0:   "TLS_ECCPWD_WITH_AES_128_GCM_SHA256",
		0xc0b4:   "TLS_SHA256_SHA256",
		0xc102:   "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT",
		0xc106:   "TLS_GOSTR341112_256_WITH_MAGMA_MGM_S",
		0xccae:   "TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256",
		0xd005:   "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256",
		0x010080: "SSL_CK_RC4_128_WITH_MD5",
		0x020080: "SSL_CK_RC4_128_EXPORT40_WITH_MD5",
		0x030080: "SSL_CK_RC2_128_CBC_WITH_MD5",
		0x040080: "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5",
		0x050080: "SSL_CK_IDEA_128_CBC_WITH_MD5",
		0x060040: "SSL_CK_DES_64_CBC_WITH_MD5",
		0x0700c0: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
	} {
		if got := code.String(); got != name {
			t.Errorf("Suite(%#x) = %q, want %q", uint32(code), got, name)
		}
	}
}

func TestSuitesAgreeWithCryptoTLS(t *testing.T) {
	released := []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}
	for _, known := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		s := Suite(known.ID)
		if s.String() != known.Name {
			t.Errorf("%#04x is %q, want %q", known.ID, s, known.Name)
		}
		for _, v := range released {
			if got, want := s.Fits(Version(v)), slices.Contains(known.SupportedVersions, v); got != want {
				t.Errorf("%v.Fits(%v) = %v, want %v", s, Version(v), got, want)
			}
		}
	}
}

func TestSuiteWithoutAName(t *testing.T) {
	for code, text := range map[Suite]string{0x0a0a: "0x0a0a", 0xc0ff: "0xc0ff", 0x0001ff: "0x01ff", 0x0a0000: "0x0a0000"} {
		if got := code.String(); got != text {
			t.Errorf("Suite(%#x) = %q, want %q", uint32(code), got, text)
		}
		if got, err := ParseSuite(text); got != code || err != nil {
			t.Errorf("ParseSuite(%q) = %v, %v", text, got, err)
		}
		if code.Info() != (SuiteInfo{}) {
			t.Errorf("%v.Info() = %+v, want nothing", code, code.Info())
		}
	}
	for _, text := range []string{"", "0x", "0x1", "0x00001", "0x0000001", "0xzzzz", "0x+001", "1301", "TLS_AES_128_GCM", "TLS_AES_128_GCM_SHA256 "} {
		if got, err := ParseSuite(text); err == nil || got != 0 {
			t.Errorf("ParseSuite(%q) = %v, %v, want an error", text, got, err)
		}
	}
}

func TestSuiteInJSON(t *testing.T) {
	type document struct{ Suites []Suite }
	in := document{[]Suite{0x1301, 0x0700c0, 0x2a2a}}
	text, err := json.Marshal(in)
	if want := `{"Suites":["TLS_AES_128_GCM_SHA256","SSL_CK_DES_192_EDE3_CBC_WITH_MD5","0x2a2a"]}`; string(text) != want || err != nil {
		t.Fatalf("%s, %v, want %s", text, err, want)
	}
	var out document
	if err := json.Unmarshal(text, &out); err != nil || !slices.Equal(out.Suites, in.Suites) {
		t.Errorf("read back %v, %v", out, err)
	}
	s := Suite(0x1301)
	if err := s.UnmarshalText([]byte("TLS_NO_SUCH")); err == nil || s != 0x1301 {
		t.Errorf("a wrong name gives %v, %v", s, err)
	}
}

func TestSuiteInfo(t *testing.T) {
	for name, want := range map[string]SuiteInfo{
		"TLS_NULL_WITH_NULL_NULL":                       {Cipher: NULL},
		"TLS_EMPTY_RENEGOTIATION_INFO_SCSV":             {Signalling: true},
		"TLS_FALLBACK_SCSV":                             {Signalling: true},
		"TLS_RSA_WITH_NULL_SHA256":                      {RSA, AuthRSA, NULL, SHA256, false, false},
		"TLS_RSA_EXPORT_WITH_RC4_40_MD5":                {RSA, AuthRSA, RC4_40, MD5, false, false},
		"TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5":            {RSA, AuthRSA, RC2_40, MD5, false, false},
		"TLS_RSA_EXPORT1024_WITH_RC4_56_SHA":            {RSA, AuthRSA, RC4_56, SHA1, false, false},
		"TLS_DHE_DSS_EXPORT1024_WITH_DES_CBC_SHA":       {DHE, AuthDSS, DES, SHA1, false, false},
		"TLS_RSA_WITH_RC4_128_SHA":                      {RSA, AuthRSA, RC4_128, SHA1, false, false},
		"TLS_RSA_WITH_IDEA_CBC_SHA":                     {RSA, AuthRSA, IDEA, SHA1, false, false},
		"TLS_DH_RSA_WITH_SEED_CBC_SHA":                  {DH, AuthOther, SEED, SHA1, false, false},
		"TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA":             {DHE, AuthDSS, TripleDES, SHA1, false, false},
		"TLS_DHE_RSA_WITH_DES_CBC_SHA":                  {DHE, AuthRSA, DES, SHA1, false, false},
		"TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA":         {DHE, AuthAnon, DES40, SHA1, false, false},
		"TLS_KRB5_EXPORT_WITH_DES_CBC_40_MD5":           {KRB5, AuthOther, DES40, MD5, false, false},
		"TLS_RSA_WITH_AES_256_GCM_SHA384":               {RSA, AuthRSA, AES256, SHA384, true, false},
		"TLS_DHE_RSA_WITH_AES_256_CCM_8":                {DHE, AuthRSA, AES256, SHA256, true, false},
		"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA":            {ECDHE, AuthRSA, AES256, SHA1, false, false},
		"TLS_ECDHE_ECDSA_WITH_AES_128_CCM":              {ECDHE, AuthECDSA, AES128, SHA256, true, false},
		"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": {ECDHE, AuthECDSA, CHACHA20, SHA256, true, false},
		"TLS_ECDH_anon_WITH_AES_128_CBC_SHA":            {ECDHE, AuthAnon, AES128, SHA1, false, false},
		"TLS_ECDH_RSA_WITH_CAMELLIA_256_CBC_SHA384":     {ECDH, AuthECDSA, CAMELLIA256, SHA384, false, false},
		"TLS_ECDH_ECDSA_WITH_ARIA_128_GCM_SHA256":       {ECDH, AuthECDSA, ARIA128, SHA256, true, false},
		"TLS_PSK_WITH_CAMELLIA_128_CBC_SHA256":          {PSK, AuthPSK, CAMELLIA128, SHA256, false, false},
		"TLS_PSK_DHE_WITH_AES_256_CCM_8":                {DHEPSK, AuthPSK, AES256, SHA256, true, false},
		"TLS_ECDHE_PSK_WITH_ARIA_256_CBC_SHA384":        {ECDHEPSK, AuthPSK, ARIA256, SHA384, false, false},
		"TLS_RSA_PSK_WITH_NULL_SHA":                     {RSAPSK, AuthRSA, NULL, SHA1, false, false},
		"TLS_SRP_SHA_WITH_AES_128_CBC_SHA":              {SRP, AuthOther, AES128, SHA1, false, false},
		"TLS_SRP_SHA_DSS_WITH_AES_128_CBC_SHA":          {SRP, AuthDSS, AES128, SHA1, false, false},
		"TLS_ECCPWD_WITH_AES_256_CCM_SHA384":            {ECCPWD, AuthOther, AES256, SHA384, true, false},
		"TLS_GOSTR341112_256_WITH_28147_CNT_IMIT":       {GOST, AuthOther, OtherCipher, OtherHash, false, false},
		"TLS_GOSTR341112_256_WITH_MAGMA_MGM_L":          {TLS13KeyExchange, AuthAny, OtherCipher, OtherHash, true, false},
		"TLS_AES_128_CCM_8_SHA256":                      {TLS13KeyExchange, AuthAny, AES128, SHA256, true, false},
		"TLS_AES_128_CCM_ASCONHASH256":                  {TLS13KeyExchange, AuthAny, AES128, OtherHash, true, false},
		"TLS_AEGIS_128L_SHA256":                         {TLS13KeyExchange, AuthAny, OtherCipher, SHA256, true, false},
		"TLS_SM4_CCM_SM3":                               {TLS13KeyExchange, AuthAny, OtherCipher, OtherHash, true, false},
		"TLS_SHA384_SHA384":                             {TLS13KeyExchange, AuthAny, NULL, SHA384, false, false},
		"SSL_CK_RC4_128_EXPORT40_WITH_MD5":              {RSA, AuthRSA, RC4_40, MD5, false, false},
		"SSL_CK_RC2_128_CBC_WITH_MD5":                   {RSA, AuthRSA, RC2, MD5, false, false},
		"SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5":          {RSA, AuthRSA, RC2_40, MD5, false, false},
		"SSL_CK_DES_64_CBC_WITH_MD5":                    {RSA, AuthRSA, DES, MD5, false, false},
		"SSL_CK_DES_192_EDE3_CBC_WITH_MD5":              {RSA, AuthRSA, TripleDES, MD5, false, false},
	} {
		if got := suite(t, name).Info(); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestSuiteInfoIsComplete(t *testing.T) {
	versions := Versions()
	for _, s := range Suites() {
		info := s.Info()
		fits := slices.ContainsFunc(versions, s.Fits)
		if info.Signalling || s == 0 {
			if fits {
				t.Errorf("%v may be negotiated", s)
			}
			continue
		}
		if info.KeyExchange == 0 || info.Auth == 0 || info.Cipher == 0 || info.Hash == 0 || !fits {
			t.Errorf("%v: %+v, fits some version: %v", s, info, fits)
		}
		if s.Fits(SSL20) != strings.HasPrefix(s.String(), "SSL_CK_") {
			t.Errorf("%v.Fits(SSL20) = %v", s, s.Fits(SSL20))
		}
		if (info.KeyExchange == TLS13KeyExchange) != s.Fits(TLS13) || (info.Auth == AuthAny) != s.Fits(TLS13) {
			t.Errorf("%v: %+v, fits TLS 1.3: %v", s, info, s.Fits(TLS13))
		}
	}
}

func TestSuiteFits(t *testing.T) {
	const draft16 = Version(0x7f10)
	all := append(Versions(), draft16, 0, 0x0305)
	upTo12 := []Version{SSL30, TLS10, TLS11, TLS12}
	for name, want := range map[string][]Version{
		"TLS_NULL_WITH_NULL_NULL":                  nil,
		"TLS_EMPTY_RENEGOTIATION_INFO_SCSV":        nil,
		"TLS_FALLBACK_SCSV":                        nil,
		"TLS_RSA_WITH_RC4_128_MD5":                 upTo12,
		"TLS_RSA_EXPORT1024_WITH_RC4_56_SHA":       upTo12,
		"TLS_DHE_RSA_WITH_AES_256_CBC_SHA":         upTo12,
		"TLS_PSK_WITH_AES_128_CBC_SHA":             upTo12,
		"0x0a0a":                                   upTo12,
		"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA":       {TLS10, TLS11, TLS12},
		"TLS_ECDH_anon_WITH_RC4_128_SHA":           {TLS10, TLS11, TLS12},
		"TLS_ECDHE_PSK_WITH_NULL_SHA":              {TLS10, TLS11, TLS12},
		"TLS_PSK_WITH_AES_128_CBC_SHA256":          {TLS10, TLS11, TLS12},
		"TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384":    {TLS10, TLS11, TLS12},
		"TLS_RSA_PSK_WITH_CAMELLIA_128_CBC_SHA256": {TLS10, TLS11, TLS12},
		"TLS_PSK_WITH_ARIA_128_CBC_SHA256":         {TLS12},
		"TLS_PSK_WITH_AES_128_GCM_SHA256":          {TLS12},
		"TLS_RSA_WITH_NULL_SHA256":                 {TLS12},
		"TLS_RSA_WITH_AES_128_CBC_SHA256":          {TLS12},
		"TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256":     {TLS12},
		"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384":    {TLS12},
		"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256":      {TLS12},
		"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8":       {TLS12},
		"TLS_GOSTR341112_256_WITH_28147_CNT_IMIT":  {TLS12},
		"TLS_ECCPWD_WITH_AES_128_GCM_SHA256":       {TLS12},
		"TLS_GOSTR341112_256_WITH_MAGMA_MGM_S":     {TLS13, draft16},
		"TLS_CHACHA20_POLY1305_SHA256":             {TLS13, draft16},
		"TLS_SM4_GCM_SM3":                          {TLS13, draft16},
		"TLS_SHA256_SHA256":                        {TLS13, draft16},
		"SSL_CK_RC4_128_WITH_MD5":                  {SSL20},
		"0x080080":                                 {SSL20},
	} {
		s := suite(t, name)
		for _, v := range all {
			if got := s.Fits(v); got != slices.Contains(want, v) {
				t.Errorf("%s.Fits(%v) = %v", name, v, got)
			}
		}
	}
}

func TestSuiteLookupsDoNotAllocate(t *testing.T) {
	known, unknown := Suite(0xc02f), Suite(0x2a2a)
	allocations := testing.AllocsPerRun(100, func() {
		if known.Info().Cipher != AES128 || unknown.Info().Cipher != 0 || !known.Fits(TLS12) || known.String() == "" {
			t.Error("wrong answer")
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func BenchmarkSuiteInfo(b *testing.B) {
	all := Suites()
	for i := 0; b.Loop(); i++ {
		if s := all[i%len(all)]; s != 0 && s.Info() == (SuiteInfo{}) {
			b.Fatal(s)
		}
	}
}

func BenchmarkSuiteString(b *testing.B) {
	all := Suites()
	for i := 0; b.Loop(); i++ {
		if all[i%len(all)].String() == "" {
			b.Fatal(i)
		}
	}
}

func BenchmarkParseSuite(b *testing.B) {
	var names []string
	for _, s := range Suites() {
		names = append(names, s.String())
	}
	for i := 0; b.Loop(); i++ {
		if _, err := ParseSuite(names[i%len(names)]); err != nil {
			b.Fatal(err)
		}
	}
}
