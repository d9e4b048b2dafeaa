package probe

import (
	"context"
	"fmt"
	"slices"

	"tlsready"
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
	var doubtful []tlsready.Version
	spoke := false    // it refused in so many words: suites that it takes may be among the rare ones
	var foreign error // every answer so far was none of TLS
	for i, v := range order {
		if s.res.Versions[v] != tlsready.Unknown || ctx.Err() != nil {
			continue
		}
		r := s.askVersion(ctx, s.broad(v))
		if doubt(r) && r.Kind != Unreachable {
			r = s.askVersion(ctx, s.second(v))
		} else if v == tlsready.TLS13 && r.Kind == Hello && r.Version.Rank() < v.Rank() {
			s.askWithShare(ctx)
		}
		if doubt(r) {
			doubtful = append(doubtful, v)
			spoke = spoke || refusesSuites(r)
		}
		if i == 0 && s.hopeless(ctx, r) {
			return
		}
		if r.Kind != Foreign {
			foreign = nil
		} else if i == 0 || foreign != nil {
			foreign = r.Err
		}
	}
	if foreign != nil {
		s.res.Err = fmt.Errorf("%w: %w", ErrNotTLS, foreign)
		return
	}
	if len(s.good) == 0 && spoke {
		doubtful = s.tryRare(ctx, doubtful)
	}
	s.settle(ctx, doubtful)
	if len(s.res.accepted()) == 0 && s.res.Err == nil && !s.res.allRefused() {
		s.res.Err = ErrNoHello
	}
}

// askWithShare asks for TLS 1.3 once more where a lower version was chosen: some
// servers have it and cannot answer a hello without a key share by asking for one
// (HelloRetryRequest, RFC 8446 section 4.1.4). Only a hello of TLS 1.3 counts.
func (s *scan) askWithShare(ctx context.Context) {
	q := s.second(tlsready.TLS13)
	q.asked = "TLS 1.3 with a key share"
	if r := s.put(ctx, q); r.chose(tlsready.TLS13) {
		s.works(q, r)
		s.fold(tlsready.TLS13, r)
	}
}

// tryRare asks once more with the suites that need no certificate of the usual
// kind, where nothing else got a hello: a server of pre-shared keys alone has no
// other. It gives the versions that are still open.
func (s *scan) tryRare(ctx context.Context, doubtful []tlsready.Version) (open []tlsready.Version) {
	for _, v := range doubtful {
		if len(fitting(s.lists.rare, v)) == 0 || v < tlsready.TLS10 || s.res.Versions[v] != tlsready.Unknown {
			open = append(open, v)
			continue
		}
		s.rare = true
		if len(s.good) > 0 {
			if doubt(s.askVersion(ctx, s.broad(v))) {
				open = append(open, v)
			}
			continue
		}
		q := s.broad(v)
		if r := s.put(ctx, q); r.Kind == Hello && r.Version.Rank() <= v.Rank() {
			s.works(q, r)
			s.fold(v, r)
		} else {
			s.rare = false
			open = append(open, v)
		}
	}
	return open
}

// doubt says whether a reply leaves the version open.
func doubt(r Reply) bool {
	return r.Kind != Hello && !refusesVersion(r)
}

func refusesVersion(r Reply) bool {
	return r.Kind == Alert && r.Alert.Description == wire.ProtocolVersion
}

// askVersion asks one hello and folds the reply: a lower version in answer is a
// "no" to all above it, alert 70 to the one that was asked.
func (s *scan) askVersion(ctx context.Context, q question) Reply {
	r := s.put(ctx, q)
	switch {
	case r.Kind == Hello && r.Version.Rank() > q.version.Rank() || r.Kind == Hello && !slices.Contains(tlsready.Versions(), r.Version):
		return Reply{Kind: Broken, Err: fmt.Errorf("answer %v to a hello of at most %v", r.Version, q.version)}
	case r.Kind == Hello && r.Version == tlsready.SSL20 && len(r.Kinds) == 0: // some answer so although SSL 2.0 is off
		return Reply{Kind: Alert, Alert: wire.Alert{Level: wire.Fatal, Description: wire.HandshakeFailure}}
	case r.Kind == Hello:
		s.works(q, r)
		s.fold(q.version, r)
	case refusesVersion(r):
		s.set(q.version, tlsready.No)
	}
	return r
}

func (s *scan) fold(asked tlsready.Version, r Reply) {
	for _, v := range tlsready.Versions() {
		if v.Rank() > r.Version.Rank() && v.Rank() <= asked.Rank() {
			s.set(v, tlsready.No)
		}
	}
	s.set(r.Version, tlsready.Yes)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.res.Chosen[r.Version] = r.Suite; r.Version == tlsready.SSL20 {
		delete(s.res.Chosen, r.Version)
		s.res.Suites[r.Version] = r.Kinds
		s.res.Complete[r.Version] = true
	}
}

// set keeps an answer; a "yes" is never taken back.
func (s *scan) set(v tlsready.Version, a tlsready.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.res.Versions[v] != tlsready.Yes {
		s.res.Versions[v] = a
	}
}

// hopeless looks at how the endpoint met the first two hellos, and ends the work
// where no hello of another version can do better.
func (s *scan) hopeless(ctx context.Context, r Reply) bool {
	switch r.Kind {
	case Unreachable:
		s.res.Err = fmt.Errorf("%w: %w", ErrUnreachable, r.Err)
	case NoStartTLS:
		s.res.Err = fmt.Errorf("%w: %w", ErrStartTLS, r.Err)
	case Foreign:
		if s.ask.SSL { // a server of SSL 2.0 alone may answer so
			return false
		}
		s.res.Err = fmt.Errorf("%w: %w", ErrNotTLS, r.Err)
	case Silent: // some old stacks hang on a hello that is too new for them
		if !s.ask.SSL && doubt(s.askVersion(ctx, s.second(tlsready.TLS10))) && s.res.Versions[tlsready.TLS10] == tlsready.Unknown {
			s.res.Err = ErrSilent
		}
	}
	return s.res.Err != nil
}

// settle turns doubts into a "no" where the endpoint shows that it is alive. What
// came as a TLS alert, and not as a reset or silence, needs one sign of life only.
func (s *scan) settle(ctx context.Context, doubtful []tlsready.Version) {
	for _, v := range doubtful {
		if s.res.Versions[v] != tlsready.Unknown || len(s.good) == 0 {
			continue
		}
		q := s.second(v)
		r, answer := s.confirm(ctx, q)
		switch answer {
		case tlsready.Yes:
			s.works(q, r)
			s.fold(v, r)
		case tlsready.No:
			s.set(v, tlsready.No)
		}
	}
}
