package clients

import (
	"net/netip"
	"path"
	"strconv"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/observe"
)

// window is how many days before and after a connection count as "around that time". Servers
// change what they take with a change of their configuration, which seldom lasts less
// than a day, and jobs that run once a day are a day apart.
const window = 1

// maxKnown bounds how many servers' days are remembered.
const maxKnown = 1 << 18

// Known is what servers are known to give their clients: from the connections of all
// clients, and from probes. The order in which it learns does not matter.
type Known struct {
	demand *Demand
	days   map[serverDay]*given
	probed map[netip.AddrPort]tlsready.Version
	named  map[string]tlsready.Version // by server name
	lost   int
	memo   serverMemo // of the last connection
	day    int32
	given  *given
}

// NewKnown makes one that knows nothing yet.
func NewKnown(d Demand) *Known {
	return &Known{demand: &d, days: map[serverDay]*given{}, probed: map[netip.AddrPort]tlsready.Version{}, named: map[string]tlsready.Version{}}
}

// serverKey is a server as far as a source names it.
type serverKey struct {
	address netip.AddrPort
	host    string
	name    string // server name
	file    string // of a log that names no server: the log's own
}

func serverOf(c *observe.Connection) serverKey {
	k := serverKey{address: netip.AddrPortFrom(c.Server.Addr().Unmap(), c.Server.Port()), host: strings.ToLower(c.ServerHost), name: strings.ToLower(c.ServerName)}
	if !k.address.Addr().IsValid() && k.host == "" {
		k.file = stem(c.Source)
	}
	return k
}

// stem is the name of a log without what rotation adds: access.log, access.log.1 and
// access.log-20261101.gz are of one server.
func stem(file string) string {
	dir, base := path.Split(strings.ReplaceAll(file, `\`, "/"))
	if name, _, ok := strings.Cut(base, "."); ok && name != "" {
		base = name
	}
	return dir + base
}

// clientKey is a client as far as a source names it.
type clientKey struct {
	address netip.Addr
	name    string
}

func clientOf(c *observe.Connection) clientKey {
	if c.Client.Addr().IsValid() {
		return clientKey{address: c.Client.Addr().Unmap()}
	}
	return clientKey{name: strings.ToLower(c.ClientName)}
}

// serverDay is a server on a day.
type serverDay struct {
	server serverKey
	day    int32 // since 1970, UTC; 0 without a time
}

func dayOf(t time.Time) int32 {
	if t.IsZero() {
		return 0
	}
	return int32(t.Unix() / (24 * 60 * 60))
}

// given is the newest version that a server gave on a day, and two clients that it gave
// one that is taken: of any client, one of the two is another.
type given struct {
	newest  tlsready.Version
	clients [2]clientKey
	n       int
}

// Learn takes in what a server gave.
func (k *Known) Learn(c *observe.Connection) {
	if c.Negotiated == nil || !k.demand.takes(c.Negotiated.Version) {
		return
	}
	g := k.ofDay(c)
	if g == nil {
		k.lost++
		return
	}
	if c.Negotiated.Version.Rank() > g.newest.Rank() || g.n == 0 {
		g.newest = c.Negotiated.Version
	}
	client := clientOf(c)
	if g.n == 0 || g.n == 1 && g.clients[0] != client {
		g.clients[g.n] = client
		g.n++
	}
}

// ofDay is what the connection's server gave on its day; nil if there is no place for it.
func (k *Known) ofDay(c *observe.Connection) *given {
	day := dayOf(c.Time)
	if k.memo.is(c) && k.day == day {
		return k.given
	}
	key := serverDay{serverOf(c), day}
	g := k.days[key]
	if g == nil {
		if len(k.days) >= maxKnown {
			return nil
		}
		g = &given{}
		k.days[key] = g
	}
	k.memo, k.day, k.given = serverMemo{c.Server, c.ServerHost, c.ServerName, c.Source, 0, true}, day, g
	return g
}

// LearnProbe takes in what a probe found that an endpoint takes.
func (k *Known) LearnProbe(e *document.Endpoint) {
	var newest tlsready.Version
	for v, answer := range e.Versions {
		if answer == tlsready.Yes && k.demand.takes(v) && (newest == 0 || v.Rank() > newest.Rank()) {
			newest = v
		}
	}
	if newest == 0 {
		return
	}
	if e.ServerName != "" {
		k.named[strings.ToLower(e.ServerName)] = newest
	}
	address, err := netip.ParseAddr(e.Address)
	port, badPort := strconv.ParseUint(e.Target[strings.LastIndexByte(e.Target, ':')+1:], 10, 16)
	if err == nil && badPort == nil {
		k.probed[netip.AddrPortFrom(address.Unmap(), uint16(port))] = newest
	}
}

// newer is the newer version that a server is known to give, and how that is known.
type newer struct {
	version tlsready.Version
	probe   bool
}

// newerTo says whether the connection's server is known to take a version that is enough:
// from a probe, or because it gave it to another client around that time.
func (k *Known) newerTo(c *observe.Connection) (newer, bool) {
	return k.newerAt(serverOf(c), dayOf(c.Time), clientOf(c))
}

func (k *Known) newerAt(server serverKey, day int32, client clientKey) (newer, bool) {
	if v, ok := k.probed[server.address]; ok && v != 0 {
		return newer{v, true}, true
	}
	if v, ok := k.named[server.name]; ok && server.name != "" {
		return newer{v, true}, true
	}
	var best newer
	for d := day - window; d <= day+window; d++ {
		g := k.days[serverDay{server, d}]
		if g == nil || day == 0 && d != 0 {
			continue
		}
		if g.clients[0] == client && g.n < 2 {
			continue
		}
		if best.version == 0 || g.newest.Rank() > best.version.Rank() {
			best.version = g.newest
		}
	}
	return best, best.version != 0
}

// why is what follows for a client that agreed on too little there.
func (n newer) why(c *observe.Connection) message.Text {
	if c.Negotiated == nil {
		return n.whyOf(0)
	}
	return n.whyOf(c.Negotiated.Version)
}

// whyOf is why for what was agreed on; 0 if the server refused.
func (n newer) whyOf(agreed tlsready.Version) message.Text {
	id := "clients.why.likely"
	if n.probe {
		id += "-probe"
	}
	if agreed == 0 {
		return message.New(id+"-refused", message.Str("newer", n.version.String()))
	}
	return message.New(id, message.Str("version", agreed.String()), message.Str("newer", n.version.String()))
}
