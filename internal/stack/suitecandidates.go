package stack

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
)

// maxPolicyList is how long the policy's list may be, in characters
// (Microsoft, "Manage Transport Layer Security").
const maxPolicyList = 1023

// suiteCandidates give back suites that the server takes: the update that brings
// them, a switched-off algorithm, a place in the list that is in force.
func (p *proposer) suiteCandidates() {
	p.update(p.sys.SuitesUpdate)
	p.update(p.sys.DHESuitesUpdate)
	for _, r := range p.refs.removers {
		if n, state, _ := p.dword(r.ref); state == host.Present && n != enableCipher && p.wantsAny(r.hits) {
			p.set(r.ref, host.Dword(enableCipher), false)
		}
	}
	if p.wantsAny(notInFIPS) {
		p.fipsCandidate()
	}
	ref, data, names := p.listInForce()
	if name := p.missingSuite(names); name != "" {
		next := joinList(data.Type, append(slices.Clone(names), name))
		if next.Type == host.MultiSZ || len(next.Text) <= maxPolicyList {
			p.set(ref, next, false)
		}
	}
}

func (p *proposer) wantsAny(hits func(tlsready.SuiteInfo) bool) bool {
	for _, s := range p.wanted() {
		if hits(s.Suite.Info()) {
			return true
		}
	}
	return false
}

// wanted lists the suites that the server takes and the system has, in the
// system's order of preference.
func (p *proposer) wanted() []tlsready.OfferedSuite {
	var list []tlsready.OfferedSuite
	take := func(s tlsready.OfferedSuite) {
		for _, v := range p.targets() {
			if s.Suite.Fits(v) && p.accepts.SuitesFor(v).Allows(s.Suite) == tlsready.Yes && p.groupTaken(s) &&
				tlsready.AuthFits(s.Suite.Info(), p.accepts.Certificate.KeyType) {
				list = append(list, s)
				return
			}
		}
	}
	for _, s := range p.sys.best() {
		take(s)
	}
	for _, s := range p.sys.sortedExtra() {
		take(tlsready.OfferedSuite{Suite: s})
	}
	return list
}

func (p *proposer) groupTaken(s tlsready.OfferedSuite) bool {
	return s.Group == 0 || p.accepts.Groups.Allows(s.Group) == tlsready.Yes
}

// sortedExtra lists what the system has beyond its default, by code, to give the same fix for
// the same input.
func (s *system) sortedExtra() []tlsready.Suite {
	var list []tlsready.Suite
	for suite := range s.supported {
		if !slices.ContainsFunc(s.best(), func(o tlsready.OfferedSuite) bool { return o.Suite == suite }) {
			list = append(list, suite)
		}
	}
	slices.Sort(list)
	return list
}

// listInForce is the list of suites that decides, and where it is kept.
func (p *proposer) listInForce() (host.Ref, host.Data, []string) {
	for _, ref := range []host.Ref{p.refs.suitesPolicy, p.refs.suitesLocal} {
		if d, state := p.view.Lookup(ref); state == host.Present {
			return ref, d, SplitList(d)
		}
	}
	var names []string
	for _, s := range p.sys.best() {
		names = append(names, suiteName(s))
	}
	return p.refs.suitesLocal, host.Data{Type: host.MultiSZ}, names
}

// missingSuite is the first wanted suite that the list does not name, or "".
func (p *proposer) missingSuite(names []string) string {
	for _, s := range p.wanted() {
		name := suiteName(s)
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			return name
		}
	}
	return ""
}

// suiteName spells a suite as Windows lists it, with the curve it is tied to.
func suiteName(s tlsready.OfferedSuite) string {
	switch s.Group {
	case tlsready.Secp256r1:
		return s.Suite.String() + "_P256"
	case tlsready.Secp384r1:
		return s.Suite.String() + "_P384"
	case tlsready.Secp521r1:
		return s.Suite.String() + "_P521"
	}
	return s.Suite.String()
}
