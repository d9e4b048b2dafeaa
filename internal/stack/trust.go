package stack

import (
	"slices"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// Trust answers whether the host trusts a server whose chain ends in one of the roots (all: in
// every one of them). Missing names the roots that are not there. Windows fetches a root of
// Microsoft's programme when it is first needed, so a root that is not in the store is surely
// missing only if that is switched off ("Configure trusted roots and disallowed certificates").
func (m *Model) Trust(v *host.View, roots []string, all bool) (answer tlsready.Answer, missing []string, fired Fired) {
	if len(roots) == 0 {
		return tlsready.Yes, nil, Fired{}
	}
	if !v.StoreAsked(host.RootStore) {
		return tlsready.Yes, nil, Fired{Rule: "root-not-asked"}
	}
	for _, root := range roots {
		if !v.HasCertificate(host.RootStore, root) && !v.Granted(strings.ToLower(root)) {
			missing = append(missing, strings.ToLower(root))
		}
	}
	if len(missing) == 0 || (!all && len(missing) < len(roots)) {
		return tlsready.Yes, nil, Fired{Rule: "root-present"}
	}
	off, state := v.Dword(m.refs.rootUpdateOff)
	ev := Evidence{Key: m.refs.rootUpdateOff.Key, Name: m.refs.rootUpdateOff.Name, State: state, Data: host.Data{Type: host.DWORD, Number: uint64(off)}}
	if state == host.Present && off == 1 {
		return tlsready.No, missing, Fired{Rule: "root-missing", Args: []message.Arg{message.Str("root", missing[0])}, Evidence: []Evidence{ev}}
	}
	return tlsready.Unknown, missing, Fired{Rule: "root-fetched-on-demand", Args: []message.Arg{message.Str("root", missing[0])}, Evidence: []Evidence{ev}}
}

// LacksIntermediate says that intermediates were asked for and none of the wanted ones is
// there; servers usually send them, so this is only a warning.
func LacksIntermediate(v *host.View, wanted []string) bool {
	if len(wanted) == 0 || !v.StoreAsked(host.IntermediateStore) {
		return false
	}
	return !slices.ContainsFunc(wanted, func(w string) bool { return v.HasCertificate(host.IntermediateStore, w) })
}
