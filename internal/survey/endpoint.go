package survey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/probe"
)

// Endpoints is how endpoints are looked at: each is probed, then held against clients
// and against what was asked of it. It may be used by several goroutines at once.
type Endpoints struct {
	Prober  *probe.Prober
	Roots   *endpoint.RootFinder // where chains end; nil: it is not looked for
	Clients *endpoint.Sending    // nil: no client is simulated
	Rules   []endpoint.Rule      // what if the server changed so; nil: nothing is asked
	Checks  []endpoint.Check
}

// Look probes one address and gives everything that was found as its document.
func (s *Endpoints) Look(ctx context.Context, t probe.Target) *document.Endpoint {
	res := s.Prober.Probe(ctx, t)
	e := EndpointOf(&res)
	if s.Roots != nil {
		s.Roots.Find(e, chainsOf(&res))
	}
	if e.Error != nil {
		return e // it could not be judged, which the document says
	}
	if s.Clients != nil {
		s.simulate(ctx, e, t)
	}
	for _, c := range s.Checks {
		e.Findings = append(e.Findings, c.Findings(e)...)
	}
	return e
}

// simulate sends the hellos of the clients and joins the replies with what is computed.
func (s *Endpoints) simulate(ctx context.Context, e *document.Endpoint, t probe.Target) {
	replies, made := s.sendAll(ctx, t)
	e.Clients = s.Clients.Clients(e, s.Rules, replies)
	e.Connections += made
}

func (s *Endpoints) sendAll(ctx context.Context, t probe.Target) (replies []endpoint.Reply, connections int) {
	sent, connections := s.Prober.SendAll(ctx, t, s.Clients.Hellos(t.ServerName, s.Prober.KeyShares))
	replies = make([]endpoint.Reply, len(sent))
	for i := range sent {
		replies[i] = replyOf(&sent[i])
	}
	return replies, connections
}

// replyOf says what follows from the answer to a client's own hello.
func replyOf(s *probe.Sent) endpoint.Reply {
	r := endpoint.Reply{Kind: endpoint.Open, Answer: s.String()}
	switch {
	case s.Kind == probe.Alert, s.Again && s.Kind != probe.Unreachable:
		r.Kind = endpoint.Refused
	case s.Kind == probe.Hello:
		r.Kind = endpoint.Chosen
		r.Version, r.Suite, r.Kinds, r.Group = s.Version, s.Suite, s.Reply.Kinds, s.Group
		if x := s.KeyExchange; x != nil {
			r.DHBits, r.Scheme = x.DHBits, x.Scheme
		}
		if len(s.Chain) > 0 {
			sum := sha256.Sum256(s.Chain[0])
			r.Leaf = hex.EncodeToString(sum[:])
		}
	}
	return r
}
