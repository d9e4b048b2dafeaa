package probe

import (
	"context"
	"slices"
	"sync"

	"tlsready"
)

// findSchemes lists the signature algorithms with which the server signs: in TLS
// 1.2 its key exchange names them, in TLS 1.3 its CertificateVerify.
func (s *scan) findSchemes(ctx context.Context, yes []tlsready.Version, w *worker) {
	var old, modern []tlsready.SignatureScheme
	sure, modernSure := true, true
	asked := false
	var work sync.WaitGroup
	if slices.Contains(yes, tlsready.TLS12) {
		asked = true
		w := w.lull.begin()
		work.Go(func() { old, sure = s.schemes12(ctx, w) })
	}
	if slices.Contains(yes, tlsready.TLS13) {
		asked = true
		w := w.lull.begin()
		work.Go(func() { modern, modernSure = s.schemes13(ctx, w) })
	}
	w.end()
	work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.SignatureAlgorithms = union(modern, old)
	s.res.SignaturesKnown = asked && sure && modernSure
}

func (s *scan) schemes12(ctx context.Context, w *worker) ([]tlsready.SignatureScheme, bool) {
	defer w.end()
	q := s.asIn(tlsready.TLS12, "signatures")
	q.suites = slices.DeleteFunc(slices.Clone(q.suites), func(x tlsready.Suite) bool {
		info := x.Info()
		return info.KeyExchange == tlsready.RSA || info.Auth == tlsready.AuthAnon
	})
	switch q.depth = toFlight; {
	case q.form == bare:
		return nil, false
	case len(q.suites) == 0:
		return nil, true
	}
	return eliminate(ctx, s, w, q, schemes12(), offerSchemes, schemeOfReply, nil)
}

func offerSchemes(q *question, left []tlsready.SignatureScheme) { q.schemes = left }

func schemeOfReply(r Reply) tlsready.SignatureScheme { return r.Scheme }

// schemes13 reads the signature itself. It needs a key share whose secret can be
// worked out; what stays closed is not known, whatever the server went on with: it
// need not look at the list at all (RFC 8446 section 4.4.2.2).
func (s *scan) schemes13(ctx context.Context, w *worker) ([]tlsready.SignatureScheme, bool) {
	defer w.end()
	q := s.asIn(tlsready.TLS13, "signatures")
	q.depth = toFlight
	return eliminate(ctx, s, w, q, schemes13(), offerSchemes, schemeOfReply, nil)
}
