package endpoint

import (
	"slices"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/caller"
	"tlsready/internal/document"
	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
)

// sendingOf is what clients of one caller send, on a modelled system.
func sendingOf(t *testing.T, system, callerID string) *Sending {
	t.Helper()
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := caller.ByID(callerID)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(model.Systems(), func(s stack.System) bool { return s.ID == system })
	sending, err := NewSimulator(model, ClientsOnSystem(model.Systems()[at], []*caller.Caller{c})).Sending()
	if err != nil {
		t.Fatal(err)
	}
	return sending
}

// Proves how the answer to a client's own hello counts along with the computed result: a
// ServerHello that the client takes, one that it refuses, a refusal, and answers from
// which nothing follows.
func TestRepliesAreJoined(t *testing.T) {
	e := goodEndpoint()
	e.Certificates[0].SHA256 = strings.Repeat("ab", 32)
	e.Groups = []tlsready.Group{tlsready.X25519, tlsready.Secp256r1}
	chosen := Reply{Kind: Chosen, Answer: "TLS 1.2", Version: tlsready.TLS12, Suite: 0xc02f, Group: tlsready.Secp256r1, Scheme: tlsready.RSAPKCS1SHA256, Leaf: e.Certificates[0].SHA256}
	for name, c := range map[string]struct {
		change func(*Reply)
		want   tlsready.Answer
		why    string
	}{
		"not sent":          {func(r *Reply) { *r = Reply{} }, tlsready.Yes, "TLS 1.2 with"},
		"open":              {func(r *Reply) { r.Kind, r.Answer = Open, "timeout" }, tlsready.Yes, "TLS 1.2 with"},
		"chosen":            {func(*Reply) {}, tlsready.Yes, "TLS 1.2 with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 and secp256r1"},
		"refused":           {func(r *Reply) { r.Kind, r.Answer = Refused, "alert 40" }, tlsready.Unknown, "sent: no"},
		"refused alone":     {func(r *Reply) { r.Kind, r.Answer, r.Alone = Refused, "alert 40", true }, tlsready.No, "alert 40"},
		"open alone":        {func(r *Reply) { r.Kind, r.Answer, r.Alone = Open, "timeout", true }, tlsready.Unknown, "timeout"},
		"chosen alone":      {func(r *Reply) { r.Alone = true }, tlsready.Yes, "TLS 1.2 with"},
		"a strange suite":   {func(r *Reply) { r.Suite = 0xcca8 }, tlsready.Unknown, "which the client does not offer"},
		"a strange group":   {func(r *Reply) { r.Group = tlsready.Secp521r1 }, tlsready.Unknown, "no group in common"},
		"a strange scheme":  {func(r *Reply) { r.Scheme = tlsready.Ed448 }, tlsready.Unknown, "no signature algorithm in common"},
		"a small DH field":  {func(r *Reply) { r.Suite, r.Group, r.DHBits = 0x9f, 0, 512 }, tlsready.Unknown, "has 512 bits"},
		"another one there": {func(r *Reply) { r.Leaf = "" }, tlsready.Yes, "TLS 1.2 with"},
	} {
		sending := sendingOf(t, "windows-server-2016", "schannel")
		reply := chosen
		c.change(&reply)
		got := sending.Clients(e, []Rule{}, []Reply{reply})
		if after := got[0].After.Connects; reply.Alone && c.want != tlsready.Yes && after != c.want {
			t.Errorf("%s: under rules %v", name, after)
		}
		if why := message.For("en").Render(got[0].Why); got[0].Connects != c.want || !strings.Contains(why, c.why) {
			t.Errorf("%s: %v %s", name, got[0].Connects, why)
		}
		if ways := sending.Ways(e, []Reply{reply}); ways[0].Computed.Connects != tlsready.Yes || ways[0].Client != got[0].Client {
			t.Errorf("%s: %+v", name, ways)
		}
	}
}

// Proves that a recorded hello is judged by what it says, with and without an answer,
// and under rules.
func TestRecordedClient(t *testing.T) {
	h := helloOf(t, "windows-server-2016", "schannel")
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSimulator(model, []Client{RecordedClient("edge.bin", h)})
	e := goodEndpoint()
	e.Groups = []tlsready.Group{tlsready.Secp256r1}
	rules, err := ParseRules("TLS 1.3")
	if err != nil {
		t.Fatal(err)
	}
	got := s.Clients(e, rules)
	if got[0].Client != "hello:edge.bin" || got[0].Connects != tlsready.Yes || got[0].After.Connects != tlsready.No {
		t.Errorf("%+v", got[0])
	}
	sending, err := s.Sending()
	if err != nil {
		t.Fatal(err)
	}
	if hellos := sending.Hellos("other.example.com", nil); len(hellos) != 1 || hellos[0] != h {
		t.Error("a recorded hello is sent as it was")
	}
}

