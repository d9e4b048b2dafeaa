package fingerprint

import (
	"fmt"
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/stack"
	"tlsready/internal/winver"
	"tlsready/internal/wire"
)

// windowsHellos are the hellos that the model predicts for Windows, by their key: of each
// release without updates, with those that change its suites, and with all of them, up to
// each version that a setting may leave as the highest.
func windowsHellos(model *stack.Model) map[string]Match {
	systems := map[string][]stack.System{}
	for _, system := range model.Systems() {
		seen := map[string]bool{}
		for _, view := range windowsStates(system.OS) {
			for _, s := range windowsStacks() {
				p := model.Predict(view, s, stack.Ask{Suites: true, Groups: true, Signatures: true})
				for _, key := range windowsKeys(p.Offer) {
					if !seen[key] {
						seen[key] = true
						systems[key] = append(systems[key], system)
					}
				}
			}
		}
	}
	matches := make(map[string]Match, len(systems))
	for key, list := range systems {
		matches[key] = windowsMatch(model, list, strings.HasPrefix(key, oldKey))
	}
	return matches
}

// windowsStacks are the ways of asking Schannel that differ in the suites: plainly, as
// browsers do, and with strong cryptography, as .NET and Remote Desktop do.
func windowsStacks() []stack.Stack {
	return []stack.Stack{
		{ID: "schannel", Kind: stack.Schannel},
		{ID: "wininet", Kind: stack.WinINET},
		{ID: "dotnet-4.7.2", Kind: stack.DotNet, Target: 40702, Bits: 64},
	}
}

// suiteUpdates are what changes the suites of Windows 7 to 8.1: KB3042058 their order and
// KB3161639 the suites with a finite field.
func suiteUpdates() [][]string {
	return [][]string{{}, {"KB3042058"}, {"KB3042058", "KB3161639"}}
}

// windowsStates are a release in the states that differ in what it offers. TLS 1.2 is
// switched on in each: what a hello has with less is a part of it.
func windowsStates(os host.OS) []*host.View {
	bare := func() *host.Snapshot {
		s := &host.Snapshot{OS: os, Covered: []string{"HKLM", "HKCU"}}
		for name, n := range map[string]uint32{"Enabled": 1, "DisabledByDefault": 0} {
			s.Registry = append(s.Registry, host.Value{Key: `HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client`, Name: name, Data: host.Dword(n)})
		}
		return s
	}
	views := []*host.View{host.NewView(bare()).AssumingUpdates()}
	if os.Build >= winver.Windows10 {
		return views
	}
	for _, updates := range suiteUpdates() {
		s := bare()
		s.Updates = &host.Updates{Complete: true, IDs: updates}
		views = append(views, host.NewView(s))
	}
	return views
}

// oldKey begins the key of a hello that does not reach TLS 1.2.
const oldKey = "old "

// windowsKeys are the keys of an offer's hellos, up to each version from SSL 3.0 on. A
// system without TLS 1.3 has no hello up to it.
func windowsKeys(o tlsready.Offer) []string {
	var keys []string
	for _, top := range []tlsready.Version{tlsready.SSL30, tlsready.TLS10, tlsready.TLS11, tlsready.TLS12, tlsready.TLS13} {
		if top == tlsready.TLS13 && !slices.ContainsFunc(o.Versions, func(v tlsready.OfferedVersion) bool { return v.Version == tlsready.TLS13 }) {
			continue
		}
		for _, certain := range certainties(o) {
			certain.Versions = nil
			for _, v := range tlsready.Versions() {
				if v.Rank() <= top.Rank() && v != tlsready.SSL20 {
					certain.Versions = append(certain.Versions, tlsready.OfferedVersion{Version: v})
				}
			}
			if h, err := wire.FromOffer(certain, wire.HelloOptions{Random: make([]byte, 32), Maybe: true}); err == nil && len(h.Suites) > 0 {
				keys = append(keys, windowsKey(h))
			}
		}
	}
	return keys
}

