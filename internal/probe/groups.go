package probe

import (
	"context"
	"slices"
	"sync"

	"tlsready"
	"tlsready/internal/wire"
)

// findGroups lists the groups: of TLS 1.3 by the HelloRetryRequest that a hello
// without a key share gets, of older versions by the server's key exchange.
func (s *scan) findGroups(ctx context.Context, yes []tlsready.Version, w *worker) {
	var modern, old []tlsready.Group
	sure, oldSure := true, true
	var work sync.WaitGroup
	if slices.Contains(yes, tlsready.TLS13) {
		w := w.lull.begin()
		work.Go(func() { modern, sure = s.groups13(ctx, w) })
	}
	if v := topOld(yes); v != 0 {
		w := w.lull.begin()
		work.Go(func() { old, oldSure = s.groups12(ctx, v, w) })
	}
	w.end()
	work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.Groups = union(modern, old)
	s.res.GroupsKnown = sure && oldSure
}

// topOld is the highest accepted version of those that send their flight in clear
// and know elliptic curves; 0 if there is none.
func topOld(yes []tlsready.Version) tlsready.Version {
	for _, v := range slices.Backward(yes) {
		if v <= tlsready.TLS12 && v >= tlsready.TLS10 {
			return v
		}
	}
	return 0
}

func union[T comparable](a, b []T) []T {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// groups13 eliminates groups of TLS 1.3: without a key share the server asks for one.
func (s *scan) groups13(ctx context.Context, w *worker) (found []tlsready.Group, sure bool) {
	defer w.end()
	q := s.asIn(tlsready.TLS13, "groups")
	q.shares, q.depth = nil, toRetry
	return eliminate(ctx, s, w, q, groups13(), func(q *question, left []tlsready.Group) { q.groups = left },
		func(r Reply) tlsready.Group { return r.Group }, s.groupsByShare)
}

// groupsByShare is the fallback for servers that do not take a hello without a key
// share: one share at a time, of those that can be made.
func (s *scan) groupsByShare(ctx context.Context) []tlsready.Group {
	var found []tlsready.Group
	for _, g := range groups13() {
		share, ok := s.keys.share(g)
		if !ok {
			continue
		}
		q := s.asIn(tlsready.TLS13, "groups with a share")
		q.groups, q.shares = []tlsready.Group{g}, []wire.KeyShare{share}
		if r := s.put(ctx, q); r.chose(tlsready.TLS13) && r.Group == g {
			found = append(found, g)
		}
	}
	return found
}

// groups12 eliminates curves of version v. A hello without extensions names none.
func (s *scan) groups12(ctx context.Context, v tlsready.Version, w *worker) (found []tlsready.Group, sure bool) {
	defer w.end()
	q := s.asIn(v, "groups")
	q.suites = slices.DeleteFunc(slices.Clone(q.suites), func(x tlsready.Suite) bool { return x.Info().KeyExchange != tlsready.ECDHE })
	switch q.depth = toFlight; {
	case q.form == bare:
		return nil, false
	case len(q.suites) == 0:
		return nil, true
	}
	return eliminate(ctx, s, w, q, groups12(), func(q *question, left []tlsready.Group) { q.groups = left },
		func(r Reply) tlsready.Group { return r.Group }, nil)
}

// eliminate asks for items until the server picks none. offer puts what is left into
// the question; pick is what a reply chose, the zero value for nothing. fallback is
// asked if not even the first question got a hello.
func eliminate[T comparable](ctx context.Context, s *scan, w *worker, q question, left []T, offer func(*question, []T), pick func(Reply) T, fallback func(context.Context) []T) (found []T, sure bool) {
	var zero T
	for len(left) > 0 && ctx.Err() == nil {
		offer(&q, left)
		q.alike = len(found) > 0
		r := s.put(ctx, q)
		if !r.explicit() {
			var answer tlsready.Answer
			if r, answer = s.insist(ctx, w, q, r, func(r Reply) bool { return r.chose(q.version) }); answer == tlsready.Unknown {
				return found, false
			}
		}
		if !r.chose(q.version) {
			if len(found) > 0 || fallback == nil {
				return found, true
			}
			return fallback(ctx), false
		}
		item := pick(r)
		if item == zero { // nothing was told, unless an alert in place of the key exchange
			return found, r.Alert.Level == wire.Fatal
		}
		if !slices.Contains(left, item) { // it takes this one whatever is offered
			return union(found, []T{item}), true
		}
		found = append(found, item)
		left = without(left, item)
	}
	return found, ctx.Err() == nil
}
