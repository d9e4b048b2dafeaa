package clients

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// Pairs finds connections that two sources have, by the client's address and port, and
// joins them: what a log leaves open, the hello in a capture answers. It measures by how
// much the sources' clocks differ on the way.
type Pairs struct {
	on    bool
	seen  map[netip.AddrPort]paired
	said  map[answerKey]*answer
	skews map[[2]string][]float64
}

// The bounds of pairing. A port is used anew after some minutes at the earliest, and
// clocks that are further apart than that cannot be told from other connections.
const (
	maxPaired   = 1 << 17
	maxApart    = 2 * time.Minute
	maxMeasured = 1 << 10 // differences that are kept for a pair of sources
	minMeasured = 3       // below it a difference may be chance
	minSkew     = time.Second
)

type paired struct {
	source string
	when   moment
	answer *answer // nil if the source has no hello
}

// answer is what a hello settles. Connections of which the same is said share it.
type answer struct {
	ja3, ja4 string
	stack    Stack
	offered  *document.ConnectionOffer
	survives tlsready.Answer
	old      bool
	finding  string
	why      message.Text
	remedy   message.Text
}

// answerKey tells answers apart: of hellos that are alike the judge gives the same offer,
// and beside it an answer hangs on what was agreed on.
type answerKey struct {
	offered  *document.ConnectionOffer
	agreed   tlsready.Version
	survives tlsready.Answer
	finding  string
}

// NewPairs makes one that finds pairs, or with a single source has nothing to do.
func NewPairs(several bool) *Pairs {
	return &Pairs{on: several, seen: map[netip.AddrPort]paired{}, said: map[answerKey]*answer{}, skews: map[[2]string][]float64{}}
}

// Join looks for the connection in what other sources had of it, and settles what is open
// by its hello if one of them has it.
func (p *Pairs) Join(j *Judged) {
	if !p.on || !j.Client.IsValid() || j.Client.Port() == 0 || j.Time.IsZero() {
		return
	}
	at := netip.AddrPortFrom(j.Client.Addr().Unmap(), j.Client.Port())
	have, ok := p.seen[at]
	if apart := j.Time.Sub(have.when.time()); ok && have.source != j.Source && apart.Abs() <= maxApart {
		p.measure(have.source, j.Source, apart)
		if j.Hello == nil && have.answer != nil {
			j.settle(have.answer)
		}
		if j.Hello == nil {
			return // the one with the hello answers for more
		}
	}
	if len(p.seen) >= maxPaired {
		clear(p.seen)
	}
	one := paired{source: j.Source, when: momentOf(j.Time)}
	if j.Hello != nil {
		one.answer = p.answer(j)
	}
	p.seen[at] = one
}

// answer is what the connection's hello settles.
func (p *Pairs) answer(j *Judged) *answer {
	key := answerKey{offered: j.Offered, survives: j.Survives, finding: j.Finding}
	if j.Negotiated != nil {
		key.agreed = j.Negotiated.Version
	}
	if have := p.said[key]; have != nil {
		return have
	}
	if len(p.said) >= maxVerdicts {
		clear(p.said)
	}
	a := &answer{j.JA3, j.JA4, j.Stack, j.Offered, j.Survives, j.Old, j.Finding, j.Why, j.Remedy}
	p.said[key] = a
	return a
}

// settle answers by the connection's own hello what a log leaves open.
func (j *Judged) settle(a *answer) {
	j.same = nil
	j.Stack, j.JA3, j.JA4, j.Offered = a.stack, a.ja3, a.ja4, a.offered
	if j.Survives != tlsready.Unknown {
		return
	}
	j.Survives, j.Old, j.Open, j.Finding, j.Why, j.Remedy = a.survives, a.old, false, a.finding, a.why, a.remedy
}

func (p *Pairs) measure(one, other string, apart time.Duration) {
	key := [2]string{one, other}
	if one > other {
		key, apart = [2]string{other, one}, -apart
	}
	if list := p.skews[key]; len(list) < maxMeasured {
		p.skews[key] = append(list, apart.Seconds())
	}
}

// Skews are the differences of clocks that are no chance, by the sources' names. The
// middle one of what was measured counts: a log writes some lines late.
func (p *Pairs) Skews() []document.WatchSkew {
	var list []document.WatchSkew
	for key, measured := range p.skews {
		slices.Sort(measured)
		middle := measured[len(measured)/2]
		if len(measured) < minMeasured || time.Duration(middle*float64(time.Second)).Abs() < minSkew {
			continue
		}
		one := document.WatchSkew{One: key[0], Other: key[1], Seconds: middle, Connections: len(measured)}
		if middle < 0 { // the other is always the one that is ahead
			one.One, one.Other, one.Seconds = one.Other, one.One, -middle
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b document.WatchSkew) int {
		return cmp.Or(cmp.Compare(a.One, b.One), cmp.Compare(a.Other, b.Other))
	})
	return list
}
