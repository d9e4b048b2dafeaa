package probe

import (
	"context"
	"errors"
	"slices"

	"tlsready"
)

// findCertificates reads the chain for each kind of key that the server has, the
// size of its finite field, the OCSP answer and its wish for a client certificate.
func (s *scan) findCertificates(ctx context.Context, yes []tlsready.Version) {
	var broken error
	for _, q := range s.certificateQuestions(yes) {
		r := s.put(ctx, q)
		if r.Kind == Hello && r.Err != nil && len(r.Chain) == 0 && r.Alert.Level == 0 && !errors.Is(r.Err, errors.ErrUnsupported) {
			broken = r.Err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if broken != nil && len(s.res.Chains) == 0 {
		s.res.Err = because(ErrCertificates, broken)
	}
}

// certificateQuestions ask for each kind of key: up to TLS 1.2 by the suites, in TLS 1.3
// by the signature algorithms.
func (s *scan) certificateQuestions(yes []tlsready.Version) (list []question) {
	v := topOld(yes)
	if v == 0 && slices.Contains(yes, tlsready.SSL30) {
		v = tlsready.SSL30
	}
	if v != 0 {
		for _, suites := range s.certificateSuites(v) {
			q := s.asIn(v, "certificate")
			q.suites, q.depth = suites, toFlight
			list = append(list, q)
		}
		return list
	}
	if !slices.Contains(yes, tlsready.TLS13) {
		return nil
	}
	ec := []tlsready.SignatureScheme{tlsready.ECDSAP256SHA256, tlsready.ECDSAP384SHA384, tlsready.ECDSAP521SHA512, tlsready.Ed25519, tlsready.Ed448}
	for _, schemes := range [][]tlsready.SignatureScheme{ec, without(schemes12(), ec...)} {
		q := s.asIn(tlsready.TLS13, "certificate")
		q.schemes, q.depth = schemes, toFlight
		list = append(list, q)
	}
	return list
}

// certificateSuites groups the suites by what they show: those of an RSA key, of an
// elliptic-curve key, and those with a finite field. What the server is known not
// to take is not asked.
func (s *scan) certificateSuites(v tlsready.Version) [][]tlsready.Suite {
	s.mu.Lock()
	defer s.mu.Unlock()
	suites := s.res.Suites[v]
	if !s.res.Complete[v] {
		if suites = s.good[v].suites; s.good[v].form == full {
			suites = fitting(s.lists.likely, v)
		}
	}
	kinds := []func(tlsready.SuiteInfo) bool{
		func(i tlsready.SuiteInfo) bool { return i.Auth == tlsready.AuthRSA && i.KeyExchange != tlsready.DHE },
		func(i tlsready.SuiteInfo) bool { return i.Auth == tlsready.AuthECDSA },
		func(i tlsready.SuiteInfo) bool { return i.KeyExchange == tlsready.DHE },
		func(i tlsready.SuiteInfo) bool { return i.Auth == tlsready.AuthDSS },
	}
	var groups [][]tlsready.Suite
	for _, fits := range kinds {
		var list []tlsready.Suite
		for _, suite := range suites {
			if fits(suite.Info()) {
				list = append(list, suite)
			}
		}
		if len(list) > 0 {
			groups = append(groups, list)
		}
	}
	return groups
}
