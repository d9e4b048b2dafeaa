package stack

import (
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// curveNames are Windows' names of groups (Get-TlsEccCurve; the page on TLS
// supported groups from Windows 11 24H2 on).
var curveNames = map[string]tlsready.Group{
	"curve25519":          tlsready.X25519,
	"nistp256":            tlsready.Secp256r1,
	"nistp384":            tlsready.Secp384r1,
	"nistp521":            tlsready.Secp521r1,
	"brainpoolp256r1":     26,
	"brainpoolp384r1":     27,
	"brainpoolp512r1":     28,
	"x25519_mlkem768":     tlsready.X25519MLKEM768,
	"secp256r1_mlkem768":  tlsready.SecP256r1MLKEM768,
	"secp384r1_mlkem1024": tlsready.SecP384r1MLKEM1024,
}

// groups fills the groups: on Windows 8.1 and older the curves of the suites;
// else the policy's order, the machine's order, or the system's default.
func (p *predictor) groups() {
	if p.sys.tied {
		p.groupsOfSuites()
		return
	}
	list := p.groupList()
	if n, state, ev := p.dword(p.refs.fips); state == host.Present && n != 0 {
		list = withoutGroup(list, tlsready.X25519)
		p.fire("fips-no-curve25519", ev)
	} else if state == host.NotAsked && p.ask.Groups {
		list = append([]tlsready.OfferedGroup(nil), list...)
		for i := range list {
			list[i].Maybe = list[i].Maybe || list[i].Group == tlsready.X25519
		}
		p.miss(tlsready.StepGroup, p.refs.fips)
	}
	p.out.Offer.Groups = list
}

func withoutGroup(list []tlsready.OfferedGroup, g tlsready.Group) []tlsready.OfferedGroup {
	kept := make([]tlsready.OfferedGroup, 0, len(list))
	for _, item := range list {
		if item.Group != g {
			kept = append(kept, item)
		}
	}
	return kept
}

func (p *predictor) groupsOfSuites() {
	var list []tlsready.OfferedGroup
	for _, s := range p.out.Offer.Suites {
		if s.Group != 0 && !hasGroup(list, s.Group) {
			list = append(list, tlsready.OfferedGroup{Group: s.Group})
		}
	}
	p.out.Offer.Groups = list
}

func hasGroup(list []tlsready.OfferedGroup, g tlsready.Group) bool {
	for _, item := range list {
		if item.Group == g {
			return true
		}
	}
	return false
}

func (p *predictor) groupList() []tlsready.OfferedGroup {
	for _, ref := range []host.Ref{p.refs.curvesPolicy, p.refs.curvesLocal} {
		d, state := p.view.Lookup(ref)
		ev := Evidence{ref.Key, ref.Name, state, d}
		if state == host.Present {
			p.fire("groups-configured", ev)
			return p.readGroups(SplitList(d))
		}
		if state == host.NotAsked && p.ask.Groups {
			p.miss(tlsready.StepGroup, ref)
			p.fire("groups-not-asked", ev)
			return p.doubtfulGroups()
		}
	}
	if p.ask.Groups {
		p.fire("groups-os-default")
	}
	return p.sys.groups
}

func (p *predictor) readGroups(names []string) []tlsready.OfferedGroup {
	list := make([]tlsready.OfferedGroup, 0, len(names))
	for _, name := range names {
		g, ok := curveNames[strings.ToLower(name)]
		if !ok {
			p.warn("curve-unknown", message.Str("curve", name))
			continue
		}
		list = append(list, tlsready.OfferedGroup{Group: g})
	}
	return list
}

// doubtfulGroups is what an order of curves that nobody asked for may hold.
func (p *predictor) doubtfulGroups() []tlsready.OfferedGroup {
	list := make([]tlsready.OfferedGroup, 0, len(p.sys.groups)+1)
	for _, g := range p.sys.groups {
		list = append(list, tlsready.OfferedGroup{Group: g.Group, Maybe: true})
	}
	return append(list, tlsready.OfferedGroup{Group: tlsready.Secp521r1, Maybe: true})
}
