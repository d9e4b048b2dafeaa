package stack

import (
	"tlsready"
	"tlsready/internal/host"
)

// legacyServerDH and serverDH are the sizes of a Windows server's finite-field
// group where nothing is set: before Windows 10, and from it on (KB3174644, TLS
// registry settings).
const (
	legacyServerDH = 1024
	serverDH       = 2048
)

// Serve predicts what a Windows host accepts as a server: its Protocols\…\Server
// keys and its list of suites, which serves both roles. What was not asked makes
// an axis unknown.
func (m *Model) Serve(v *host.View) (tlsready.Acceptance, Prediction) {
	p := &predictor{Model: m, view: v, sys: m.systemOf(v.OS), ask: Ask{Suites: true, Groups: true}}
	p.out.Offer.Exact = true
	known := true
	p.offer(func(version tlsready.Version) tlsready.Answer {
		st := p.protocol(version, Server)
		if version >= tlsready.TLS10 {
			p.note(&st, version)
		}
		known = known && st.byDefault != tlsready.Unknown
		return st.byDefault
	})
	p.suites()
	p.groups()
	a := tlsready.Acceptance{Versions: tlsready.UnknownOf[tlsready.Version](), Suites: suiteAxis(p.out.Offer.Suites), Groups: groupAxis(p.out.Offer.Groups), DHBits: p.serverDH()}
	if known {
		var versions []tlsready.Version
		for _, o := range p.out.Offer.Versions {
			versions = append(versions, o.Version)
		}
		a.Versions = tlsready.Only(versions...)
	}
	return a, p.out
}

func suiteAxis(list []tlsready.OfferedSuite) tlsready.Axis[tlsready.Suite] {
	var suites []tlsready.Suite
	seen := map[tlsready.Suite]bool{}
	for _, s := range list {
		if s.Maybe {
			return tlsready.UnknownOf[tlsready.Suite]()
		}
		if !seen[s.Suite] {
			seen[s.Suite] = true
			suites = append(suites, s.Suite)
		}
	}
	return tlsready.Only(suites...)
}

func groupAxis(list []tlsready.OfferedGroup) tlsready.Axis[tlsready.Group] {
	var groups []tlsready.Group
	for _, g := range list {
		if g.Maybe {
			return tlsready.UnknownOf[tlsready.Group]()
		}
		groups = append(groups, g.Group)
	}
	return tlsready.Only(groups...)
}

func (p *predictor) serverDH() int {
	n, state, _ := p.dword(p.refs.serverMinDH)
	switch {
	case state == host.Present && n != 0:
		return int(n)
	case p.sys.tied:
		return legacyServerDH
	}
	return serverDH
}
