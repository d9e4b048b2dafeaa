package endpoint

import (
	"cmp"
	"slices"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
)

// trusted says whether a client that would connect also trusts the chain, if the
// host's store is known.
func (s *Simulator) trusted(c *Client, r document.ClientResult, e *document.Endpoint) document.ClientResult {
	if r.Connects != tlsready.Yes || c.View == nil || c.View.Certificates == nil || c.View.Certificates.Root == nil || len(e.Certificates) == 0 {
		return r
	}
	chains := e.Chains()
	result := s.trustOf(c, e, chains[0])
	for _, chain := range chains[1:] {
		result = eitherChain(result, s.trustOf(c, e, chain))
	}
	if result.Connects == tlsready.Yes {
		return r
	}
	if result.Connects == tlsready.No {
		result.Version, result.Suite = r.Version, r.Suite
	}
	return result
}

// eitherChain is what two chains come to together: with two keys the suite decides
// which one is shown, so nothing is known if they give different results. The reason
// is that of the one that is not trusted.
func eitherChain(a, b document.ClientResult) document.ClientResult {
	switch {
	case a.Connects == b.Connects:
		return a
	case a.Connects == tlsready.Yes:
		a = b
	}
	return document.ClientResult{Why: a.Why}
}

// trustOf says whether a host trusts one chain: a store that lacks the root is a
// refusal if roots are not fetched on demand; otherwise it is not known.
func (s *Simulator) trustOf(c *Client, e *document.Endpoint, chain []document.EndpointCertificate) document.ClientResult {
	list, issuer := chainEnd(e, chain)
	answer, _, _ := s.judge.Model.Trust(c.View, thumbprints(list), false)
	switch {
	case len(list) > 0 && answer == tlsready.Yes:
		return document.ClientResult{Connects: tlsready.Yes}
	case issuer != "":
		return document.ClientResult{Why: message.New("probe.why.root-lacking", message.Str("issuer", issuer))}
	case len(list) == 0:
		return document.ClientResult{Why: message.New("probe.why.root-unread")}
	}
	args := []message.Arg{message.Str("subject", cmp.Or(list[0].Subject, "-")), message.Str("sha1", list[0].SHA1)}
	if answer == tlsready.No {
		return document.ClientResult{Connects: tlsready.No, Why: message.New("probe.why.refuses", message.Sub("why", message.New("probe.why.untrusted", args...)))}
	}
	return document.ClientResult{Why: message.New("probe.why.root-fetched", args...)}
}

// chainEnd is where a chain may end: in known roots, and in one of which only the name
// is known; "" if there is no such issuer.
func chainEnd(e *document.Endpoint, chain []document.EndpointCertificate) (roots []document.EndpointRoot, issuer string) {
	for _, c := range chain {
		if c.IssuerMissing {
			issuer = c.Issuer
		}
	}
	return e.RootsOf(chain[0].Chain), issuer
}

func thumbprints(roots []document.EndpointRoot) []string {
	var list []string
	for _, root := range roots {
		list = append(list, root.SHA1)
	}
	return list
}

// commonRoots are the roots of which a host needs one to trust endpoints of one name;
// none if that is not known for certain, or differs from chain to chain.
func commonRoots(list []*document.Endpoint) []string {
	var common []string
	for _, e := range list {
		for _, chain := range e.Chains() {
			roots, issuer := chainEnd(e, chain)
			own := thumbprints(roots)
			slices.Sort(own)
			if issuer != "" || len(own) == 0 || common != nil && !slices.Equal(own, common) {
				return nil
			}
			common = own
		}
	}
	return common
}
