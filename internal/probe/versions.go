package probe

import (
	"context"
	"slices"
	"sync"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/wire"
)

// findVersions goes from the highest version down: the answer to a hello is the
// highest version in common, so an ordinary server needs one connection for each
// that it takes and one for each that it does not.
func (s *scan) findVersions(ctx context.Context) {
	order := []tlsready.Version{tlsready.TLS13, tlsready.TLS12, tlsready.TLS11, tlsready.TLS10}
	if s.ask.SSL {
		order = append(order, tlsready.SSL30, tlsready.SSL20)
	}
	doubts := map[tlsready.Version][]Reply{}
	var stumbles []Reply // to long hellos, if the short one was answered
	var notTLS error     // no answer so far was TLS
	for i, v := range order {
		if s.res.Versions[v] != tlsready.Unknown || ctx.Err() != nil {
			continue
		}
		r := s.askVersion(ctx, s.broad(v))
		replies := []Reply{r}
		if doubt(r) && r.Kind != Unreachable {
			if r = s.askVersion(ctx, s.second(v)); !doubt(r) {
				stumbles = append(stumbles, replies...)
			}
			replies = append(replies, r)
		} else if v == tlsready.TLS13 && r.Kind == Hello && r.Version.Rank() < v.Rank() {
			s.askOtherShares(ctx)
		}
		if doubt(r) {
			doubts[v] = replies
		}
		if i == 0 && s.hopeless(ctx, r) {
			return
		}
		if r.Kind != NotTLS {
			notTLS = nil
		} else if i == 0 || notTLS != nil {
			notTLS = r.Err
		}
	}
	if notTLS != nil {
		s.res.Err = because(ErrNotTLS, notTLS)
		return
	}
	if len(s.good) == 0 && len(doubts) > 0 {
		s.tryOtherForms(ctx, doubts)
	}
	s.countStumbles(stumbles)
	s.settle(ctx, doubts)
	s.closeNodes(ctx)
	if len(s.res.accepted()) == 0 && len(s.differ) == 0 && s.res.Err == nil && !s.res.allRefused() {
		s.res.Err = s.noHello(doubts)
	}
}

// countStumbles counts long hellos that failed by chance: the server takes such hellos.
func (s *scan) countStumbles(list []Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.good {
		if q.form == full {
			for _, r := range list {
				s.trust.failed.add(r)
			}
			return
		}
	}
}

// noHello says how the hellos were met that nobody answered.
func (s *scan) noHello(doubts map[tlsready.Version][]Reply) error {
	var said []string
	for _, v := range slices.Backward(tlsready.Versions()) {
		for _, r := range doubts[v] {
			if !slices.Contains(said, r.String()) {
				said = append(said, r.String())
			}
		}
	}
	return &NoHelloError{Answers: said}
}

// askOtherShares asks for TLS 1.3 once more if a lower version was chosen: some servers
// have it but cannot ask for a share other than those that a plain client sends
// (HelloRetryRequest, RFC 8446 section 4.1.4). Only a hello of TLS 1.3 counts.
func (s *scan) askOtherShares(ctx context.Context) {
	q := s.second(tlsready.TLS13)
	q.asked = "TLS 1.3 with other key shares"
	q.groups = []tlsready.Group{tlsready.X25519MLKEM768, tlsready.Secp384r1, tlsready.Secp521r1, tlsready.X25519, tlsready.Secp256r1}
	q.shares = s.keys.of(q.groups...)
	if r := s.put(ctx, q); r.chose(tlsready.TLS13) {
		s.works(q, r)
		s.fold(tlsready.TLS13, r)
	}
}

// doubt says whether a reply leaves the version open.
func doubt(r Reply) bool { return !r.explicit() }

// askVersion asks one hello and folds the reply: a lower version in answer is a
// "no" to all above it, alert 70 to the one that was asked. What old versions are
// refused is asked of so many connections as the options say.
func (s *scan) askVersion(ctx context.Context, q question) Reply {
	r := s.readVersion(q, s.put(ctx, q))
	if r.explicit() {
		s.take(q, r)
	}
	if s.nodes > 1 && r.explicit() && deniesOld(q, r) {
		s.askNodes(ctx, q, r)
	}
	return r
}

// take folds an answer that says yes or no.
func (s *scan) take(q question, r Reply) {
	if r.Kind == Hello {
		s.works(q, r)
		s.fold(q.version, r)
	} else {
		s.set(q.version, tlsready.No)
	}
}

// readVersion is a reply as one to the question for a version: what breaks the rules is
// no hello.
func (s *scan) readVersion(q question, r Reply) Reply {
	switch {
	case r.Kind == Hello && r.Version.Rank() > q.version.Rank() || r.Kind == Hello && !slices.Contains(tlsready.Versions(), r.Version):
		return Reply{Kind: Malformed, Err: message.Error("probing.version", message.Str("version", r.Version.String()), message.Str("asked", q.version.String()))}
	case r.Kind == Hello && r.Version == tlsready.SSL20 && len(r.Kinds) == 0: // some answer so although SSL 2.0 is off
		return Reply{Kind: Alert, Alert: wire.Alert{Level: wire.Fatal, Description: wire.HandshakeFailure}}
	}
	return r
}

func (s *scan) fold(asked tlsready.Version, r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Version != asked {
		for _, v := range tlsready.Versions() {
			if v.Rank() > r.Version.Rank() && v.Rank() <= asked.Rank() {
				s.res.set(v, tlsready.No)
			}
		}
	}
	s.res.set(r.Version, tlsready.Yes)
	if s.res.Chosen[r.Version] = r.Suite; r.Version == tlsready.SSL20 {
		delete(s.res.Chosen, r.Version)
		s.res.Suites[r.Version] = r.Kinds
		s.res.Complete[r.Version] = true
	}
}

func (s *scan) set(v tlsready.Version, a tlsready.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.set(v, a)
}

// hopeless looks at how the endpoint met the first two hellos, and ends the work
// if no hello of another version can do better.
func (s *scan) hopeless(ctx context.Context, r Reply) bool {
	switch r.Kind {
	case Unreachable:
		s.res.Err = because(ErrUnreachable, r.Err)
	case NoStartTLS:
		s.res.Err = because(ErrStartTLS, r.Err)
	case NotTLS:
		if s.ask.SSL { // a server of SSL 2.0 alone may answer so
			return false
		}
		s.res.Err = because(ErrNotTLS, r.Err)
	case Silent:
		if r.early || !s.hearsOldHellos(ctx) {
			s.res.Err = ErrSilent
		}
	}
	return s.res.Err != nil
}

// hearsOldHellos asks a server that says nothing to a new hello for old ones, all at
// once: some old stacks hang on what is too new for them.
func (s *scan) hearsOldHellos(ctx context.Context) bool {
	list := []question{s.second(tlsready.TLS10), {asked: "TLS 1.2 without extensions", version: tlsready.TLS12, form: bare, suites: s.lists.plain[tlsready.TLS12]}}
	if s.ask.SSL {
		list = append(list, s.broad(tlsready.SSL30), s.broad(tlsready.SSL20))
	}
	replies := make([]Reply, len(list))
	var work sync.WaitGroup
	for i, q := range list {
		work.Go(func() { replies[i] = s.readVersion(q, s.put(ctx, q)) })
	}
	work.Wait()
	heard := false
	for i, r := range replies {
		heard = heard || r.Kind != Silent
		if r.explicit() {
			s.take(list[i], r)
		}
	}
	return heard
}
