package gate

import (
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
	switch {
	case h == nil:
		c.unread(&d, t, client)
	case d.Refused:
		c.refused(&d, t, h.ServerName, client)
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

// unread is for a connection without a hello: it is let through as long as nobody is
// rejected.
func (c *Config) unread(d *Decision, t time.Time, client netip.Addr) {
	if !d.rejects(client) {
		return
	}
	d.Action = Close
	if d.Exemption = c.exemption(t, "", client); d.Exemption != nil {
		d.Action = Exempt
	}
}

// refused is for a client that the service will not take.
func (c *Config) refused(d *Decision, t time.Time, name string, client netip.Addr) {
	if d.Exemption = c.exemption(t, name, client); d.Exemption != nil {
		if d.Flagging || d.Mode == Divert || d.rejects(client) {
			d.Action = Exempt
		}
		return
	}
	switch {
	case d.rejects(client):
		d.Action = Reject
	case d.Mode == Divert:
		d.Action, d.Upstream = Sent, d.Stage.Upstream
	case d.Flagging || d.Mode == Flag:
		d.Action = Listed
	}
}

// rejects says whether a client that the service will not take is rejected now.
func (n *Now) rejects(client netip.Addr) bool {
	return n.Rejecting && (n.Mode == Enforce || chosen(client, n.Stage.Percent))
}

// chosen says whether an address is among the share that a brownout rejects: the same in
// every window, and those of a lower share are among those of a higher one.
func chosen(client netip.Addr, percent int) bool {
	if percent >= 100 {
		return true
	}
	bytes := client.As16()
	h := uint64(0)
	for i := 0; i < len(bytes); i += 8 {
		var half uint64
		for _, b := range bytes[i : i+8] {
			half = half<<8 | uint64(b)
		}
		h = mix(h ^ half)
	}
	return h%10000 < uint64(percent)*100
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
