package endpoint

import (
	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/wire"
)

// maxHellos is the most distinct hellos that one endpoint is sent. All modelled
// clients together make about a third of that; beyond it clients are computed only.
const maxHellos = 256

// Sending says which hellos stand for the clients of a [Simulator], so that an endpoint
// can be asked and not only computed: each distinct hello once.
type Sending struct {
	simulator *Simulator
	hellos    []distinctHello
	sends     [][][]send // by client and row: the hellos that stand for it
}

// distinctHello is an offer that one or more clients make in the same bytes.
type distinctHello struct {
	offer    tlsready.Offer
	style    wire.Style
	recorded *wire.ClientHello
}

// send is one hello of a row and what the client means by it: without
// supported_versions the same bytes may stand for different lowest versions.
type send struct {
	hello int // in Sending.hellos
	offer tlsready.Offer
}

// Sending finds the distinct hellos of the clients.
func (s *Simulator) Sending() (*Sending, error) {
	p := &Sending{simulator: s, sends: make([][][]send, len(s.clients))}
	places := map[string]int{}
	for i := range s.clients {
		c := &s.clients[i]
		if c.Hello != nil {
			p.sends[i] = [][]send{p.place(places, c.ID, distinctHello{offer: c.Hello.Offer(), recorded: c.Hello})}
			continue
		}
		for _, row := range s.judge.Host(c.View, []*caller.Caller{c.Caller}, demandOf(nothingKnown())).Rows {
			sends, err := p.placesOf(places, row.Offer, c.View.OS.Build)
			if err != nil {
				return nil, err
			}
			p.sends[i] = append(p.sends[i], sends)
		}
	}
	return p, nil
}

// nothingKnown makes a prediction look at every axis.
func nothingKnown() tlsready.Acceptance {
	return tlsready.Acceptance{
		Versions: tlsready.UnknownOf[tlsready.Version](), Suites: tlsready.UnknownOf[tlsready.Suite](),
		Groups: tlsready.UnknownOf[tlsready.Group](), SignatureAlgorithms: tlsready.UnknownOf[tlsready.SignatureScheme](),
	}
}

// KeyShares makes key shares for those of the groups for which there is one.
type KeyShares func(groups ...tlsready.Group) []wire.KeyShare

// Hellos writes the hellos for a server name; nil stands for one that cannot be made.
// shares may be nil: then a server of TLS 1.3 asks for a share, which is an answer too.
func (p *Sending) Hellos(serverName string, shares KeyShares) []*wire.ClientHello {
	list := make([]*wire.ClientHello, len(p.hellos))
	for i, h := range p.hellos {
		list[i], _ = h.make(serverName, shares) // nil with an error
	}
	return list
}

// placesOf finds the hellos of an offer: one, or two if parts of it are not known;
// none if there is nothing to say.
func (p *Sending) placesOf(places map[string]int, o tlsready.Offer, build int) ([]send, error) {
	var list []send
	for _, maybe := range []bool{false, true} {
		offer, sure := settled(o, maybe)
		if maybe && sure {
			break
		}
		d := distinctHello{offer: offer, style: wire.SchannelStyle(build)}
		h, err := d.make("example.com", nil)
		if err != nil {
			continue // no version, so nothing to send
		}
		bytes, err := h.Records(0)
		if err != nil {
			return nil, err
		}
		list = append(list, p.place(places, string(bytes), d)...)
	}
	return list, nil
}

func (p *Sending) place(places map[string]int, key string, d distinctHello) []send {
	at, ok := places[key]
	if !ok {
		if len(p.hellos) == maxHellos {
			return nil
		}
		at = len(p.hellos)
		places[key] = at
		p.hellos = append(p.hellos, d)
	}
	return []send{{at, d.offer}}
}

// settled is an offer with or without what depends on facts not known; sure says
// that there is no such thing in it.
func settled(o tlsready.Offer, with bool) (out tlsready.Offer, sure bool) {
	sure = true
	keep := func(maybe bool) bool {
		sure = sure && !maybe
		return with || !maybe
	}
	out = o
	out.Versions, out.Suites, out.Groups, out.SignatureAlgorithms = nil, nil, nil, nil
	for _, v := range o.Versions {
		if keep(v.Maybe) {
			out.Versions = append(out.Versions, tlsready.OfferedVersion{Version: v.Version})
		}
	}
	for _, x := range o.Suites {
		if keep(x.Maybe) {
			out.Suites = append(out.Suites, tlsready.OfferedSuite{Suite: x.Suite, Group: x.Group})
		}
	}
	for _, x := range o.Groups {
		if keep(x.Maybe) {
			out.Groups = append(out.Groups, tlsready.OfferedGroup{Group: x.Group})
		}
	}
	for _, x := range o.SignatureAlgorithms {
		if keep(x.Maybe) {
			out.SignatureAlgorithms = append(out.SignatureAlgorithms, tlsready.OfferedScheme{Scheme: x.Scheme})
		}
	}
	return out, sure
}

// make writes the hello for a server name. The random bytes are those of the
// project, not of a client: nothing is decrypted with them.
func (d distinctHello) make(name string, shares KeyShares) (*wire.ClientHello, error) {
	if d.recorded != nil {
		return d.recorded, nil
	}
	opts := wire.HelloOptions{Random: make([]byte, 32), ServerName: name, Style: d.style}
	for i := range opts.Random {
		opts.Random[i] = byte(i) ^ 0x5a
	}
	if d.offer.Max() == tlsready.TLS13 {
		opts.SessionID = opts.Random
		if shares != nil {
			opts.KeyShares = firstShare(d.offer, shares)
		}
	}
	return wire.FromOffer(d.offer, opts)
}

// firstShare makes a key share for the first group of the offer for which there is
// one. Without any the server asks for one, which is an answer too.
func firstShare(o tlsready.Offer, shares KeyShares) []wire.KeyShare {
	for _, g := range o.Groups {
		if list := shares(g.Group); len(list) > 0 {
			return list
		}
	}
	return nil
}
