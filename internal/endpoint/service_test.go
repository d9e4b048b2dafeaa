package endpoint

import (
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/service"
)

// stating is a profile with one phase.
func stating(t *testing.T, accepts string) *service.Profile {
	t.Helper()
	p, err := service.Parse([]byte(`schema: tlsready.service/v1
id: own
name: {en: Own, ja: Own}
callers: [schannel]
phases:
  - {from: 2020-01-01, accepts: ` + accepts + `}
`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Proves that a statement is held against an endpoint both ways, and as a limit one way
// alone: what goes beyond it counts, what is not there does not.
func TestServiceStatements(t *testing.T) {
	on := service.Date{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for name, c := range map[string]struct {
		accepts, stated, limit string
	}{
		"as stated":          {`{versions: [TLS 1.2, TLS 1.3]}`, "", ""},
		"fewer stated":       {`{versions: [TLS 1.2]}`, "version=no", "version=no"},
		"more stated":        {`{versions: [TLS 1.1, TLS 1.2, TLS 1.3]}`, "version-missing=no", ""},
		"other suites":       {`{versions: [TLS 1.2, TLS 1.3], suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]}`, "suite=no suite-missing=no", "suite=no"},
		"other groups":       {`{versions: [TLS 1.2, TLS 1.3], groups: [secp256r1]}`, "group=no", "group=no"},
		"another key":        {`{versions: [TLS 1.2, TLS 1.3], serverCertificate: {keyType: ecdsa}}`, "certificate-key=no", "certificate-key=no"},
		"another size":       {`{versions: [TLS 1.2, TLS 1.3], serverCertificate: {keyType: rsa, keyBits: 4096}}`, "certificate-key=no", "certificate-key=no"},
		"signed otherwise":   {`{versions: [TLS 1.2, TLS 1.3], serverCertificate: {signature: rsa_pkcs1_sha384}}`, "certificate-signature=no", "certificate-signature=no"},
		"nothing restricted": {`{}`, "", ""},
	} {
		p := stating(t, c.accepts)
		if got := found(Service(p, on).Findings(goodEndpoint())); got != c.stated {
			t.Errorf("%s: %q, want %q", name, got, c.stated)
		}
		limit := ServiceLimit("own", p, on).Findings(goodEndpoint())
		if got := found(limit); got != c.limit {
			t.Errorf("%s as a limit: %q, want %q", name, got, c.limit)
		}
		for _, f := range limit {
			if f.Against != "policy:own" {
				t.Errorf("%s: %s", name, f.Against)
			}
		}
	}
}

// Proves that what has to be asked of an endpoint follows from what is stated of it.
func TestNeeds(t *testing.T) {
	on := service.Date{Time: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	base := NewBaseline()
	was := goodEndpoint()
	was.Versions[tlsready.SSL30] = tlsready.Unknown
	base.Add(was)
	for name, c := range map[string]struct {
		check Check
		want  Needs
	}{
		"versions":    {Service(stating(t, `{versions: [TLS 1.2]}`), on), Needs{}},
		"suites":      {Service(stating(t, `{versions: [TLS 1.2], suites: [TLS_AES_128_GCM_SHA256]}`), on), Needs{Suites: true}},
		"groups":      {Service(stating(t, `{groups: [x25519]}`), on), Needs{Groups: true}},
		"certificate": {Service(stating(t, `{serverCertificate: {keyType: rsa}}`), on), Needs{Suites: true, Certificates: true}},
		"baseline":    {base, Needs{Suites: true, Groups: true}},
		"settings":    {&Settings{}, Needs{Suites: true, Groups: true, Certificates: true}},
	} {
		if got := c.check.Needs(); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if got := c.check.Needs().And(Needs{SSL: true}); !got.SSL || got.Suites != c.want.Suites {
			t.Errorf("%s and SSL: %+v", name, got)
		}
	}
	b := NewBaseline()
	b.Add(was)
	if got := found(b.Findings(goodEndpoint())); got != "" {
		t.Errorf("the same again: %q", got)
	}
	var none []*document.Endpoint
	if commonRoots(none) != nil {
		t.Error("no endpoint has roots")
	}
}
