package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/document"
	"tlsready/internal/message"
	"tlsready/internal/report/view"
)

// renderEndpoints writes endpoints in a format.
func renderEndpoints(t *testing.T, format string, o view.EndpointOptions, list ...*document.Endpoint) string {
	t.Helper()
	if o.Words == nil {
		o.Words = message.For("en")
	}
	var out bytes.Buffer
	f, ok := Formats().ByName(format)
	if !ok {
		t.Fatalf("no format %s", format)
	}
	w := f.Endpoints(&out, o)
	for _, e := range list {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// shownEndpoint is an endpoint of which everything can be shown.
func shownEndpoint() *document.Endpoint {
	e := document.NewEndpoint("lab.example.com:443")
	e.Address = "192.0.2.1"
	e.Versions[tlsready.TLS12], e.Versions[tlsready.TLS10] = tlsready.Yes, tlsready.No
	e.Suites[tlsready.TLS12] = []tlsready.Suite{0xc02f}
	e.Certificates = []document.EndpointCertificate{{Subject: "CN=lab.example.com", Issuer: "CN=Own Root", KeyType: "rsa", KeyBits: 2048, Signature: "rsa_pkcs1_sha256"}}
	e.Evidence = []document.EndpointEvidence{{Asked: "TLS 1.2", Answer: "TLS 1.2", Tries: 1}}
	return e
}

// Proves what a table says about the end of a chain: a public root, one that clients
// need, the server's own certificate, one that was not sent, and nothing if it was not
// looked for.
func TestEndpointRootInWords(t *testing.T) {
	root := func(subject string, public bool) func(*document.Endpoint) {
		return func(e *document.Endpoint) {
			e.Roots = []document.EndpointRoot{{Subject: subject, SHA1: "aa", Public: public}}
		}
	}
	for want, change := range map[string]func(*document.Endpoint){
		"root          CN=Own Root\n":                                root("CN=Own Root", true),
		"CN=Own Root: no public one, clients need it in their store": root("CN=Own Root", false),
		"the certificate is self-signed, clients need it in their store": func(e *document.Endpoint) {
			root("CN=lab.example.com", false)(e)
			e.Certificates[0].Issuer = e.Certificates[0].Subject
		},
		"not known: the server does not send the certificate of CN=Own Root": func(e *document.Endpoint) { e.Certificates[0].IssuerMissing = true },
	} {
		e := shownEndpoint()
		change(e)
		if got := renderEndpoints(t, "table", view.EndpointOptions{Detailed: true}, e); !strings.Contains(got, want) {
			t.Errorf("want %q:\n%s", want, got)
		}
	}
	if got := renderEndpoints(t, "table", view.EndpointOptions{Detailed: true}, shownEndpoint()); strings.Contains(got, "  root  ") {
		t.Errorf("not looked for:\n%s", got)
	}
}

// Proves that what a server says of itself cannot forge lines of a table or formulas of
// a spreadsheet.
func TestEndpointTextIsSafe(t *testing.T) {
	e := shownEndpoint()
	e.Certificates[0].Subject = "=1+1\x1b[2J\u202ea\nb"
	got := renderEndpoints(t, "table", view.EndpointOptions{Detailed: true}, e)
	if strings.ContainsAny(got, "\x1b\u202e") || strings.Contains(got, "\nb") {
		t.Errorf("%q", got)
	}
	rows, err := csv.NewReader(strings.NewReader(renderEndpoints(t, "csv", view.EndpointOptions{}, e))).ReadAll()
	if err != nil || len(rows) != 2 || !strings.HasPrefix(rows[1][11], "'=1+1") {
		t.Errorf("%v %q", err, rows)
	}
}

// Proves that likely reasons which several findings share stand once, below the last
// of them, and that a finding that was read from a file is shown whole.
func TestEndpointFindingsShareReasons(t *testing.T) {
	reason := []message.Text{message.Literal("Likely reason 1: a restart")}
	e := shownEndpoint()
	for _, what := range []string{"first", "second"} {
		e.Findings = append(e.Findings, document.EndpointFinding{Against: "host:FS01", What: message.Literal(what), Reasons: reason})
	}
	e.Findings = append(e.Findings, document.EndpointFinding{Against: "host:FS01", Text: message.Literal("as it was read")})
	want := "  ! host:FS01: first\n  ! host:FS01: second\n      Likely reason 1: a restart\n  ! host:FS01: as it was read\n"
	if got := renderEndpoints(t, "table", view.EndpointOptions{}, e); !strings.Contains(got, want) {
		t.Errorf("%s", got)
	}
}

// Proves that a table says what machines behind one address answered and how often,
// that it marks lists that were cut short, and that the answer to --accepting comes
// first and stands alone without --details.
func TestEndpointNodesIncompleteAndAnswer(t *testing.T) {
	e := shownEndpoint()
	delete(e.Suites, tlsready.TLS12)
	e.Nodes, e.Incomplete = document.NodesDiffer, true
	e.Versions[tlsready.TLS12], e.Versions[tlsready.TLS10] = tlsready.Yes, tlsready.Unknown
	e.Evidence = append(e.Evidence, document.EndpointEvidence{Asked: "TLS 1.0", Answer: "TLS 1.0", Tries: 1}, document.EndpointEvidence{Asked: "TLS 1.0", Answer: "alert 70", Tries: 2})
	e.Partial = &document.EndpointPartial{Suites: map[tlsready.Version][]tlsready.Suite{tlsready.TLS12: {0xc02f}}}
	lost := document.ClientResult{Connects: tlsready.No, Why: message.Literal("no version in common")}
	e.Clients = []document.EndpointClient{
		{Client: "windows-7/schannel", ClientResult: document.ClientResult{Connects: tlsready.Yes, Why: message.Literal("TLS 1.0")}, After: &lost},
		{Client: "windows-xp/schannel", ClientResult: document.ClientResult{Connects: tlsready.Yes, Why: message.Literal("TLS 1.0")}, After: &document.ClientResult{Why: message.Literal("not learned")}},
		{Client: "windows-10/schannel", ClientResult: document.ClientResult{Connects: tlsready.No, Why: message.Literal("never")}, After: &lost},
	}
	for _, c := range []struct {
		options    view.EndpointOptions
		want, lack []string
	}{
		{view.EndpointOptions{}, []string{"answer differently: TLS 1.0: yes (1 of 3), alert 70 (2 of 3)"}, []string{"rests on one connection"}},
		{view.EndpointOptions{OneNode: 100}, []string{"more than 100 endpoints"}, nil},
		{view.EndpointOptions{Detailed: true}, []string{"TLS 1.2 (incomplete): TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "nodes "}, nil},
		{view.EndpointOptions{Detailed: true, Accepting: true}, []string{"1 client would be cut off", "  - no version in common", "schannel: windows-7", "1 client might be cut off", "  - not learned", "schannel: windows-xp", "2 connect, 1 cannot", "--details"}, []string{"CN=lab", "windows-10", "TLS_ECDHE"}},
		{view.EndpointOptions{Detailed: true, Accepting: true, Details: true}, []string{"1 client would be cut off", "windows-10", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "→ no"}, []string{"--details"}},
	} {
		got := renderEndpoints(t, "table", c.options, e)
		at := 0
		for _, want := range c.want {
			i := strings.Index(got, want)
			if i < 0 {
				t.Errorf("%+v: %q is not in\n%s", c.options, want, got)
			}
			if c.options.Accepting && !c.options.Details && i < at {
				t.Errorf("%+v: %q comes too early in\n%s", c.options, want, got)
			}
			at = i
		}
		for _, lack := range c.lack {
			if strings.Contains(got, lack) {
				t.Errorf("%+v: %q is in\n%s", c.options, lack, got)
			}
		}
	}
	if rows := renderEndpoints(t, "csv", view.EndpointOptions{}, e); !strings.Contains(rows, ",nodes,incomplete\r\n") || !strings.Contains(rows, ",differ,yes\r\n") {
		t.Errorf("csv: %s", rows)
	}
}
