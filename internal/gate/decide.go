package gate

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/wire"
)

// Action is what happens to a connection.
type Action string

// The actions.
const (
	Pass   Action = "pass"
	Listed Action = "flag"   // passes, and is on the list of whom to tell
	Exempt Action = "exempt" // would be refused, and passes by an exemption
	Sent   Action = "divert" // goes to the server that tells it in words
	Reject Action = "reject" // gets a fatal alert
	Close  Action = "close"  // no hello that can be read: closed without an answer
)

// DefaultRoute is the name of the route of [Config.Upstream] in the log.
const DefaultRoute = "default"

// Hello is what of a ClientHello decides.
type Hello struct {
	// Max is the highest version that the client can speak; 0 if it names only versions
	// that nobody knows.
	Max        tlsready.Version
	ServerName string
	// Offer is the whole of it, for a service that asks for more than a version; nil where
	// a log states the version alone.
	Offer *tlsready.Offer
}

// HelloOf takes from a ClientHello what decides.
func HelloOf(h *wire.ClientHello) *Hello {
	offer := h.Offer()
	return &Hello{Max: maximum(h), ServerName: h.ServerName(), Offer: &offer}
}

// maximum is the highest version that the client can speak: of those that
// supported_versions lists, where GREASE, drafts and unknown values do not count, and
// without that extension the one that the hello itself states, which is TLS 1.2 at most
// (RFC 8446 section 4.2.1).
func maximum(h *wire.ClientHello) tlsready.Version {
	listed := h.SupportedVersions()
	if listed == nil {
		if h.Version.Rank() > tlsready.TLS12.Rank() {
			return tlsready.TLS12
		}
		return h.Version
	}
	var top tlsready.Version
	for _, v := range listed {
		if slices.Contains(tlsready.Versions(), v) && (top == 0 || v.Rank() > top.Rank()) {
			top = v
		}
	}
	return top
}

// Decision is what happens to a connection, and why.
type Decision struct {
	Now
	Action Action
	Route  string // the name of the route as the file has it, or [DefaultRoute]
	// Upstream is where the connection goes, or would have gone if it passed.
	Upstream  string
	Exemption *Exemption            // the one by which it passes; nil without
	Alert     wire.AlertDescription // of [Reject]: 70, or 40 where a version is in common and nothing else
	// Refused says that the client cannot do what the service demands, whatever happens to
	// it today.
	Refused bool
}

// Decide says what happens to a client at a moment. Without a hello (bytes that are not
// TLS, or that cannot be read) h is nil. The address counts without its zone; one of IPv4
// in the form of IPv6 is that of IPv4.
func (c *Config) Decide(t time.Time, h *Hello, client netip.Addr) Decision {
	route, stages := c.route(t, h.name())
	return c.decide(at(stages, t, c.Location), route, t, h, client)
}

// decide is [Config.Decide] for a route, and for what its plan does then.
func (c *Config) decide(now Now, route *Route, t time.Time, h *Hello, client netip.Addr) Decision {
	client = client.Unmap().WithZone("")
	d := Decision{Now: now, Action: Pass, Route: DefaultRoute, Upstream: c.Upstream}
	demand := c.Demand
	if route != nil {
		d.Route, d.Upstream, demand = route.SNI, route.Upstream, route.Demand
	}
	if h != nil {
		d.Refused, d.Alert = demand.refuses(h)
	}
	s := Standing{Hello: h != nil, Refused: d.Refused, Chosen: d.Stage == nil || chosen(client, d.Stage.Percent)}
	if (h == nil && d.rejects(s.Chosen)) || d.Refused {
		d.Exemption = c.exemption(t, h.name(), client)
	}
	s.Exempt = d.Exemption != nil
	if d.Action = d.Act(s); d.Action == Sent {
		d.Upstream = d.Stage.Upstream
	}
	if d.Action != Reject {
		d.Alert = 0
	}
	return d
}

// name is the server name of a hello, "" of none.
func (h *Hello) name() string {
	if h == nil {
		return ""
	}
	return h.ServerName
}

// Standing is what of a connection decides its fate in a stage.
type Standing struct {
	Hello   bool // it has one that can be read
	Refused bool // the client cannot do what the service demands
	Exempt  bool // an exemption holds for it
	Chosen  bool // its address is among the share that the stage's brownout rejects
}

// Act is what a plan does at a moment to a connection. One without a hello is let through
// as long as nobody is rejected.
func (n *Now) Act(s Standing) Action {
	rejects := n.rejects(s.Chosen)
	switch {
	case s.Hello && !s.Refused, !s.Hello && !rejects:
		return Pass
	case s.Exempt && (rejects || n.Flagging || n.Mode == Divert):
		return Exempt
	case s.Exempt:
		return Pass
	case !s.Hello:
		return Close
	case rejects:
		return Reject
	case n.Mode == Divert:
		return Sent
	case n.Flagging || n.Mode == Flag:
		return Listed
	}
	return Pass
}

// rejects says whether a client that the service will not take is rejected now.
func (n *Now) rejects(chosen bool) bool {
	return n.Rejecting && (n.Mode == Enforce || chosen)
}

// chosen says whether an address is among the share that a brownout rejects: the same in
// every window, and those of a lower share are among those of a higher one. It is the share
// of nginx's split_clients, so that a plan that is exported chooses the same addresses.
func chosen(client netip.Addr, percent int) bool {
	return percent >= 100 || murmur2(client.AsSlice()) < ShareLimit(percent)
}

// ShareLimit is below which a hash of an address is among the share of so many percent
// (https://nginx.org/en/docs/stream/ngx_stream_split_clients_module.html).
func ShareLimit(percent int) uint32 {
	return uint32(uint64(percent) * math.MaxUint32 / 100)
}

// The numbers of MurmurHash2, 32 bit, with the seed 0, which split_clients uses
// (https://github.com/aappleby/smhasher/blob/master/src/MurmurHash2.cpp).
const (
	MurmurFactor = 0x5bd1e995
	murmurShift  = 24
)

// murmur2 is MurmurHash2 of an address: its 4 or 16 bytes are whole words.
func murmur2(data []byte) uint32 {
	h := uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		k := binary.LittleEndian.Uint32(data) * MurmurFactor
		h = h*MurmurFactor ^ (k^k>>murmurShift)*MurmurFactor
	}
	h = (h ^ h>>13) * MurmurFactor
	return h ^ h>>15
}

// refuses says whether a client cannot do what is demanded, and which alert says so.
func (d Demand) refuses(h *Hello) (bool, wire.AlertDescription) {
	if d.Service == nil || h.Offer == nil {
		return h.Max.Rank() < d.Min().Rank(), wire.ProtocolVersion
	}
	result := tlsready.Negotiate(*h.Offer, d.Service.Last().Acceptance())
	switch {
	case result.Outcome != tlsready.Fails:
		return false, 0
	case result.Step <= tlsready.StepVersion:
		return true, wire.ProtocolVersion
	}
	return true, wire.HandshakeFailure
}

// exemption is the first one that holds for a client at a moment.
func (c *Config) exemption(t time.Time, name string, client netip.Addr) *Exemption {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for i := range c.Exemptions {
		e := &c.Exemptions[i]
		if t.Before(e.Ends) && e.CIDR.Contains(client) && (e.SNI == "" || matches(e.SNI, name)) {
			return e
		}
	}
	return nil
}
