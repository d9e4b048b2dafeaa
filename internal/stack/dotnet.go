package stack

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/winver"
)

// Targets at which .NET Framework's old behaviour ends (Microsoft's published
// source, AppContextDefaultValues.Defaults.cs and its System.Net twin), counted
// as the source counts them: 4.5.2 is 40502.
const (
	lastWithoutStrong        = 40502
	lastWithoutSystemDefault = 40602
	lastWCFFixed             = 40502
	lastWCFNamed             = 40700
	noTarget                 = 40000 // a program without a target framework
)

// firstSystemDefaultPowerShell is the build from which Windows PowerShell is
// seen with the system's choice, or with TLS 1.0 to 1.2 by name (sources
// differ); below it with SSL 3.0 and TLS 1.0.
const firstSystemDefaultPowerShell = winver.Server2019

// choice is what the framework picks: two switches, each yes, no or unknown.
type choice struct{ system, strong tlsready.Answer }

func (p *predictor) dotnet() {
	if len(p.stack.Named) > 0 {
		p.dotnetNamed()
		return
	}
	if p.stack.CLR2 {
		p.clr2()
		return
	}
	if p.stack.Kind == PowerShell {
		p.powershell()
		return
	}
	p.clr4(p.stack.Target)
}

// dotnetNamed is a program that sets ServicePointManager.SecurityProtocol. The
// CLR 2 line knows TLS 1.1 and 1.2 only once it is patched.
func (p *predictor) dotnetNamed() {
	p.out.InProgram = true
	if p.stack.CLR2 && p.sys.DotNet35Update != "" {
		answer := p.need(tlsready.StepVersion, p.sys.DotNet35Update)
		p.offer(func(v tlsready.Version) tlsready.Answer {
			for _, n := range p.stack.Named {
				if n == v && v <= tlsready.TLS10 {
					return p.namedAnswer(v)
				} else if n == v {
					return both(answer, p.namedAnswer(v))
				}
			}
			return tlsready.No
		})
		return
	}
	if !p.stack.CLR2 {
		p.strongCrypto(p.stack.Target)
	}
	p.named(p.knownToRuntime(p.stack.Named))
}

// knownToRuntime leaves out what .NET Framework 4.0 cannot name: TLS 1.1 and 1.2
// came with 4.5.
func (p *predictor) knownToRuntime(list []tlsready.Version) []tlsready.Version {
	if p.stack.CLR2 || !p.before(release45) {
		return list
	}
	kept := slices.DeleteFunc(slices.Clone(list), func(v tlsready.Version) bool { return v > tlsready.TLS10 })
	if len(kept) < len(list) {
		p.tooOld("dotnet4-without-tls12", Evidence{})
	}
	return kept
}

// strongCrypto is whether SCH_USE_STRONG_CRYPTO goes with the hello, which takes
// RC4 out: with the system's choice and wherever TLS is named, by the framework or
// by the program, so in net.tcp too (referencesource, _SecureChannel.cs).
func (p *predictor) strongCrypto(target int) {
	context := p.refs.appContext[view(p.view.OS, p.stack.Wow)]
	off := p.contextSwitch(context.strongOff, p.withoutStrong(target))
	n, state := p.view.Dword(p.refs.dotnet[view(p.view.OS, p.stack.Wow)].strong4)
	on := !off
	if state == host.Present {
		on = (off && n == 1) || (!off && n != 0)
	}
	tls := slices.ContainsFunc(p.stack.Named, func(v tlsready.Version) bool { return v >= tlsready.TLS10 })
	p.strong = on && (tls || len(p.stack.Named) == 0)
}

// withoutStrong and withoutSystemDefault say which of the two switches a program
// has off by its target framework. The runtime has to know the switch: the first
// came with 4.6, the second with 4.7; an older one goes by the values alone.
func (p *predictor) withoutStrong(target int) bool {
	return target <= lastWithoutStrong || p.before(release46)
}

func (p *predictor) withoutSystemDefault(target int) bool {
	return target <= lastWithoutSystemDefault || p.before(release47)
}

