package stack

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
)

// Lever is one thing that could be done on a host's side to move an offer: a
// registry value to set or delete, or an update to install.
type Lever struct {
	Change host.Change
	Update string // set instead of Change
}

// Levers lists what could bring the stack's offer nearer to an acceptance.
// Values that a vendor documents are taken as documented. Which levers help,
// and which are needed, is for the fix to find out.
func (m *Model) Levers(v *host.View, s Stack, a tlsready.Acceptance, documented []host.Change) []Lever {
	l := &leverage{predictor: predictor{Model: m, view: v, sys: m.systemOf(v.OS), stack: s}, accepts: a, documented: documented}
	for _, version := range l.targets() {
		l.protocolLevers(version)
		l.stackLevers(version)
	}
	if a.RestrictsSuites() || !a.Groups.IsAny() {
		l.suiteLevers()
	}
	if !a.Groups.IsAny() && !l.sys.tied {
		l.groupLevers()
	}
	l.limitLevers()
	if !a.SignatureAlgorithms.IsAny() || a.Certificate.Signature != 0 {
		l.signatureLevers()
	}
	return l.list
}

type leverage struct {
	predictor
	accepts    tlsready.Acceptance
	documented []host.Change
	list       []Lever
}

// maxTargets bounds how many protocol versions are worth enabling: the newest
// that both sides could speak, and the one below it.
const maxTargets = 2

// targets are the versions worth offering: those that the server takes and the
// system has, newest first.
func (l *leverage) targets() []tlsready.Version {
	var list []tlsready.Version
	all := tlsready.Versions()
	for i := len(all) - 1; i >= 0 && len(list) < maxTargets; i-- {
		if l.accepts.Versions.Allows(all[i]) == tlsready.Yes && l.sys.protocols[i].supported && all[i] != tlsready.SSL20 {
			list = append(list, all[i])
		}
	}
	return list
}

// set adds a lever unless the value stands there already.
func (l *leverage) set(ref host.Ref, data host.Data, osChoice bool) {
	before, state := l.view.Lookup(ref)
	if state == host.Present && before.Equal(data) {
		return
	}
	c := host.Change{Key: ref.Key, Name: ref.Name, Data: data, Before: host.Before{State: state, Data: before}, Owner: owner(ref.Key), OSChoice: osChoice}
	l.add(Lever{Change: c})
}

func (l *leverage) remove(ref host.Ref) {
	before, state := l.view.Lookup(ref)
	if state == host.Present {
		l.add(Lever{Change: host.Change{Key: ref.Key, Name: ref.Name, Delete: true, Before: host.Before{State: state, Data: before}, Owner: owner(ref.Key)}})
	}
}

func (l *leverage) add(lever Lever) {
	for _, have := range l.list {
		if have.Update == lever.Update && strings.EqualFold(have.Change.Key, lever.Change.Key) && strings.EqualFold(have.Change.Name, lever.Change.Name) {
			return
		}
	}
	l.list = append(l.list, lever)
}

func (l *leverage) update(id string) {
	if id != "" && l.updates[id].offeredTo(l.view.OS) && l.Update(l.view, id) != tlsready.Yes {
		l.add(Lever{Update: id})
	}
}

