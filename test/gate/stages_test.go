//go:build linux

package gate

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"tlsready/internal/gate"
	"tlsready/internal/gate/export"
	"tlsready/test/lab/labkit"
)

// everyKind is a plan with all that a plan can have, by the clock of a place that changes
// it on 2027-03-28.
const everyKind = `schema: tlsready.gate/v1
listen: ["127.0.0.1:$port", "[::1]:$port"]
upstream: $default
timezone: Europe/Berlin
helloTimeout: 5s
log: "-"
stages:
  - {from: 2027-01-04, mode: observe}
  - {from: 2027-02-01, to: 2027-02-02, mode: brownout, windows: ["10:00-10:30"]}
  - {from: 2027-03-01, mode: flag}
  - {from: 2027-03-15, to: 2027-03-20, mode: brownout, windows: ["mon-fri 10:00-10:30", "wed 15:00-16:00", "22:00-02:00"]}
  - {from: 2027-03-22, to: 2027-03-23, mode: brownout, windows: ["hourly :00-:10"], scatter: true}
  - {from: 2027-03-27, to: 2027-03-29, mode: brownout, windows: ["01:30-03:30"]}
  - {from: 2027-04-01, to: 2027-04-08, mode: brownout, percent: 20}
  - {from: 2027-04-08, to: 2027-04-15, mode: brownout, percent: 60, windows: ["08:00-20:00"]}
  - {from: 2027-04-19, to: 2027-04-21, mode: brownout}
  - {from: 2027-05-01, to: 2027-05-08, mode: divert, upstream: $words}
  - {from: 2027-05-08, to: 2027-05-15, mode: divert, upstream: $other}
  - {from: 2027-06-01T09:00, mode: enforce}
routes:
  - {sni: "*.example.com", upstream: $wild}
  - {sni: api.example.com, upstream: $api}
  - {sni: sandbox.example.com, upstream: $sandbox, stages: [{from: 2027-02-15, mode: enforce}]}
  - {sni: legacy.example.com, upstream: $legacy, minimum: TLS 1.0, until: 2027-05-31}
  - {sni: strict.example.com, upstream: $strict, minimum: TLS 1.1, stages: [{from: 2027-01-10, mode: flag}, {from: 2027-04-05, mode: enforce}]}
  - {sni: gone.example.org, upstream: $gone, until: 2027-03-31}
exemptions:
  - {cidr: 127.0.9.0/24, until: 2027-06-30, reason: "tills of line 3", owner: ops@example.com}
  - {cidr: 127.0.8.8/32, sni: api.example.com, until: 2027-06-15, reason: "partner bank"}
`

// everyUpstream are the names of its upstreams.
func everyUpstream() []string {
	return []string{"default", "words", "other", "wild", "api", "sandbox", "legacy", "strict", "gone"}
}

// lab is a plan that engines can run on this machine.
type lab struct {
	config *gate.Config
	names  map[string]string // of upstreams by their address
	listen string
	refuse int
}

// newLab fills a plan with free ports and real upstreams.
func newLab(t *testing.T, text string, serve func(net.Conn), upstreams ...string) *lab {
	t.Helper()
	ports := labkit.Ports(t, 4)
	l := &lab{names: map[string]string{}, listen: labkit.At(ports[0]), refuse: freeRun(t, 3)}
	values := map[string]any{"port": ports[0]}
	for _, name := range upstreams {
		at := upstream(t, name, serve)
		values[name], l.names[at] = at, name
	}
	var err error
	if l.config, err = (gate.Reading{Local: time.UTC}).Parse([]byte(fields(text, values))); err != nil {
		t.Fatal(err)
	}
	return l
}

// freeRun is the first of so many ports in a row that are free now.
func freeRun(t *testing.T, n int) int {
	t.Helper()
next:
	for _, first := range labkit.Ports(t, 40) {
		for i := range n {
			l, err := net.Listen("tcp", labkit.At(first+i))
			if err != nil {
				continue next
			}
			l.Close()
		}
		return first
	}
	t.Fatal("no ports in a row are free")
	return 0
}

// shortly is how long before the end of a step it is looked at: the clock goes on while the
// clients come.
const shortly = 30 * time.Second

// moments are the beginning and the end of every step of every schedule, and of the time
// until each name and exemption ends, in order.
func moments(t *testing.T, config *gate.Config) []time.Time {
	t.Helper()
	plan, err := export.New(config, "", export.DefaultRefuse())
	if err != nil {
		t.Fatal(err)
	}
	var list []time.Time
	edge := func(at time.Time) {
		if at.Year() > 2001 {
			list = append(list, at.Add(-shortly), at)
		}
	}
	for _, s := range plan.Schedules {
		for _, step := range s.Steps {
			edge(step.From)
		}
	}
	for _, r := range config.Routes {
		edge(r.Ends)
	}
	for _, e := range config.Exemptions {
		edge(e.Ends)
	}
	slices.SortFunc(list, time.Time.Compare)
	return slices.CompactFunc(list, time.Time.Equal)
}

// client is who comes with what.
type client struct {
	sent
	from netip.Addr
}

// Proves that a real HAProxy and a real nginx that run an exported plan do, at the first
// and the last second of each of its stages and windows, with each kind of client, what the
// plan itself says: pass, to which upstream, alert 70, or close.
func TestEveryStage(t *testing.T) {
	need(t)
	var clients []client
	add := func(from string, list ...sent) {
		for _, s := range list {
			clients = append(clients, client{s, netip.MustParseAddr(from)})
		}
	}
	add("127.0.0.1", versions(t, "")...)
	add("127.0.0.1", versions(t, "api.example.com")[1:4]...)
	add("127.0.9.9", versions(t, "")[1], sent{name: "no TLS", bytes: []byte("GET / HTTP/1.0\r\n\r\n")})
	add("127.0.8.8", versions(t, "")[1], versions(t, "api.example.com")[1], sent{name: "no TLS", bytes: []byte("GET / HTTP/1.0\r\n\r\n")})
	for _, name := range []string{"sandbox.example.com", "legacy.example.com", "strict.example.com", "other.example.com", "a.b.example.com", "gone.example.org", "API.example.com", "example.net"} {
		add("127.0.0.1", versions(t, name)[1:3]...)
	}
	add("127.0.0.1", sent{name: "no TLS", bytes: []byte("GET / HTTP/1.0\r\n\r\n")})
	for _, e := range engines() {
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, everyKind, nil, everyUpstream()...)
			p := e.start(t, l)
			seen := map[gate.Action]int{}
			for _, now := range moments(t, l.config) {
				p.clock.set(t, now)
				for _, c := range clients {
					p.clock.keep(t, now)
					d := l.config.Decide(now, c.hello, c.from)
					seen[d.Action]++
					if got, want := c.ask(t, l.listen, c.from), expected(d, c.hello, l.names); got != want {
						t.Errorf("%s: %s for %q from %s: got %q, want %q (%s)", now.In(l.config.Location).Format("2006-01-02 15:04:05"), c.name, c.serverName(), c.from, got, want, d.Action)
					}
				}
			}
			for _, a := range []gate.Action{gate.Pass, gate.Listed, gate.Exempt, gate.Sent, gate.Reject, gate.Close} {
				if seen[a] == 0 {
					t.Errorf("nobody had the action %s", a)
				}
			}
		})
	}
}

func (s sent) serverName() string {
	if s.hello == nil {
		return ""
	}
	return s.hello.ServerName
}
