package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsready/internal/message"
	"tlsready/internal/probe"
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

func thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return hex.EncodeToString(sum[:])
}

// Proves that the end of a chain is found by names and key identifiers: the root that
// the server sends, a public one that it does not send, its own certificate; that a
// missing issuer is named; and that certificates which issue each other end the walk.
func TestChainEnds(t *testing.T) {
	finder := newRootFinder()
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
		words   string
	}{
		"root sent":            {[]*x509.Certificate{leaf, middle, root}, root, "", "CN=Own Root: no public one"},
		"root sent, in a mess": {[]*x509.Certificate{leaf, root, middle}, root, "", "CN=Own Root: no public one"},
		"root not sent":        {[]*x509.Certificate{leaf, middle}, nil, "CN=Own Root", "does not send the certificate of CN=Own Root"},
		"middle not sent":      {[]*x509.Certificate{leaf, root}, nil, "CN=Own Middle", "does not send the certificate of CN=Own Middle"},
		"public root":          {[]*x509.Certificate{below}, public, "", public.Subject.String()},
		"self-signed":          {[]*x509.Certificate{root}, root, "", "self-signed"},
		"in a circle":          {[]*x509.Certificate{circle, two}, nil, "", ""},
	} {
		var chain []probe.Certificate
		for _, x := range c.chain {
			chain = append(chain, probe.Certificate{DER: x.Raw})
		}
		end := finder.end(chain)
		if end.lacking != c.lacking || (c.root == nil) != (len(end.roots) == 0) || c.root != nil && end.roots[0].sha1 != thumbprint(c.root) {
			t.Errorf("%s: %+v", name, end)
		}
		if got := rootWords(message.For("en"), end); !strings.Contains(got, c.words) || c.words == "" && got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
	if end := finder.end([]probe.Certificate{{DER: []byte("no certificate")}}); len(end.roots) > 0 || end.lacking != "" {
		t.Errorf("garbage: %+v", end)
	}
}

// clientFile writes the snapshot of a Windows Server 2019 with these stores; "" leaves
// them out.
func clientFile(t *testing.T, certificates string, values ...string) string {
	t.Helper()
	if certificates != "" {
		certificates = `"certificates":` + certificates + ","
	}
	text := fmt.Sprintf(`{"schema":"tlsready.host/v1","name":"APP01","os":{"name":"Windows Server 2019","version":"10.0","build":17763,"type":"server","architecture":"x64"},
"covered":["HKLM"],"updates":{"complete":true,"ids":[]},%s"registry":[%s]}`, certificates, strings.Join(values, ","))
	file := filepath.Join(t.TempDir(), "APP01.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func stored(c *x509.Certificate) string { return fmt.Sprintf(`{"root":[%q]}`, thumbprint(c)) }

// Proves that a host whose store lacks the root refuses after the server has accepted
// where roots are not fetched, that it is unknown where they may be or where the root
// is not to be found out, and that a store nobody asked for changes nothing; probe and
// check alike.
func TestHostTrust(t *testing.T) {
	root, rootKey := issued(t, "Own Root", nil, nil)
	leaf, leafKey := issued(t, "lab.example.com", root, rootKey)
	other, _ := issued(t, "Other Root", nil, nil)
	serve := func(chain ...*x509.Certificate) string {
		cert := tls.Certificate{PrivateKey: leafKey}
		for _, c := range chain {
			cert.Certificate = append(cert.Certificate, c.Raw)
		}
		return tlsServer(t, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	}
	whole, short := serve(leaf, root), serve(leaf)
	off := registryJSON(`HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot`, "DisableRootAutoUpdate", "REG_DWORD", "1")
	for name, c := range map[string]struct {
		server, file     string
		connects, text   string
		verdict, trouble string
	}{
		"root in the store":    {whole, clientFile(t, stored(root), off), "yes", "", "connects", ""},
		"root lacks, no fetch": {whole, clientFile(t, stored(other), off), "no", "the server would accept, and the client would then refuse: untrusted root, CN=Own Root", "fails", "certificate-trust"},
		"root lacks, fetch":    {whole, clientFile(t, stored(other)), "unknown", "which Windows may fetch", "unknown", "not-asked"},
		"root not sent":        {short, clientFile(t, stored(root), off), "unknown", "does not send the certificate of CN=Own Root", "connects", ""},
		"store not asked":      {whole, clientFile(t, "", off), "yes", "", "connects", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, out, errs := runProbe(t, "", "probe", c.server, "--rate", "0", "--as", hostPrefix+c.file, "-f", "jsonl")
			if want := `"client":"APP01/schannel","connects":"` + c.connects + `"`; !strings.Contains(out, want) || !strings.Contains(out, c.text) {
				t.Errorf("%s%s", out, errs)
			}
			_, out, errs = runProbe(t, "", "check", c.file, "--endpoint", c.server, "--caller", "schannel", "-f", "json")
			if !strings.Contains(out, `"verdict": "`+c.verdict+`"`) || c.trouble != "" && !strings.Contains(out, `"cause": "`+c.trouble+`"`) {
				t.Errorf("%s%s", out, errs)
			}
		})
	}
}

// Proves that a chain which ends in no public root is a note, and no refusal, for
// clients whose stores nobody knows.
func TestOwnRootIsANote(t *testing.T) {
	server := tlsServer(t, &tls.Config{Certificates: []tls.Certificate{certificateOf(t, "ec", 256)}})
	_, out, _ := runProbe(t, "", "probe", server, "--rate", "0", "--as", "windows-server-2022")
	if !strings.Contains(out, "the certificate is self-signed, clients need it in their store; SHA-1") || strings.Contains(out, "unknown: ") {
		t.Errorf("%s", out)
	}
	_, out, _ = runProbe(t, "", "probe", server, "--rate", "0", "--certificates", "-f", "jsonl")
	if !strings.Contains(out, `"roots":[{"subject":"CN=lab.example.com","sha1":"`) || !strings.Contains(out, `"public":false`) {
		t.Errorf("%s", out)
	}
}
