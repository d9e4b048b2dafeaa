package probe

import (
	"context"
	"slices"
	"time"

	"tlsready"
)

const (
	// maxLost is how many connections in a row may be lost before an endpoint that answered
	// earlier is left alone: it, or something in front of it, has turned against us.
	maxLost = 5
	// maxRefusals is how often one thing is refused before it is left open, if chance may
	// still explain the refusals.
	maxRefusals = 20
)

// pauses says how long to wait before the next sign of life, by the number of
// connections lost in a row: a limiter that counts for some seconds forgets us, and
// a ban is not met with a hail of connections.
func pauses(lost int) time.Duration {
	switch lost {
	case 1:
		return 0
	case 2:
		return 500 * time.Millisecond
	case 3:
		return 1500 * time.Millisecond
	}
	return 5 * time.Second
}

// put sends a question and writes down what came. After a connection that was lost it
// asks for a sign of life before anything else is sent.
func (s *scan) put(ctx context.Context, q question) Reply {
	select {
	case s.places <- struct{}{}:
	default: // all are taken
		select {
		case s.places <- struct{}{}:
		case <-ctx.Done():
			return Reply{Kind: Silent, Err: context.Cause(ctx), unsent: true}
		}
	}
	defer func() { <-s.places }()
	s.gate.RLock()
	r := s.send(ctx, q)
	s.gate.RUnlock()
	if !r.unsent && (r.throttled() || q.turnedAway(r)) {
		s.check(ctx)
	}
	return r
}

func (s *scan) send(ctx context.Context, q question) Reply {
	if ctx.Err() != nil {
		return Reply{Kind: Silent, Err: context.Cause(ctx), unsent: true}
	}
	s.mu.Lock()
	s.begun++
	at := s.begun
	s.mu.Unlock()
	r := s.to.send(ctx, q)
	s.note(q, at, r)
	return r
}

// note writes down a reply to the connection of that number.
func (s *scan) note(q question, at int, r Reply) {
	if r.unsent {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.Connections++
	s.res.addEvidence(q.asked, r.String())
	before := func(earlier int) bool { return earlier < at } // what began later may be lost all the same
	switch {
	case r.throttled():
		s.lost = append(s.lost, s.begun)
	case r.Kind == Hello || r.Kind == Alert || r.Kind == Retry:
		s.lost = slices.DeleteFunc(s.lost, before)
		s.life, s.spoke = q, true
	}
	switch {
	case r.Kind == Hello:
		s.turned = slices.DeleteFunc(s.turned, before)
	case q.turnedAway(r):
		s.turned = append(s.turned, s.begun)
	}
	s.alerts = s.alerts || r.Kind == Alert && r.refusesSuites()
	switch {
	case r.explicit():
		s.trust.answered++
		if q.expects != 0 {
			s.contradict(q, Reply{Kind: Hello, Version: q.expects}, r)
		}
	case q.expects != 0 && r.Kind != NotTLS && r.Kind != Malformed:
		s.trust.failed.add(r)
		s.turnsAway = s.turnsAway || !r.throttled()
	}
	if r.Kind == Hello && !q.noName { // without a name another host may answer
		s.learn(r)
	}
}

// check finds out, while no other connection is open, whether a server that lost one, or
// turned away a hello that it took before, still answers; if it does not, the scan ends.
func (s *scan) check(ctx context.Context) {
	s.gate.Lock()
	defer s.gate.Unlock()
	first := true
	for ctx.Err() == nil {
		q, lost := s.signOfLife()
		switch {
		case lost == 0:
			return
		case lost >= maxLost:
			s.end(ErrBanned)
			return
		case !first:
			s.to.slower()
		}
		if s.to.rest(ctx, pauses(lost)) != nil {
			return
		}
		if r := s.send(ctx, q); first && !r.throttled() && !q.turnedAway(r) {
			s.explain()
		}
		first = false
	}
}

// signOfLife is the question to ask, and how many connections were lost or turned away
// since the last answer; none as long as nobody answered at all.
func (s *scan) signOfLife() (question, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.spoke {
		return question{}, 0
	}
	q := s.life
	if known, ok := s.good[s.best]; ok {
		q = known
	}
	q.asked = "liveness"
	return q, max(len(s.lost), len(s.turned))
}

// manyExplained is after how many of them lost connections are taken for the way in
// which a server refuses.
const manyExplained = 3

// explain counts a lost connection after which the server answered at once. If all were
// like that, nobody is counting connections, and the earlier pace may be kept.
func (s *scan) explain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.explained++; s.explained >= manyExplained && s.trust.failed.lost == 0 {
		s.to.restore()
	}
}

