//go:build linux

package gate

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// Proves that hellos which look otherwise or arrive otherwise are judged as the plan judges
// them, while everything passes and while old clients are rejected: in the form of SSL 2.0,
// split, dripped, and bytes that are no TLS.
func TestOddHellos(t *testing.T) {
	need(t)
	from := netip.MustParseAddr("127.0.0.1")
	for _, e := range engines() {
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, everyKind, nil, everyUpstream()...)
			p := e.start(t, l)
			for _, day := range []string{"2027-01-20", "2027-04-19", "2027-05-02", "2027-07-01"} {
				now, err := time.ParseInLocation(time.DateOnly, day, l.config.Location)
				if err != nil {
					t.Fatal(err)
				}
				p.clock.set(t, now)
				for _, s := range odd(t) {
					d := l.config.Decide(now, s.hello, from)
					if got, want := s.ask(t, l.listen, from), expected(d, s.hello, l.names); got != want {
						t.Errorf("%s: %s: got %q, want %q (%s)", day, s.name, got, want, d.Action)
					}
				}
			}
			// A client that sends nothing is closed when its time is over.
			if got := (sent{}).ask(t, l.listen, from); got != closed {
				t.Errorf("who says nothing gets %q", got)
			}
		})
	}
}

// shares is a plan whose brownouts reject shares of the addresses.
const shares = `schema: tlsready.gate/v1
listen: ["127.0.0.1:$port", "[::1]:$port"]
upstream: $default
timezone: UTC
stages:
  - {from: 2027-04-01, to: 2027-04-02, mode: brownout, percent: 10}
  - {from: 2027-04-02, to: 2027-04-03, mode: brownout, percent: 50}
  - {from: 2027-04-03, to: 2027-04-04, mode: brownout, percent: 99}
`

// Proves that a brownout of a share of the addresses rejects the same ones in both proxies
// as in the program, over IPv4 and IPv6.
func TestShares(t *testing.T) {
	need(t)
	old := versions(t, "")[1]
	for _, e := range engines() {
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, shares, nil, "default")
			p := e.start(t, l)
			for day := 1; day <= 3; day++ {
				now := time.Date(2027, 4, day, 12, 0, 0, 0, time.UTC)
				p.clock.set(t, now)
				rejected := 0
				for i := range 60 {
					from := netip.AddrFrom4([4]byte{127, byte(i * 7), byte(i * 3), byte(i + 1)})
					want := expected(l.config.Decide(now, old.hello, from), old.hello, l.names)
					if want == "alert 70" {
						rejected++
					}
					if got := old.ask(t, l.listen, from); got != want {
						t.Errorf("%d of April, %s: got %q, want %q", day, from, got, want)
					}
				}
				six := netip.IPv6Loopback()
				if got, want := old.ask(t, fmt.Sprintf("[::1]:%d", netip.MustParseAddrPort(l.listen).Port()), six), expected(l.config.Decide(now, old.hello, six), old.hello, l.names); got != want {
					t.Errorf("%d of April, ::1: got %q, want %q", day, got, want)
				}
				if rejected == 0 || day == 2 && rejected > 45 {
					t.Errorf("%d of April: %d of 60 are rejected", day, rejected)
				}
			}
		})
	}
}
