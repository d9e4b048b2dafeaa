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
func (s *scan) findGroups(ctx context.Context, yes []tlsready.Version) {
	var modern, old []tlsready.Group
	sure, oldSure := true, true
	var work sync.WaitGroup
	if slices.Contains(yes, tlsready.TLS13) {
		work.Go(func() { modern, sure = s.groups13(ctx) })
	}
	if v := topOld(yes); v != 0 {
		work.Go(func() { old, oldSure = s.groups12(ctx, v) })
	}
	work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.Groups = union(modern, old)
	s.res.GroupsKnown = sure && oldSure
}

// topOld is the highest accepted version of those that send their flight in clear
// and know elliptic curves; 0 where there is none.
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

// groups13 eliminates groups of TLS 1.3.
func (s *scan) groups13(ctx context.Context) (found []tlsready.Group, sure bool) {
	left := groups13()
	suites := fitting(s.lists.likely, tlsready.TLS13)
	return eliminate(ctx, s, left, func(left []tlsready.Group) question {
		return question{asked: "TLS 1.3 groups", version: tlsready.TLS13, suites: suites, groups: left}
	}, tlsready.TLS13, func(r Reply) tlsready.Group { return r.Group }, s.groupsByShare)
}

// groupsByShare is the fallback for servers that do not take a hello without a key
// share: one real share at a time, of those that can be made.
func (s *scan) groupsByShare(ctx context.Context) []tlsready.Group {
	var found []tlsready.Group
	for _, g := range groups13() {
		share, ok := s.keys.share(g)
		if !ok {
			continue
		}
		q := s.second(tlsready.TLS13)
		q.asked, q.groups, q.shares = "TLS 1.3 groups with a share", []tlsready.Group{g}, []wire.KeyShare{share}
		if r := s.put(ctx, q); r.chose(tlsready.TLS13) && r.Group == g {
			found = append(found, g)
		}
	}
	return found
}

// groups12 eliminates curves of version v.
func (s *scan) groups12(ctx context.Context, v tlsready.Version) (found []tlsready.Group, sure bool) {
	suites := slices.DeleteFunc(fitting(s.lists.likely, v), func(x tlsready.Suite) bool {
		return x.Info().KeyExchange != tlsready.ECDHE
	})
	return eliminate(ctx, s, groups12(), func(left []tlsready.Group) question {
		return question{asked: v.String() + " groups", version: v, suites: suites, groups: left, depth: toHelloDone}
	}, v, func(r Reply) tlsready.Group { return r.Group }, nil)
}

// eliminate asks for items until the server picks none. pick is what a reply chose,
// the zero value for nothing. fallback is asked where not even the first question
// got a hello.
func eliminate[T comparable](ctx context.Context, s *scan, left []T, ask func([]T) question, v tlsready.Version, pick func(Reply) T, fallback func(context.Context) []T) (found []T, sure bool) {
	var zero T
	for len(left) > 0 && ctx.Err() == nil {
		q := ask(left)
		r := s.put(ctx, q)
		if !r.chose(v) && !refusesSuites(r) {
			var answer tlsready.Answer
			if r, answer = s.confirm(ctx, q); answer == tlsready.Unknown {
				return found, false
			}
		}
		if !r.chose(v) {
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
