package probe

import (
	"context"
	"slices"
	"sync"

	"tlsready"
)

// findSuites lists the suites of one version by elimination: the server picks one,
// that one is left out, and so on until it picks none. The likely suites and the
// rare ones are asked side by side; a server with an order of its own tells it so.
func (s *scan) findSuites(ctx context.Context, v tlsready.Version, w *worker) {
	s.mu.Lock()
	first := s.res.Chosen[v]
	s.mu.Unlock()
	likely, rare := fitting(s.lists.likely, v), fitting(s.lists.rare, v)
	e := &elimination{s: s, v: v, first: first}
	var found, other []tlsready.Suite
	var sure, otherSure bool
	var work sync.WaitGroup
	list := func(suites []tlsready.Suite, found *[]tlsready.Suite, sure *bool) {
		w := w.lull.begin()
		work.Go(func() {
			defer w.end()
			*found, *sure = e.list(ctx, w, suites)
		})
	}
	list(without(likely, first), &found, &sure)
	list(without(rare, first), &other, &otherSure)
	w.end()
	work.Wait()
	found = append([]tlsready.Suite{first}, found...)
	order := tlsready.Unknown
	if len(found) > 1 {
		order = e.ownOrder(ctx, found)
	}
	if order == tlsready.Yes {
		for _, suite := range other {
			found = e.insert(ctx, found, suite)
		}
	} else {
		found = append(found, other...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.Suites[v], s.res.Complete[v], s.res.OwnOrder[v] = found, sure && otherSure, order
}

// elimination finds the suites of one version. first is one that is known to be
// taken.
type elimination struct {
	s     *scan
	v     tlsready.Version
	first tlsready.Suite
}

func (e *elimination) question(suites []tlsready.Suite, asked string) question {
	q := e.s.asIn(e.v, asked)
	q.suites = suites
	return q
}

// known is a question with suites of which one at least is known to be taken, and
// which is short enough to be read: an answer that is no hello is a failure.
func (e *elimination) known(suites []tlsready.Suite, asked string) question {
	q := e.question(suites, asked)
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	if len(suites)-1 <= max(e.s.tolerated, bigList) {
		q.expects = e.v
	}
	return q
}

// measure finds out once whether the server looks through a long list to its end,
// or else every long list has to be doubted.
func (s *scan) measure(ctx context.Context, v tlsready.Version) {
	s.mu.Lock()
	e := &elimination{s: s, v: v, first: s.res.Chosen[v]}
	s.mu.Unlock()
	long := without(fitting(s.lists.rare, v), e.first)
	if r := s.put(ctx, e.question(append(long, e.first), "suites and one known")); r.chose(v) && r.Suite == e.first {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tolerated = len(long)
	}
}

// list is what the server takes of suites, in the order in which it picked them. sure is
// false if there may be more.
func (e *elimination) list(ctx context.Context, w *worker, suites []tlsready.Suite) (found []tlsready.Suite, sure bool) {
	for len(suites) > 0 {
		if ctx.Err() != nil {
			return found, false
		}
		r := e.s.put(ctx, e.question(suites, "suites"))
		if r.Kind == Hello && !slices.Contains(suites, r.Suite) && r.chose(e.v) {
			return found, false // it breaks the rules: nothing follows from it
		}
		if !r.chose(e.v) {
			var end verdict
			if end, r = e.judge(ctx, w, suites, r); end == tooLong {
				half := len(suites) / 2
				left, sure1 := e.list(ctx, w, suites[:half])
				right, sure2 := e.list(ctx, w, suites[half:])
				return slices.Concat(found, left, right), sure1 && sure2
			} else if end != another {
				return found, end == none
			}
		}
		found = append(found, r.Suite)
		suites = without(suites, r.Suite)
	}
	return found, true
}

// verdict is what a list that got no answer means.
type verdict int

const (
	undecided verdict = iota
	none              // the server takes none of them
	another           // it does take one, the reply says which
	tooLong           // the list is more than the server looks at
)

// judge settles a list that got no answer. One that is refused in so many words, and
// is short, is refused again until chance no longer explains it. Of a long one, the
// same list with one suite at its end that is known to be taken tells more: an answer
// says that the server is there and looked through all of it.
func (e *elimination) judge(ctx context.Context, w *worker, suites []tlsready.Suite, r Reply) (verdict, Reply) {
	if r.explicit() { // a lower version
		return none, r
	}
	e.s.mu.Lock()
	long := len(suites) > max(e.s.tolerated, bigList)
	e.s.mu.Unlock()
	if !long && r.refusesSuites() {
		return e.again(ctx, w, suites, r)
	}
	for round := range maxRounds {
		probe := e.known(append(slices.Clone(suites), e.first), "suites and one known")
		life := e.s.put(ctx, probe)
		switch {
		case life.chose(e.v) && life.Suite == e.first:
			return e.again(ctx, w, suites, r)
		case life.chose(e.v) && slices.Contains(suites, life.Suite):
			return another, life
		case e.lives(ctx) && e.s.put(ctx, probe).Kind != Hello:
			if len(suites) > 1 {
				return tooLong, life
			}
			if e.lives(ctx) { // it picks this one and breaks off: what it takes depends on what else is offered
				return undecided, Reply{}
			}
		}
		if ctx.Err() != nil || e.s.backOff(ctx, round) != nil {
			break
		}
	}
	return undecided, Reply{}
}

// again asks a list that was refused until chance does not explain it.
func (e *elimination) again(ctx context.Context, w *worker, suites []tlsready.Suite, r Reply) (verdict, Reply) {
	q := e.question(suites, "suites")
	q.alike = true
	found, answer := e.s.insist(ctx, w, q, r, func(r Reply) bool {
		return r.chose(e.v) && slices.Contains(suites, r.Suite)
	})
	switch answer {
	case tlsready.Yes:
		return another, found
	case tlsready.No:
		return none, found
	}
	return undecided, found
}

// lives asks for the suite that is known to be taken.
func (e *elimination) lives(ctx context.Context) bool {
	return e.s.put(ctx, e.known([]tlsready.Suite{e.first}, "liveness")).Kind == Hello
}

// ownOrder asks what was found in the opposite order: a server that follows the
// client picks what stands first now. ChaCha20 is put behind, because servers with an
// order of their own give way to a client that puts it first (OpenSSL's
// PRIORITIZE_CHACHA, crypto/tls).
func (e *elimination) ownOrder(ctx context.Context, found []tlsready.Suite) tlsready.Answer {
	chacha := func(s tlsready.Suite) bool { return s.Info().Cipher == tlsready.CHACHA20 }
	asked := slices.Clone(found)
	slices.Reverse(asked)
	slices.SortStableFunc(asked, func(a, b tlsready.Suite) int { return order(chacha(a), chacha(b)) })
	telling := asked[0] != found[0]
	if !telling { // nothing else to put first than ChaCha20
		slices.Reverse(asked)
	}
	r := e.s.put(ctx, e.known(asked, "order"))
	switch {
	case !r.chose(e.v):
		return tlsready.Unknown
	case r.Suite != asked[0]:
		return tlsready.Yes
	case telling:
		return tlsready.No
	}
	return tlsready.Unknown
}

// order puts what is not before what is.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// insert puts a suite in its place in the server's order, by halving.
func (e *elimination) insert(ctx context.Context, order []tlsready.Suite, suite tlsready.Suite) []tlsready.Suite {
	low, high := 0, len(order)
	for low < high {
		middle := (low + high) / 2
		r := e.s.put(ctx, e.known([]tlsready.Suite{suite, order[middle]}, "order"))
		switch {
		case !r.chose(e.v):
			return append(order, suite)
		case r.Suite == suite:
			high = middle
		default:
			low = middle + 1
		}
	}
	return slices.Insert(order, low, suite)
}
