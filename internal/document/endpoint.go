package document

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tlsready"
	"tlsready/internal/message"
)

// EndpointSchema is the name of the result format of probe.
const EndpointSchema = "tlsready.endpoint/v1"

// Endpoint is what a probe learned of one server address. It holds everything that
// is needed to judge again later, without the server: see [Endpoint.Acceptance].
type Endpoint struct {
	Schema     string `json:"schema"`
	Target     string `json:"target"`     // as the user wrote it, with its port
	Address    string `json:"address"`    // "" if the name has none
	ServerName string `json:"serverName"` // what was asked for in server_name; "" for nothing
	StartTLS   string `json:"starttls,omitempty"`

	Versions            map[tlsready.Version]tlsready.Answer  `json:"versions"` // all six, each yes, no or unknown
	Suites              map[tlsready.Version][]tlsready.Suite `json:"suites"`   // of the versions whose suites are all known
	ServerOrder         map[tlsready.Version]tlsready.Answer  `json:"serverOrder,omitempty"`
	Groups              []tlsready.Group                      `json:"groups"`
	GroupsComplete      *bool                                 `json:"groupsComplete,omitempty"`     // false: the server may take others too
	SignatureAlgorithms []tlsready.SignatureScheme            `json:"signatureAlgorithms,omitzero"` // nil if they are not all known
	Partial             *EndpointPartial                      `json:"partial,omitempty"`
	Incomplete          bool                                  `json:"incomplete,omitempty"` // lists were cut short: what is not in them may be accepted all the same
	DHBits              int                                   `json:"dhBits,omitempty"`     // the smallest finite field that was seen
	Certificates        []EndpointCertificate                 `json:"certificates"`         // leaf first; one chain after the other if there are several
	Roots               []EndpointRoot                        `json:"roots,omitempty"`      // in which the chains end, sent or public ones
	OCSPStaple          *tlsready.Answer                      `json:"ocspStaple,omitempty"`
	ClientCertificate   *tlsready.Answer                      `json:"clientCertificate,omitempty"` // whether the server asks for one
	WithoutServerName   *NoServerName                         `json:"withoutServerName,omitempty"`
	// Nodes is [NodesDiffer] if the machines behind the address answer differently; the
	// versions they differ on are unknown, and the evidence counts the answers.
	Nodes string `json:"nodes,omitempty"`

	Clients     []EndpointClient   `json:"clients"`
	Findings    []EndpointFinding  `json:"findings,omitempty"` // what a policy, a service or a baseline is not met in
	Evidence    []EndpointEvidence `json:"evidence"`
	Connections int                `json:"connections"` // TCP connections made
	Error       *message.Text      `json:"error"`       // why nothing, or not everything, was learned
}

// NodesDiffer is the word for machines behind one address that answer differently.
const NodesDiffer = "differ"

// EndpointPartial is what a server was seen to take of lists that are not known to
// their end: it may take more. A version or an axis that is known to its end is not in
// it.
type EndpointPartial struct {
	Suites              map[tlsready.Version][]tlsready.Suite `json:"suites,omitempty"`
	SignatureAlgorithms []tlsready.SignatureScheme            `json:"signatureAlgorithms,omitempty"`
}

// EndpointCertificate is one certificate that a server showed.
type EndpointCertificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	NotAfter  time.Time `json:"notAfter,omitzero"`
	KeyType   string    `json:"keyType"` // rsa, ecdsa, eddsa, dsa; "" for another
	KeyBits   int       `json:"keyBits"`
	Signature string    `json:"signature"` // as TLS names it; "" for another
	SHA256    string    `json:"sha256"`
	Error     string    `json:"error,omitempty"` // why it could not be read
	// Chain is the number of its chain if a server with several keys shows several:
	// 0 for the first.
	Chain int `json:"chain,omitempty"`
	// IssuerMissing says that the chain may end here: the issuer's certificate was
	// neither sent nor is it a public root.
	IssuerMissing bool `json:"issuerMissing,omitempty"`
}

// Scheme is the signature with which the certificate is signed; 0 for one that TLS
// does not name.
func (c *EndpointCertificate) Scheme() tlsready.SignatureScheme {
	scheme, _ := tlsready.ParseSignatureScheme(c.Signature) // 0 if it is empty
	return scheme
}

// EndpointRoot is a root in which a chain ends. Stores of Windows are known by the
// SHA-1 of their certificates.
type EndpointRoot struct {
	Subject string `json:"subject"`
	SHA1    string `json:"sha1"`
	Public  bool   `json:"public"` // false: clients have to be given it
	// Chains are the numbers of the chains that may end in it, if there are several
	// chains; with one it is that one.
	Chains []int `json:"chains,omitempty"`
}

// NoServerName is what the server does if it is not named.
type NoServerName struct {
	Answer          string          `json:"answer"`
	SameCertificate tlsready.Answer `json:"sameCertificate"`
}

// EndpointClient says whether one client could connect.
type EndpointClient struct {
	Client string `json:"client"`
	ClientResult
	// After is the same under the rules of --accepting.
	After *ClientResult `json:"accepting,omitempty"`
}

// ClientResult is how a client ends against a server.
type ClientResult struct {
	Connects tlsready.Answer  `json:"connects"`
	Version  tlsready.Version `json:"version,omitzero"` // what is agreed on, or in what it fails; 0 for none
	Suite    tlsready.Suite   `json:"suite,omitzero"`   // 0 for none, and in SSL 2.0
	Why      message.Text     `json:"why"`
}