// Proves what a host's store does to a client that would connect: a root that is there,
// one that lacks and is not fetched, one that may be fetched, an issuer that was not
// sent, and two chains of which one is trusted.
func TestTrust(t *testing.T) {
	model, err := stack.New()
	if err != nil {
		t.Fatal(err)
	}
	schannel, _, err := caller.ByID("schannel")
	if err != nil {
		t.Fatal(err)
	}
	mine, other := strings.Repeat("0a", 20), strings.Repeat("0b", 20)
	root := func(sha1 string, chains ...int) document.EndpointRoot {
		return document.EndpointRoot{Subject: "CN=Own Root", SHA1: sha1, Chains: chains}
	}
	for name, c := range map[string]struct {
		roots   []document.EndpointRoot
		noFetch bool
		two     bool // a second chain
		missing bool // an issuer
		want    tlsready.Answer
		why     string
	}{
		"in the store":   {[]document.EndpointRoot{root(mine)}, true, false, false, tlsready.Yes, "TLS 1.2 with"},
		"not fetched":    {[]document.EndpointRoot{root(other)}, true, false, false, tlsready.No, "untrusted root, CN=Own Root"},
		"may be fetched": {[]document.EndpointRoot{root(other)}, false, false, false, tlsready.Unknown, "which Windows may fetch"},
		"not sent":       {nil, true, false, true, tlsready.Unknown, "does not send the certificate of CN=Issuer"},
		"not looked for": {nil, true, false, false, tlsready.Unknown, "the certificate could not be read"},
		"both chains":    {[]document.EndpointRoot{root(mine, 0, 1)}, true, true, false, tlsready.Yes, "TLS 1.2 with"},
		"the first":      {[]document.EndpointRoot{root(mine, 0), root(other, 1)}, true, true, false, tlsready.Unknown, "untrusted root"},
		"the second":     {[]document.EndpointRoot{root(other, 0), root(mine, 1)}, true, true, false, tlsready.Unknown, "untrusted root"},
	} {
		s := &host.Snapshot{OS: host.OS{Version: "10.0", Build: 14393, Type: "server", Architecture: "x64"}, Covered: []string{"HKLM"}, Certificates: &host.Certificates{Root: []string{mine}}}
		if c.noFetch {
			s.Registry = []host.Value{{Key: `HKLM\SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot`, Name: "DisableRootAutoUpdate", Data: host.Dword(1)}}
		}
		e := goodEndpoint()
		e.Groups, e.Roots = []tlsready.Group{tlsready.Secp256r1}, c.roots
		e.Certificates[0].Issuer, e.Certificates[0].IssuerMissing = "CN=Issuer", c.missing
		if c.two {
			second := e.Certificates[0]
			second.Chain = 1
			e.Certificates = append(e.Certificates, second)
		}
		got := NewSimulator(model, ClientsOn("APP01", host.NewView(s), []*caller.Caller{schannel})).Clients(e, nil)[0]
		if why := message.For("en").Render(got.Why); got.Connects != c.want || !strings.Contains(why, c.why) {
			t.Errorf("%s: %v %s", name, got.Connects, why)
		}
	}
}

// Proves that the demand of a name is what all its addresses accept, with the root that
// a host needs for each of them.
func TestDemand(t *testing.T) {
	a, b := goodEndpoint(), goodEndpoint()
	b.Versions[tlsready.TLS13], b.Suites[tlsready.TLS12] = tlsready.No, []tlsready.Suite{0xc030, 0xc02f}
	for _, e := range []*document.Endpoint{a, b} {
		e.Roots = []document.EndpointRoot{{SHA1: "aa"}}
	}
	d := Demand("endpoint:example.com:443", []*document.Endpoint{a, b})
	accepts := d.Now()
	if got := names(accepts.Versions.List()); !slices.Equal(got, []string{"TLS 1.2"}) {
		t.Errorf("%v", got)
	}
	if got := accepts.Suites.List(); !slices.Equal(got, []tlsready.Suite{0xc02f}) || !slices.Equal(d.Roots, []string{"aa"}) {
		t.Errorf("%v %v", got, d.Roots)
	}
	b.Partial = &document.EndpointPartial{Suites: map[tlsready.Version][]tlsready.Suite{tlsready.TLS12: {0xc02f}}}
	delete(b.Suites, tlsready.TLS12)
	if accepts = Demand("x", []*document.Endpoint{b}).Now(); !accepts.Suites.IsUnknown() {
		t.Errorf("suites that are not known to their end: %+v", accepts.Suites)
	}
}
