package stack

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
)

// Candidate is one thing that could be done on a host's side to move an offer: a
// registry value to set or delete, or an update to install.
type Candidate struct {
	Change host.Change
	Ref    host.Ref // of the change
	Update string   // set instead of Change
}

// Candidates lists what could bring the stack's offer nearer to an acceptance.
// Values that a vendor documents are taken as documented. Which candidates help,
// and which are needed, is for the fix to find out.
func (m *Model) Candidates(v *host.View, s Stack, a tlsready.Acceptance, documented []host.Change) []Candidate {
	p := &proposer{predictor: predictor{Model: m, view: v, sys: m.systemOf(v.OS), stack: s}, accepts: a, documented: documented}
	for _, version := range p.targets() {
		p.protocolCandidates(version)
		p.stackCandidates(version)
	}
	if a.RestrictsSuites() || !a.Groups.IsAny() {
		p.suiteCandidates()
	}
	if !a.Groups.IsAny() && !p.sys.tied {
		p.groupCandidates()
	}
	p.limitCandidates()
	if !a.SignatureAlgorithms.IsAny() || a.Certificate.Signature != 0 {
		p.signatureCandidates()
	}
	return p.list
}

type proposer struct {
	predictor
	accepts    tlsready.Acceptance
	documented []host.Change
	list       []Candidate
}

// maxTargets bounds how many protocol versions are worth enabling: the newest
// that both sides could speak, and the one below it.
const maxTargets = 2

// targets are the versions worth offering: those that the server takes and the
// system has, newest first.
func (p *proposer) targets() []tlsready.Version {
	var list []tlsready.Version
	all := tlsready.Versions()
	for i := len(all) - 1; i >= 0 && len(list) < maxTargets; i-- {
		if p.accepts.Versions.Allows(all[i]) == tlsready.Yes && p.sys.protocols[i].supported && all[i] != tlsready.SSL20 {
			list = append(list, all[i])
		}
	}
	return list
}

// set adds a candidate unless the value stands there already.
func (p *proposer) set(ref host.Ref, data host.Data, osChoice bool) {
	before, state := p.view.Lookup(ref)
	if state == host.Present && before.Equal(data) {
		return
	}
	c := host.Change{Key: ref.Key, Name: ref.Name, Data: data, Before: host.Before{State: state, Data: before}, OSChoice: osChoice}
	p.own(ref, &c)
	p.add(Candidate{Change: c, Ref: ref})
}

func (p *proposer) remove(ref host.Ref) {
	before, state := p.view.Lookup(ref)
	if state == host.Present {
		c := host.Change{Key: ref.Key, Name: ref.Name, Delete: true, Before: host.Before{State: state, Data: before}}
		p.own(ref, &c)
		p.add(Candidate{Change: c, Ref: ref})
	}
}

func (p *proposer) add(candidate Candidate) {
	for _, have := range p.list {
		if have.Update == candidate.Update && have.Ref.Folded() == candidate.Ref.Folded() {
			return
		}
	}
	p.list = append(p.list, candidate)
}

func (p *proposer) update(id string) {
	if id != "" && p.updates[id].offeredTo(p.view.OS) && p.Update(p.view, id) != tlsready.Yes {
		p.add(Candidate{Update: id})
	}
}

