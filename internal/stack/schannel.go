package stack

import (
	"slices"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// protocolState is what Schannel makes of one version in one role: used by a
// program that takes the defaults, and by one that names the version itself.
// Three states follow from two values (Microsoft, "TLS registry settings";
// KB245030): enabled, disabled by default, disabled.
type protocolState struct {
	byDefault, named tlsready.Answer
	rule             string
	evidence         [2]Evidence // the two values; not set where the system has no such version
	looked           bool        // evidence is set
	update           string      // unknown because of this update
}

func (p *predictor) protocol(v tlsready.Version, role Role) protocolState {
	i := versionIndex(v)
	known := p.sys.protocols[i]
	if !known.supported {
		return protocolState{byDefault: tlsready.No, named: tlsready.No, rule: "schannel-unsupported"}
	}
	enabled, es, ev := p.dword(p.refs.enabled[i][role])
	byDefault, ds, dv := p.dword(p.refs.byDefault[i][role])
	st := stateOf(known.on[role], p.sys.Build, enabled, es, byDefault, ds)
	st.evidence, st.looked = [2]Evidence{ev, dv}, true
	if known.update == "" {
		return st
	}
	switch p.Update(p.view, known.update) {
	case tlsready.No:
		return protocolState{byDefault: tlsready.No, named: tlsready.No, rule: "schannel-needs-update", update: known.update}
	case tlsready.Unknown:
		st.byDefault, st.named, st.update = both(st.byDefault, tlsready.Unknown), both(st.named, tlsready.Unknown), known.update
	}
	return st
}

// stateOf is the table of the two values. A value of a wrong type counts as
// absent, since Schannel asks for a DWORD.
func stateOf(on bool, build int, enabled uint32, es host.State, byDefault uint32, ds host.State) protocolState {
	yes, no, unknown := tlsready.Yes, tlsready.No, tlsready.Unknown
	hasE, hasD := es == host.Present, ds == host.Present
	switch {
	case es == host.NotAsked || ds == host.NotAsked:
		return protocolState{byDefault: unknown, named: unknown, rule: "schannel-not-asked"}
	case hasE && enabled == 0:
		return protocolState{byDefault: no, named: no, rule: "schannel-disabled"}
	case hasD && byDefault != 0:
		return protocolState{byDefault: no, named: yes, rule: "schannel-disabled-by-default"}
	case hasD:
		return protocolState{byDefault: yes, named: yes, rule: "schannel-enabled"}
	case hasE && !on && build < 10240:
		return protocolState{byDefault: unknown, named: yes, rule: "schannel-enabled-alone"}
	case hasE || on:
		rule := "schannel-os-default-on"
		if hasE {
			rule = "schannel-enabled"
		}
		return protocolState{byDefault: yes, named: yes, rule: rule}
	}
	return protocolState{byDefault: no, named: yes, rule: "schannel-os-default-off"}
}

// note keeps why a version has the state it has, and what is missing to know.
func (p *predictor) note(st *protocolState, v tlsready.Version) {
	var evidence []Evidence
	if st.looked {
		evidence = st.evidence[:]
	}
	p.tell(st.rule, []message.Arg{message.Str("version", v.String())}, evidence...)
	if st.update != "" {
		p.need(tlsready.StepVersion, st.update)
	}
	for i := range evidence {
		if e := &evidence[i]; e.State == host.NotAsked {
			p.miss(tlsready.StepVersion, host.NewRef(e.Key, e.Name))
		}
	}
}

// schannel offers what Schannel has on by default, or the versions that the
// program names and Schannel does not refuse.
func (p *predictor) schannel() {
	if len(p.stack.Named) > 0 {
		p.named(p.stack.Named)
		p.out.InProgram = true
		return
	}
	p.systemDefault()
}

// systemDefault offers every version that is on by default.
func (p *predictor) systemDefault() { p.offer(p.defaultAnswer) }

// defaultAnswer is whether a version is offered by a program that leaves the
// choice to the system. Only the versions from TLS 1.2 on are worth a reason.
func (p *predictor) defaultAnswer(v tlsready.Version) tlsready.Answer {
	st := p.protocol(v, Client)
	if v >= tlsready.TLS12 || (st.looked && st.evidence[0].State == host.NotAsked) {
		if v != tlsready.TLS13 || p.sys.protocols[versionIndex(v)].supported {
			p.note(&st, v)
		}
	}
	p.checkOddities(v, &st)
	if v >= tlsready.TLS11 && st.byDefault == tlsready.Yes && p.ssl2Beside() {
		p.fireOnce("ssl2-excludes-tls12", st.evidence[:]...)
		return tlsready.Unknown
	}
	return st.byDefault
}

// ssl2Beside says that SSL 2.0 is on by default. SCHANNEL_CRED calls its flag and
// those of TLS 1.1 and 1.2 mutually exclusive and does not say which one goes.
func (p *predictor) ssl2Beside() bool {
	return p.sys.protocols[versionIndex(tlsready.SSL20)].supported && p.protocol(tlsready.SSL20, Client).byDefault == tlsready.Yes
}

// named offers versions that are asked for by name.
func (p *predictor) named(list []tlsready.Version) {
	p.offer(func(v tlsready.Version) tlsready.Answer {
		if !slices.Contains(list, v) {
			return tlsready.No
		}
		return p.namedAnswer(v)
	})
}

func (p *predictor) namedAnswer(v tlsready.Version) tlsready.Answer {
	st := p.protocol(v, Client)
	if v >= tlsready.TLS12 || st.named != tlsready.Yes {
		p.note(&st, v)
	}
	p.checkOddities(v, &st)
	return st.named
}

// checkOddities warns of settings that do not do what they seem to.
func (p *predictor) checkOddities(v tlsready.Version, st *protocolState) {
	if p.ask.Bare {
		return
	}
	switch {
	case v == tlsready.TLS13 && st.rule == "schannel-unsupported":
		if n, state, _ := p.dword(p.refs.enabled[versionIndex(v)][Client]); state == host.Present && n != 0 {
			p.warn("tls13-not-supported")
		}
	}
	for _, e := range st.evidence {
		if e.State == host.WrongType {
			p.warn("wrong-type", valueArgs(host.Ref{Key: e.Key, Name: e.Name})...)
		}
	}
}
