package survey

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"net"
	"net/netip"
	"slices"
	"sync"

	"tlsready/internal/document"
	"tlsready/internal/endpoint"
	"tlsready/internal/message"
	"tlsready/internal/probe"
	"tlsready/internal/verdict"
	"tlsready/internal/wire"
)

// Endpoints is how endpoints are looked at: each is probed, then held against clients
// and against what was asked of it. It may be used by several goroutines at once.
type Endpoints struct {
	Prober  *probe.Prober
	Roots   *endpoint.RootFinder // finds where chains end; nil: not looked for
	Clients *endpoint.Sending    // nil: no client is simulated
	Rules   []endpoint.Rule      // what if the server changed so; nil: nothing is asked
	Checks  []endpoint.Check

	ServerName    string          // asked for in place of the target's own name; "": that
	StartTLS      string          // a protocol of package starttls; "": none
	ProxyResolves bool            // a proxy looks names up, so addresses are not known here
	Done          map[string]bool // addresses that are passed over, by their [endpoint.AddressKey]
	Workers       int             // targets in flight; at least one is
}

// maxHeld is how many finished targets wait for one that was begun before them, so
// that results come in the order of the targets. Beyond it a slow one comes late:
// memory does not grow with the number of targets.
const maxHeld = 1024

// LookedAt is one address of a target, or a target that has none.
type LookedAt struct {
	*document.Endpoint
	PassedOver bool // listed and not probed, as its error says: a wildcard names no server
}

// Each looks at every target and gives its addresses, in the order of the targets. An
// error ends the run: that of the targets, or of the context.
func (s *Endpoints) Each(ctx context.Context, targets *Targets) iter.Seq2[[]LookedAt, error] {
	stream := Stream[Target, []LookedAt]{
		Workers: s.Workers, Ahead: maxHeld, Overtake: true,
		Work: func(ctx context.Context, t Target) ([]LookedAt, error) {
			list := s.One(ctx, t)
			return list, ctx.Err() // what was cut short is no result
		},
	}
	return stream.Each(ctx, targets.All)
}

// One looks at every address of a target, at all of them at the same time.
func (s *Endpoints) One(ctx context.Context, t Target) []LookedAt {
	if !t.PassedOver.IsZero() {
		return []LookedAt{{NotProbed(t.String(), t.PassedOver), true}}
	}
	addresses, err := s.addresses(ctx, t)
	if err != nil {
		return []LookedAt{{Endpoint: NotProbed(t.String(), WhyNotProbed(err))}}
	}
	list := make([]LookedAt, len(addresses))
	look := func(i int) {
		if !s.Done[endpointKey(addresses[i])] {
			list[i].Endpoint = s.Look(ctx, addresses[i])
		}
	}
	var work sync.WaitGroup
	for i := 1; i < len(addresses); i++ {
		work.Go(func() { look(i) })
	}
	if len(addresses) > 0 { // the first, and mostly the only one, needs no further stack
		look(0)
	}
	work.Wait()
	return slices.DeleteFunc(list, func(l LookedAt) bool { return l.Endpoint == nil })
}

// addresses finds every address of a target, with the name that is asked for. If a
// proxy looks names up, there is only one, which is not known here.
func (s *Endpoints) addresses(ctx context.Context, t Target) ([]probe.Target, error) {
	name := cmp.Or(s.ServerName, t.Host)
	if _, err := netip.ParseAddr(t.Host); err != nil && s.ProxyResolves {
		if _, err := netip.ParseAddr(name); err == nil {
			name = "" // an address is never a server name (RFC 6066 section 3)
		}
		return []probe.Target{{Name: t.String(), Through: t.String(), ServerName: name, StartTLS: s.StartTLS}}, nil
	}
	return probe.Targets(ctx, net.DefaultResolver, t.Host, t.Port, name, s.StartTLS)
}

// ProbedDemand is what a name asks of clients, as its addresses were found.
type ProbedDemand struct {
	verdict.Demand
	Addresses []*document.Endpoint // those that were judged; at least one
	Failed    []*document.Endpoint // those that could not be, with their errors
}

// Demand looks at one target and gives what it accepts as a demand. It is a [Mistake]
// if the word names no single target, and another error if no address could be judged.
func (s *Endpoints) Demand(ctx context.Context, word string) (*ProbedDemand, error) {
	spec, err := parseTarget(word, HTTPSPort)
	if err == nil && (spec.prefix.IsValid() || !spec.PassedOver.IsZero()) {
		err = errTarget()
	}
	if err != nil {
		return nil, noTarget(word, "", err)
	}
	d := &ProbedDemand{}
	for _, one := range s.One(ctx, spec.Target) {
		if one.Error != nil {
			d.Failed = append(d.Failed, one.Endpoint)
		} else {
			d.Addresses = append(d.Addresses, one.Endpoint)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(d.Addresses) == 0 {
		return nil, noneJudged(d.Failed)
	}
	d.Demand = endpoint.Demand("endpoint:"+spec.String(), d.Addresses)
	return d, nil
}

// noneJudged says why no address of a name could be judged.
func noneJudged(failed []*document.Endpoint) error {
	var why []message.Text
	for _, e := range failed {
		why = append(why, FailedText(e))
	}
	return &message.Problem{What: message.New("survey.error.endpoint", message.Sub("why", why...)), Hint: message.New("survey.hint.endpoint")}
}

// FailedText names an endpoint and its error.
func FailedText(e *document.Endpoint) message.Text {
	return message.New("problem.at", message.Str("where", e.Name()), message.Sub("what", *e.Error))
}

// Look probes one address and gives everything that was found as its document.
func (s *Endpoints) Look(ctx context.Context, t probe.Target) *document.Endpoint {
	var hellos []*wire.ClientHello
	if s.Clients != nil {
		hellos = s.Clients.Hellos(t.ServerName, s.Prober.KeyShares)
	}
	res := s.Prober.Probe(ctx, t, hellos...)
	e := EndpointOf(&res)
	if s.Roots != nil {
		s.Roots.Find(e, chainsOf(&res))
	}
	if s.Clients != nil && (e.Error == nil || res.Sent != nil) {
		e.Clients = s.Clients.Clients(e, s.Rules, repliesOf(&res))
	}
	if e.Error != nil {
		return e // it could not be judged, which the document says
	}
	for _, c := range s.Checks {
		e.Findings = append(e.Findings, c.Findings(e)...)
	}
	return e
}

// repliesOf says what follows from the answers to the clients' own hellos.
func repliesOf(res *probe.Result) []endpoint.Reply {
	replies := make([]endpoint.Reply, len(res.Sent))
	for i := range res.Sent {
		replies[i] = replyOf(&res.Sent[i])
		replies[i].Alone = res.OneForm
	}
	return replies
}

// replyOf says what follows from the answer to a client's own hello.
func replyOf(s *probe.Sent) endpoint.Reply {
	r := endpoint.Reply{Kind: endpoint.Open, Answer: s.String()}
	switch {
	case !s.Made:
		return endpoint.Reply{}
	case s.Refused:
		r.Kind = endpoint.Refused
	case s.Kind == probe.Hello:
		r.Kind = endpoint.Chosen
		r.Version, r.Suite, r.Kinds, r.Group = s.Version, s.Suite, s.Reply.Kinds, s.Group
		r.Scheme = s.Scheme
		if x := s.KeyExchange; x != nil {
			r.DHBits = x.DHBits
		}
		if len(s.Chain) > 0 {
			sum := sha256.Sum256(s.Chain[0])
			r.Leaf = hex.EncodeToString(sum[:])
		}
	}
	return r
}
