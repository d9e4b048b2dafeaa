package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"tlsready"
)

// realHandshake is what one whole handshake of TLS 1.3 shows: there the certificate
// is encrypted.
type realHandshake struct {
	Chain   [][]byte
	OCSP    []byte
	Request bool // the server asked for a client certificate
}

// handshaker is a sender that can also make a whole handshake.
type handshaker interface {
	handshake(ctx context.Context) (realHandshake, error)
}

// findCertificates reads the chain for each kind of key that the server has, the
// size of its finite field, the OCSP answer and its wish for a client certificate.
func (s *scan) findCertificates(ctx context.Context, yes []tlsready.Version) {
	v := topOld(yes)
	if v == 0 && slices.Contains(yes, tlsready.SSL30) {
		v = tlsready.SSL30
	}
	if v != 0 {
		var broken error
		for _, suites := range s.certificateSuites(v) {
			r := s.put(ctx, question{asked: v.String() + " certificate", version: v, suites: suites, depth: toHelloDone})
			if r.Kind == Hello && r.Err != nil && len(r.Chain) == 0 && r.Alert.Level == 0 {
				broken = r.Err
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if broken != nil && len(s.res.Chains) == 0 {
			s.res.Err = fmt.Errorf("%w: %w", ErrCertificates, broken)
		}
		return
	}
	real, can := s.to.(handshaker)
	if !can || !slices.Contains(yes, tlsready.TLS13) {
		return
	}
	shown, err := real.handshake(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.res.Connections++
	if err != nil && len(shown.Chain) == 0 {
		s.tries[Evidence{Asked: "TLS 1.3 certificate", Answer: "no handshake"}]++
		return
	}
	s.tries[Evidence{Asked: "TLS 1.3 certificate", Answer: "TLS 1.3"}]++
	s.learn(Reply{Kind: Hello, Version: tlsready.TLS13, Chain: shown.Chain, OCSP: shown.OCSP, Complete: true})
	if shown.Request {
		s.res.ClientCertificate = tlsready.Yes
	}
}

// certificateSuites groups the suites by what they show: those of an RSA key, of an
// elliptic-curve key, and those with a finite field. What the server is known not
// to take is not asked.
func (s *scan) certificateSuites(v tlsready.Version) [][]tlsready.Suite {
	s.mu.Lock()
	defer s.mu.Unlock()
	suites := s.res.Suites[v]
	if !s.res.Complete[v] {
		suites = fitting(s.lists.likely, v)
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

// handshake makes one whole handshake of TLS 1.3 without trusting anything.
func (w *wireSender) handshake(ctx context.Context) (realHandshake, error) {
	var shown realHandshake
	ctx, cancel := context.WithTimeout(ctx, w.p.opts.Timeout)
	defer cancel()
	if err := w.p.wait(ctx, w.limit); err != nil {
		return shown, err
	}
	conn, err := w.p.opts.dial(ctx, w.target)
	if err != nil {
		return shown, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	carrier := conn
	if w.target.StartTLS != "" {
		stream, err := begin(conn, w.target)
		if err != nil {
			return shown, err
		}
		if _, packets := stream.(*framed); packets {
			carrier = framedConn{conn, stream}
		}
	}
	client := tls.Client(carrier, &tls.Config{
		ServerName: w.target.ServerName, MinVersion: tls.VersionTLS13,
		InsecureSkipVerify: true, // the chain is looked at, not trusted
		VerifyConnection: func(state tls.ConnectionState) error {
			for _, c := range state.PeerCertificates {
				shown.Chain = append(shown.Chain, c.Raw)
			}
			shown.OCSP = state.OCSPResponse
			return nil
		},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			shown.Request = true
			return nil, errNoCertificate
		},
	})
	err = client.HandshakeContext(ctx)
	return shown, err
}

var errNoCertificate = errors.New("no client certificate to show")
