package tlsready

// Acceptance is what a server takes: stated by a service profile, learned by a
// probe, or predicted from a Windows server's own settings.
type Acceptance struct {
	Versions            Axis[Version]
	Suites              Axis[Suite]             // restricts only the versions for which it names a suite
	SuitesOf            map[Version]Axis[Suite] // by version, where that is known; wins over Suites
	Groups              Axis[Group]
	SignatureAlgorithms Axis[SignatureScheme]
	Certificate         Certificate
	DHBits              int // size of the server's finite-field group; 0: not stated
	// OwnOrder says by version whose order of suites decides: Yes, that of SuitesOf (RFC 5246
	// section 7.4.1.3 leaves it to the server); No, the client's. If it is not known, the
	// server is trusted to pick a suite that works.
	OwnOrder map[Version]Answer
}

// Certificate is what is known of a server's certificate; zero values are not
// known and restrict nothing.
type Certificate struct {
	KeyType   string // "rsa", "ecdsa" or ""
	KeyBits   int
	Signature SignatureScheme // how the certificate is signed; 0: not known
}

// SuitesFor is the suite axis that holds for version v.
func (a Acceptance) SuitesFor(v Version) Axis[Suite] {
	if axis, ok := a.SuitesOf[v]; ok {
		return axis
	}
	if a.Suites.state != axisOnly {
		return a.Suites
	}
	fits := func(list []Suite) (fitting []Suite) {
		for _, s := range list {
			if s.Fits(v) {
				fitting = append(fitting, s)
			}
		}
		return fitting
	}
	fitting, open := fits(a.Suites.list), fits(a.Suites.open)
	if len(fitting) == 0 && len(open) == 0 {
		return AnyOf[Suite]()
	}
	return Axis[Suite]{state: axisOnly, list: fitting, open: open}
}

// RestrictsSuites says whether the suites of some accepted version matter.
func (a Acceptance) RestrictsSuites() bool {
	return !a.Suites.IsAny() || len(a.SuitesOf) > 0 || a.Certificate.KeyType != "" || a.DHBits != 0
}
