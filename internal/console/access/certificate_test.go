package access

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"tlsready/internal/console/web"
	"tlsready/internal/store"
	"tlsready/internal/store/open"
)

// Proves that a certificate lets in the worker that it was given to and nobody else, and
// that one that the handshake did not verify counts for nothing.
func TestCertificates(t *testing.T) {
	t.Parallel()
	db, err := open.Database(t.Context(), filepath.Join(t.TempDir(), "store.db"), store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	g, err := New(Options{Store: db, Now: time.Now, Log: slog.New(slog.DiscardHandler), Cookie: "x"})
	if err != nil {
		t.Fatal(err)
	}
	token, secret, err := Issue(Wanted{Name: "osaka", Kind: store.TokenWorker, Tenant: "acme", Certificate: "Site.example.com", Now: time.Now()})
	if err == nil {
		err = db.Accounts().AddToken(t.Context(), token)
	}
	if err != nil || secret != "" {
		t.Fatal(secret, err)
	}
	for _, tc := range []struct {
		leaf     x509.Certificate
		verified bool
		want     web.Right
	}{
		{x509.Certificate{DNSNames: []string{"site.example.com"}}, true, web.Work},
		{x509.Certificate{Subject: pkix.Name{CommonName: "SITE.example.com"}}, true, web.Work},
		{x509.Certificate{DNSNames: []string{"site.example.com"}}, false, web.Open},
		{x509.Certificate{DNSNames: []string{"other.example.com"}}, true, web.Open},
		{x509.Certificate{}, true, web.Open},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{&tc.leaf}}
		if tc.verified {
			r.TLS.VerifiedChains = [][]*x509.Certificate{{&tc.leaf}}
		}
		v, err := g.byCertificate(r)
		if err != nil || v.Right != tc.want || tc.want == web.Work && v.Tenant != "acme" {
			t.Errorf("%v %v: %+v %v", tc.leaf.DNSNames, tc.verified, v, err)
		}
	}
}

// Proves that workers are bounded by a limit of their own, which many small batches do not
// meet, that a worker gone wild meets it, and that others keep theirs.
func TestWorkersHaveTheirOwnLimit(t *testing.T) {
	t.Parallel()
	now := time.Now()
	db, err := open.Database(t.Context(), filepath.Join(t.TempDir(), "store.db"), store.Options{Holder: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	g, err := New(Options{Store: db, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Cookie: "x"})
	if err != nil {
		t.Fatal(err)
	}
	post := httptest.NewRequest("POST", "/api/v1/leases", nil)
	times := func(v web.Visitor) (n int) {
		for n = 0; n <= leases.burst && g.bounded(v, post) == nil; n++ {
		}
		return n
	}
	for right, want := range map[web.Right]int{web.Work: leases.burst, web.Operate: uploads.burst} {
		if n := times(web.Visitor{Right: right, Token: true, ID: right.String()}); n != want {
			t.Errorf("%v: %d requests at once, want %d", right, n, want)
		}
	}
	now = now.Add(time.Second)
	if n := times(web.Visitor{Right: web.Work, Token: true, ID: web.Work.String()}); n != 1000 {
		t.Errorf("%d requests in a second", n)
	}
}
