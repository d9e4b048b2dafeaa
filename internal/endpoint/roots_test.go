package endpoint

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"testing"

	"tlsready/internal/document"
	"tlsready/internal/testkit/certkit"
)

// Proves that the end of a chain is found by names and key identifiers: the root that
// the server sends, a public one that it does not send, its own certificate; that a
// missing issuer is named; and that certificates which issue each other end the walk.
func TestChainEnds(t *testing.T) {
	finder := NewRootFinder()
	root, rootKey := certkit.Issue(t, "Own Root", nil, nil)
	middle, middleKey := certkit.Issue(t, "Own Middle", root, rootKey)
	leaf, _ := certkit.Issue(t, "lab.example.com", middle, middleKey)
	var public *x509.Certificate
	for _, list := range finder.public {
		public = list[0]
		break
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	as := &x509.Certificate{Subject: public.Subject, RawSubject: public.RawSubject, SubjectKeyId: public.SubjectKeyId, PublicKey: &key.PublicKey, IsCA: true, BasicConstraintsValid: true}
	below, _ := certkit.Issue(t, "below.example.com", as, key)
	one, oneKey := certkit.Issue(t, "one", nil, nil)
	nameOf := func(c *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate { // without a key identifier the name alone counts
		return &x509.Certificate{Subject: c.Subject, RawSubject: c.RawSubject, PublicKey: &key.PublicKey, IsCA: true, BasicConstraintsValid: true}
	}
	two, twoKey := certkit.Issue(t, "two", nameOf(one, oneKey), oneKey)
	circle, _ := certkit.Issue(t, "one", nameOf(two, twoKey), twoKey)
	for name, c := range map[string]struct {
		chain   []*x509.Certificate
		root    *x509.Certificate
		lacking string
	}{
		"root sent":            {[]*x509.Certificate{leaf, middle, root}, root, ""},
		"root sent, in a mess": {[]*x509.Certificate{leaf, root, middle}, root, ""},
		"root not sent":        {[]*x509.Certificate{leaf, middle}, nil, "CN=Own Root"},
		"middle not sent":      {[]*x509.Certificate{leaf, root}, nil, "CN=Own Middle"},
		"public root":          {[]*x509.Certificate{below}, public, ""},
		"self-signed":          {[]*x509.Certificate{root}, root, ""},
		"in a circle":          {[]*x509.Certificate{circle, two}, nil, ""},
	} {
		e := endpointWith(c.chain)
		finder.Find(e, [][][]byte{rawOf(c.chain)})
		roots, lacking := chainEnd(e, e.Chains()[0])
		if lacking != c.lacking || (c.root == nil) != (len(roots) == 0) || c.root != nil && roots[0].SHA1 != thumbprint(c.root) {
			t.Errorf("%s: %+v, %q", name, roots, lacking)
		}
		if len(roots) > 0 && roots[0].Public != (c.root == public) {
			t.Errorf("%s: %+v", name, roots)
		}
	}
	e := endpointWith([]*x509.Certificate{leaf})
	finder.Find(e, [][][]byte{{[]byte("no certificate")}})
	if len(e.Roots) > 0 || e.Certificates[0].IssuerMissing {
		t.Errorf("garbage: %+v", e)
	}
}

func thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return hex.EncodeToString(sum[:])
}

// endpointWith is an endpoint that shows chains.
func endpointWith(chains ...[]*x509.Certificate) *document.Endpoint {
	e := document.NewEndpoint("lab.example.com:443")
	for n, chain := range chains {
		for _, c := range chain {
			e.Certificates = append(e.Certificates, document.EndpointCertificate{Subject: c.Subject.String(), Issuer: c.Issuer.String(), Chain: n})
		}
	}
	return e
}

func rawOf(chain []*x509.Certificate) [][]byte {
	var list [][]byte
	for _, c := range chain {
		list = append(list, c.Raw)
	}
	return list
}

// Proves that with several chains each has its own end, and that what a host needs to
// trust a name is known only if all chains agree on it.
func TestSeveralChains(t *testing.T) {
	finder := NewRootFinder()
	root, rootKey := certkit.Issue(t, "Own Root", nil, nil)
	other, otherKey := certkit.Issue(t, "Other Root", nil, nil)
	one, _ := certkit.Issue(t, "lab.example.com", root, rootKey)
	two, _ := certkit.Issue(t, "lab.example.com", root, rootKey)
	three, _ := certkit.Issue(t, "lab.example.com", other, otherKey)
	for name, c := range map[string]struct {
		chains [][]*x509.Certificate
		ends   []int // how many roots each chain has
		common int
	}{
		"the same root":   {[][]*x509.Certificate{{one, root}, {two, root}}, []int{1, 1}, 1},
		"two roots":       {[][]*x509.Certificate{{one, root}, {three, other}}, []int{1, 1}, 0},
		"one is not sent": {[][]*x509.Certificate{{one, root}, {three}}, []int{1, 0}, 0},
	} {
		e := endpointWith(c.chains...)
		var raw [][][]byte
		for _, chain := range c.chains {
			raw = append(raw, rawOf(chain))
		}
		finder.Find(e, raw)
		for i, chain := range e.Chains() {
			if roots, issuer := chainEnd(e, chain); len(roots) != c.ends[i] || (issuer == "") != (c.ends[i] == 1) {
				t.Errorf("%s: chain %d ends in %+v, %q", name, i, roots, issuer)
			}
		}
		if got := commonRoots([]*document.Endpoint{e}); len(got) != c.common {
			t.Errorf("%s: common %v", name, got)
		}
	}
}

// Proves that every public root is its own issuer, so that a chain never goes on above
// one of them.
func TestPublicRootsAreEnds(t *testing.T) {
	for _, list := range NewRootFinder().public {
		for _, c := range list {
			if !bytes.Equal(c.RawIssuer, c.RawSubject) {
				t.Errorf("%s is issued by %s", c.Subject, c.Issuer)
			}
		}
	}
}
