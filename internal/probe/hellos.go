package probe

import (
	"context"
	"sync"
	"sync/atomic"

	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// Sent is what came of one hello of [Prober.SendAll].
type Sent struct {
	Reply
	Again bool // a reset or a silence that came again, between two signs of life
}

// SendAll sends hellos to one endpoint, those of simulated clients for instance, as
// many at a time as the prober's own, and gives the replies in their order and how many
// connections were made. Where a hello is reset or meets silence, it is sent again
// between two that are known to be answered. A nil hello is answered by Broken.
func (p *Prober) SendAll(ctx context.Context, t Target, hellos []*wire.ClientHello) (replies []Sent, connections int) {
	s := &sendingAll{p: p, target: t, hellos: hellos, replies: make([]Sent, len(hellos))}
	var work sync.WaitGroup
	places := make(chan struct{}, p.opts.PerEndpoint)
	for i := range hellos {
		places <- struct{}{}
		work.Go(func() {
			s.replies[i].Reply = s.send(ctx, i)
			<-places
		})
	}
	work.Wait()
	s.confirm(ctx)
	return s.replies, int(s.made.Load())
}

// sendingAll is one run of [Prober.SendAll].
type sendingAll struct {
	p       *Prober
	target  Target
	hellos  []*wire.ClientHello
	replies []Sent
	made    atomic.Int64
}

func (s *sendingAll) send(ctx context.Context, i int) Reply {
	if s.hellos[i] == nil {
		return Reply{Kind: Broken, Err: errNoHello}
	}
	reply, err := s.p.Send(ctx, s.target, s.hellos[i])
	if err != nil {
		return Reply{Kind: Unreachable, Err: err}
	}
	s.made.Add(1)
	return reply
}

var errNoHello error = message.Error("probing.no-hello-to-send")

// confirm sends again what may have met a limiter, each between two signs of life.
func (s *sendingAll) confirm(ctx context.Context) {
	alive := -1
	for i := range s.replies {
		if s.replies[i].Kind == Hello {
			alive = i
		}
	}
	for i := range s.replies {
		if alive < 0 || !unanswered(s.replies[i].Reply) || s.send(ctx, alive).Kind != Hello {
			continue
		}
		if reply := s.send(ctx, i); !unanswered(reply) {
			s.replies[i].Reply = reply
		} else {
			s.replies[i].Again = s.send(ctx, alive).Kind == Hello
		}
	}
}

// unanswered says that the answer may come from a limiter. A dialogue before TLS that
// failed is an answer of the server.
func unanswered(r Reply) bool { return r.throttled() && r.Kind != NoStartTLS }
