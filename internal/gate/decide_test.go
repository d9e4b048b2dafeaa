package gate

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/wire"
)

func helloOf(version tlsready.Version, listed ...tlsready.Version) *wire.ClientHello {
	h := &wire.ClientHello{Version: version, Random: make([]byte, 32), Suites: []tlsready.Suite{0x002f}, Compression: []byte{0}, Extensions: []wire.Extension{}}
	if listed != nil {
		data := []byte{byte(2 * len(listed))}
		for _, v := range listed {
			data = append(data, byte(v>>8), byte(v))
		}
		h.Extensions = append(h.Extensions, wire.Extension{Type: wire.ExtSupportedVersions, Data: data})
	}
	return h
}

// Proves which version counts as the highest that a client can speak.
func TestMaximum(t *testing.T) {
	for _, c := range []struct {
		name  string
		hello *wire.ClientHello
		want  tlsready.Version
	}{
		{"by the hello", helloOf(tlsready.TLS10), tlsready.TLS10},
		{"SSL 3.0", helloOf(tlsready.SSL30), tlsready.SSL30},
		{"the list wins", helloOf(tlsready.TLS12, 0x0304, 0x0303), tlsready.TLS13},
		{"the list wins downwards", helloOf(tlsready.TLS12, 0x0301), tlsready.TLS10},
		{"GREASE", helloOf(tlsready.TLS12, 0x0a0a, 0x0302), tlsready.TLS11},
		{"a draft of TLS 1.3", helloOf(tlsready.TLS12, 0x7f1c, 0xfb1a, 0x0303), tlsready.TLS12},
		{"of the future", helloOf(tlsready.TLS12, 0x0399, 0x0302), tlsready.TLS11},
		{"nothing known", helloOf(tlsready.TLS12, 0x1a1a), 0},
		{"TLS 1.3 without the list", helloOf(tlsready.TLS13), tlsready.TLS12},
		{"higher without the list", helloOf(0x03ff), tlsready.TLS12},
		{"a list cut short", &wire.ClientHello{Version: tlsready.TLS12, Extensions: []wire.Extension{{Type: wire.ExtSupportedVersions, Data: []byte{4, 3}}}}, tlsready.TLS12},
	} {
		if got := HelloOf(c.hello).Max; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

const plan = `timezone: Asia/Tokyo
stages:
  - {from: 2026-10-01, mode: observe}
  - {from: 2026-11-01, mode: flag}
  - {from: 2026-11-16, to: 2026-11-17, mode: brownout, windows: ["mon-fri 10:00-10:30"]}
  - {from: 2026-11-24, mode: divert, upstream: "192.0.2.20:443"}
  - {from: 2026-12-01T09:00, mode: enforce}
routes:
  - {sni: api.example.com, upstream: "192.0.2.11:443"}
  - {sni: "*.example.com", upstream: "192.0.2.12:443", minimum: TLS 1.1}
  - {sni: "*.*.example.com", upstream: "192.0.2.15:443"}
  - {sni: sandbox.example.com, upstream: "192.0.2.13:443", stages: [{from: 2026-10-15, mode: enforce}]}
  - {sni: legacy.example.com, upstream: "192.0.2.14:443", minimum: TLS 1.0, until: 2027-05-31}
exemptions:
  - {cidr: 203.0.113.0/24, until: 2027-03-31, reason: "till line 3", owner: ops@example.com}
  - {cidr: 198.51.100.7/32, sni: api.example.com, until: 2026-12-24, reason: "partner bank"}
`

// Proves mode, action, route, alert and exemption over the whole of a plan.
func TestDecide(t *testing.T) {
	c := read(t, plan)
	old, new := tlsready.TLS10, tlsready.TLS12
	for _, test := range []struct {
		name, at, sni, client string
		max                   tlsready.Version // 0: no hello
		mode                  Mode
		action                Action
		route                 string
	}{
		{"before the plan", "2026-09-01T00:00", "", "192.0.2.1", old, Observe, Pass, "default"},
		{"observe", "2026-10-20T00:00", "", "192.0.2.1", old, Observe, Pass, "default"},
		{"observe, no TLS", "2026-10-20T00:00", "", "192.0.2.1", 0, Observe, Pass, "default"},
		{"observe, exempt", "2026-10-20T00:00", "", "203.0.113.9", old, Observe, Pass, "default"},
		{"flag", "2026-11-05T00:00", "", "192.0.2.1", old, Flag, Listed, "default"},
		{"flag, no TLS", "2026-11-05T00:00", "", "192.0.2.1", 0, Flag, Pass, "default"},
		{"flag, able", "2026-11-05T00:00", "", "192.0.2.1", new, Flag, Pass, "default"},
		{"flag, exempt", "2026-11-05T00:00", "", "203.0.113.9", old, Flag, Exempt, "default"},
		{"brownout, before its window", "2026-11-16T09:59", "", "192.0.2.1", old, Brownout, Listed, "default"},
		{"brownout", "2026-11-16T10:00", "", "192.0.2.1", old, Brownout, Reject, "default"},
		{"brownout, last minute", "2026-11-16T10:29", "", "192.0.2.1", old, Brownout, Reject, "default"},
		{"brownout, after its window", "2026-11-16T10:30", "", "192.0.2.1", old, Brownout, Listed, "default"},
		{"brownout, no TLS", "2026-11-16T10:00", "", "192.0.2.1", 0, Brownout, Close, "default"},
		{"brownout, no TLS, before", "2026-11-16T09:00", "", "192.0.2.1", 0, Brownout, Pass, "default"},
		{"brownout, able", "2026-11-16T10:00", "", "192.0.2.1", new, Brownout, Pass, "default"},
		{"gap", "2026-11-18T10:00", "", "192.0.2.1", old, Flag, Listed, "default"},
		{"divert", "2026-11-25T00:00", "", "192.0.2.1", old, Divert, Sent, "default"},
		{"divert, no TLS", "2026-11-25T00:00", "", "192.0.2.1", 0, Divert, Pass, "default"},
		{"divert, exempt", "2026-11-25T00:00", "", "203.0.113.9", old, Divert, Exempt, "default"},
		{"enforce, not yet", "2026-12-01T08:59", "", "192.0.2.1", old, Divert, Sent, "default"},
		{"enforce", "2026-12-01T09:00", "", "192.0.2.1", old, Enforce, Reject, "default"},
		{"enforce, no TLS", "2026-12-01T09:00", "", "192.0.2.1", 0, Enforce, Close, "default"},
		{"enforce, no TLS, exempt", "2026-12-01T09:00", "", "203.0.113.9", 0, Enforce, Exempt, "default"},
		{"enforce, IPv4 in IPv6", "2026-12-01T09:00", "", "::ffff:203.0.113.9", old, Enforce, Exempt, "default"},
		{"exempt on its last day", "2027-03-31T23:59", "", "203.0.113.9", old, Enforce, Exempt, "default"},
		{"exempt no more", "2027-04-01T00:00", "", "203.0.113.9", old, Enforce, Reject, "default"},
		{"exempt for a name", "2026-12-05T00:00", "API.example.com.", "198.51.100.7", old, Enforce, Exempt, "api.example.com"},
		{"exempt for another name", "2026-12-05T00:00", "www.example.com", "198.51.100.7", old, Enforce, Reject, "*.example.com"},
		{"exempt for no name", "2026-12-05T00:00", "", "198.51.100.7", old, Enforce, Reject, "default"},
		{"exact before star", "2026-12-05T00:00", "api.example.com", "192.0.2.1", new, Enforce, Pass, "api.example.com"},
		{"one label per star", "2026-12-05T00:00", "a.b.example.com", "192.0.2.1", old, Enforce, Reject, "*.*.example.com"},
		{"no label for a star", "2026-12-05T00:00", "example.com", "192.0.2.1", old, Enforce, Reject, "default"},
		{"a route's minimum", "2026-12-05T00:00", "www.example.com", "192.0.2.1", tlsready.TLS11, Enforce, Pass, "*.example.com"},
		{"a route goes first", "2026-10-20T00:00", "sandbox.example.com", "192.0.2.1", old, Enforce, Reject, "sandbox.example.com"},
		{"a route does not flag before its own", "2026-10-10T00:00", "sandbox.example.com", "192.0.2.1", old, Observe, Pass, "sandbox.example.com"},
		{"a legacy name", "2027-05-31T23:59", "legacy.example.com", "192.0.2.1", old, Enforce, Pass, "legacy.example.com"},
		{"a legacy name that has ended", "2027-06-01T00:00", "legacy.example.com", "192.0.2.1", old, Enforce, Reject, "*.example.com"},
		{"ten years later", "2036-12-01T00:00", "", "192.0.2.1", old, Enforce, Reject, "default"},
	} {
		var h *Hello
		if test.max != 0 {
			h = &Hello{Max: test.max, ServerName: test.sni}
		}
		d := c.Decide(when(t, "Asia/Tokyo", test.at), h, netip.MustParseAddr(test.client))
		if d.Mode != test.mode || d.Action != test.action || d.Route != test.route {
			t.Errorf("%s: %s %s %s, want %s %s %s", test.name, d.Mode, d.Action, d.Route, test.mode, test.action, test.route)
		}
		if (d.Alert == 70) != (d.Action == Reject) || (d.Action == Sent) != (d.Upstream == "192.0.2.20:443") || d.Action == Exempt && d.Exemption == nil {
			t.Errorf("%s: alert %d, upstream %s, exemption %v", test.name, d.Alert, d.Upstream, d.Exemption)
		}
	}
}

// Proves that a service is asked for all of the hello: no version in common is alert 70,
// nothing else in common is 40, and what is not known is let through.
func TestDecideByService(t *testing.T) {
	c := read(t, "service: own.yaml\nstages: [{from: 2026-10-15, mode: enforce}]\n")
	at, client := when(t, "UTC", "2027-01-01T00:00"), netip.MustParseAddr("192.0.2.1")
	offer := func(exact bool, suite tlsready.Suite, versions ...tlsready.Version) *Hello {
		o := tlsready.Offer{Exact: exact, Suites: []tlsready.OfferedSuite{{Suite: suite}}, Groups: []tlsready.OfferedGroup{{Group: 23}}}
		for _, v := range versions {
			o.Versions = append(o.Versions, tlsready.OfferedVersion{Version: v})
		}
		return &Hello{Max: versions[0], Offer: &o}
	}
	for _, test := range []struct {
		name   string
		h      *Hello
		action Action
		alert  wire.AlertDescription
	}{
		{"a suite in common", offer(false, 0xc02f, tlsready.TLS12), Pass, 0},
		{"no suite in common", offer(false, 0x002f, tlsready.TLS12), Reject, 40},
		{"no version in common", offer(false, 0xc02f, tlsready.TLS10), Reject, 70},
		{"a version by the log alone", &Hello{Max: tlsready.TLS12}, Pass, 0},
		{"too low by the log alone", &Hello{Max: tlsready.TLS11}, Reject, 70},
	} {
		if d := c.Decide(at, test.h, client); d.Action != test.action || d.Alert != test.alert {
			t.Errorf("%s: %s %d, want %s %d", test.name, d.Action, d.Alert, test.action, test.alert)
		}
	}
}

// Proves that a share of the addresses is about that share, that a higher one keeps those
// of a lower one, and that each address is treated alike in every window.
func TestPercent(t *testing.T) {
	counts := map[int]int{}
	const addresses = 10000
	for i := range addresses {
		client := netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})
		was := false
		for _, percent := range []int{1, 5, 20, 50, 99, 100} {
			is := chosen(client, percent)
			if was && !is {
				t.Fatalf("%s is chosen by less than %d %% and not by %d", client, percent, percent)
			}
			if was = is; is {
				counts[percent]++
			}
		}
		if mapped := netip.AddrFrom16(client.As16()); chosen(mapped.Unmap(), 20) != chosen(client, 20) {
			t.Fatalf("%s counts otherwise as %s", client, mapped)
		}
	}
	for percent, n := range counts {
		want := addresses * percent / 100
		if n < want*8/10 || n > want*12/10+5 {
			t.Errorf("%d %% chooses %d of %d", percent, n, addresses)
		}
	}
	c := read(t, "stages: [{from: 2026-01-01, mode: flag}, {from: 2026-10-15, mode: brownout, percent: 30}]\n")
	actions := map[Action]int{}
	for i := range 1000 {
		d := c.Decide(time.Date(2026, 10, 16, 0, 0, 0, 0, time.UTC), &Hello{Max: tlsready.TLS10}, netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
		actions[d.Action]++
	}
	if actions[Reject] < 200 || actions[Reject]+actions[Listed] != 1000 {
		t.Errorf("%v", actions)
	}
}

// Proves that names match by whole labels.
func TestMatches(t *testing.T) {
	for text, want := range map[string]bool{
		"a.example.com a.example.com": true, "*.example.com a.example.com": true, "*.example.com a.b.example.com": false,
		"*.example.com example.com": false, "*.example.com .example.com": false, "a.*.com a.example.com": true, "* localhost": true,
		"* a.b": false, "*.*.example.com a.b.example.com": true, "*.example.com a.example.org": false,
	} {
		pattern, name, _ := strings.Cut(text, " ")
		if got := matches(pattern, name); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
