package tlsready

import "slices"

// Outcome is how a negotiation ends.
type Outcome int

// The outcomes. Undecided: facts are missing on which it depends.
const (
	Undecided Outcome = iota
	Connects
	Fails
)

// Step is a stage of the handshake, in the order in which they are taken.
type Step int

// The steps. StepDone: every step can succeed.
const (
	StepOffer       Step = iota // the client has something to say
	StepVersion                 // a version in common
	StepSuite                   // a cipher suite in common
	StepGroup                   // a group, or a finite-field size, in common
	StepSignature               // a signature algorithm in common
	StepCertificate             // a certificate key that the client takes
	StepDone
)

// Result is what [Negotiate] finds. Step is the first one that cannot succeed,
// or on which the missing facts bear. Version, Suite and Group are what could
// be agreed, as far as it goes.
type Result struct {
	Outcome Outcome
	Step    Step
	Version Version
	Suite   Suite
	Group   Group
}

// Negotiate says whether a client with this offer and a server with this
// acceptance can agree. The server takes the highest version in common (RFC
// 8446 section 4.2.1, RFC 5246 appendix E.1); then suite, group, signature
// algorithm and certificate have to fit in that version.
func Negotiate(o Offer, a Acceptance) Result {
	if o.Empty() {
		return Result{Outcome: Fails, Step: StepOffer}
	}
	tops, sure := candidateTops(o, a)
	if len(tops) == 0 {
		return noVersion(o, a)
	}
	merged := settle(o, a, tops[0])
	for _, v := range tops[1:] {
		merged = merge(merged, settle(o, a, v))
	}
	if !sure { // and perhaps no version at all
		merged = merge(merged, Result{Outcome: Fails, Step: StepVersion})
	}
	return merged
}

// candidateTops lists the versions that the server may choose, best first: the highest version
// surely in common and every uncertain one above it. sure is false if there may be none in
// common.
func candidateTops(o Offer, a Acceptance) (tops []Version, sure bool) {
	best := -1
	for _, ov := range o.Versions {
		if !ov.Maybe && a.Versions.Allows(ov.Version) == Yes && ov.Version.Rank() > best {
			best = ov.Version.Rank()
		}
	}
	if !o.Exact && best >= 0 && best < o.Max().Rank() {
		best = -1 // below the stated maximum: nobody knows whether the client takes it
	}
	var buf [6]Version
	tops = buf[:0]
	for _, ov := range o.Versions {
		answer := a.Versions.Allows(ov.Version)
		certain := !ov.Maybe && answer == Yes && ov.Version.Rank() == best
		perhaps := answer != No && ov.Version.Rank() > best
		if certain || perhaps {
			tops = append(tops, ov.Version)
		}
	}
	return tops, best >= 0
}

// noVersion is the result if no listed version can be common. A hello that states only its
// maximum may still accept a lower one.
func noVersion(o Offer, a Acceptance) Result {
	if !o.Exact && len(o.Versions) > 0 {
		for _, v := range Versions() {
			if v.Rank() < o.Max().Rank() && a.Versions.Allows(v) != No {
				return Result{Outcome: Undecided, Step: StepVersion}
			}
		}
	}
	return Result{Outcome: Fails, Step: StepVersion}
}

func merge(x, y Result) Result {
	if x.Outcome == y.Outcome {
		if y.Step < x.Step {
			return y
		}
		return x
	}
	step := x.Step
	if x.Outcome == Connects || (y.Outcome != Connects && y.Step < step) {
		step = y.Step
	}
	return Result{Outcome: Undecided, Step: step}
}

// settle looks at everything after the version, first counting only on what is sure and, if
// that fails, again with what may be. If an order of suites decides, a suite that only may be
// offered could also come first and be refused.
func settle(o Offer, a Acceptance, v Version) Result {
	axis := a.SuitesFor(v)
	sure := walkSuites(o, a, axis, v, false)
	if sure.Outcome == Connects && a.OwnOrder[v] == Unknown {
		return sure
	}
	hopeful := walkSuites(o, a, axis, v, true)
	switch {
	case sure.Outcome == Connects && hopeful.Outcome == Connects:
		return sure
	case sure.Outcome == Connects:
		return Result{Outcome: Undecided, Step: hopeful.Step, Version: v}
	case hopeful.Outcome == Connects:
		return Result{Outcome: Undecided, Step: sure.Step, Version: v}
	}
	return hopeful
}

// inOrder lists the client's suites in the server's order if that order decides. Suites that
// the server is not known to take come last.
func inOrder(list []OfferedSuite, axis Axis[Suite], own Answer) []OfferedSuite {
	if own != Yes {
		return list
	}
	sorted := make([]OfferedSuite, 0, len(list))
	for _, s := range axis.list {
		for _, os := range list {
			if os.Suite == s {
				sorted = append(sorted, os)
			}
		}
	}
	for _, os := range list {
		if !slices.Contains(axis.list, os.Suite) {
			sorted = append(sorted, os)
		}
	}
	return sorted
}