// certainties are an offer with what is not known on an axis and without it, in every
// combination.
func certainties(o tlsready.Offer) []tlsready.Offer {
	list := []tlsready.Offer{o}
	for _, without := range []func(*tlsready.Offer){
		func(o *tlsready.Offer) {
			o.Suites = slices.DeleteFunc(slices.Clone(o.Suites), func(s tlsready.OfferedSuite) bool { return s.Maybe })
		},
		func(o *tlsready.Offer) {
			o.Groups = slices.DeleteFunc(slices.Clone(o.Groups), func(g tlsready.OfferedGroup) bool { return g.Maybe })
		},
		func(o *tlsready.Offer) {
			o.SignatureAlgorithms = slices.DeleteFunc(slices.Clone(o.SignatureAlgorithms), func(s tlsready.OfferedScheme) bool { return s.Maybe })
		},
	} {
		for _, o := range list {
			without(&o)
			list = append(list, o)
		}
	}
	return list
}

// windowsKey is by what a hello of Windows is found: what its settings decide.
func windowsKey(h *wire.ClientHello) string {
	suites := slices.DeleteFunc(slices.Clone(h.Suites), func(s tlsready.Suite) bool { return s.Info().Signalling || s > 0xffff })
	prefix := ""
	if h.Max().Rank() < tlsready.TLS12.Rank() {
		prefix = oldKey
	}
	return prefix + fmt.Sprint(h.Max(), suites, h.Groups(), h.SignatureAlgorithms())
}

// windowsAlone says whether the hello has nothing that Schannel never sends: GREASE, or
// an extension of others. Suites alone could be those of a program that copies them.
func windowsAlone(h *wire.ClientHello) bool {
	known := []wire.ExtensionType{
		wire.ExtServerName, wire.ExtStatusRequest, wire.ExtSupportedGroups, wire.ExtECPointFormats, wire.ExtSignatureAlgorithms,
		wire.ExtALPN, wire.ExtPadding, wire.ExtExtendedMasterSecret, wire.ExtSessionTicket, wire.ExtPreSharedKey, wire.ExtEarlyData,
		wire.ExtSupportedVersions, wire.ExtCookie, wire.ExtPSKModes, wire.ExtSignatureAlgsCert, wire.ExtKeyShare, wire.ExtRenegotiationInfo,
		17,     // status_request_v2, RFC 6961
		24,     // token_binding, RFC 8472: Windows 10
		0x3374, // next_protocol_negotiation, which came before ALPN
		0x754f, // of old Schannel, for channel ids
	}
	return !slices.ContainsFunc(h.Extensions, func(e wire.Extension) bool { return !slices.Contains(known, e.Type) })
}

// windowsMatch is what a hello says that these systems send. old says that it does not
// reach TLS 1.2.
func windowsMatch(model *stack.Model, systems []stack.System, old bool) Match {
	m := Match{Name: "Schannel", Confidence: Inferred, Provenance: "docs/fidelity.md"}
	releases := map[string]bool{}
	for _, s := range systems {
		m.Systems = append(m.Systems, s.ID)
		r, _ := winver.ByID(s.ID)
		releases[r.Client.ID+r.Server.ID] = true
	}
	m.Stack = "windows/schannel"
	if len(releases) == 1 {
		m.Stack = systems[0].ID + "/schannel"
		m.Name = systems[0].Name + " Schannel"
	}
	if old {
		m.Remedy = windowsRemedy(model, systems)
	}
	return m
}

// vistaBuild is the first of the releases that have TLS 1.2 as a server alone (KB4019276
// is for Windows Server 2008).
const vistaBuild, sevenBuild = 6000, 7600

// windowsRemedy is what helps all of the systems.
func windowsRemedy(model *stack.Model, systems []stack.System) Remedy {
	lacks := func(s stack.System) bool {
		return model.LacksTLS12ForGood(s.OS) || s.OS.Type == "client" && s.OS.Build >= vistaBuild && s.OS.Build < sevenBuild
	}
	without := 0
	for _, s := range systems {
		if lacks(s) {
			without++
		}
	}
	switch without {
	case 0:
		return WindowsSetting
	case len(systems):
		return WindowsReplace
	}
	return WindowsMaybe
}
