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
	f, ok := ByName(format)
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

// Proves what a table says of the end of a chain: a public root, one that clients need,
// the server's own certificate, one that was not sent, and nothing where it was not
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
