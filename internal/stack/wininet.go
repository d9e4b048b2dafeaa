package stack

import (
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// wininet is the choice of a program on WinINET: the machine's policy, the user's policy, the
// user's setting, the machine's setting, or else the default of the browser version. It is
// known if there is a policy, or if the user's own settings were collected.
func (p *predictor) wininet() {
	user := p.refs.wininet[userSetting]
	_, userState, _ := p.dword(user)
	for i, ref := range p.refs.wininet {
		value, state, ev := p.dword(ref)
		if state == host.WrongType {
			p.warn("wrong-type", valueArgs(ref)...)
		}
		if state == host.Present && (i <= userSetting || userState != host.NotAsked) {
			p.tell("wininet-value", []message.Arg{message.Str("bits", hexBits(value))}, ev)
			p.choose(value, value)
			return
		}
		if state == host.NotAsked && i < userSetting && userState != host.NotAsked {
			p.warn("policy-not-asked", valueArgs(ref)...)
		}
	}
	if userState == host.NotAsked {
		p.miss(tlsready.StepVersion, user)
		p.fire("wininet-not-asked")
		p.choose(0, ^uint32(0))
		return
	}
	p.wininetDefault()
}

// userSetting is the place of the user's own setting among refs.wininet.
const userSetting = 2

// wininetDefault depends on Internet Explorer 11 if a system came with an older one.
func (p *predictor) wininetDefault() {
	standard := bitsOf(p.sys.WinINET)
	if len(p.sys.WinINETFromIE11) == 0 {
		kept, doubtful := p.dropped(standard)
		p.fire("wininet-os-default")
		p.choose(kept&^doubtful, kept)
		return
	}
	with11 := bitsOf(p.sys.WinINETFromIE11)
	is11, ev := p.browser()
	if ev.State == host.NotAsked {
		p.miss(tlsready.StepVersion, p.refs.ieVersion)
		p.fire("wininet-browser-not-asked", ev)
		p.choose(standard&with11, standard|with11)
		return
	}
	if is11 {
		standard = with11
	}
	p.fire("wininet-os-default", ev)
	p.choose(standard, standard)
}

// Builds at which WinINET's own choice of suites changed.
const (
	firstWithIE11   = 9600
	firstWithoutDHE = 15063 // hellos of Edge 15 and 17; Schannel kept it
)

// withoutRC4 is the update with which RC4 left WinINET.
const withoutRC4 = "KB3151631"

// internetExplorer11 says whether the browser of the system is Internet Explorer 11 or
// Edge; known is false where nobody asked.
func (p *predictor) internetExplorer11() (is, known bool) {
	if len(p.sys.WinINETFromIE11) == 0 { // it came with the system, or it cannot be had
		return p.view.OS.Build >= firstWithIE11, true
	}
	is, ev := p.browser()
	return is, ev.State != host.NotAsked
}

// browser says whether Internet Explorer 11 was put on a system that came with an older
// one, and by what.
func (p *predictor) browser() (is11 bool, ev Evidence) {
	d, state := p.view.Lookup(p.refs.ieVersion)
	major, _ := strconv.Atoi(strings.SplitN(d.Text, ".", 2)[0])
	return state == host.Present && major >= 11, Evidence{p.refs.ieVersion.Key, p.refs.ieVersion.Name, state, d}
}

// wininetSuites takes away what WinINET leaves out of a hello although Schannel has
// it: RC4, which was in the fallback alone before its update and is gone since, and
// DHE from Windows 10 1703 on.
func (p *predictor) wininetSuites(list []tlsready.OfferedSuite) []tlsready.OfferedSuite {
	list = append([]tlsready.OfferedSuite(nil), list...)
	if anySuite(list, isRC4) {
		list = p.wininetRC4(list)
	}
	if p.view.OS.Build >= firstWithoutDHE {
		list = remove(list, func(i tlsready.SuiteInfo) bool { return i.KeyExchange == tlsready.DHE })
	}
	return list
}

func (p *predictor) wininetRC4(list []tlsready.OfferedSuite) []tlsready.OfferedSuite {
	if with11, known := p.internetExplorer11(); known && !with11 {
		return list // the hellos of Internet Explorer 8 to 10 have RC4
	}
	answer := p.Update(p.view, withoutRC4)
	if answer == tlsready.Yes {
		if p.ask.Suites {
			p.fire("wininet-without-rc4")
		}
		return remove(list, isRC4)
	}
	doubt(list, isRC4)
	if p.ask.Suites {
		p.fire("wininet-rc4-in-fallback")
		if answer == tlsready.Unknown {
			p.missUpdate(tlsready.StepSuite, withoutRC4)
		}
	}
	return list
}
