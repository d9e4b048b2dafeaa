package probe

import (
	"context"
	"slices"
	"strings"

	"tlsready"
)

// NoHelloError is [ErrNoHello] with what came in place of a ServerHello.
type NoHelloError struct{ Answers []string }

// Error names the answers.
func (e *NoHelloError) Error() string {
	return ErrNoHello.Error() + ": " + strings.Join(e.Answers, ", ")
}

// Unwrap is [ErrNoHello].
func (e *NoHelloError) Unwrap() error { return ErrNoHello }

// tryOtherForms asks with hellos of other shapes if none of the usual ones was answered:
// without a key share, without extensions, with few of them, with application protocols,
// and with the suites that are left out of a short list. The first one that is answered
// says how to ask from then on.
func (s *scan) tryOtherForms(ctx context.Context, doubts map[tlsready.Version][]Reply) {
	top, spoke, notTLS := tlsready.SSL20, false, true
	for v, replies := range doubts {
		if v.Rank() > top.Rank() {
			top = v
		}
		for _, r := range replies {
			spoke = spoke || r.Kind == Alert
			notTLS = notTLS && r.Kind == NotTLS
		}
	}
	if notTLS || top.Rank() < tlsready.TLS10.Rank() {
		return
	}
	for _, q := range s.otherForms(top) {
		if r := s.askVersion(ctx, q); r.Kind == Hello {
			s.form = q.form
			s.askOpen(ctx, doubts)
			return
		}
	}
	if !spoke && s.nodes == 1 { // not even an alert, in a scan of many
		return
	}
	for _, q := range s.parts(min(top, tlsready.TLS12), spoke) {
		if r := s.askVersion(ctx, q); r.Kind == Hello {
			s.form, s.only = plain, q.suites
			s.askOpen(ctx, doubts)
			return
		}
	}
}

// otherForms are hellos of other shapes, of at most version v.
func (s *scan) otherForms(v tlsready.Version) []question {
	var list []question
	if v == tlsready.TLS13 {
		list = append(list, s.withoutShare(), s.shaped(v, withALPN))
	}
	old := min(v, tlsready.TLS12)
	return append(list, s.shaped(old, bare), s.shaped(old, early), s.shaped(old, withALPN))
}

func (s *scan) shaped(v tlsready.Version, f form) question {
	asked := map[form]string{bare: " without extensions", early: " with few extensions", withALPN: " with application protocols"}
	return s.fitted(question{asked: v.String() + asked[f], version: v, form: f, suites: s.lists.plain[v]})
}

// withoutShare asks for TLS 1.3 without a key share: the server has to ask for one.
func (s *scan) withoutShare() question {
	q := s.second(tlsready.TLS13)
	q.asked, q.shares = "TLS 1.3 without a key share", nil
	return q
}

// askOpen asks the versions that are still open in the form that was answered.
func (s *scan) askOpen(ctx context.Context, doubts map[tlsready.Version][]Reply) {
	for _, v := range slices.Backward(tlsready.Versions()) {
		if _, open := doubts[v]; open && s.res.Versions[v] == tlsready.Unknown && (s.formFor(v) == s.form) {
			s.askVersion(ctx, s.broad(v))
		}
	}
}

// partSize is how many suites a hello of a part has: fewer than the shortest list that
// a server is known to stop at (40).
const partSize = 30

// core are suites of which nearly every server takes at least one. They are added to each
// part of rare suites, so that every part also offers what a plain client would.
func core() []tlsready.Suite {
	return []tlsready.Suite{0xc02f, 0xc02b, 0xc013, 0xc009, 0x2f, 0x35, 0x9c, 0x0a}
}

// parts asks for a version with every suite that exists, a few at a time: a server may take
// only suites that a short hello leaves out, and may not read a long one to its end. All
// signature algorithms and groups are included.
func (s *scan) parts(v tlsready.Version, withRare bool) []question {
	var list []question
	add := func(suites, common []tlsready.Suite) {
		for part := range slices.Chunk(suites, partSize-len(common)) {
			list = append(list, s.part(v, slices.Concat(part, common)))
		}
	}
	if v.Rank() < tlsready.TLS10.Rank() || v == tlsready.TLS13 {
		return nil
	}
	add(fitting(s.lists.likely, v), nil)
	if withRare {
		add(fitting(s.lists.rare, v), fitting(core(), v))
	}
	return list
}

func (s *scan) part(v tlsready.Version, suites []tlsready.Suite) question {
	return question{asked: v.String() + " in parts", version: v, form: plain, suites: suites, groups: groups12(), schemes: schemes12()}
}

// settle turns doubts into a "no" if the endpoint shows that it is alive, the
// highest version first: a hello of a higher version offers the lower ones too, so
// the parts that it refused need not be asked again. The part that it took comes
// first for the versions below.
func (s *scan) settle(ctx context.Context, doubts map[tlsready.Version][]Reply) {
	var taken []tlsready.Suite
	parted := false
	for _, v := range slices.Backward(tlsready.Versions()) {
		replies, open := doubts[v]
		if !open || s.res.Versions[v] != tlsready.Unknown || len(s.good) == 0 {
			continue
		}
		var more []question
		switch {
		case v == tlsready.TLS13:
			more = []question{s.withoutShare()}
		case !parted && s.worthParts(replies):
			more = s.parts(v, true)
			parted = len(more) > 0
		}
		if list := fitting(taken, v); len(list) > 0 {
			more = slices.Insert(more, 0, s.part(v, list))
		}
		if q, ok := s.settleVersion(ctx, v, replies, more); ok {
			taken, parted = q.suites, false
		}
	}
}

// worthParts says whether a version that met these replies is asked for in parts, which
// takes some ten connections: not in a scan of many if a server that reads long hellos
// resets.
func (s *scan) worthParts(replies []Reply) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nodes > 1 || s.good[s.best].form != full || slices.ContainsFunc(replies, func(r Reply) bool { return !r.throttled() })
}

// settleVersion asks for a version until chance no longer explains that it is refused,
// with signs of life in between. replies are the refusals so far; more is asked before
// the same hellos come again. took is the question that got a hello of the version.
func (s *scan) settleVersion(ctx context.Context, v tlsready.Version, replies []Reply, more []question) (took question, ok bool) {
	var refused refusals
	for _, r := range replies {
		refused.add(r)
	}
	most, shown := maxRefusals+len(more), -1
	for lives := 0; refused.n() <= most && lives <= 2*most && ctx.Err() == nil; lives++ {
		if shown == s.answered() && !s.alive(ctx) {
			continue
		}
		if len(more) == 0 && refused.n() >= s.nodes && s.believes(refused, s.answered(), seldomVersion) {
			s.set(v, tlsready.No)
			return took, false
		}
		q := s.second(v)
		if len(more) > 0 {
			q, more = more[0], more[1:]
		} else if refused.n()%2 == 0 {
			q = s.broad(v)
		}
		if refused.n()%2 == 0 {
			s.misstep(ctx)
		}
		shown = s.answered()
		r := s.askVersion(ctx, q)
		if r.explicit() {
			if r.chose(v) && slices.Contains(s.lists.plain[v], r.Suite) { // each hello before had it
				s.byChance(refused)
			}
			return q, r.Kind == Hello
		}
		refused.add(r)
	}
	return took, false
}
