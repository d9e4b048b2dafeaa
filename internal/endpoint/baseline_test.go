package endpoint

import (
	"testing"

	"tlsready"
	"tlsready/internal/document"
)

// Proves that a difference from the baseline is reported, that something one run did not
// learn is no difference, and that a name whose address changed is compared all the same.
func TestBaseline(t *testing.T) {
	was := document.NewEndpoint("example.com:443")
	was.Address = "192.0.2.1"
	was.Versions = map[tlsready.Version]tlsready.Answer{tlsready.TLS10: tlsready.No, tlsready.TLS11: tlsready.No, tlsready.TLS12: tlsready.Yes, tlsready.TLS13: tlsready.Yes}
	was.Suites = map[tlsready.Version][]tlsready.Suite{tlsready.TLS12: {0xc02f}}
	was.Groups = []tlsready.Group{tlsready.X25519}
	was.Clients = []document.EndpointClient{clientThat("windows-7/schannel", tlsready.Yes), clientThat("windows-8/schannel", tlsready.Unknown)}
	for name, c := range map[string]struct {
		change func(*document.Endpoint)
		want   string
	}{
		"the same":       {func(*document.Endpoint) {}, ""},
		"added":          {func(e *document.Endpoint) { e.Versions[tlsready.TLS10] = tlsready.Yes }, "version=no"},
		"gone":           {func(e *document.Endpoint) { e.Versions[tlsready.TLS12] = tlsready.No }, "version=no"},
		"not known":      {func(e *document.Endpoint) { e.Versions[tlsready.TLS12] = tlsready.Unknown }, "version=unknown"},
		"not asked then": {func(e *document.Endpoint) { e.Versions[tlsready.SSL30] = tlsready.Yes }, ""},
		"suites":         {func(e *document.Endpoint) { e.Suites[tlsready.TLS12] = []tlsready.Suite{0x2f} }, "suite=no suite=no"},
		"suites open":    {func(e *document.Endpoint) { delete(e.Suites, tlsready.TLS12) }, ""},
		"group":          {func(e *document.Endpoint) { e.Groups = append(e.Groups, tlsready.Secp256r1) }, "group=no"},
		"client":         {func(e *document.Endpoint) { e.Clients[0].Connects = tlsready.No }, "client=no"},
		"client unknown": {func(e *document.Endpoint) {
			e.Clients[0].Connects = tlsready.Unknown
			e.Clients[1].Connects = tlsready.Yes
		}, ""},
		"address": {func(e *document.Endpoint) { e.Address = "192.0.2.9" }, ""},
		"new":     {func(e *document.Endpoint) { e.Target = "other.example.com:443" }, "new=no"},
	} {
		b := NewBaseline()
		b.Add(was)
		e := goodEndpoint()
		e.Clients = []document.EndpointClient{clientThat("windows-7/schannel", tlsready.Yes), clientThat("windows-8/schannel", tlsready.Unknown)}
		c.change(e)
		if got := found(b.Findings(e)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if missing := b.Missing(map[string]bool{e.Target: true}); (len(missing) == 1) != (name == "new") {
			t.Errorf("%s: missing %v", name, missing)
		}
	}
}

func clientThat(id string, connects tlsready.Answer) document.EndpointClient {
	return document.EndpointClient{Client: id, ClientResult: document.ClientResult{Connects: connects}}
}
