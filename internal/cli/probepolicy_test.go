package cli

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/policy"
	"tlsready/internal/probe"
)

// goodResult is an endpoint that meets mozilla-intermediate in everything.
func goodResult() probe.Result {
	answers := map[tlsready.Version]tlsready.Answer{}
	for _, v := range tlsready.Versions() {
		answers[v] = tlsready.No
	}
	answers[tlsready.TLS12], answers[tlsready.TLS13] = tlsready.Yes, tlsready.Yes
	return probe.Result{
		Target:   probe.Target{Address: netip.MustParseAddrPort("192.0.2.1:443")},
		Versions: answers,
		Suites:   map[tlsready.Version][]tlsready.Suite{tlsready.TLS12: {0xc02f}, tlsready.TLS13: {0x1301}},
		Complete: map[tlsready.Version]bool{tlsready.TLS12: true, tlsready.TLS13: true},
		Groups:   []tlsready.Group{tlsready.X25519}, GroupsKnown: true,
		Chains: [][]probe.Certificate{{{
			Subject: "CN=example.com", KeyType: "rsa", KeyBits: 2048, Signature: tlsready.RSAPKCS1SHA256,
			NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		}}},
	}
}

func found(list []finding) string {
	var words []string
	for _, f := range list {
		words = append(words, f.rule+"="+f.met.String())
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
		spoil func(*probe.Result)
		want  string
	}{
		"met":             {func(*probe.Result) {}, ""},
		"old version":     {func(r *probe.Result) { r.Versions[tlsready.TLS10] = tlsready.Yes }, "version=no suite=unknown"},
		"SSL 3.0":         {func(r *probe.Result) { r.Versions[tlsready.SSL30] = tlsready.Yes; r.Complete[tlsready.SSL30] = true }, "version=no"},
		"not known":       {func(r *probe.Result) { r.Versions[tlsready.TLS11] = tlsready.Unknown }, "version=unknown"},
		"without 1.3":     {func(r *probe.Result) { r.Versions[tlsready.TLS13] = tlsready.No }, "version-missing=no"},
		"1.3 not known":   {func(r *probe.Result) { r.Versions[tlsready.TLS13] = tlsready.Unknown }, "version-missing=unknown"},
		"CBC":             {func(r *probe.Result) { r.Suites[tlsready.TLS12] = []tlsready.Suite{0xc02f, 0x2f} }, "suite=no"},
		"suites open":     {func(r *probe.Result) { r.Complete[tlsready.TLS12] = false }, "suite=unknown"},
		"group":           {func(r *probe.Result) { r.Groups = append(r.Groups, tlsready.Secp521r1) }, "group=no"},
		"groups open":     {func(r *probe.Result) { r.GroupsKnown = false }, "group=unknown"},
		"small DH":        {func(r *probe.Result) { r.DHBits = 1024 }, "dh-bits=no"},
		"small key":       {func(r *probe.Result) { r.Chains[0][0].KeyBits = 1024 }, "certificate-key=no"},
		"other key":       {func(r *probe.Result) { r.Chains[0][0].KeyType = "dsa" }, "certificate-key=no"},
		"P-521":           {func(r *probe.Result) { r.Chains[0][0].KeyType, r.Chains[0][0].KeyBits = "ecdsa", 521 }, "certificate-key=no"},
		"SHA-1":           {func(r *probe.Result) { r.Chains[0][0].Signature = tlsready.RSAPKCS1SHA1 }, "certificate-signature=no"},
		"ten years":       {func(r *probe.Result) { r.Chains[0][0].NotAfter = time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC) }, "certificate-lifetime=no"},
		"no certificates": {func(r *probe.Result) { r.Chains = nil }, "certificate=unknown"},
	} {
		p1 := &probed{target: "example.com:443", result: goodResult()}
		c.spoil(&p1.result)
		list := policyCheck{p}.check(p1)
		if got := found(list); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, f := range list {
			if text := f.why(message.For("ja")); strings.Contains(text, "{") || strings.HasPrefix(text, "probe.") {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
}

// Proves that a difference from the baseline is told, that what one run did not learn
// is none, and that a name whose address changed is compared all the same.
func TestBaseline(t *testing.T) {
	before := &baseEndpoint{
		Target: "example.com:443", Address: "192.0.2.1",
		Versions: map[tlsready.Version]string{tlsready.SSL30: "unknown", tlsready.TLS10: "no", tlsready.TLS11: "no", tlsready.TLS12: "yes", tlsready.TLS13: "yes"},
		Suites:   map[tlsready.Version][]tlsready.Suite{tlsready.TLS12: {0xc02f}},
		Groups:   []string{"x25519"},
		Clients:  []baseClient{{"windows-7/schannel", "yes"}, {"windows-8/schannel", "unknown"}},
	}
	for name, c := range map[string]struct {
		change func(*probed)
		want   string
	}{
		"the same":       {func(*probed) {}, ""},
		"added":          {func(p *probed) { p.result.Versions[tlsready.TLS10] = tlsready.Yes }, "version=no"},
		"gone":           {func(p *probed) { p.result.Versions[tlsready.TLS12] = tlsready.No }, "version=no"},
		"not known":      {func(p *probed) { p.result.Versions[tlsready.TLS12] = tlsready.Unknown }, "version=unknown"},
		"not asked then": {func(p *probed) { p.result.Versions[tlsready.SSL30] = tlsready.Yes }, ""},
		"suites":         {func(p *probed) { p.result.Suites[tlsready.TLS12] = []tlsready.Suite{0x2f} }, "suite=no suite=no"},
		"suites open":    {func(p *probed) { p.result.Suites[tlsready.TLS12], p.result.Complete[tlsready.TLS12] = nil, false }, ""},
		"group":          {func(p *probed) { p.result.Groups = append(p.result.Groups, tlsready.Secp256r1) }, "group=no"},
		"client":         {func(p *probed) { p.clients[0].answer = tlsready.No }, "client=no"},
		"client unknown": {func(p *probed) { p.clients[0].answer = tlsready.Unknown; p.clients[1].answer = tlsready.Yes }, ""},
		"address":        {func(p *probed) { p.result.Target.Address = netip.MustParseAddrPort("192.0.2.9:443") }, ""},
		"new":            {func(p *probed) { p.target = "other.example.com:443" }, "new=no"},
	} {
		b := &baseline{byAddress: map[string]*baseEndpoint{endpointKey(before.Target, before.Address): before}, byTarget: map[string]*baseEndpoint{before.Target: before}, seen: map[string]bool{}}
		p := &probed{target: "example.com:443", result: goodResult(), clients: []simulated{{id: "windows-7/schannel", outcome: outcome{answer: tlsready.Yes}}, {id: "windows-8/schannel"}}}
		c.change(p)
		if got := found(b.check(p)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if missing := b.missing(); (len(missing) == 1) != (name == "new") {
			t.Errorf("%s: missing %v", name, missing)
		}
	}
}
