package endpoint

import (
	"bytes"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"slices"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"tlsready/internal/document"
)

// RootFinder finds the roots of chains. Servers need not send them (RFC 8446 section
// 4.4.2), so that public ones, those in the list of Mozilla, are looked up; nearly all
// of them are in Microsoft's too.
type RootFinder struct {
	public map[string][]*x509.Certificate // by subject
}

// NewRootFinder reads the public roots.
func NewRootFinder() *RootFinder {
	f := &RootFinder{public: map[string][]*x509.Certificate{}}
	for root := range bundle.Roots() {
		if c, err := x509.ParseCertificate(root.Certificate); err == nil {
			f.public[string(c.RawSubject)] = append(f.public[string(c.RawSubject)], c)
		}
	}
	return f
}

// Find writes into the document of an endpoint where its chains end. The chains are
// those of its certificates in DER, in the same order. Issuers are found by their names
// and the identifiers of their keys. Signatures are not verified, because the question
// is which roots count, not whether the chain is sound.
func (f *RootFinder) Find(e *document.Endpoint, chains [][][]byte) {
	first := 0
	for n, chain := range chains {
		w := f.walk(chain)
		for _, at := range w.lacking {
			e.Certificates[first+at].IssuerMissing = true
		}
		for _, root := range w.roots {
			addRoot(e, root, n, len(chains) > 1)
		}
		first += len(chain)
	}
}

// addRoot adds a root once, and the number of its chain if there are several.
func addRoot(e *document.Endpoint, root document.EndpointRoot, chain int, several bool) {
	at := slices.IndexFunc(e.Roots, func(r document.EndpointRoot) bool { return r.SHA1 == root.SHA1 })
	if at < 0 {
		at = len(e.Roots)
		e.Roots = append(e.Roots, root)
	}
	if r := &e.Roots[at]; several && !slices.Contains(r.Chains, chain) {
		r.Chains = append(r.Chains, chain)
	}
}

// walk climbs from issuer to issuer, to each certificate once.
type walk struct {
	sent, public map[string][]*x509.Certificate // by subject
	places       map[*x509.Certificate]int      // of what was sent, in its chain
	seen         []*x509.Certificate
	roots        []document.EndpointRoot
	lacking      []int // places of those whose issuer was not found
}

func (f *RootFinder) walk(chain [][]byte) *walk {
	w := &walk{sent: map[string][]*x509.Certificate{}, public: f.public, places: map[*x509.Certificate]int{}}
	var leaf *x509.Certificate
	for i, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil && i == 0 {
			return w
		} else if err != nil {
			continue
		}
		if i == 0 {
			leaf = c
		}
		w.places[c] = i
		w.sent[string(c.RawSubject)] = append(w.sent[string(c.RawSubject)], c)
	}
	if leaf != nil {
		w.up(leaf)
	}
	return w
}

func (w *walk) up(c *x509.Certificate) {
	if slices.ContainsFunc(w.seen, c.Equal) {
		return
	}
	w.seen = append(w.seen, c)
	if bytes.Equal(c.RawIssuer, c.RawSubject) {
		sum := sha1.Sum(c.Raw)
		w.roots = append(w.roots, document.EndpointRoot{
			Subject: c.Subject.String(), SHA1: hex.EncodeToString(sum[:]),
			Public: slices.ContainsFunc(w.public[string(c.RawSubject)], c.Equal),
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
	if place, sent := w.places[c]; !found && sent {
		w.lacking = append(w.lacking, place)
	}
}
