package cli

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"slices"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/probe"
)

// chainRoot is the certificate in which a chain ends.
type chainRoot struct {
	subject, sha1 string
	public        bool // in the list of Mozilla, which nearly all of Microsoft's is in too
	self          bool // it is the server's own certificate
}

// chainEnd is where a chain may end: in roots that the server sent or that are
// public, and, with lacking, in one that nobody here has seen.
type chainEnd struct {
	roots   []chainRoot
	lacking string // the issuer whose certificate is not there; "" where none lacks
}

// rootFinder finds the roots of chains. Servers do not send them as a rule (RFC 8446
// section 4.4.2), so that public ones are looked up. It is safe for concurrent use.
type rootFinder struct {
	public map[string][]*x509.Certificate // by subject
}

func newRootFinder() *rootFinder {
	f := &rootFinder{public: map[string][]*x509.Certificate{}}
	for root := range bundle.Roots() {
		if c, err := x509.ParseCertificate(root.Certificate); err == nil {
			f.public[string(c.RawSubject)] = append(f.public[string(c.RawSubject)], c)
		}
	}
	return f
}

// end finds where a chain ends, by the names of issuers and the identifiers of their
// keys. Signatures are not verified: it is asked which roots count, not whether the
// chain is sound.
func (f *rootFinder) end(chain []probe.Certificate) chainEnd {
	sent := map[string][]*x509.Certificate{}
	var leaf *x509.Certificate
	for i, c := range chain {
		x, err := x509.ParseCertificate(c.DER)
		if err != nil {
			if i == 0 {
				return chainEnd{}
			}
			continue
		}
		if i == 0 {
			leaf = x
		}
		sent[string(x.RawSubject)] = append(sent[string(x.RawSubject)], x)
	}
	w := walk{sent: sent, public: f.public, leaf: leaf}
	if leaf != nil {
		w.up(leaf)
	}
	return w.end
}

// walk climbs from issuer to issuer, to each certificate once.
type walk struct {
	sent, public map[string][]*x509.Certificate
	leaf         *x509.Certificate
	seen         []*x509.Certificate
	end          chainEnd
}

func (w *walk) up(c *x509.Certificate) {
	if slices.ContainsFunc(w.seen, c.Equal) {
		return
	}
	w.seen = append(w.seen, c)
	if bytes.Equal(c.RawIssuer, c.RawSubject) {
		sum := sha1.Sum(c.Raw)
		w.end.roots = append(w.end.roots, chainRoot{
			subject: c.Subject.String(), sha1: hex.EncodeToString(sum[:]),
			public: slices.ContainsFunc(w.public[string(c.RawSubject)], c.Equal), self: c.Equal(w.leaf),
		})
		return
	}
	found := false
	for _, parent := range slices.Concat(w.sent[string(c.RawIssuer)], w.public[string(c.RawIssuer)]) {
		if len(c.AuthorityKeyId) == 0 || len(parent.SubjectKeyId) == 0 || bytes.Equal(c.AuthorityKeyId, parent.SubjectKeyId) {
			found = true
			w.up(parent)
		}
	}
	if !found {
		w.end.lacking = c.Issuer.String()
	}
}

// ends finds where every chain of an endpoint ends.
func (f *rootFinder) ends(res *probe.Result) []chainEnd {
	if f == nil {
		return nil
	}
	list := make([]chainEnd, 0, len(res.Chains))
	for _, chain := range res.Chains {
		list = append(list, f.end(chain))
	}
	return list
}

// trusted looks whether a client that would connect also trusts the chain, where the
// host's store is known.
func (s *simulator) trusted(c *simClient, o outcome, ends []chainEnd) outcome {
	if o.answer != tlsready.Yes || c.view == nil || c.view.Certificates == nil || c.view.Certificates.Root == nil || len(ends) == 0 {
		return o
	}
	result := s.trustOf(c, ends[0])
	for _, end := range ends[1:] { // with two keys the suite decides which chain is shown
		if other := s.trustOf(c, end); other.answer != result.answer {
			other.answer, result = tlsready.Unknown, other
		}
	}
	if result.answer == tlsready.Yes {
		return o
	}
	result.version, result.suite = o.version, o.suite
	if result.answer == tlsready.Unknown {
		result.version, result.suite = 0, 0
	}
	return result
}

// trustOf says whether a host trusts one chain (contract: a store that lacks the root
// is a refusal where roots are not fetched on demand, else not known).
func (s *simulator) trustOf(c *simClient, end chainEnd) outcome {
	var roots []string
	for _, root := range end.roots {
		roots = append(roots, root.sha1)
	}
	answer, _, _ := s.judge.Model.Trust(c.view, roots, false)
	switch {
	case len(roots) > 0 && answer == tlsready.Yes:
		return outcome{answer: tlsready.Yes}
	case end.lacking != "":
		return outcome{why: say("probe.why.root-lacking", message.Str("issuer", end.lacking))}
	case len(roots) == 0:
		return outcome{why: say("probe.why.root-unread")}
	}
	args := []message.Arg{message.Str("subject", firstOf(end.roots[0].subject, "-")), message.Str("sha1", end.roots[0].sha1)}
	if answer == tlsready.No {
		return outcome{answer: tlsready.No, why: func(w *message.Catalog) string {
			return w.Text("probe.why.refuses", message.Str("why", w.Text("probe.why.untrusted", args...)))
		}}
	}
	return outcome{why: say("probe.why.root-fetched", args...)}
}

// rootDocs lists the roots of all chains, each once.
func rootDocs(ends []chainEnd) []document.EndpointRoot {
	var list []document.EndpointRoot
	for _, end := range ends {
		for _, root := range end.roots {
			if doc := (document.EndpointRoot{Subject: root.subject, SHA1: root.sha1, Public: root.public}); !slices.Contains(list, doc) {
				list = append(list, doc)
			}
		}
	}
	return list
}

// rootWords says in one line in what a chain ends.
func rootWords(w *message.Catalog, end chainEnd) string {
	if len(end.roots) == 0 {
		if end.lacking == "" {
			return ""
		}
		return w.Text("probe.root.lacking", message.Str("issuer", end.lacking))
	}
	root := end.roots[0]
	id := "probe.root.own"
	switch {
	case root.public:
		id = "probe.root.public"
	case root.self:
		id = "probe.root.self"
	}
	return w.Text(id, message.Str("subject", firstOf(root.subject, "-")), message.Str("sha1", root.sha1))
}

// commonRoots are the roots of which a host needs one to trust an endpoint; none
// where that is not known for certain, or differs from chain to chain.
func commonRoots(list []*probed) []string {
	var roots []string
	for _, p := range list {
		for _, end := range p.ends {
			var own []string
			for _, root := range end.roots {
				own = append(own, root.sha1)
			}
			slices.Sort(own)
			if end.lacking != "" || len(own) == 0 || roots != nil && !slices.Equal(own, roots) {
				return nil
			}
			roots = own
		}
	}
	return roots
}
