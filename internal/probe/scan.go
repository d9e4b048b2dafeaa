package probe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tlsready"
)

// Why nothing could be learned.
var (
	ErrUnreachable  = errors.New("no connection")
	ErrNotTLS       = errors.New("the endpoint does not speak TLS")
	ErrSilent       = errors.New("the endpoint takes connections and says nothing")
	ErrStartTLS     = errors.New("the dialogue before TLS failed")
	ErrNoHello      = errors.New("no hello was answered with a ServerHello")
	ErrCertificates = errors.New("the certificates could not be read")
)

// sender sends one question and brings the reply. It is the only way from the
// planning to the network; tests put servers of their own in its place.
type sender interface {
	send(ctx context.Context, q question) Reply
	slower()                                         // the endpoint seems to count connections
	rest(ctx context.Context, d time.Duration) error // a pause before the next try
}

// scan plans the questions to one endpoint and folds the replies.
type scan struct {
	to    sender
	lists lists
	keys  keys
	ask   Questions

	mu    sync.Mutex
	res   Result
	tries map[Evidence]int // Tries left at 0
	good  map[tlsready.Version]question
	best  tlsready.Version // of good: the one that worked last
	// tolerated is the length of a list of suites that the server is known to look
	// through to its end.
	tolerated int
	rare      bool // the server takes none of the usual suites
}

func newScan(to sender, ask Questions, l lists, k keys) *scan {
	return &scan{
		to: to, ask: ask, lists: l, keys: k,
		res:   newResult(),
		tries: map[Evidence]int{}, good: map[tlsready.Version]question{},
	}
}

// put sends a question and writes down what came.
func (s *scan) put(ctx context.Context, q question) Reply {
	r := s.to.send(ctx, q)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.Connections++
	s.tries[Evidence{Asked: q.asked, Answer: r.String()}]++
	if r.Kind == Hello && !q.noName { // without a name another host may answer
		s.learn(r)
	}
	return r
}

// learn keeps what any answer tells beside what it was asked for.
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
	q.asked = "liveness"
	q.depth = toHello
	s.good[r.Version] = q
	s.best = r.Version
}

// alive asks a question that is known to work once more.
func (s *scan) alive(ctx context.Context) bool {
	s.mu.Lock()
	q, ok := s.good[s.best]
	s.mu.Unlock()
	return ok && s.put(ctx, q).Kind == Hello
}

// backOff waits longer from round to round, and lowers the rate.
func (s *scan) backOff(ctx context.Context, round int) error {
	s.to.slower()
	return s.to.rest(ctx, time.Duration(round+1)*1200*time.Millisecond)
}

// confirm settles a doubtful "no": the question must fail again, between two signs
// of life. found is the reply where it is a hello after all.
func (s *scan) confirm(ctx context.Context, q question) (found Reply, answer tlsready.Answer) {
	for round := range maxRounds {
		if s.alive(ctx) {
			r := s.put(ctx, q)
			switch {
			case r.Kind == Hello:
				return r, tlsready.Yes
			case !r.throttled(), s.alive(ctx):
				return r, tlsready.No
			}
		}
		if s.backOff(ctx, round) != nil {
			break
		}
	}
	return Reply{}, tlsready.Unknown
}

// run asks everything that is to be asked, and gives what was learned.
func (s *scan) run(ctx context.Context) Result {
	s.findVersions(ctx)
	if s.res.Err == nil {
		s.findRest(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.finish(s.tries)
	if s.res.Err == nil && ctx.Err() != nil {
		s.res.Err = fmt.Errorf("out of time: %w", context.Cause(ctx))
	}
	return s.res
}

// findRest asks what depends on the versions, everything at once.
func (s *scan) findRest(ctx context.Context) {
	var work sync.WaitGroup
	yes := s.res.accepted()
	if s.ask.Suites {
		if v := topOld(yes); v != 0 {
			s.measure(ctx, v)
		}
		for _, v := range yes {
			if v != tlsready.SSL20 {
				work.Go(func() { s.findSuites(ctx, v) })
			}
		}
	}
	if s.ask.Groups {
		work.Go(func() { s.findGroups(ctx, yes) })
	}
	if s.ask.SignatureAlgorithms {
		work.Go(func() { s.findSchemes(ctx, yes) })
	}
	if s.ask.WithoutServerName {
		work.Go(func() { s.findNameless(ctx) })
	}
	work.Wait()
	if s.ask.Certificates { // after the suites: they say which keys the server has
		s.findCertificates(ctx, yes)
	}
}

// broad is the question with everything in it, up to version v.
func (s *scan) broad(v tlsready.Version) question {
	q := question{asked: v.String(), version: v, suites: s.lists.broad[v]}
	if s.rare {
		q.suites = fitting(s.lists.rare, v)
	}
	return q
}

// second is the second opinion: the hello of a plain client, with a real key share.
func (s *scan) second(v tlsready.Version) question {
	q := question{asked: v.String(), version: v, small: true, suites: s.lists.plain[v]}
	if s.rare {
		q.suites = fitting(s.lists.rare, v)
	}
	if v == tlsready.TLS13 {
		q.shares = s.keys.usual()
	}
	return q
}
