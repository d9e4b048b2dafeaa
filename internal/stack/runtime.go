package stack

import (
	"slices"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/winver"
)

// Release values of .NET Framework (Microsoft, "Determine which .NET Framework
// versions are installed").
const (
	release45  = 378389
	release451 = 378675
	release46  = 393295
	release47  = 460798
	release48  = 528040
)

// firstInbox45 is the build from which .NET Framework 4.5 or later is a part of
// Windows: a system without a Release value there contradicts itself.
const firstInbox45 = 9200 // Windows 8, Server 2012

// inbox are the frameworks that came with Windows, newest first (Microsoft, ".NET
// Framework versions and dependencies"): nothing older is installed there.
func inbox() []struct{ build, release int } {
	return []struct{ build, release int }{
		{18362, release48}, {15063, release47}, {winver.Windows10, release46}, {9600, release451}, {firstInbox45, release45},
	}
}

// runtimes are the frameworks that a host may have if its Release was not asked for: one for
// every step at which the rules change, oldest first. Nil if the answer is known, or cannot be.
func (p *predictor) runtimes() []int {
	if _, known := p.runtime(); known {
		return nil
	}
	if _, state, _ := p.dword(p.refs.release); state != host.NotAsked {
		return nil
	}
	least := 0
	for _, in := range inbox() {
		if p.view.OS.Build >= in.build {
			least = in.release
			break
		}
	}
	list := []int{least}
	for _, step := range []int{release45, release451, release46, release47, release48} {
		if step > least {
			list = append(list, step)
		}
	}
	return list
}

// runtime is the .NET Framework 4.x that is installed, by its Release; 0 is 4.0,
// which writes none. known is false if nobody asked, or if the answer cannot be.
func (p *predictor) runtime() (release int, known bool) {
	n, state, _ := p.dword(p.refs.release)
	if id, to := newerRuntime(p.view.OS); p.view.Granted(id) {
		return to, true
	}
	switch {
	case p.assumed != nil:
		return *p.assumed, true
	case state == host.Present:
		return int(n), true
	case state == host.Absent && p.view.OS.Build < firstInbox45:
		return 0, true
	}
	return 0, false
}

// before says that the runtime is known to be older than a release.
func (p *predictor) before(release int) bool {
	have, known := p.runtime()
	return known && have < release
}

// mayBeBefore says that the runtime is older than a release, or that nobody asked and
// it may be.
func (p *predictor) mayBeBefore(release int) bool {
	runtimes := p.runtimes()
	return p.before(release) || (len(runtimes) > 0 && runtimes[0] < release)
}

// RuntimePrefix begins the ids of prerequisites that are a .NET Framework.
const RuntimePrefix = ".NET Framework "

// newerRuntime is the newest .NET Framework that installs on a system: 4.6 on
// Windows Server 2008 SP2, 4.8 later (Microsoft, ".NET Framework versions and
// dependencies").
func newerRuntime(os host.OS) (id string, release int) {
	if os.Build < 7600 {
		return RuntimePrefix + "4.6", release46
	}
	return RuntimePrefix + "4.8", release48
}

// tooOld tells that the runtime does not read the value that is set, or does not
// know TLS 1.1 and 1.2 at all, and keeps what would help.
func (p *predictor) tooOld(rule string, ev Evidence) {
	release, _, found := p.dword(p.refs.release)
	name := "4.0"
	if release >= release45 {
		name = "4.5"
	}
	id, _ := newerRuntime(p.view.OS)
	p.tell(rule, []message.Arg{message.Str("runtime", name), message.Str("newer", id)}, found, ev)
}

// onAnyRuntime predicts the versions of a .NET Framework program on each framework that the
// host may have. If they differ, versions that not all of them offer are unsure, and the
// Release is a missing fact.
func (p *predictor) onAnyRuntime(runtimes []int, predict func(*predictor)) {
	var offers [][]tlsready.OfferedVersion
	var warnings []Fired // what any of them assumes is said
	newest := p
	for _, release := range runtimes {
		one := *p
		one.assumed, one.out.Fired = &release, slices.Clone(p.out.Fired)
		one.out.Offer.Versions = nil
		predict(&one)
		offers, newest = append(offers, one.out.Offer.Versions), &one
		warnings = append(warnings, one.out.Warnings...)
	}
	p.out, p.strong = newest.out, newest.strong
	p.out.Warnings = warnings // said once each by whoever writes them
	if slices.ContainsFunc(offers, func(o []tlsready.OfferedVersion) bool { return !slices.Equal(o, offers[0]) }) {
		_, _, ev := p.dword(p.refs.release)
		p.fire("dotnet4-runtime-not-asked", ev)
		p.miss(tlsready.StepVersion, p.refs.release)
		p.out.Offer.Versions = merged(offers)
	}
}

// merged are the versions of any of the offers, unsure unless all offers are sure of them.
func merged(offers [][]tlsready.OfferedVersion) []tlsready.OfferedVersion {
	var list []tlsready.OfferedVersion
	for _, v := range tlsready.Versions() {
		sure, any := 0, false
		for _, offer := range offers {
			for _, o := range offer {
				if o.Version == v {
					any = true
					if !o.Maybe {
						sure++
					}
				}
			}
		}
		if any {
			list = append(list, tlsready.OfferedVersion{Version: v, Maybe: sure < len(offers)})
		}
	}
	return list
}

// ReleaseSteps are the Release values of .NET Framework 4.x at which the rules change,
// lowest first.
func ReleaseSteps() []int { return []int{release45, release451, release46, release47, release48} }
