package probe

import (
	"context"
	"crypto/sha256"

	"tlsready"
)

// NoSNI is what the server does when it is not named. Many hosts share one
// address; the version is then often that of the default host, whatever name is
// asked for.
type NoSNI struct {
	Asked           bool
	Answer          string           // as in [Evidence]
	Version         tlsready.Version // 0: no hello
	SameCertificate tlsready.Answer  // up to TLS 1.2, which sends it in clear
}

// findNoSNI asks the version that worked once more without a server name, and
// once with it, to compare the certificates.
func (s *scan) findNoSNI(ctx context.Context) {
	s.mu.Lock()
	v := topOld(s.res.accepted())
	if v == 0 {
		v = s.best
	}
	q, ok := s.good[v]
	s.mu.Unlock()
	if !ok {
		return
	}
	q.depth, q.expects, q.asked = toFlight, 0, "without a server name"
	named := q
	q.noName = true
	r := s.put(ctx, q)
	n := NoSNI{Asked: true, Answer: r.String(), Version: r.Version}
	if named.asked = "with a server name"; len(r.Chain) > 0 {
		if with := s.put(ctx, named); len(with.Chain) > 0 {
			n.SameCertificate = tlsready.No
			if sha256.Sum256(with.Chain[0]) == sha256.Sum256(r.Chain[0]) {
				n.SameCertificate = tlsready.Yes
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.WithoutServerName = n
}
