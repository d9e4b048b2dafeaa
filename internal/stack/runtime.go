package stack

import (
	"tlsready/internal/host"
	"tlsready/internal/message"
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

// runtime is the .NET Framework 4.x that is installed, by its Release; 0 is 4.0,
// which writes none. known is false if nobody asked, or if the answer cannot be.
func (p *predictor) runtime() (release int, known bool) {
	n, state, _ := p.dword(p.refs.release)
	if id, to := newerRuntime(p.view.OS); p.view.Granted(id) {
		return to, true
	}
	switch {
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
	p.out.Fired = append(p.out.Fired, Fired{Rule: rule, Args: []message.Arg{message.Str("runtime", name), message.Str("newer", id)}, Evidence: []Evidence{found, ev}})
}
