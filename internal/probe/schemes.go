package probe

import (
	"context"
	"slices"
	"sync"

	"tlsready"
	"tlsready/internal/wire"
)

// findSchemes lists the signature algorithms with which the server signs: in TLS
// 1.2 its key exchange names them; in TLS 1.3 that is encrypted, but a server that
// finds none says so before its hello.
func (s *scan) findSchemes(ctx context.Context, yes []tlsready.Version) {
	var old, modern []tlsready.SignatureScheme
	sure, modernSure := true, true
	asked := false
	var work sync.WaitGroup
	if slices.Contains(yes, tlsready.TLS12) {
		asked = true
		work.Go(func() { old, sure = s.schemes12(ctx) })
	}
	if slices.Contains(yes, tlsready.TLS13) {
		asked = true
		work.Go(func() { modern, modernSure = s.schemes13(ctx) })
	}
	work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.SignatureAlgorithms = union(modern, old)
	s.res.SignaturesKnown = asked && sure && modernSure
}

func (s *scan) schemes12(ctx context.Context) ([]tlsready.SignatureScheme, bool) {
	suites := slices.DeleteFunc(fitting(s.lists.likely, tlsready.TLS12), func(x tlsready.Suite) bool {
		info := x.Info()
		return info.KeyExchange == tlsready.RSA || info.Auth == tlsready.AuthAnon
	})
	return eliminate(ctx, s, schemes12(), func(left []tlsready.SignatureScheme) question {
		return question{asked: "TLS 1.2 signatures", version: tlsready.TLS12, suites: suites, schemes: left, depth: toHelloDone}
	}, tlsready.TLS12, func(r Reply) tlsready.SignatureScheme {
		if r.KeyExchange == nil {
			return 0
		}
		return r.KeyExchange.Scheme
	}, nil)
}

// schemes13 asks for each scheme alone. It needs a real key share, or the server
// asks for one before it looks at signatures.
func (s *scan) schemes13(ctx context.Context) (found []tlsready.SignatureScheme, sure bool) {
	share, ok := s.usableShare(ctx)
	if !ok {
		return nil, false
	}
	sure = true
	for _, scheme := range schemes13() {
		q := question{
			asked: "TLS 1.3 signatures", version: tlsready.TLS13, suites: fitting(s.lists.likely, tlsready.TLS13),
			groups: []tlsready.Group{share.Group}, shares: []wire.KeyShare{share}, schemes: []tlsready.SignatureScheme{scheme},
		}
		r := s.put(ctx, q)
		if !r.chose(tlsready.TLS13) && !refusesSuites(r) {
			var answer tlsready.Answer
			r, answer = s.confirm(ctx, q)
			sure = sure && answer != tlsready.Unknown
		}
		if r.chose(tlsready.TLS13) {
			found = append(found, scheme)
		}
	}
	return found, sure
}

// usableShare finds a key share that the server takes without another round: the
// group it asks for in a HelloRetryRequest, of those that can be made.
func (s *scan) usableShare(ctx context.Context) (wire.KeyShare, bool) {
	q := s.broad(tlsready.TLS13)
	q.asked, q.suites, q.groups = "TLS 1.3 groups", fitting(s.lists.likely, tlsready.TLS13), nil
	for _, g := range groups13() {
		if _, ok := s.keys[g]; ok {
			q.groups = append(q.groups, g)
		}
	}
	r := s.put(ctx, q)
	if !r.chose(tlsready.TLS13) {
		share, ok := s.keys.share(tlsready.X25519)
		return share, ok && s.good[tlsready.TLS13].small
	}
	return s.keys.share(r.Group)
}
