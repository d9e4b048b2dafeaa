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
	var fitting []Suite
	for _, s := range a.Suites.list {
		if s.Fits(v) {
			fitting = append(fitting, s)
		}
	}
	if len(fitting) == 0 {
		return AnyOf[Suite]()
	}
	return Axis[Suite]{state: axisOnly, list: fitting}
}

// RestrictsSuites says whether the suites of some accepted version matter.
func (a Acceptance) RestrictsSuites() bool {
	return !a.Suites.IsAny() || len(a.SuitesOf) > 0 || a.Certificate.KeyType != "" || a.DHBits != 0
}
