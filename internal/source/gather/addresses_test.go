package gather_test

import (
	"slices"
	"testing"
	"time"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/registry"
	"tlsready/internal/registry/registrytest"
	"tlsready/internal/source/gather"
)

// Proves which addresses of a machine's interfaces count: those written by hand or lent,
// by which of the two is in use, as long as the loan runs, and none that every machine
// has, that stand below an interface (wireless networks that were visited), or that are
// no address; and that an interface that cannot be read costs no more than its addresses.
func TestInterfaceAddresses(t *testing.T) {
	at := time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)
	number := func(name string, n uint32) host.Value { return host.Value{Name: name, Data: host.Dword(n)} }
	lent := func(a string) host.Value { return host.Value{Name: "DhcpIPAddress", Data: host.String(a)} }
	fixed := func(a ...string) host.Value { return host.Value{Name: "IPAddress", Data: host.Multi(a...)} }
	over, runs := number("LeaseTerminatesTime", uint32(at.Unix()-60)), number("LeaseTerminatesTime", uint32(at.Unix()+60))
	for _, c := range []struct {
		name   string
		values []host.Value
		told   []string // by the system itself
		want   []string
	}{
		{"nothing", nil, nil, nil},
		{"by hand", []host.Value{number("EnableDHCP", 0), fixed("198.51.100.7", "192.0.2.7"), lent("203.0.113.7")}, nil, []string{"192.0.2.7", "198.51.100.7"}},
		{"lent", []host.Value{number("EnableDHCP", 1), fixed("0.0.0.0"), lent("203.0.113.7"), runs}, nil, []string{"203.0.113.7"}},
		{"lent, and written earlier", []host.Value{number("EnableDHCP", 1), fixed("192.0.2.7"), lent("203.0.113.7")}, nil, []string{"203.0.113.7"}},
		{"lent, and over", []host.Value{number("EnableDHCP", 1), lent("203.0.113.7"), over}, nil, nil},
		{"by hand, and an old loan", []host.Value{number("EnableDHCP", 0), fixed("192.0.2.7"), over}, nil, []string{"192.0.2.7"}},
		{"not told which", []host.Value{fixed("192.0.2.7"), lent("203.0.113.7")}, nil, []string{"192.0.2.7", "203.0.113.7"}},
		{"one text", []host.Value{{Name: "IPAddress", Data: host.String("192.0.2.7")}}, nil, []string{"192.0.2.7"}},
		{"such as all have", []host.Value{fixed("169.254.7.7", "127.0.0.1", "255.255.255.255", "224.0.0.1", "fe80::7%3", "::1")}, nil, nil},
		{"no addresses", []host.Value{fixed("192.0.2", "x", "192.0.2.7/24"), {Name: "DhcpIPAddress", Data: host.Dword(7)}}, nil, nil},
		{"told by the system", []host.Value{fixed("192.0.2.7")}, []string{"2001:db8::7", "fe80::7%3", "192.0.2.7"}, []string{"192.0.2.7", "2001:db8::7"}},
	} {
		m := registrytest.NewMemory()
		for _, v := range append(c.values, lent("203.0.113.99")) {
			key := gather.InterfacesKey + `\{698E50A9-4F58-4D86-B61D-F42E58DCACF6}`
			if v.Text == "203.0.113.99" {
				key += `\3656374727` // a wireless network
			}
			m.Put(key, v.Name, v.Data)
		}
		m.Put(gather.CurrentVersionKey, "CurrentBuildNumber", host.String("9600"))
		s, err := readMemory(t, gather.Machine{Registry: m, Addresses: c.told, CollectedAt: at})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if !slices.Equal(s.Addresses, c.want) {
			t.Errorf("%s: %q, want %q", c.name, s.Addresses, c.want)
		}
		for _, v := range s.Registry {
			if host.Under(v.Key, gather.InterfacesKey) {
				t.Errorf("%s: %s is kept in the snapshot", c.name, v.Name)
			}
		}
		denied := spoilt{m, gather.InterfacesKey, registry.ErrDenied, registry.ErrDenied}
		if s, err := readMemory(t, gather.Machine{Registry: denied}); err != nil || len(s.Addresses)+len(s.Notes) > 0 {
			t.Errorf("%s, denied: %q, %q, %v", c.name, s.Addresses, message.English(s.Notes...), err)
		}
	}
}
