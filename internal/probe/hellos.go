package probe

import (
	"context"
	"slices"
	"sync"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// Sent is what came of one of the hellos that were given to [Prober.Probe].
type Sent struct {
	Reply
	// Refused says that the server refuses the hello: in so many words, or again and
	// again among signs of life.
	Refused bool
	Made    bool // false: the scan ended before it was sent
	once    bool // refused by an alert that nothing else confirms
}

// enough is how many answers make a single refusal of a hello worth something, as long
// as nothing was seen to fail by chance.
const enough = 8

// sendHellos sends hellos as they are, such as those of simulated clients, even if none
// of the scan's own was answered: a server may answer a current client but not a prober.
func (s *scan) sendHellos(ctx context.Context, hellos []*wire.ClientHello) {
	sent := make([]Sent, len(hellos))
	lull := newLull(s.answered)
	var work sync.WaitGroup
	starting := lull.begin() // the first may end before the second begins
	for i, h := range hellos {
		if h == nil {
			sent[i].Reply = Reply{Kind: Malformed, Err: message.Error("probing.no-hello-to-send"), unsent: true}
			continue
		}
		w := lull.begin()
		work.Go(func() {
			defer w.end()
			sent[i] = s.sendHello(ctx, w, h)
		})
	}
	starting.end()
	work.Wait()
	once := func(x Sent) bool { return x.once }
	if slices.ContainsFunc(sent, once) && !s.alive(ctx) { // they may have met a server that turned against us
		for i := range sent {
			sent[i].Refused = sent[i].Refused && !sent[i].once
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.Sent = sent
}

func (s *scan) sendHello(ctx context.Context, w *worker, h *wire.ClientHello) Sent {
	q := question{asked: "a client's hello", version: h.Max(), ready: h, depth: toFlight}
	r := s.put(ctx, q)
	once := r.Kind != Hello && !r.refusesVersion() && s.settled(r)
	if r.Kind != Hello && !once && !r.refusesVersion() {
		first := r
		var answer tlsready.Answer
		if r, answer = s.insist(ctx, w, q, r, func(r Reply) bool { return r.Kind == Hello }); answer == tlsready.Unknown {
			return Sent{Reply: r, Made: !first.unsent}
		}
	}
	if r.Kind == Hello && slices.Contains(tlsready.Versions(), r.Version) {
		s.worksBeside(q, r)
		s.set(r.Version, tlsready.Yes)
	}
	return Sent{Reply: r, Refused: r.Kind != Hello, Made: true, once: once}
}

// settled says whether a refusal needs no second one but a sign of life at the end.
func (s *scan) settled(r Reply) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.Kind == Alert && s.trust.answered >= enough && s.trust.failed.n() == 0
}