// clr4 is the decision of .NET Framework 4.x for a target framework
// (ServicePointManager, NetRegistryConfiguration).
func (p *predictor) clr4(target int) {
	refs := p.refs.dotnet[view(p.view.OS, p.stack.Wow)]
	context := p.refs.appContext[view(p.view.OS, p.stack.Wow)]
	strongOff := p.contextSwitch(context.strongOff, p.withoutStrong(target))
	systemOff := p.contextSwitch(context.systemOff, p.withoutSystemDefault(target))
	strongValue, sv := p.switchValue(refs.strong4, strongOff)
	systemValue, dv := p.switchValue(refs.system4, systemOff)
	c := choice{
		system: p.perProgram(both(systemValue, p.patched(systemOff, "system", dv)), dv.Key),
		strong: both(strongValue, p.patched(strongOff, "strong", sv)),
	}
	p.fireChoice(c, dv, sv)
	if forced, ok := p.programProtocol(dv.Key); ok && (c.strong == tlsready.Yes || c.system == tlsready.Yes) {
		p.fire("dotnet-program-override", Evidence{Key: dv.Key + `\` + overrideProtocol, Name: p.stack.Exe, State: host.Present, Data: host.String(forced)})
		p.named(parseProtocols(forced))
		return
	}
	p.strong = c.strong == tlsready.Yes || (c.strong == tlsready.Unknown && !p.withoutStrong(target))
	p.offerChoice(c)
}

// switchValue is one of the two values: with the old behaviour exactly 1 turns
// it on, with the new exactly 0 turns it off. Another type counts as absent.
func (p *predictor) switchValue(ref host.Ref, off bool) (tlsready.Answer, Evidence) {
	n, state, ev := p.dword(ref)
	switch {
	case state == host.NotAsked:
		p.miss(tlsready.StepVersion, ref)
		return tlsready.Unknown, ev
	case state == host.WrongType:
		p.warn("wrong-type", valueArgs(ref)...)
		return answer(!off), ev
	case state == host.Absent:
		return answer(!off), ev
	case off && n != 1 && n != 0:
		p.warn("dotnet-only-one", valueArgs(ref)...)
	}
	if off {
		return answer(n == 1), ev
	}
	return answer(n != 0), ev
}

func answer(yes bool) tlsready.Answer {
	if yes {
		return tlsready.Yes
	}
	return tlsready.No
}

// contextSwitch is an AppContext switch in the registry; it wins over what the target framework
// sets. It is hardly ever used, so a switch that was not asked for counts as absent.
func (p *predictor) contextSwitch(ref host.Ref, byTarget bool) bool {
	d, state := p.view.Lookup(ref)
	if state != host.Present || d.Type != host.SZ {
		return byTarget
	}
	switch strings.ToLower(d.Text) {
	case "true":
		p.fire("dotnet-appcontext", Evidence{Key: ref.Key, Name: ref.Name, State: state, Data: d})
		return true
	case "false":
		p.fire("dotnet-appcontext", Evidence{Key: ref.Key, Name: ref.Name, State: state, Data: d})
		return false
	}
	return byTarget
}

// patched says whether the installed framework reads the value at all. What
// came with the framework itself needs no update; for the rest a complete list
// decides, and otherwise the update is taken as there, with a warning.
func (p *predictor) patched(off bool, value string, ev Evidence) tlsready.Answer {
	if !off || ev.State != host.Present {
		return tlsready.Yes
	}
	if p.neverReads(value) {
		p.tooOld("dotnet4-too-old", ev)
		return tlsready.No
	}
	id := p.frameworkUpdate(value)
	if id == "" {
		return tlsready.Yes
	}
	if p.Update(p.view, id) == tlsready.No {
		p.out.Updates = append(p.out.Updates, Missing{Step: tlsready.StepVersion, Update: id})
		p.tell("dotnet4-needs-update", []message.Arg{message.Str("update", id)}, ev)
		return tlsready.No
	}
	if _, complete := p.view.UpdatesListed(); !complete {
		p.warn("dotnet-update-assumed", message.Str("update", id))
	}
	return tlsready.Yes
}

// frameworkUpdate is the update that brings a value to the installed framework, or "" if the
// framework came with it.
func (p *predictor) frameworkUpdate(value string) string {
	if p.view.OS.Build >= winver.Cumulative {
		return ""
	}
	release, known := p.runtime()
	switch {
	case release >= release47 || !known || p.neverReads(value):
		return ""
	case value == "strong" && release >= release46:
		return ""
	case value == "strong":
		return "KB2960358"
	case release >= release46:
		return "KB4041083"
	}
	return "KB3154521"
}

// neverReads says that no update teaches the runtime a value: the one of the
// system's choice is read from 4.5.1 on, that of strong crypto from 4.5 on
// (dotnet/docs, "TLS best practices with .NET Framework").
func (p *predictor) neverReads(value string) bool {
	if value == "system" {
		return p.before(release451)
	}
	return p.before(release45)
}

// Names of the per-program values below the framework's key; the value's own
// name is the full path of the program.
const (
	overrideSystem   = `System.Net.ServicePointManager.SystemDefaultTlsVersions`
	overrideProtocol = `System.Net.ServicePointManager.SecurityProtocol`
)

// perProgram takes the system's choice away from a program that has a value of
// its own other than 1.
func (p *predictor) perProgram(system tlsready.Answer, key string) tlsready.Answer {
	if p.stack.Exe == "" || system == tlsready.No {
		return system
	}
	n, state, ev := p.dword(host.NewRef(key+`\`+overrideSystem, p.stack.Exe))
	if state == host.Present && n != 1 {
		p.fire("dotnet-program-override", ev)
		return tlsready.No
	}
	return system
}

func (p *predictor) programProtocol(key string) (string, bool) {
	if p.stack.Exe == "" {
		return "", false
	}
	d, state := p.view.Lookup(host.NewRef(key+`\`+overrideProtocol, p.stack.Exe))
	return d.Text, state == host.Present && d.Type == host.SZ && len(parseProtocols(d.Text)) > 0
}

// parseProtocols reads the names of .NET's SecurityProtocolType: "Tls11, Tls12".
func parseProtocols(text string) []tlsready.Version {
	names := map[string]tlsready.Version{"ssl3": tlsready.SSL30, "tls": tlsready.TLS10, "tls11": tlsready.TLS11, "tls12": tlsready.TLS12, "tls13": tlsready.TLS13}
	var list []tlsready.Version
	for _, word := range strings.Split(text, ",") {
		if v, ok := names[strings.ToLower(strings.TrimSpace(word))]; ok {
			list = append(list, v)
		}
	}
	return list
}

func (p *predictor) fireChoice(c choice, system, strong Evidence) {
	prefix := "dotnet4-"
	if p.stack.CLR2 {
		prefix = "dotnet2-"
	}
	switch {
	case c.system == tlsready.Yes:
		p.fire(prefix+"system-default", system)
	case c.system == tlsready.Unknown || c.strong == tlsready.Unknown:
		p.fire(prefix+"not-asked", system, strong)
	case c.strong == tlsready.Yes && !p.stack.CLR2:
		p.fire("dotnet4-strong", system, strong)
	default:
		p.fire(prefix+"legacy-default", system, strong)
	}
}

// offerChoice offers, by version, what the two switches lead to: the system's
// default; TLS 1.0 to 1.2 (1.3 from 4.8) by name; SSL 3.0 and TLS 1.0 by name.
func (p *predictor) offerChoice(c choice) {
	tls13 := !p.before(release48)
	p.offer(func(v tlsready.Version) tlsready.Answer {
		strong, legacy := tlsready.No, tlsready.No
		if (v >= tlsready.TLS10 && v <= tlsready.TLS12) || (v == tlsready.TLS13 && tls13) {
			strong = tlsready.Yes
		}
		if v == tlsready.SSL30 || v == tlsready.TLS10 {
			legacy = tlsready.Yes
		}
		byName := pick(c.strong, strong, legacy)
		if byName != tlsready.No && c.system != tlsready.Yes {
			byName = both(byName, p.namedAnswer(v))
		}
		if c.system == tlsready.No {
			return byName
		}
		return pick(c.system, p.defaultAnswer(v), byName)
	})
}

// pick is yes's answer if the switch is on, no's if it is off, and what the two have in common
// if nobody knows.
func pick(on, yes, no tlsready.Answer) tlsready.Answer {
	switch on {
	case tlsready.Yes:
		return yes
	case tlsready.No:
		return no
	}
	return agree(yes, no)
}

// clr2 is the decision of .NET Framework 2.0 to 3.5.1: only the system's choice
// raises the default, and only once the runtime is patched.
func (p *predictor) clr2() {
	ref := p.refs.dotnet[view(p.view.OS, p.stack.Wow)].system2
	system, ev := p.switchValue(ref, true)
	if id := p.sys.DotNet35Update; id != "" && system != tlsready.No {
		system = both(system, p.patched35(id, ev))
	}
	c := choice{system: p.perProgram(system, ref.Key), strong: tlsready.No}
	p.fireChoice(c, ev, ev)
	p.offerChoice(c)
}

// patched35 says whether .NET Framework 3.5 reads the value. On Windows 8.1 and older the
// update decides; from Windows 10 on it is part of the cumulative updates and assumed, with a
// warning, unless it is known to be missing.
func (p *predictor) patched35(id string, ev Evidence) tlsready.Answer {
	if p.view.OS.Build >= winver.Windows10 && p.Update(p.view, id) == tlsready.Unknown {
		p.warn("dotnet-update-assumed", message.Str("update", id))
		return tlsready.Yes
	}
	answer := p.need(tlsready.StepVersion, id)
	if answer == tlsready.No {
		p.tell("dotnet2-needs-update", []message.Arg{message.Str("update", id)}, ev)
	}
	return answer
}

// powershell is a native host: below build 17763 it carries no target, so the rules of 4.0
// apply. From that build on, sources disagree between the system's choice and TLS 1.0 to 1.2 by
// name; only what both lead to is sure.
func (p *predictor) powershell() {
	if p.view.OS.Build < firstSystemDefaultPowerShell {
		p.fire("powershell-no-target")
		p.clr4(noTarget)
		return
	}
	refs := p.refs.dotnet[view(p.view.OS, p.stack.Wow)]
	n, state, ev := p.dword(refs.system4)
	switch {
	case state == host.Present && n == 1:
		p.fire("dotnet4-system-default", ev)
		p.offerChoice(choice{system: tlsready.Yes, strong: tlsready.Yes})
	case state == host.Present && n == 0:
		p.clr4(lastWithoutSystemDefault)
	default:
		p.fire("powershell-disputed", ev)
		p.strong = true
		p.offerChoice(choice{system: tlsready.Unknown, strong: tlsready.Yes})
	}
}

// wcf is net.tcp with certificates: fixed up to 4.5.2, by name up to 4.7, then
// the system's choice (System.ServiceModel's AppContext switch).
func (p *predictor) wcf() {
	switch {
	case p.stack.Target <= lastWCFFixed:
		p.out.InProgram = true
		p.fire("wcf-fixed")
		p.named([]tlsready.Version{tlsready.SSL30, tlsready.TLS10})
	case p.contextSwitch(p.refs.appContext[view(p.view.OS, p.stack.Wow)].wcfOff, p.stack.Target <= lastWCFNamed):
		p.fire("wcf-named")
		p.strongCrypto(p.stack.Target)
		p.named(p.knownToRuntime([]tlsready.Version{tlsready.TLS10, tlsready.TLS11, tlsready.TLS12}))
	default:
		p.fire("wcf-system-default")
		p.strongCrypto(p.stack.Target)
		p.systemDefault()
	}
}
