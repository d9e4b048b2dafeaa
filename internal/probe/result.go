package probe

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"tlsready"
)

// Result is what was learned of one endpoint.
type Result struct {
	Target   Target
	Versions map[tlsready.Version]tlsready.Answer // a version that is not in it is unknown

	// Suites is what each version takes, in the server's order if OwnOrder says that it
	// has one. Complete says that there are no others.
	Suites   map[tlsready.Version][]tlsready.Suite
	Complete map[tlsready.Version]bool
	OwnOrder map[tlsready.Version]tlsready.Answer
	// Chosen is what the server picked when it was offered everything.
	Chosen map[tlsready.Version]tlsready.Suite

	Groups              []tlsready.Group
	GroupsKnown         bool // there are no others
	SignatureAlgorithms []tlsready.SignatureScheme
	SignaturesKnown     bool

	Chains            [][]Certificate // one for each key that the server showed, leaf first
	OCSPStaple        tlsready.Answer // Yes if one came; an absent one proves nothing
	ClientCertificate tlsready.Answer // whether the server asks for one
	DHBits            int             // smallest finite field that it used; 0: none was seen
	WithoutServerName NoSNI

	// NodesDiffer says that one address answered the same hello in different ways:
	// several machines stand behind it. What they do not agree on is unknown.
	NodesDiffer bool
	Incomplete  bool // lists that were asked for may lack what the server takes
	// OneForm says that the server answers hellos of one form alone: what a client is
	// answered does not follow from its lists.
	OneForm bool

	Sent        []Sent // the hellos that were given, in their order; nil if none could be sent
	Evidence    []Evidence
	Connections int
	Err         error // why nothing, or not everything, was learned
}

// Evidence is one way in which the server answered one question.
type Evidence struct {
	Asked  string
	Answer string // "alert 70", a version, "reset", "timeout" and so on
	Tries  int    // how often
}

func newResult() Result {
	return Result{
		Versions: map[tlsready.Version]tlsready.Answer{}, Suites: map[tlsready.Version][]tlsready.Suite{},
		Complete: map[tlsready.Version]bool{}, OwnOrder: map[tlsready.Version]tlsready.Answer{},
		Chosen: map[tlsready.Version]tlsready.Suite{},
	}
}

// accepted lists the versions that the server takes, oldest first.
func (r *Result) accepted() []tlsready.Version {
	var list []tlsready.Version
	for _, v := range tlsready.Versions() {
		if r.Versions[v] == tlsready.Yes {
			list = append(list, v)
		}
	}
	return list
}

// allRefused says that every version of TLS was refused: an odd server, but an
// answer.
func (r *Result) allRefused() bool {
	for _, v := range tlsready.Versions() {
		if v >= tlsready.TLS10 && r.Versions[v] != tlsready.No {
			return false
		}
	}
	return true
}

// set keeps an answer; a "yes" is never taken back.
func (r *Result) set(v tlsready.Version, a tlsready.Answer) {
	if r.Versions[v] != tlsready.Yes {
		r.Versions[v] = a
	}
}

// open says of every list that there may be more: what one machine takes, another may not.
func (r *Result) open() {
	clear(r.Complete)
	r.GroupsKnown, r.SignaturesKnown = false, false
}

// addEvidence counts one answer to one question. The ways in which a server answers are
// few, so they are looked through.
func (r *Result) addEvidence(asked, answer string) {
	for i := range r.Evidence {
		if e := &r.Evidence[i]; e.Asked == asked && e.Answer == answer {
			e.Tries++
			return
		}
	}
	r.Evidence = append(r.Evidence, Evidence{Asked: asked, Answer: answer, Tries: 1})
}

// finish puts the evidence in order, and says whether lists are short.
func (r *Result) finish(ask Questions) {
	for _, v := range r.accepted() {
		r.Incomplete = r.Incomplete || ask.Suites && !r.Complete[v]
	}
	slices.SortFunc(r.Evidence, func(a, b Evidence) int {
		return cmp.Or(strings.Compare(a.Asked, b.Asked), strings.Compare(a.Answer, b.Answer))
	})
	slices.SortFunc(r.Chains, func(a, b []Certificate) int { return strings.Compare(a[0].SHA256, b[0].SHA256) })
}

// addChain keeps a chain whose leaf was not seen before.
func (r *Result) addChain(der [][]byte) {
	sum := sha256.Sum256(der[0])
	print := hex.EncodeToString(sum[:])
	if slices.ContainsFunc(r.Chains, func(c []Certificate) bool { return c[0].SHA256 == print }) {
		return
	}
	chain := make([]Certificate, 0, len(der))
	for _, one := range der {
		chain = append(chain, readCertificate(one))
	}
	nameSignatures(chain)
	r.Chains = append(r.Chains, chain)
}

// Acceptance is the result as the join with an offer needs it. Every item that was not
// asked about, or stayed open, is unknown: nothing is made up. SSL 2.0 and SSL 3.0 count
// as not taken if nobody asked about them.
func (r *Result) Acceptance() tlsready.Acceptance {
	a := tlsready.Acceptance{
		Suites:   tlsready.UnknownOf[tlsready.Suite](),
		SuitesOf: map[tlsready.Version]tlsready.Axis[tlsready.Suite]{}, OwnOrder: map[tlsready.Version]tlsready.Answer{},
		Groups: tlsready.AtLeast(r.Groups...), SignatureAlgorithms: tlsready.AtLeast(r.SignatureAlgorithms...),
		DHBits: r.DHBits,
	}
	var open []tlsready.Version
	for _, v := range tlsready.Versions() {
		if v >= tlsready.TLS10 && r.Versions[v] == tlsready.Unknown {
			open = append(open, v)
		}
		switch {
		case r.Complete[v]:
			a.SuitesOf[v], a.OwnOrder[v] = tlsready.Only(r.Suites[v]...), r.OwnOrder[v]
		case len(r.Suites[v]) > 0:
			a.SuitesOf[v] = tlsready.AtLeast(r.Suites[v]...)
		}
	}
	a.Versions = tlsready.Only(r.accepted()...).Except(open...)
	if r.GroupsKnown {
		a.Groups = tlsready.Only(r.Groups...)
	}
	if r.SignaturesKnown {
		a.SignatureAlgorithms = tlsready.Only(r.SignatureAlgorithms...)
	}
	if len(r.Chains) == 1 { // with two keys the suite decides which one is shown
		leaf := r.Chains[0][0]
		a.Certificate = tlsready.Certificate{KeyType: leaf.KeyType, KeyBits: leaf.KeyBits, Signature: leaf.Signature}
	}
	return a
}
