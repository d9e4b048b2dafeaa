package labkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tlsready"
	"tlsready/internal/cli"
	"tlsready/internal/cli/frame"
)

// Endpoint is one line of "tlsready probe -f jsonl".
type Endpoint struct {
	Versions     map[string]string   `json:"versions"`
	Suites       map[string][]string `json:"suites"`
	Groups       []string            `json:"groups"`
	Certificates []struct {
		KeyType   string `json:"keyType"`
		KeyBits   int    `json:"keyBits"`
		Signature string `json:"signature"`
		SHA256    string `json:"sha256"`
	} `json:"certificates"`
	Clients []struct {
		Client, Connects, Why string
	} `json:"clients"`
	Evidence    []any   `json:"evidence"`
	Connections int     `json:"connections"`
	Error       *string `json:"error"`
}

// Probe runs "tlsready probe" on an address in this process and gives its line and
// its exit status.
func Probe(t testing.TB, address string, args ...string) (*Endpoint, int) {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"probe", address, "--rate", "0", "-f", "jsonl"}, args...)
	status := cli.Run(context.Background(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, []string{"LANG=C"})
	var e Endpoint
	if err := json.Unmarshal(out.Bytes(), &e); err != nil {
		t.Fatalf("status %d: %v\n%s%s", status, err, out.String(), errs.String())
	}
	return &e, status
}

// VersionWords shows the versions in few letters, oldest first: "1.0 ?1.2" takes
// TLS 1.0 and may take 1.2.
func (e *Endpoint) VersionWords() string {
	var list []string
	for _, v := range tlsready.Versions() {
		name := strings.TrimPrefix(v.String(), "TLS ")
		switch {
		case e.Versions[v.String()] == "yes":
			list = append(list, name)
		case e.Versions[v.String()] == "unknown" && v >= tlsready.TLS10:
			list = append(list, "?"+name)
		}
	}
	return strings.Join(list, " ")
}

// SuiteWords shows the suites: "1.2: A B; 1.3: C", each list sorted by name.
func (e *Endpoint) SuiteWords() string {
	var parts []string
	for _, v := range tlsready.Versions() {
		if list, ok := e.Suites[v.String()]; ok {
			parts = append(parts, strings.TrimPrefix(v.String(), "TLS ")+": "+sorted(list))
		}
	}
	return strings.Join(parts, "; ")
}

// Key shows type, bits and signature of the first certificate.
func (e *Endpoint) Key() string {
	if len(e.Certificates) == 0 {
		return ""
	}
	c := e.Certificates[0]
	return fmt.Sprintf("%s %d %s", c.KeyType, c.KeyBits, c.Signature)
}

func sorted(list []string) string {
	list = slices.Clone(list)
	slices.Sort(list)
	return strings.Join(list, " ")
}

// Row is a server of which the truth is known. An empty field is not looked at.
type Row struct {
	Name, Address string
	Flags         []string // of probe, in addition to --all and --sni
	Versions      string   // as [Endpoint.VersionWords]
	Suites        string   // as [Endpoint.SuiteWords]
	Groups        string   // sorted by name; "-" for none
	Key           *Key     // the certificate that is shown
	Error         string   // part of the error; the endpoint is unknown throughout
	// Open says whether a client may be unknown for that reason; nil: none may.
	Open func(client, why string) bool
}

// modelled is the least number of clients that "all-windows" names.
const modelled = 200

// Check probes the server with everything, holds every modelled client against it
// in both ways, and compares the answers with the truth.
func (r Row) Check(t *testing.T) {
	t.Helper()
	args := append([]string{"--all"}, r.Flags...)
	if !slices.Contains(args, "--sni") {
		args = append(args, "--sni", Name)
	}
	if r.Error == "" {
		args = append(args, "--as", "all-windows")
	}
	e, status := Probe(t, r.Address, args...)
	r.compare(t, e, status)
	if r.Error == "" {
		r.clients(t, e)
	}
	if t.Failed() {
		t.Logf("status %d, %d connections, evidence %+v", status, e.Connections, e.Evidence)
	}
}

func (r Row) compare(t *testing.T, e *Endpoint, status int) {
	t.Helper()
	same := func(what, got, want string) {
		if want != "" && got != want {
			t.Errorf("%s: %s\nwant %s", what, got, want)
		}
	}
	same("versions", e.VersionWords(), r.Versions)
	same("suites", e.SuiteWords(), r.Suites)
	groups := sorted(e.Groups)
	if groups == "" {
		groups = "-"
	}
	same("groups", groups, r.Groups)
	if r.Key != nil {
		same("key", e.Key(), r.Key.Says)
		if len(e.Certificates) == 0 || e.Certificates[0].SHA256 != r.Key.SHA256 {
			t.Errorf("another certificate: %+v", e.Certificates)
		}
	}
	switch {
	case r.Error == "" && (e.Error != nil || status != frame.ExitConnects):
		t.Errorf("status %d, error %v", status, words(e.Error))
	case r.Error != "" && (e.Error == nil || !strings.Contains(*e.Error, r.Error) || status == frame.ExitConnects):
		t.Errorf("status %d, error %v, want %q", status, words(e.Error), r.Error)
	case r.Error != "" && (e.VersionWords() != "?1.0 ?1.1 ?1.2 ?1.3" && r.Versions == ""):
		t.Errorf("%s in spite of %s", e.VersionWords(), words(e.Error))
	}
}

func words(s *string) string {
	if s == nil {
		return "none"
	}
	return *s
}

// clients wants a yes or a no of every client: what is computed and what the
// server did with the client's own hello agree, or the client would be unknown.
func (r Row) clients(t *testing.T, e *Endpoint) {
	t.Helper()
	count := map[string]int{}
	open := 0
	for _, c := range e.Clients {
		if count[c.Connects]++; c.Connects == "unknown" && (r.Open == nil || !r.Open(c.Client, c.Why)) {
			if open++; open <= 5 {
				t.Errorf("%s: %s", c.Client, c.Why)
			}
		}
	}
	if open > 5 {
		t.Errorf("and %d more", open-5)
	}
	if len(e.Clients) < modelled {
		t.Errorf("only %d clients", len(e.Clients))
	}
	t.Logf("%d connections; %d clients connect, %d cannot, %d unknown", e.Connections, count["yes"], count["no"], count["unknown"])
}

// CurvePair says whether a client is unknown for the one reason there may be: up
// to Windows 8.1 a suite is listed with its curve, which a hello cannot say. A
// server that has an elliptic-curve key may join them otherwise, and no source
// says what Schannel does then.
func CurvePair(client, why string) bool {
	windows, _, _ := strings.Cut(client, "/")
	old := []string{"windows-7", "windows-server-2008-r2", "windows-8", "windows-server-2012", "windows-8.1", "windows-server-2012-r2"}
	return slices.Contains(old, windows) && strings.Contains(why, "a pair that the client does not list")
}
