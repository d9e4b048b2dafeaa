package probe

import (
	"context"
	"slices"
	"sync"

	"tlsready"
)

// deniesOld says whether an answer denies a version up to TLS 1.1: those are what is
// switched off, machine by machine, behind one address.
func deniesOld(q question, r Reply) bool {
	if r.refusesVersion() {
		return q.version.Rank() <= tlsready.TLS11.Rank()
	}
	return r.Version.Rank() < min(q.version.Rank(), tlsready.TLS11.Rank())
}

// askNodes asks a question again, of so many connections as the options say: one
// address may stand for several machines. first is what the first one answered.
func (s *scan) askNodes(ctx context.Context, q question, first Reply) {
	given, tries := 1, 0
	for given < s.nodes && tries < maxRefusals && ctx.Err() == nil {
		replies := make([]Reply, s.nodes-given)
		var work sync.WaitGroup
		for i := range replies {
			work.Go(func() { replies[i] = s.readVersion(q, s.put(ctx, q)) })
		}
		work.Wait()
		told := false // something of the server: a lost connection was looked into already
		for _, r := range replies {
			tries++
			if told = told || r.explicit() || r.throttled(); !r.explicit() {
				continue
			}
			given++
			s.compare(q, first, r)
		}
		if !told && !s.alive(ctx) {
			break
		}
	}
	if given < s.nodes {
		s.reopen(q, first)
	}
}

// reopen takes back the "no" of too few connections.
func (s *scan) reopen(q question, r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range tlsready.Versions() {
		if v.Rank() <= tlsready.TLS11.Rank() && verdictOn(v, q, r) == tlsready.No && s.res.Versions[v] == tlsready.No {
			s.res.Versions[v] = tlsready.Unknown
		}
	}
}

// verdictOn is what an answer in so many words says of a version.
func verdictOn(v tlsready.Version, q question, r Reply) tlsready.Answer {
	switch {
	case v.Rank() > q.version.Rank():
		return tlsready.Unknown
	case r.refusesVersion() && v == q.version:
		return tlsready.No
	case r.Kind != Hello:
		return tlsready.Unknown
	case v == r.Version:
		return tlsready.Yes
	case v.Rank() > r.Version.Rank():
		return tlsready.No
	}
	return tlsready.Unknown
}

// compare holds two answers to the same question against each other, and keeps what
// the second one tells.
func (s *scan) compare(q question, a, b Reply) {
	s.take(q, b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.contradict(q, a, b)
}

// contradict marks the versions on which two answers to the same question do not
// agree: different machines gave them.
func (s *scan) contradict(q question, a, b Reply) {
	for _, v := range tlsready.Versions() {
		x, y := verdictOn(v, q, a), verdictOn(v, q, b)
		if x != tlsready.Unknown && y != tlsready.Unknown && x != y {
			if s.differ == nil {
				s.differ = map[tlsready.Version]bool{}
			}
			s.differ[v] = true
		}
	}
}

// closeNodes ends the work on versions: if machines differ in one, every other answer is
// checked on several connections too, and versions they disagree on are left open.
func (s *scan) closeNodes(ctx context.Context) {
	if len(s.differ) == 0 {
		return
	}
	for _, v := range slices.Backward(tlsready.Versions()) {
		answer := s.res.Versions[v]
		if v.Rank() < tlsready.TLS10.Rank() || answer == tlsready.Unknown || s.differ[v] {
			continue
		}
		q := s.again(v)
		first := s.readVersion(q, s.put(ctx, q))
		if !first.explicit() {
			continue
		}
		s.compare(q, first, first)
		if says := verdictOn(v, q, first); says != tlsready.Unknown && says != answer {
			s.differ[v] = true
		}
		s.askNodes(ctx, q, first)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetDiffering()
}

// again is the question that settled a version.
func (s *scan) again(v tlsready.Version) question {
	q := s.broad(v)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.good[v]; ok {
		q = known
	}
	q.asked, q.expects = v.String(), 0
	return q
}

// forgetDiffering leaves open what machines differ in.
func (s *scan) forgetDiffering() {
	for v := range s.differ {
		s.res.NodesDiffer = true
		s.res.Versions[v] = tlsready.Unknown
		delete(s.good, v)
	}
	if _, ok := s.good[s.best]; !ok {
		for v := range s.good {
			s.best = max(s.best, v)
		}
	}
}