// learn keeps what an answer tells beyond what was asked.
func (s *scan) learn(r Reply) {
	if x := r.KeyExchange; x != nil {
		if x.DHBits > 0 && (s.res.DHBits == 0 || x.DHBits < s.res.DHBits) {
			s.res.DHBits = x.DHBits
		}
	}
	if len(r.Chain) > 0 {
		s.res.addChain(r.Chain)
	}
	if len(r.OCSP) > 0 {
		s.res.OCSPStaple = tlsready.Yes
	}
	switch {
	case r.Request != nil:
		s.res.ClientCertificate = tlsready.Yes
	case r.Complete && r.Version != tlsready.SSL20 && s.res.ClientCertificate == tlsready.Unknown:
		s.res.ClientCertificate = tlsready.No
	}
}

// works writes down a question that got a hello; it is asked again as a sign of
// life. It is made as short as the answer allows.
func (s *scan) works(q question, r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(q, r)
	s.best = r.Version
}

// worksBeside is works for questions that are asked at the same time: the highest version
// is asked again, whichever answer came last.
func (s *scan) worksBeside(q question, r Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(q, r)
	if r.Version.Rank() > s.best.Rank() {
		s.best = r.Version
	}
}

// remember keeps a question that got a hello. It is called with the lock held.
func (s *scan) remember(q question, r Reply) {
	q.depth, q.expects = toHello, r.Version
	s.good[r.Version] = q
}

// alive asks a question that is known to work once more.
func (s *scan) alive(ctx context.Context) bool {
	s.mu.Lock()
	q, ok := s.good[s.best]
	s.mu.Unlock()
	q.asked = "liveness"
	return ok && s.put(ctx, q).Kind == Hello
}

// misstep makes one connection that asks nothing. Without it, machines that take turns
// would fall into step with us: the broken one would always get the question, and the
// others the signs of life. If the connection is lost, no other follows.
func (s *scan) misstep(ctx context.Context) (answered bool) {
	s.mu.Lock()
	q, ok := s.good[s.best]
	s.mu.Unlock()
	if !ok {
		return false
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	q.asked = "liveness"
	return s.send(ctx, q).Kind == Hello
}

// backOff waits longer from round to round, and lowers the rate.
func (s *scan) backOff(ctx context.Context, round int) error {
	s.to.slower()
	return s.to.rest(ctx, time.Duration(round+1)*1200*time.Millisecond)
}

// answered counts the answers that say yes or no.
func (s *scan) answered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trust.answered
}

// believes says whether refusals are more than chance, after so many answers.
func (s *scan) believes(x refusals, answered int, seldom float64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trust.believes(x, answered, seldom)
}

// byChance writes down that refusals were mere chance: the same question was answered later.
func (s *scan) byChance(x refusals) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trust.failed.lost += x.lost
	s.trust.failed.turned += x.turned
}

// insist settles a refusal that is not explicit: the question must be refused again,
// among signs of life, until chance no longer explains it. found is the reply if took
// says that the question was accepted after all.
func (s *scan) insist(ctx context.Context, w *worker, q question, r Reply, took func(Reply) bool) (found Reply, answer tlsready.Answer) {
	var refused refusals
	answered := w.wait(ctx)
	for !r.unsent && refused.n() <= maxRefusals {
		if refused.add(r); !(q.alike && r.throttled() && s.saysNo()) && s.believes(refused, answered, seldomEnd) {
			return r, tlsready.No
		}
		if refused.n()%2 == 0 && (r.throttled() && s.misstep(ctx) || !r.throttled() && s.alive(ctx)) {
			answered++
		}
		switch r = s.put(ctx, q); {
		case took(r):
			s.byChance(refused)
			if refused.turned > 0 {
				s.takesTurns()
			}
			return r, tlsready.Yes
		case r.explicit():
			return r, tlsready.No
		}
	}
	return r, tlsready.Unknown
}

// saysNo says that the server was seen to refuse with an alert, so a lost connection is
// not a refusal.
func (s *scan) saysNo() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alerts
}

// takesTurns writes down that the same list was refused with an alert and taken: machines
// behind the address may take different ones.
func (s *scan) takesTurns() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mixed = true
}
