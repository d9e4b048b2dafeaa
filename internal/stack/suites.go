package stack

import (
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// suites fills the cipher suites: the policy's list, else the machine's list,
// else the system's default; then what Ciphers, Hashes, KeyExchangeAlgorithms
// and FIPS mode take away.
func (p *predictor) suites() {
	list := p.suiteList()
	shared := true // the default lists belong to the model and must not be changed
	own := func() {
		if shared {
			list, shared = append([]tlsready.OfferedSuite(nil), list...), false
		}
	}
	for _, r := range p.removers() {
		n, state, ev := p.dword(r.ref)
		if state == host.Present && n == 0 {
			own()
			list = remove(list, r.hits)
			p.fire("suite-switched-off", ev)
		} else if state == host.Present && n != enableCipher && p.ask.Suites {
			own()
			doubt(list, r.hits)
			p.fire("cipher-enabled-otherwise", ev)
		} else if state == host.NotAsked && p.ask.Suites {
			own()
			doubt(list, r.hits)
			p.miss(tlsready.StepSuite, r.ref)
		}
	}
	if weak, doubtful := p.fipsMode(); weak || doubtful {
		own()
		if weak {
			list = remove(list, notInFIPS)
		} else {
			doubt(list, notInFIPS)
		}
	}
	if p.stack.Kind == WinINET {
		list, shared = p.wininetSuites(list), false
	}
	if p.strong && anySuite(list, isRC4) {
		own()
		list = remove(list, isRC4)
	}
	if list = p.onlyUsable(list, own); len(list) == 0 {
		p.fire("suites-none-left")
	}
	p.out.Offer.Suites = list
}

// enableCipher is the only value below Ciphers, Hashes and KeyExchangeAlgorithms that the
// documentation lets switch one on (KB245030); what another one but 0 does is not said,
// and readers differ.
const enableCipher = 0xffffffff

// removers are the values to look at: none if all of their keys were asked for, or did not need
// to be, and are empty.
func (p *predictor) removers() []switchedOff {
	for _, key := range p.refs.removerKeys {
		if p.view.HasBelow(key) || (p.ask.Suites && !p.view.CoversBelow(key)) {
			return p.refs.removers
		}
	}
	return nil
}

// onlyUsable drops TLS 1.3 suites if that version is not offered.
func (p *predictor) onlyUsable(list []tlsready.OfferedSuite, own func()) []tlsready.OfferedSuite {
	for _, v := range p.out.Offer.Versions {
		if v.Version == tlsready.TLS13 {
			return list
		}
	}
	if !anySuite(list, isTLS13) {
		return list
	}
	own()
	return remove(append([]tlsready.OfferedSuite(nil), list...), isTLS13)
}

func isRC4(i tlsready.SuiteInfo) bool {
	return i.Cipher == tlsready.RC4_128 || i.Cipher == tlsready.RC4_56 || i.Cipher == tlsready.RC4_40
}

func isTLS13(i tlsready.SuiteInfo) bool { return i.KeyExchange == tlsready.TLS13KeyExchange }

// notInFIPS is what FIPS mode refuses: it allows only AES and 3DES as ciphers, and not MD5 as a
// hash.
func notInFIPS(i tlsready.SuiteInfo) bool {
	switch i.Cipher {
	case tlsready.AES128, tlsready.AES256, tlsready.TripleDES:
		return i.Hash == tlsready.MD5
	}
	return true
}

func anySuite(list []tlsready.OfferedSuite, hits func(tlsready.SuiteInfo) bool) bool {
	for _, s := range list {
		if hits(s.Suite.Info()) {
			return true
		}
	}
	return false
}

// remove works in place.
func remove(list []tlsready.OfferedSuite, hits func(tlsready.SuiteInfo) bool) []tlsready.OfferedSuite {
	kept := list[:0]
	for _, s := range list {
		if !hits(s.Suite.Info()) {
			kept = append(kept, s)
		}
	}
	return kept
}

func doubt(list []tlsready.OfferedSuite, hits func(tlsready.SuiteInfo) bool) {
	for i := range list {
		if hits(list[i].Suite.Info()) {
			list[i].Maybe = true
		}
	}
}

// fipsMode says whether the mode is on, or may be. It is off by default; if it was not asked
// for, it affects only suites that it would take away.
func (p *predictor) fipsMode() (on, doubtful bool) {
	n, state, ev := p.dword(p.refs.fips)
	if state == host.Present && n != 0 {
		p.fire("fips-mode", ev)
		return true, false
	}
	if state == host.NotAsked && (p.ask.Suites || p.ask.Groups) {
		p.miss(tlsready.StepSuite, p.refs.fips)
		return false, true
	}
	return false, false
}

// suiteList is the list in force before anything is switched off.
func (p *predictor) suiteList() []tlsready.OfferedSuite {
	gate := p.suiteGates()
	names, rule, ev, state := p.configuredSuites()
	switch {
	case state == host.Present:
		p.fire(rule, ev)
		list := p.readSuites(names, gate)
		if ev.Data.Type != host.MultiSZ && hasBlanks(ev.Data.Text) && p.ask.Suites {
			p.fire("suite-list-blanks", ev)
			p.warn("suite-list-blanks", valueArgs(host.Ref{Key: ev.Key, Name: ev.Name})...)
			doubtAfterBlank(list, ev.Data.Text)
		}
		return list
	case state == host.NotAsked && p.ask.Suites:
		p.noteGate(gate)
		return p.anySupported(gate)
	}
	p.noteGate(gate)
	if p.ask.Suites {
		p.fire("suites-os-default", ev)
	}
	return p.sys.defaults[gate.gcm][gate.dhe]
}

// suiteGates asks for the two updates of suites, if suites matter.
func (p *predictor) suiteGates() gates {
	g := gates{tlsready.Yes, tlsready.Yes}
	if id := p.sys.SuitesUpdate; id != "" && p.ask.Suites {
		g.gcm = p.Update(p.view, id)
	}
	if id := p.sys.DHESuitesUpdate; id != "" && p.ask.Suites {
		g.dhe = p.Update(p.view, id)
	}
	return g
}

func (p *predictor) noteGate(g gates) {
	p.noteSuiteUpdate(g.gcm, p.sys.SuitesUpdate)
	p.noteSuiteUpdate(g.dhe, p.sys.DHESuitesUpdate)
}

func (p *predictor) noteSuiteUpdate(answer tlsready.Answer, id string) {
	if p.ask.Suites && answer != tlsready.Yes {
		p.need(tlsready.StepSuite, id)
		p.tell("suites-need-update", []message.Arg{message.Str("update", id)})
	}
}

// configuredSuites finds the list that is set: the policy's, else the
// machine's. State says how much is known.
func (p *predictor) configuredSuites() (names []string, rule string, ev Evidence, state host.State) {
	policy, ps := p.view.Lookup(p.refs.suitesPolicy)
	if ps == host.Present {
		return SplitList(policy), "suites-policy", Evidence{p.refs.suitesPolicy.Key, p.refs.suitesPolicy.Name, ps, policy}, ps
	}
	local, ls := p.view.Lookup(p.refs.suitesLocal)
	ev = Evidence{p.refs.suitesLocal.Key, p.refs.suitesLocal.Name, ls, local}
	if ps == host.NotAsked {
		if p.ask.Suites {
			p.miss(tlsready.StepSuite, p.refs.suitesPolicy)
		}
		if p.ask.Suites || ls != host.Present {
			return nil, "", ev, host.NotAsked
		}
	}
	if ls == host.Present {
		return SplitList(local), "suites-local", ev, ls
	}
	if ls == host.NotAsked && p.ask.Suites {
		p.miss(tlsready.StepSuite, p.refs.suitesLocal)
	}
	return nil, "", ev, ls
}

// SplitList reads a list of names as Windows stores it: one REG_SZ with commas,
// or a REG_MULTI_SZ.
func SplitList(d host.Data) []string {
	list := d.Strings
	if d.Type != host.MultiSZ {
		list = strings.Split(d.Text, ",")
	}
	names := make([]string, 0, len(list))
	for _, n := range list {
		if n = strings.TrimSpace(n); n != "" {
			names = append(names, n)
		}
	}
	return names
}

// hasBlanks says whether a list in one string has blanks around its commas, which
// Microsoft's page forbids ("no spaces"); whether Windows skips them, or the names
// behind them, is not said.
func hasBlanks(text string) bool {
	return strings.Contains(text, ", ") || strings.Contains(text, " ,") || strings.TrimSpace(text) != text
}

// doubtAfterBlank makes the suites next to a blank unsure.
func doubtAfterBlank(list []tlsready.OfferedSuite, text string) {
	for _, name := range strings.Split(text, ",") {
		s, err := parseSuiteName(strings.TrimSpace(name))
		if err != nil || strings.TrimSpace(name) == name {
			continue
		}
		for i := range list {
			if list[i].Suite == s.Suite {
				list[i].Maybe = true
			}
		}
	}
}

// readSuites keeps what the system can really offer of a configured list.
func (p *predictor) readSuites(names []string, gate gates) []tlsready.OfferedSuite {
	list := make([]tlsready.OfferedSuite, 0, len(names))
	var unusable []string
	for _, name := range names {
		s, err := parseSuiteName(name)
		info := s.Suite.Info()
		switch {
		case err != nil || info.Signalling:
			p.warn("suite-unknown", message.Str("suite", name))
			continue
		case onlyIfAsked(s.Suite, info):
			continue
		case !p.sys.supported[s.Suite]:
			unusable = append(unusable, name)
			continue
		case p.sys.tied && s.Group == 0 && info.KeyExchange == tlsready.ECDHE:
			p.warn("suite-needs-curve", message.Str("suite", name))
			continue
		}
		if !p.sys.tied {
			s.Group = 0 // from Windows 10 on the order of curves decides
		}
		there := gate.of(p.sys.needs[strings.ToUpper(name)])
		if there != tlsready.Yes {
			p.noteGate(gate)
		}
		if there == tlsready.No {
			continue
		}
		s.Maybe = there == tlsready.Unknown
		list = append(list, s)
	}
	if len(unusable) > 0 {
		p.warn("suite-not-in-system", message.List("suites", unusable))
	}
	return list
}

// onlyIfAsked names suites that stand in lists but go into a hello only if the
// program asks: NULL, PSK, and those of SSL 2.0.
func onlyIfAsked(s tlsready.Suite, info tlsready.SuiteInfo) bool {
	return info.Cipher == tlsready.NULL || info.KeyExchange == tlsready.PSK || s > 0xffff
}

// anySupported is everything that a list could hold, each item unsure.
func (p *predictor) anySupported(gate gates) []tlsready.OfferedSuite {
	list := append([]tlsready.OfferedSuite(nil), p.sys.defaults[gate.gcm][gate.dhe]...)
	if !p.sys.tied {
		for _, s := range p.sys.sortedExtra() {
			list = append(list, tlsready.OfferedSuite{Suite: s})
		}
	}
	for i := range list {
		list[i].Maybe = true
	}
	return list
}