// owner names the group policy for keys that it writes again.
func owner(key string) string {
	if strings.Contains(strings.ToLower(key), `\policies\`) {
		return host.GroupPolicy
	}
	return ""
}

func (l *leverage) protocolLevers(v tlsready.Version) {
	i := versionIndex(v)
	known := l.sys.protocols[i]
	l.update(known.update)
	enabled, es, _ := l.dword(l.refs.enabled[i][Client])
	byDefault, ds, _ := l.dword(l.refs.byDefault[i][Client])
	if es == host.Present && enabled == 0 {
		l.set(l.refs.enabled[i][Client], host.Dword(1), false)
	}
	if v >= tlsready.TLS11 && l.ssl2Beside() {
		l.set(l.refs.enabled[versionIndex(tlsready.SSL20)][Client], host.Dword(0), false)
	}
	if (ds == host.Present && byDefault != 0) || (ds != host.Present && !known.on[Client]) {
		l.set(l.refs.byDefault[i][Client], host.Dword(0), false)
	}
}

func (l *leverage) stackLevers(v tlsready.Version) {
	if len(l.stack.Named) > 0 {
		switch {
		case l.stack.CLR2:
			l.update(l.sys.DotNet35Update)
		case l.stack.Kind == DotNet && l.before(release45):
			l.newRuntime()
		}
		return
	}
	switch l.stack.Kind {
	case WinHTTP:
		l.winhttpLevers(v)
	case WinINET:
		l.wininetLevers(v)
	case DotNet, PowerShell:
		l.dotnetLevers()
	case WCF:
		l.set(l.refs.appContext[view(l.view.OS, l.stack.Wow)].wcfOff, host.String("false"), true)
	}
}

func (l *leverage) winhttpLevers(v tlsready.Version) {
	ref := l.refs.winhttp[view(l.view.OS, l.stack.Wow)]
	l.update(l.sys.WinHTTPUpdate)
	standard, _ := l.winhttpDefault()
	l.set(ref, host.Dword(l.bitsWith(ref, v, standard)), false)
}

// bitsWith is the documented value where it helps; else what is in force, with
// the version added, and TLS 1.1 beside TLS 1.2 as the vendors' values have it.
func (l *leverage) bitsWith(ref host.Ref, v tlsready.Version, standard uint32) uint32 {
	for _, d := range l.documented {
		if strings.EqualFold(d.Key, ref.Key) && strings.EqualFold(d.Name, ref.Name) && d.Type == host.DWORD && uint32(d.Number)&Bit(v) != 0 {
			return uint32(d.Number)
		}
	}
	bits := standard | Bit(v)
	switch n, state, _ := l.dword(ref); {
	case state == host.Present && n != 0:
		bits = n | Bit(v)
	case v == tlsready.TLS12:
		bits |= bitTLS11
	}
	return bits & l.meaningful()
}

// meaningful are the bits that the value can name on this system: a fix keeps no
// others. WinHTTP's update for Windows Server 2008 SP2 knows TLS 1.1 and 1.2 alone
// (KB4467770).
func (l *leverage) meaningful() uint32 {
	if l.stack.Kind == WinHTTP && len(l.sys.WinHTTPBits) > 0 {
		return bitsOf(l.sys.WinHTTPBits)
	}
	return bitsOf(tlsready.Versions())
}

// wininetLevers change the setting that is in force; where none is, the user's.
func (l *leverage) wininetLevers(v tlsready.Version) {
	standard := bitsOf(l.sys.WinINET)
	for _, ref := range l.refs.wininet {
		if _, state, _ := l.dword(ref); state == host.Present {
			l.set(ref, host.Dword(l.bitsWith(ref, v, standard)), false)
			return
		}
	}
	l.set(l.refs.wininet[2], host.Dword(l.bitsWith(l.refs.wininet[2], v, standard)), false)
}

func (l *leverage) dotnetLevers() {
	r := l.refs.dotnet[view(l.view.OS, l.stack.Wow)]
	key := r.system4.Key
	if l.stack.CLR2 {
		key = r.system2.Key
		l.update(l.sys.DotNet35Update)
		l.set(r.system2, host.Dword(1), true)
	} else {
		l.frameworkUpdates()
		l.set(r.system4, host.Dword(1), true)
		l.set(r.strong4, host.Dword(1), false)
	}
	if l.stack.Exe != "" {
		l.remove(host.NewRef(key+`\`+overrideSystem, l.stack.Exe))
		l.remove(host.NewRef(key+`\`+overrideProtocol, l.stack.Exe))
	}
}

func (l *leverage) frameworkUpdates() {
	if l.before(release45) { // 4.5 gets by with strong crypto, which is less than a new framework
		l.newRuntime()
	}
	for _, value := range []string{"system", "strong"} {
		if id := l.frameworkUpdate(value); id != "" && l.Update(l.view, id) == tlsready.No {
			l.add(Lever{Update: id})
		}
	}
}

// newRuntime is a newer .NET Framework.
func (l *leverage) newRuntime() {
	id, _ := newerRuntime(l.view.OS)
	l.add(Lever{Update: id})
}

// limitLevers lower a least, or raise a greatest, key size that shuts the
// server's key out.
func (l *leverage) limitLevers() {
	l.sizeLever(l.refs.minDH, l.refs.maxDH, l.accepts.DHBits, defaultMinDH)
	if l.accepts.Certificate.KeyType != "ecdsa" {
		l.sizeLever(l.refs.minRSA, l.refs.maxRSA, l.accepts.Certificate.KeyBits, standardMinRSA(l.view.OS))
	}
}

func (l *leverage) sizeLever(least, most host.Ref, bits, standard int) {
	if bits == 0 {
		return
	}
	if n, state, _ := l.dword(least); state == host.Present && int(n) > bits {
		l.set(least, host.Dword(uint32(bits)), false)
	} else if state == host.Absent && standard > bits {
		l.set(least, host.Dword(uint32(bits)), false)
	}
	if n, state, _ := l.dword(most); state == host.Present && n != 0 && int(n) < bits {
		l.set(most, host.Dword(uint32(bits)), false)
	}
}

// groupLevers add a group that the server takes to the order that is in force.
func (l *leverage) groupLevers() {
	ref, data, names := l.curvesLocal()
	have := l.readGroups(names)
	for _, g := range l.accepts.Groups.List() {
		name := windowsName(g)
		if g == tlsready.X25519 {
			l.fipsLever()
		}
		if name == "" || hasGroup(have, g) {
			continue
		}
		l.set(ref, joinList(data.Type, append(slices.Clone(names), name)), false)
		return
	}
}

// fipsLever ends FIPS mode, where it is on.
func (l *leverage) fipsLever() {
	if n, state, _ := l.dword(l.refs.fips); state == host.Present && n != 0 {
		l.set(l.refs.fips, host.Dword(0), false)
	}
}

func (l *leverage) curvesLocal() (host.Ref, host.Data, []string) {
	for _, ref := range []host.Ref{l.refs.curvesPolicy, l.refs.curvesLocal} {
		if d, state := l.view.Lookup(ref); state == host.Present {
			return ref, d, SplitList(d)
		}
	}
	var names []string
	for _, g := range l.sys.groups {
		names = append(names, windowsName(g.Group))
	}
	return l.refs.curvesLocal, host.Data{Type: host.MultiSZ}, names
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

// signatureLevers add the server's signature algorithm to the list where one is
// set, and the update that knows it.
func (l *leverage) signatureLevers() {
	l.update(l.sys.SignaturesUpdate)
	d, state := l.view.Lookup(l.refs.signaturesLocal)
	if state != host.Present {
		return
	}
	names := SplitList(d)
	wanted := slices.Clone(l.accepts.SignatureAlgorithms.List())
	if sig := l.accepts.Certificate.Signature; sig != 0 {
		wanted = append([]tlsready.SignatureScheme{sig}, wanted...)
	}
	if slices.Contains(l.targets(), tlsready.TLS13) && l.accepts.Certificate.KeyType != "ecdsa" {
		wanted = append(wanted, tlsready.RSAPSSRSAESHA256) // TLS 1.3 signs with RSA in this way alone (RFC 8446, 4.2.3)
	}
	for _, scheme := range wanted {
		name := signatureName(scheme)
		if name == "" || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) || !l.canSign(scheme) {
			continue
		}
		l.set(l.refs.signaturesLocal, joinList(d.Type, append(names, name)), false)
		return
	}
}

// canSign says whether the system has the algorithm at all: RSA-PSS comes with
// Windows Server 2022 and Windows 11.
func (l *leverage) canSign(s tlsready.SignatureScheme) bool {
	lists := l.sys.signatures
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
