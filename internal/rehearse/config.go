package rehearse

import (
	"crypto/tls"
	"slices"

	"tlsready"
)

// spoken are the versions that the server can speak, best first.
func spoken() []tlsready.Version {
	return []tlsready.Version{tlsready.TLS13, tlsready.TLS12, tlsready.TLS11, tlsready.TLS10}
}

// anything is what the server takes when it does not behave as the service does.
func anything() tlsready.Acceptance {
	return tlsready.Acceptance{Versions: tlsready.Only(spoken()...)}
}

// configs are the configurations of crypto/tls that say what is accepted: one for each
// version, since an acceptance may leave out one in the middle, and since its suites may
// differ from version to version. Versions and suites are all named: what a setting of
// the environment switches off by default does not count for what is named.
func configs(accepts tlsready.Acceptance, id *Identity) map[tlsready.Version]*tls.Config {
	all := map[tlsready.Version]*tls.Config{}
	for _, v := range spoken() {
		if accepts.Versions.Allows(v) == tlsready.No {
			continue
		}
		all[v] = &tls.Config{
			Certificates: id.certificates(accepts), MinVersion: uint16(v), MaxVersion: uint16(v),
			CipherSuites: suites(v, accepts.SuitesFor(v)), CurvePreferences: curves(accepts.Groups),
			SessionTicketsDisabled: true, // each visit shows a whole handshake
		}
	}
	return all
}

// suites are those of crypto/tls, the old ones included, that are taken in a version. Those
// of TLS 1.3 cannot be chosen from.
func suites(v tlsready.Version, axis tlsready.Axis[tlsready.Suite]) []uint16 {
	list := []uint16{}
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if slices.Contains(s.SupportedVersions, uint16(v)) && axis.Allows(tlsready.Suite(s.ID)) != tlsready.No {
			list = append(list, s.ID)
		}
	}
	return list
}

// curves are the groups of crypto/tls that are taken; nil for all of them.
func curves(axis tlsready.Axis[tlsready.Group]) []tls.CurveID {
	if axis.IsAny() {
		return nil
	}
	list := []tls.CurveID{0} // an empty list would mean all of them, and 0 is none
	for _, g := range []tls.CurveID{tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024, tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521} {
		if axis.Allows(tlsready.Group(g)) != tlsready.No {
			list = append(list, g)
		}
	}
	return list
}

// best is the version that a server with these configurations chooses: the highest in
// common. A hello without supported_versions states its maximum alone, and servers answer
// with what they have up to it (RFC 5246 appendix E.1).
func best(all map[tlsready.Version]*tls.Config, o tlsready.Offer) (tlsready.Version, bool) {
	for _, v := range spoken() {
		offered := slices.ContainsFunc(o.Versions, func(ov tlsready.OfferedVersion) bool { return ov.Version == v })
		if !o.Exact {
			offered = v != tlsready.TLS13 && v.Rank() <= o.Max().Rank()
		}
		if all[v] != nil && offered {
			return v, true
		}
	}
	return 0, false
}
