package probe

import (
	"slices"

	"tlsready"
)

// lists holds what hellos are made of. It is made once and never changed.
type lists struct {
	likely []tlsready.Suite // suites of certificates and without any, best first
	rare   []tlsready.Suite // pre-shared keys, passwords, DSS, Kerberos, GOST, static keys
	small  []tlsready.Suite // what a Windows client says, cut down
	kinds  []tlsready.Suite // of SSL 2.0
	broad  map[tlsready.Version][]tlsready.Suite
	plain  map[tlsready.Version][]tlsready.Suite // of small, by the highest version
}

func newLists() lists {
	var l lists
	for _, s := range tlsready.Suites() {
		info := s.Info()
		switch {
		case info.Signalling || s == 0:
		case s > 0xffff:
			l.kinds = append(l.kinds, s)
		case isLikely(info):
			l.likely = append(l.likely, s)
		default:
			l.rare = append(l.rare, s)
		}
	}
	slices.SortStableFunc(l.likely, func(a, b tlsready.Suite) int { return cost(a.Info()) - cost(b.Info()) })
	l.small = []tlsready.Suite{
		0x1302, 0x1301, 0x1303, 0xc02c, 0xc02b, 0xc030, 0xc02f, 0x9f, 0x9e, 0xc024, 0xc028, 0xc023, 0xc027,
		0xc00a, 0xc009, 0xc014, 0xc013, 0x39, 0x33, 0x9d, 0x9c, 0x3d, 0x3c, 0x35, 0x2f, 0x0a, 0x05, 0x04,
	}
	l.broad = map[tlsready.Version][]tlsready.Suite{tlsready.SSL20: l.kinds}
	l.plain = map[tlsready.Version][]tlsready.Suite{tlsready.SSL20: l.kinds}
	for _, v := range tlsready.Versions()[1:] {
		versions := []tlsready.Version{v}
		if v == tlsready.TLS13 { // what its hello falls back to
			versions = append(versions, tlsready.TLS12)
		}
		l.broad[v], l.plain[v] = signalled(fitting(l.likely, versions...)), fitting(l.small, versions...)
	}
	return l
}

func isLikely(info tlsready.SuiteInfo) bool {
	switch info.KeyExchange {
	case tlsready.TLS13KeyExchange, tlsready.ECDHE, tlsready.DHE, tlsready.RSA:
		return info.Auth != tlsready.AuthDSS
	}
	return false
}

// cost orders suites from the best to the worst, so that a server that follows the
// client's order answers with a sound one.
func cost(info tlsready.SuiteInfo) int {
	n := map[tlsready.KeyExchange]int{tlsready.TLS13KeyExchange: 0, tlsready.ECDHE: 1, tlsready.DHE: 2, tlsready.RSA: 3}[info.KeyExchange]
	if info.Auth == tlsready.AuthAnon {
		n += 4
	}
	switch info.Cipher {
	case tlsready.AES128, tlsready.AES256, tlsready.CHACHA20:
	case tlsready.CAMELLIA128, tlsready.CAMELLIA256, tlsready.ARIA128, tlsready.ARIA256:
		n += 20
	case tlsready.TripleDES, tlsready.SEED, tlsready.IDEA:
		n += 40
	default:
		n += 60
	}
	if !info.AEAD {
		n += 10
	}
	return n
}

// fitting is what of a list may be negotiated in one of the versions.
func fitting(list []tlsready.Suite, versions ...tlsready.Version) []tlsready.Suite {
	var kept []tlsready.Suite
	for _, s := range list {
		if slices.ContainsFunc(versions, s.Fits) {
			kept = append(kept, s)
		}
	}
	return kept
}

// without is list without x.
func without[T comparable](list []T, x ...T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(y T) bool { return slices.Contains(x, y) })
}

// groups13 lists the groups of TLS 1.3, the common ones first.
func groups13() []tlsready.Group {
	return []tlsready.Group{
		tlsready.X25519MLKEM768, tlsready.X25519, tlsready.Secp256r1, tlsready.Secp384r1, tlsready.Secp521r1,
		tlsready.SecP256r1MLKEM768, tlsready.SecP384r1MLKEM1024, tlsready.X448, tlsready.FFDHE2048, tlsready.FFDHE3072,
		tlsready.FFDHE4096, tlsready.FFDHE6144, tlsready.FFDHE8192, 0x001f, 0x0020, 0x0021, // brainpool for TLS 1.3: RFC 8734
		0x0200, 0x0201, 0x0202, 0x0029, 0x11ee, // ML-KEM alone; curveSM2 and its pair
	}
}

// groups12 lists the curves of TLS 1.2 and older.
func groups12() []tlsready.Group {
	list := []tlsready.Group{tlsready.X25519, tlsready.Secp256r1, tlsready.Secp384r1, tlsready.Secp521r1, tlsready.X448}
	for g := tlsready.Group(0x001c); g > 0; g-- { // RFC 8422 section 5.1.1, RFC 7027: oldest last
		if !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	return list
}

// schemes12 lists the signature algorithms of TLS 1.2, and schemes13 those that may
// sign a handshake of TLS 1.3 (RFC 8446 section 4.2.3).
func schemes12() []tlsready.SignatureScheme {
	return append(schemes13(),
		tlsready.RSAPKCS1SHA256, tlsready.RSAPKCS1SHA384, tlsready.RSAPKCS1SHA512, tlsready.RSAPKCS1SHA1, tlsready.ECDSASHA1,
		0x0301, 0x0303, 0x0101, 0x0202, 0x0302, 0x0402, 0x0502, 0x0602) // SHA-224, MD5, DSA
}

func schemes13() []tlsready.SignatureScheme {
	return []tlsready.SignatureScheme{
		tlsready.ECDSAP256SHA256, tlsready.ECDSAP384SHA384, tlsready.ECDSAP521SHA512,
		tlsready.RSAPSSRSAESHA256, tlsready.RSAPSSRSAESHA384, tlsready.RSAPSSRSAESHA512,
		tlsready.Ed25519, tlsready.Ed448,
		tlsready.RSAPSSPSSSHA256, tlsready.RSAPSSPSSSHA384, tlsready.RSAPSSPSSSHA512,
	}
}
