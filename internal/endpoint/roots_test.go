package endpoint

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"testing"
	"time"

	"tlsready/internal/document"
)

// issued makes a certificate of its own key, signed by parent, or by itself.
func issued(t testing.TB, name string, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"lab.example.com"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	}
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

// Proves that the end of a chain is found by names and key identifiers: the root that
// the server sends, a public one that it does not send, its own certificate; that a
// missing issuer is named; and that certificates which issue each other end the walk.
func TestChainEnds(t *testing.T) {
	finder := NewRootFinder()
	root, rootKey := issued(t, "Own Root", nil, nil)
	middle, middleKey := issued(t, "Own Middle", root, rootKey)
	leaf, _ := issued(t, "lab.example.com", middle, middleKey)
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
	below, _ := issued(t, "below.example.com", as, key)
	one, oneKey := issued(t, "one", nil, nil)
	nameOf := func(c *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate { // without a key identifier the name alone counts
		return &x509.Certificate{Subject: c.Subject, RawSubject: c.RawSubject, PublicKey: &key.PublicKey, IsCA: true, BasicConstraintsValid: true}
	}
	two, twoKey := issued(t, "two", nameOf(one, oneKey), oneKey)
	circle, _ := issued(t, "one", nameOf(two, twoKey), twoKey)
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
// trust a name is known only where all chains come to the same.
func TestSeveralChains(t *testing.T) {
	finder := NewRootFinder()
	root, rootKey := issued(t, "Own Root", nil, nil)
	other, otherKey := issued(t, "Other Root", nil, nil)
	one, _ := issued(t, "lab.example.com", root, rootKey)
	two, _ := issued(t, "lab.example.com", root, rootKey)
	three, _ := issued(t, "lab.example.com", other, otherKey)
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
