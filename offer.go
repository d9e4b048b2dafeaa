package tlsready

// Offer is what a client says in its ClientHello, predicted from its settings
// or observed on the wire. Lists stand in the client's order.
//
// An item marked Maybe depends on a fact that nobody has asked for: the client
// says it, or does not. [Negotiate] decides only where both lead to the same
// end.
type Offer struct {
	Versions            []OfferedVersion
	Exact               bool // false: the hello states its maximum alone (no supported_versions, RFC 8446 section 4.2.1)
	Suites              []OfferedSuite
	Groups              []OfferedGroup
	SignatureAlgorithms []OfferedScheme
	ServerName          bool // sends server_name (RFC 6066 section 3)
	Limits              Limits
}

// OfferedVersion is one version of an offer.
type OfferedVersion struct {
	Version Version
	Maybe   bool
}

// OfferedSuite is one suite of an offer. Group is the curve that the suite is tied to (Windows
// 8.1 and older, win32 documentation "TLS Cipher Suites in Windows 8.1"), or 0 if the group is
// agreed separately.
type OfferedSuite struct {
	Suite Suite
	Group Group
	Maybe bool
}

// OfferedGroup is one group of an offer.
type OfferedGroup struct {
	Group Group
	Maybe bool
}

// OfferedScheme is one signature algorithm of an offer.
type OfferedScheme struct {
	Scheme SignatureScheme
	Maybe  bool
}

// Limits is what a client refuses after the ServerHello, in bits; 0 sets no
// limit.
type Limits struct {
	MinDH, MaxDH   int
	MinRSA, MaxRSA int
}

// Max is the highest version that the offer surely contains, or 0 if there is none.
func (o Offer) Max() Version {
	var top Version
	for _, v := range o.Versions {
		if !v.Maybe && (top == 0 || v.Version.Rank() > top.Rank()) {
			top = v.Version
		}
	}
	return top
}

// Empty says that the client has no version to offer, and so fails before it sends a byte.
func (o Offer) Empty() bool { return len(o.Versions) == 0 }
