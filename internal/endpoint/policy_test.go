package endpoint

import (
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/policy"
)

// goodEndpoint is an endpoint that meets mozilla-intermediate in everything.
func goodEndpoint() *document.Endpoint {
	e := document.NewEndpoint("example.com:443")
	e.Address = "192.0.2.1"
	for _, v := range tlsready.Versions() {
		e.Versions[v] = tlsready.No
	}
	e.Versions[tlsready.TLS12], e.Versions[tlsready.TLS13] = tlsready.Yes, tlsready.Yes
	e.Suites = map[tlsready.Version][]tlsready.Suite{tlsready.TLS12: {0xc02f}, tlsready.TLS13: {0x1301}}
	complete := true
	e.Groups, e.GroupsComplete = []tlsready.Group{tlsready.X25519}, &complete
	e.SignatureAlgorithms = []tlsready.SignatureScheme{tlsready.RSAPKCS1SHA256, tlsready.RSAPSSRSAESHA256}
	e.Certificates = []document.EndpointCertificate{{
		Subject: "CN=example.com", KeyType: "rsa", KeyBits: 2048, Signature: tlsready.RSAPKCS1SHA256.String(),
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
	}}
	return e
}

func found(list []document.EndpointFinding) string {
	var words []string
	for _, f := range list {
		words = append(words, f.Rule+"="+f.Met.String())
	}
	return strings.Join(words, " ")
}

// Proves that each demand of a policy is seen to be broken, and alone; that what is
// not known is not held against the endpoint.
func TestPolicy(t *testing.T) {
	p, _, err := policy.ByID("mozilla-intermediate")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(*document.Endpoint)
		want  string
	}{
		"met":         {func(*document.Endpoint) {}, ""},
		"old version": {func(e *document.Endpoint) { e.Versions[tlsready.TLS10] = tlsready.Yes }, "version=no suite=unknown"},
		"SSL 3.0": {func(e *document.Endpoint) {
			e.Versions[tlsready.SSL30] = tlsready.Yes
			e.Suites[tlsready.SSL30] = []tlsready.Suite{}
		}, "version=no"},
		"not known":       {func(e *document.Endpoint) { e.Versions[tlsready.TLS11] = tlsready.Unknown }, "version=unknown"},
		"without 1.3":     {func(e *document.Endpoint) { e.Versions[tlsready.TLS13] = tlsready.No }, "version-missing=no"},
		"1.3 not known":   {func(e *document.Endpoint) { e.Versions[tlsready.TLS13] = tlsready.Unknown }, "version-missing=unknown"},
		"CBC":             {func(e *document.Endpoint) { e.Suites[tlsready.TLS12] = []tlsready.Suite{0xc02f, 0x2f} }, "suite=no"},
		"suites open":     {func(e *document.Endpoint) { delete(e.Suites, tlsready.TLS12) }, "suite=unknown"},
		"group":           {func(e *document.Endpoint) { e.Groups = append(e.Groups, tlsready.Secp521r1) }, "group=no"},
		"groups open":     {func(e *document.Endpoint) { *e.GroupsComplete = false }, "group=unknown"},
		"small DH":        {func(e *document.Endpoint) { e.DHBits = 1024 }, "dh-bits=no"},
		"small key":       {func(e *document.Endpoint) { e.Certificates[0].KeyBits = 1024 }, "certificate-key=no"},
		"other key":       {func(e *document.Endpoint) { e.Certificates[0].KeyType = "dsa" }, "certificate-key=no"},
		"P-521":           {func(e *document.Endpoint) { e.Certificates[0].KeyType, e.Certificates[0].KeyBits = "ecdsa", 521 }, "certificate-key=no"},
		"SHA-1":           {func(e *document.Endpoint) { e.Certificates[0].Signature = tlsready.RSAPKCS1SHA1.String() }, "certificate-signature=no"},
		"ten years":       {func(e *document.Endpoint) { e.Certificates[0].NotAfter = time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC) }, "certificate-lifetime=no"},
		"not judged":      {func(e *document.Endpoint) { e.Versions[tlsready.TLS10], e.Error = tlsready.Yes, new(message.Text) }, ""},
		"no certificates": {func(e *document.Endpoint) { e.Certificates = nil }, "certificate=unknown"},
	} {
		e := goodEndpoint()
		c.spoil(e)
		list := Policy(p).Findings(e)
		if got := found(list); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, f := range list {
			if text := message.For("ja").Render(f.Text); strings.Contains(text, "{") || strings.HasPrefix(text, "probe.") {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
}