// walkSuites finds the first suite with which everything fits, or else how far the best one
// gets. If an order decides, a finite field too small for the client ends the walk: the server
// does not know that the client will refuse it.
func walkSuites(o Offer, a Acceptance, axis Axis[Suite], v Version, hopeful bool) Result {
	best := Result{Outcome: Fails, Step: StepSuite, Version: v}
	own := a.OwnOrder[v]
	for _, os := range inOrder(o.Suites, axis, own) {
		if (os.Maybe && !hopeful) || !os.Suite.Fits(v) || !takes(axis.Allows(os.Suite), hopeful) {
			continue
		}
		info := os.Suite.Info()
		if !AuthFits(info, a.Certificate.KeyType) {
			continue
		}
		group, step := laterSteps(o, a, os, info, v, hopeful)
		if step == StepDone {
			return Result{Outcome: Connects, Step: StepDone, Version: v, Suite: os.Suite, Group: group}
		}
		if step > best.Step {
			best.Step, best.Suite = step, os.Suite
		}
		if own != Unknown && step == StepGroup && info.KeyExchange == DHE {
			break
		}
	}
	return best
}

func takes(a Answer, hopeful bool) bool { return a == Yes || (hopeful && a == Unknown) }

// AuthFits says whether a server with a key of this type ("rsa", "ecdsa", or "" if not known)
// can use the suite.
func AuthFits(info SuiteInfo, keyType string) bool {
	switch {
	case keyType == "" || info.Auth == AuthAny:
		return true
	case info.Auth == AuthRSA:
		return keyType == "rsa"
	case info.Auth == AuthECDSA:
		return keyType == "ecdsa"
	}
	return info.Auth != AuthDSS
}

func laterSteps(o Offer, a Acceptance, os OfferedSuite, info SuiteInfo, v Version, hopeful bool) (Group, Step) {
	group, ok := groupFits(o, a, os, info, hopeful)
	switch {
	case !ok:
		return 0, StepGroup
	case !signatureFits(o, a, info, v, hopeful):
		return group, StepSignature
	case !certificateFits(o, a):
		return group, StepCertificate
	}
	return group, StepDone
}

// groupFits finds a group for an ephemeral key exchange; a static one needs none.
func groupFits(o Offer, a Acceptance, os OfferedSuite, info SuiteInfo, hopeful bool) (Group, bool) {
	switch info.KeyExchange {
	case DHE:
		return 0, within(a.DHBits, o.Limits.MinDH, o.Limits.MaxDH)
	case ECDHE, TLS13KeyExchange:
	default:
		return 0, true
	}
	if os.Group != 0 {
		return os.Group, takes(a.Groups.Allows(os.Group), hopeful)
	}
	for _, g := range o.Groups {
		if (!g.Maybe || hopeful) && takes(a.Groups.Allows(g.Group), hopeful) {
			return g.Group, true
		}
	}
	return 0, false
}

// within says whether a size is inside limits; an unstated size (0) is.
func within(bits, least, most int) bool {
	return bits == 0 || (bits >= least && (most == 0 || bits <= most))
}

// signatureFits holds the client's signature_algorithms against what the server
// signs with and what its certificate is signed with. Before TLS 1.2 there is
// no such list (RFC 5246 section 7.4.1.4.1).
func signatureFits(o Offer, a Acceptance, info SuiteInfo, v Version, hopeful bool) bool {
	if v.Rank() < TLS12.Rank() {
		return true
	}
	if a.Certificate.Signature != 0 && !offersScheme(o, hopeful, func(s SignatureScheme) bool { return s == a.Certificate.Signature }) {
		return false
	}
	signs := v == TLS13 || info.KeyExchange == ECDHE || info.KeyExchange == DHE
	if !signs || info.Auth == AuthAnon || (a.SignatureAlgorithms.IsAny() && a.Certificate.KeyType == "") {
		return true
	}
	if len(o.SignatureAlgorithms) == 0 && v == TLS12 {
		return takes(a.SignatureAlgorithms.Allows(impliedScheme(info.Auth)), hopeful)
	}
	return offersScheme(o, hopeful, func(s SignatureScheme) bool {
		return takes(a.SignatureAlgorithms.Allows(s), hopeful) && schemeFits(s, info, a.Certificate.KeyType, v)
	})
}

// impliedScheme is the algorithm that a client of TLS 1.2 means which names none: SHA-1 with
// the key of the suite (RFC 5246 section 7.4.1.4.1). Servers of today may not sign with it.
func impliedScheme(auth Auth) SignatureScheme {
	switch auth {
	case AuthECDSA:
		return ECDSASHA1
	case AuthDSS:
		return 0x0202 // dsa_sha1
	}
	return RSAPKCS1SHA1
}

func offersScheme(o Offer, hopeful bool, fits func(SignatureScheme) bool) bool {
	if len(o.SignatureAlgorithms) == 0 {
		return true // no extension: nothing is asked of how the certificate is signed
	}
	for _, s := range o.SignatureAlgorithms {
		if (!s.Maybe || hopeful) && fits(s.Scheme) {
			return true
		}
	}
	return false
}

// schemeFits says whether a signature of this scheme can come from the server's
// key in this suite; TLS 1.3 takes no PKCS #1 v1.5 signatures (RFC 8446 section
// 4.2.3).
func schemeFits(s SignatureScheme, info SuiteInfo, keyType string, v Version) bool {
	kind := s.KeyType()
	if v == TLS13 && kind == "rsa" && !s.IsPSS() {
		return false
	}
	switch {
	case keyType != "":
		return kind == keyType
	case info.Auth == AuthRSA:
		return kind == "rsa"
	case info.Auth == AuthECDSA:
		return kind == "ecdsa" || kind == "eddsa"
	}
	return true
}

func certificateFits(o Offer, a Acceptance) bool {
	if a.Certificate.KeyType == "ecdsa" {
		return true
	}
	return within(a.Certificate.KeyBits, o.Limits.MinRSA, o.Limits.MaxRSA)
}
