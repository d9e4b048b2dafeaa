package probe

import (
	"context"
	"errors"
	"sync"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/wire"

	"tlsready"
)

// Why nothing, or not everything, could be learned.
var (
	ErrUnreachable  error = message.Error("probing.unreachable")
	ErrNotTLS       error = message.Error("probing.not-tls")
	ErrSilent       error = message.Error("probing.silent")
	ErrStartTLS     error = message.Error("probing.starttls")
	ErrNoHello      error = message.Error("probing.no-hello")
	ErrBanned       error = message.Error("probing.banned")
	ErrCertificates error = message.Error("probing.certificates")
)

// because is one of the errors above with its cause.
func because(what, why error) error {
	return message.Error("probing.because", message.Cause("what", what), message.Cause("why", why))
}

// sender sends one question and brings the reply. It is the only way from the
// planning to the network; tests put servers of their own in its place.
type sender interface {
	send(ctx context.Context, q question) Reply
	slower()                                         // the endpoint seems to count connections
	restore()                                        // it does not: what it resets, it refuses
	rest(ctx context.Context, d time.Duration) error // a pause before the next try
}

// scan plans the questions to one endpoint and folds the replies.
type scan struct {
	to     sender
	lists  lists
	keys   keys
	ask    Questions
	nodes  int           // connections behind a "no" to old versions
	places chan struct{} // connections at a time
	end    context.CancelCauseFunc
	// gate is held by every connection, and alone by the one that finds out whether the
	// server still answers: in the meantime no other is made.
	gate sync.RWMutex

	mu    sync.Mutex
	res   Result
	good  map[tlsready.Version]question
	best  tlsready.Version // of good: the one that worked last
	trust trust
	// life is the last question that was answered in TLS, with whatever; spoke says
	// that there is one.
	life  question
	spoke bool
	begun int   // connections so far
	lost  []int // of each connection lost since the last answer: how many had begun by then
	// turned is the same for hellos that were taken before but no longer are, since the last
	// hello in answer: a server that counts may say so with an alert, or with a page.
	turned []int
	// explained is how many lost connections were refusals: the server answered right
	// after each of them.
	explained int
	differ    map[tlsready.Version]bool // different machines answered differently
	// mixed says that a list was both refused with an alert and taken; turnsAway that hellos
	// taken before were refused too, so the server itself did it, not another machine.
	mixed, turnsAway bool
	alerts           bool // the server refuses with alerts
	// tolerated is the length of a list of suites that the server is known to look
	// through to its end.
	tolerated int
	form      form             // the one in which the server answers, if it does not answer every form
	only      []tlsready.Suite // the suites that it took, if none of them is a usual one
}

func newScan(to sender, opts Options, l lists, k keys) *scan {
	return &scan{
		to: to, ask: opts.Questions, nodes: max(opts.Nodes, 1), lists: l, keys: k, end: func(error) {},
		places: make(chan struct{}, max(opts.PerEndpoint, 1)),
		res:    newResult(), good: map[tlsready.Version]question{},
	}
}

// run asks everything that is to be asked, sends the hellos, and gives what was
// learned.
func (s *scan) run(ctx context.Context, hellos []*wire.ClientHello) Result {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	s.end = end
	s.findVersions(ctx)
	if s.res.Err == nil {
		s.findRest(ctx)
	}
	if len(hellos) > 0 && (s.res.Err == nil || errors.Is(s.res.Err, ErrNoHello) || errors.Is(s.res.Err, ErrCertificates)) {
		if s.sendHellos(ctx, hellos); len(s.res.accepted()) > 0 && errors.Is(s.res.Err, ErrNoHello) {
			s.res.Err = nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrBanned):
		s.res.Err, s.res.Incomplete = cause, s.ask.lists()
	case s.res.Err == nil && cause != nil:
		s.res.Err, s.res.Incomplete = message.Error("probing.time", message.Cause("why", cause)), s.ask.lists()
	}
	if s.forgetDiffering(); s.res.NodesDiffer || s.mixed && !s.turnsAway {
		s.res.Incomplete = s.ask.lists()
		s.res.open()
	}
	s.res.OneForm = s.form > plain
	s.res.finish(s.ask)
	return s.res
}

// findRest asks what depends on the versions, everything at once.
func (s *scan) findRest(ctx context.Context) {
	if !s.ask.lists() && !s.ask.WithoutServerName {
		return
	}
	yes := s.res.accepted()
	if v := topOld(yes); s.ask.Suites && v != 0 {
		s.measure(ctx, v)
	}
	var work sync.WaitGroup
	lull := newLull(s.answered)
	begin := func(when bool, find func(*worker)) {
		if when {
			w := lull.begin()
			work.Go(func() {
				defer w.end()
				find(w)
			})
		}
	}
	starting := lull.begin()
	for _, v := range yes {
		begin(s.ask.Suites && v != tlsready.SSL20, func(w *worker) { s.findSuites(ctx, v, w) })
	}
	begin(s.ask.Groups, func(w *worker) { s.findGroups(ctx, yes, w) })
	begin(s.ask.SignatureAlgorithms, func(w *worker) { s.findSchemes(ctx, yes, w) })
	begin(s.ask.WithoutServerName, func(*worker) { s.findNoSNI(ctx) })
	starting.end()
	work.Wait()
	if s.ask.Certificates { // after the suites: they say which keys the server has
		s.findCertificates(ctx, yes)
	}
}

// broad is the question with everything in it, up to version v.
func (s *scan) broad(v tlsready.Version) question {
	q := question{asked: v.String(), version: v, suites: s.lists.broad[v], form: s.formFor(v)}
	if q.form != full {
		q.suites = s.lists.plain[v]
	}
	return s.fitted(q)
}

// second is the second opinion: the hello of a plain client.
func (s *scan) second(v tlsready.Version) question {
	return s.fitted(question{asked: v.String(), version: v, form: max(plain, s.formFor(v)), suites: s.lists.plain[v]})
}

// formFor is the form in which the server answers. TLS 1.3 is not to be had without its
// extensions.
func (s *scan) formFor(v tlsready.Version) form {
	if (s.form == bare || s.form == early) && v == tlsready.TLS13 {
		return plain
	}
	return s.form
}

// fitted gives a question the suites that the server is known to take, if none of them is
// a usual one, and a hello of TLS 1.3 the shares of a plain client.
func (s *scan) fitted(q question) question {
	if list := fitting(s.only, q.version); len(list) > 0 {
		q.suites = list
	}
	if q.version == tlsready.TLS13 {
		q.shares = s.keys.usual()
	}
	return q
}

// asIn is a question about a version in the form, and with the shares, in which the
// server took it; its suites are all the likely ones if it reads so many.
func (s *scan) asIn(v tlsready.Version, asked string) question {
	s.mu.Lock()
	defer s.mu.Unlock()
	worked := s.good[v]
	q := question{asked: v.String() + " " + asked, version: v, form: worked.form, shares: worked.shares, suites: worked.suites}
	if q.form == full {
		q.suites = fitting(s.lists.likely, v)
	}
	return q
}
