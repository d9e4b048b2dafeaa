package gather

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"tlsready/internal/host"
)

// InterfacesKey holds a key for each network interface that the machine has or had.
// Keys below those name wireless networks that were visited; they are not looked at.
const InterfacesKey = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces`

// InterfaceNames are the values of an interface that give its addresses of IPv4: what an
// administrator wrote, and what a DHCP server lent, until when (seconds since 1970).
// Addresses of IPv6 do not stand in the registry in a documented form.
//
// https://learn.microsoft.com/previous-versions/windows/it-pro/windows-2000-server/cc938248(v=technet.10)
func InterfaceNames() []string {
	return []string{"EnableDHCP", "IPAddress", "DhcpIPAddress", "LeaseTerminatesTime"}
}

// IsInterfaceValue says whether a value is one of an interface's.
func IsInterfaceValue(key, name string) bool {
	below, ok := strings.CutPrefix(host.Fold(key), host.Fold(InterfacesKey)+`\`)
	return ok && !strings.Contains(below, `\`) && slices.ContainsFunc(InterfaceNames(), func(n string) bool { return strings.EqualFold(n, name) })
}

// interfaces reads them as far as it can. From what is denied or damaged nothing follows
// but that an address is missing; a connection that broke shows at the next question.
func (r *Reading) interfaces() {
	if k, ok, err := r.Tree.Open(InterfacesKey); err == nil && ok {
		_ = r.entries(k, InterfacesKey, nil, InterfaceNames())
	}
	r.refused = nil
}

// addresses are those of the interfaces, sorted. What was lent by DHCP, and had to be
// given back before the values were read, may be another machine's by now.
func (g *Facts) addresses(at time.Time) []string {
	var list []string
	for _, e := range EntriesBelow(InterfacesKey, g.Keys, g.Values) {
		dhcp, told := e.number("enabledhcp")
		if !told || dhcp == 0 {
			list = append(list, texts(e.values["ipaddress"])...)
		}
		until, _ := e.number("leaseterminatestime")
		over := until != 0 && !at.IsZero() && at.After(time.Unix(int64(until), 0))
		if (!told || dhcp != 0) && !over {
			list = append(list, texts(e.values["dhcpipaddress"])...)
		}
	}
	return Addresses(list)
}

// texts are the texts of a value, of one or of several.
func texts(d host.Data) []string {
	if d.Text != "" {
		return append([]string{d.Text}, d.Strings...)
	}
	return d.Strings
}

// Addresses are those of list by which a machine can be told from others, as snapshots
// spell them: without those that each machine has, or that hold on one cable alone
// (0.0.0.0, 127.0.0.1, 169.254.0.0/16, fe80::/10), sorted, each once. nil if none is.
func Addresses(list []string) []string {
	var kept []string
	for _, text := range list {
		a, err := netip.ParseAddr(strings.TrimSpace(text))
		if a = a.Unmap().WithZone(""); err != nil || !a.IsGlobalUnicast() {
			continue
		}
		kept = append(kept, a.String())
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}