// EndpointFinding is one point in which something is not met.
type EndpointFinding struct {
	Against string          `json:"against"` // "policy:mozilla-modern", "service:azure-backup", "host:WSUS01", "baseline"
	Rule    string          `json:"rule"`    // "version", "suite", "group", "certificate-key" and so on
	Met     tlsready.Answer `json:"met"`     // no, or unknown if the fact is not known
	// Likely are the likely reasons of a difference from a server's own settings, the
	// likeliest first: in-front, restart-pending, legacy-binding, changed-since.
	Likely []string     `json:"likely,omitempty"`
	Text   message.Text `json:"text"`
	// What and Reasons are the parts of Text if it names likely reasons, for a table
	// that shows reasons once for several findings.
	What    message.Text   `json:"-"`
	Reasons []message.Text `json:"-"`
}

// EndpointEvidence is one way in which a server answered one question.
type EndpointEvidence struct {
	Asked  string `json:"asked"`
	Answer string `json:"answer"`
	Tries  int    `json:"tries"`
}

// RecordedClient begins the name of a client that is a recorded hello.
const RecordedClient = "hello:"

// NewEndpoint is the document of an endpoint of which nothing is known yet: every
// list is there and empty, every version unknown.
func NewEndpoint(target string) *Endpoint {
	e := &Endpoint{
		Schema: EndpointSchema, Target: target, Versions: map[tlsready.Version]tlsready.Answer{}, Suites: map[tlsready.Version][]tlsready.Suite{},
		Groups: []tlsready.Group{}, Certificates: []EndpointCertificate{}, Clients: []EndpointClient{}, Evidence: []EndpointEvidence{},
	}
	for _, v := range tlsready.Versions() {
		e.Versions[v] = tlsready.Unknown
	}
	return e
}

// ReadEndpoint reads one line of probe, or one element of its JSON array.
func ReadEndpoint(line []byte) (*Endpoint, error) {
	e := NewEndpoint("")
	e.Schema = ""
	if err := json.Unmarshal(line, e); err != nil {
		return nil, err
	}
	if e.Schema != EndpointSchema {
		return nil, message.Error("document.endpoint.schema", message.Quote("got", e.Schema), message.Str("want", EndpointSchema))
	}
	return e, nil
}

// Name is the target, with the address if that says more.
func (e *Endpoint) Name() string {
	at := strings.LastIndexByte(e.Target, ':') + 1 // its port begins
	host := strings.Trim(e.Target[:max(at-1, 0)], "[]")
	if e.Address == "" || e.Address == host {
		return e.Target
	}
	return e.Target + " (" + e.Address + ")"
}

// Chains are the certificates by chain, leaf first, each of at least one.
func (e *Endpoint) Chains() [][]EndpointCertificate {
	var chains [][]EndpointCertificate
	for i, c := range e.Certificates {
		if i == 0 || c.Chain != e.Certificates[i-1].Chain {
			chains = append(chains, nil)
		}
		last := &chains[len(chains)-1]
		*last = append(*last, c)
	}
	return chains
}

// RootsOf are the roots in which the chain with a number may end.
func (e *Endpoint) RootsOf(chain int) []EndpointRoot {
	var list []EndpointRoot
	for _, root := range e.Roots {
		if len(root.Chains) == 0 || slices.Contains(root.Chains, chain) {
			list = append(list, root)
		}
	}
	return list
}

// Acceptance is what the endpoint takes, for the join with an offer. What was not
// asked, or stayed open, is unknown item by item: nothing is made up. SSL 2.0 and SSL
// 3.0 count as not taken if they were not asked. The certificate is stated if there
// is one chain: with several the suite decides which one is shown.
func (e *Endpoint) Acceptance() tlsready.Acceptance {
	a := tlsready.Acceptance{
		Suites:   tlsready.UnknownOf[tlsready.Suite](),
		SuitesOf: map[tlsready.Version]tlsready.Axis[tlsready.Suite]{}, OwnOrder: map[tlsready.Version]tlsready.Answer{},
		Groups: tlsready.AtLeast(e.Groups...), SignatureAlgorithms: tlsready.UnknownOf[tlsready.SignatureScheme](),
		DHBits: e.DHBits,
	}
	if e.GroupsComplete != nil && *e.GroupsComplete {
		a.Groups = tlsready.Only(e.Groups...)
	}
	if p := e.Partial; p != nil {
		a.SignatureAlgorithms = tlsready.AtLeast(p.SignatureAlgorithms...)
		for v, suites := range p.Suites {
			a.SuitesOf[v] = tlsready.AtLeast(suites...)
		}
	}
	if e.SignatureAlgorithms != nil {
		a.SignatureAlgorithms = tlsready.Only(e.SignatureAlgorithms...)
	}
	for v, suites := range e.Suites {
		a.SuitesOf[v], a.OwnOrder[v] = tlsready.Only(suites...), e.ServerOrder[v]
	}
	a.Versions = e.versions()
	if chains := e.Chains(); len(chains) == 1 {
		leaf := chains[0][0]
		a.Certificate = tlsready.Certificate{KeyType: leaf.KeyType, KeyBits: leaf.KeyBits, Signature: leaf.Scheme()}
	}
	return a
}

func (e *Endpoint) versions() tlsready.Axis[tlsready.Version] {
	var yes, open []tlsready.Version
	for _, v := range tlsready.Versions() {
		switch answer := e.Versions[v]; {
		case answer == tlsready.Yes:
			yes = append(yes, v)
		case answer == tlsready.Unknown && v >= tlsready.TLS10:
			open = append(open, v)
		}
	}
	return tlsready.Only(yes...).Except(open...)
}