// own says that a group policy will write a value again: as the keys of policies show, or
// as a report of the host's policies does.
func (p *proposer) own(ref host.Ref, c *host.Change) {
	if gpo, undoes := p.view.Policy(ref, *c); undoes {
		c.Owner, c.Policy = host.GroupPolicy, gpo
	} else if strings.Contains(ref.Folded(), `\policies\`) {
		c.Owner = host.GroupPolicy
	}
}

func (p *proposer) protocolCandidates(v tlsready.Version) {
	i := versionIndex(v)
	known := p.sys.protocols[i]
	p.update(known.update)
	enabled, es, _ := p.dword(p.refs.enabled[i][Client])
	byDefault, ds, _ := p.dword(p.refs.byDefault[i][Client])
	if es == host.Present && enabled == 0 {
		p.set(p.refs.enabled[i][Client], host.Dword(1), false)
	}
	if v >= tlsready.TLS11 && p.ssl2Beside() {
		p.set(p.refs.enabled[versionIndex(tlsready.SSL20)][Client], host.Dword(0), false)
	}
	if (ds == host.Present && byDefault != 0) || (ds != host.Present && !known.on[Client]) {
		p.set(p.refs.byDefault[i][Client], host.Dword(0), false)
	}
}

func (p *proposer) stackCandidates(v tlsready.Version) {
	if len(p.stack.Named) > 0 {
		switch {
		case p.stack.CLR2:
			p.update(p.sys.DotNet35Update)
		case p.stack.Kind == DotNet && p.mayBeBefore(release45):
			p.newRuntime()
		}
		return
	}
	switch p.stack.Kind {
	case WinHTTP:
		p.winhttpCandidates(v)
	case WinINET:
		p.wininetCandidates(v)
	case DotNet, PowerShell:
		p.dotnetCandidates()
	case WCF:
		p.set(p.refs.appContext[view(p.view.OS, p.stack.Wow)].wcfOff, host.String("false"), true)
	}
}

func (p *proposer) winhttpCandidates(v tlsready.Version) {
	ref := p.refs.winhttp[view(p.view.OS, p.stack.Wow)]
	p.update(p.sys.WinHTTPUpdate)
	standard, _ := p.winhttpDefault()
	p.set(ref, host.Dword(p.bitsWith(ref, v, standard)), false)
}

// bitsWith is the documented value if it helps; otherwise the value in force with the version
// added, and with TLS 1.1 alongside TLS 1.2, as in the vendors' values.
func (p *proposer) bitsWith(ref host.Ref, v tlsready.Version, standard uint32) uint32 {
	for _, d := range p.documented {
		if strings.EqualFold(d.Key, ref.Key) && strings.EqualFold(d.Name, ref.Name) && d.Type == host.DWORD && uint32(d.Number)&Bit(v) != 0 {
			return uint32(d.Number)
		}
	}
	bits := standard | Bit(v)
	switch n, state, _ := p.dword(ref); {
	case state == host.Present && n != 0:
		bits = n | Bit(v)
	case v == tlsready.TLS12:
		bits |= bitTLS11
	}
	return bits & p.meaningful()
}

// meaningful are the bits that the value can name on this system: a fix keeps no
// others. WinHTTP's update for Windows Server 2008 SP2 knows TLS 1.1 and 1.2 alone
// (KB4467770).
func (p *proposer) meaningful() uint32 {
	if p.stack.Kind == WinHTTP && len(p.sys.WinHTTPBits) > 0 {
		return bitsOf(p.sys.WinHTTPBits)
	}
	return bitsOf(tlsready.Versions())
}

// wininetCandidates change the setting that is in force or, if there is none, the user's.
func (p *proposer) wininetCandidates(v tlsready.Version) {
	standard := bitsOf(p.sys.WinINET)
	for _, ref := range p.refs.wininet {
		if _, state, _ := p.dword(ref); state == host.Present {
			p.set(ref, host.Dword(p.bitsWith(ref, v, standard)), false)
			return
		}
	}
	p.set(p.refs.wininet[2], host.Dword(p.bitsWith(p.refs.wininet[2], v, standard)), false)
}

func (p *proposer) dotnetCandidates() {
	r := p.refs.dotnet[view(p.view.OS, p.stack.Wow)]
	key := r.system4.Key
	if p.stack.CLR2 {
		key = r.system2.Key
		p.update(p.sys.DotNet35Update)
		p.set(r.system2, host.Dword(1), true)
	} else {
		p.frameworkUpdates()
		p.set(r.system4, host.Dword(1), true)
		p.set(r.strong4, host.Dword(1), false)
	}
	if p.stack.Exe != "" {
		p.remove(host.NewRef(key+`\`+overrideSystem, p.stack.Exe))
		p.remove(host.NewRef(key+`\`+overrideProtocol, p.stack.Exe))
	}
}

func (p *proposer) frameworkUpdates() {
	if p.mayBeBefore(release45) { // 4.5 gets by with strong crypto, which is less than a new framework
		p.newRuntime()
	}
	for _, value := range []string{"system", "strong"} {
		if id := p.frameworkUpdate(value); id != "" && p.Update(p.view, id) == tlsready.No {
			p.add(Candidate{Update: id})
		}
	}
}

// newRuntime is a newer .NET Framework.
func (p *proposer) newRuntime() {
	id, _ := newerRuntime(p.view.OS)
	p.add(Candidate{Update: id})
}

// limitCandidates lower a least, or raise a greatest, key size that shuts the
// server's key out.
func (p *proposer) limitCandidates() {
	p.sizeCandidate(p.refs.minDH, p.refs.maxDH, p.accepts.DHBits, defaultMinDH)
	if p.accepts.Certificate.KeyType != "ecdsa" {
		p.sizeCandidate(p.refs.minRSA, p.refs.maxRSA, p.accepts.Certificate.KeyBits, standardMinRSA(p.view.OS))
	}
}

func (p *proposer) sizeCandidate(least, most host.Ref, bits, standard int) {
	if bits == 0 {
		return
	}
	if n, state, _ := p.dword(least); state == host.Present && int(n) > bits {
		p.set(least, host.Dword(uint32(bits)), false)
	} else if state == host.Absent && standard > bits {
		p.set(least, host.Dword(uint32(bits)), false)
	}
	if n, state, _ := p.dword(most); state == host.Present && n != 0 && int(n) < bits {
		p.set(most, host.Dword(uint32(bits)), false)
	}
}

// groupCandidates add a group that the server takes to the order that is in force.
func (p *proposer) groupCandidates() {
	ref, data, names := p.curvesLocal()
	have := p.readGroups(names)
	for _, g := range p.accepts.Groups.List() {
		name := windowsName(g)
		if g == tlsready.X25519 {
			p.fipsCandidate()
		}
		if name == "" || hasGroup(have, g) {
			continue
		}
		p.set(ref, joinList(data.Type, append(slices.Clone(names), name)), false)
		return
	}
}

// fipsCandidate turns FIPS mode off if it is on.
func (p *proposer) fipsCandidate() {
	if n, state, _ := p.dword(p.refs.fips); state == host.Present && n != 0 {
		p.set(p.refs.fips, host.Dword(0), false)
	}
}

func (p *proposer) curvesLocal() (host.Ref, host.Data, []string) {
	for _, ref := range []host.Ref{p.refs.curvesPolicy, p.refs.curvesLocal} {
		if d, state := p.view.Lookup(ref); state == host.Present {
			return ref, d, SplitList(d)
		}
	}
	var names []string
	for _, g := range p.sys.groups {
		names = append(names, windowsName(g.Group))
	}
	return p.refs.curvesLocal, host.Data{Type: host.MultiSZ}, names
}

// windowsName is Windows' name of a group that it can be told to use, or "".
func windowsName(g tlsready.Group) string {
	switch g {
	case tlsready.X25519:
		return "curve25519"
	case tlsready.Secp256r1:
		return "NistP256"
	case tlsready.Secp384r1:
		return "NistP384"
	case tlsready.Secp521r1:
		return "NistP521"
	}
	return ""
}

// joinList writes names in the type of the list that was there.
func joinList(t host.Type, names []string) host.Data {
	if t == host.SZ || t == host.ExpandSZ {
		return host.Data{Type: t, Text: strings.Join(names, ",")}
	}
	return host.Multi(names...)
}

// signatureCandidates add the server's signature algorithm to the list, if one is set, and the
// update that knows it.
func (p *proposer) signatureCandidates() {
	p.update(p.sys.SignaturesUpdate)
	d, state := p.view.Lookup(p.refs.signaturesLocal)
	if state != host.Present {
		return
	}
	names := SplitList(d)
	wanted := slices.Clone(p.accepts.SignatureAlgorithms.List())
	if sig := p.accepts.Certificate.Signature; sig != 0 {
		wanted = append([]tlsready.SignatureScheme{sig}, wanted...)
	}
	if slices.Contains(p.targets(), tlsready.TLS13) && p.accepts.Certificate.KeyType != "ecdsa" {
		wanted = append(wanted, tlsready.RSAPSSRSAESHA256) // TLS 1.3 signs with RSA in this way alone (RFC 8446, 4.2.3)
	}
	for _, scheme := range wanted {
		name := signatureName(scheme)
		if name == "" || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) || !p.canSign(scheme) {
			continue
		}
		p.set(p.refs.signaturesLocal, joinList(d.Type, append(names, name)), false)
		return
	}
}

// canSign says whether the system has the algorithm at all: RSA-PSS comes with
// Windows Server 2022 and Windows 11.
func (p *proposer) canSign(s tlsready.SignatureScheme) bool {
	lists := p.sys.signatures
	return slices.Contains(lists.Default, s) || slices.Contains(lists.Patched, s) || slices.Contains(lists.Unsure, s)
}

func signatureName(s tlsready.SignatureScheme) string {
	for name, scheme := range signatureNames {
		if scheme == s {
			family, hash, _ := strings.Cut(strings.ToUpper(name), "/")
			return family + "/" + hash
		}
	}
	return ""
}
