package document

import (
	"time"

	"tlsready"
)

// EndpointSchema is the name of the result format of probe.
const EndpointSchema = "tlsready.endpoint/v1"

// Endpoint is what a probe learned of one server address.
type Endpoint struct {
	Schema     string `json:"schema"`
	Target     string `json:"target"`     // as the user wrote it, with its port
	Address    string `json:"address"`    // "" where the name has none
	ServerName string `json:"serverName"` // what was asked for in server_name; "" for nothing
	StartTLS   string `json:"starttls,omitempty"`

	Versions            map[tlsready.Version]tlsready.Answer `json:"versions"` // all six, each yes, no or unknown
	Suites              map[tlsready.Version][]string        `json:"suites"`   // of the versions whose suites are all known
	ServerOrder         map[tlsready.Version]tlsready.Answer `json:"serverOrder,omitempty"`
	Groups              []string                             `json:"groups"`
	GroupsComplete      *bool                                `json:"groupsComplete,omitempty"` // false: the server may take others too
	SignatureAlgorithms []string                             `json:"signatureAlgorithms,omitempty"`
	DHBits              int                                  `json:"dhBits,omitempty"` // the smallest finite field that was seen
	Certificates        []EndpointCertificate                `json:"certificates"`     // leaf first; one chain after the other where there are several
	Roots               []EndpointRoot                       `json:"roots,omitempty"`  // in which the chains end, sent or public ones
	OCSPStaple          *tlsready.Answer                     `json:"ocspStaple,omitempty"`
	ClientCertificate   *tlsready.Answer                     `json:"clientCertificate,omitempty"` // whether the server asks for one
	WithoutServerName   *Nameless                            `json:"withoutServerName,omitempty"`

	Clients     []EndpointClient   `json:"clients"`
	Findings    []EndpointFinding  `json:"findings,omitempty"` // what a policy, a service or a baseline is not met in
	Evidence    []EndpointEvidence `json:"evidence"`
	Connections int                `json:"connections"` // TCP connections made
	Error       *string            `json:"error"`       // why nothing, or not everything, was learned
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
}

// EndpointRoot is a root in which a chain ends. Stores of Windows are known by the
// SHA-1 of their certificates.
type EndpointRoot struct {
	Subject string `json:"subject"`
	SHA1    string `json:"sha1"`
	Public  bool   `json:"public"` // false: clients have to be given it
}

// Nameless is what the server does where it is not named.
type Nameless struct {
	Answer          string          `json:"answer"`
	SameCertificate tlsready.Answer `json:"sameCertificate"`
}

// EndpointClient says whether one client could connect.
type EndpointClient struct {
	Client   string          `json:"client"`
	Connects tlsready.Answer `json:"connects"`
	Version  string          `json:"version,omitempty"`
	Suite    string          `json:"suite,omitempty"`
	Why      string          `json:"why"`
	// After is the same under the rules of --accepting.
	After *EndpointClientAfter `json:"accepting,omitempty"`
}

// EndpointClientAfter says whether a client could connect if the server changed.
type EndpointClientAfter struct {
	Connects tlsready.Answer `json:"connects"`
	Version  string          `json:"version,omitempty"`
	Suite    string          `json:"suite,omitempty"`
	Why      string          `json:"why"`
}

// EndpointFinding is one point in which something is not met.
type EndpointFinding struct {
	Against string          `json:"against"` // "policy:mozilla-modern", "service:azure-backup", "host:WSUS01", "baseline"
	Rule    string          `json:"rule"`    // "version", "suite", "group", "certificate-key" and so on
	Met     tlsready.Answer `json:"met"`     // no, or unknown where the fact is not known
	// Likely are the likely reasons of a difference from a server's own settings, the
	// likeliest first: in-front, restart-pending, legacy-binding, changed-since.
	Likely []string `json:"likely,omitempty"`
	Text   string   `json:"text"`
}

// EndpointEvidence is one way in which a server answered one question.
type EndpointEvidence struct {
	Asked  string `json:"asked"`
	Answer string `json:"answer"`
	Tries  int    `json:"tries"`
}

// NewEndpoint is the document of an endpoint of which nothing is known yet: every
// list is there and empty, every version unknown.
func NewEndpoint(target string) *Endpoint {
	e := &Endpoint{
		Schema: EndpointSchema, Target: target, Versions: map[tlsready.Version]tlsready.Answer{}, Suites: map[tlsready.Version][]string{},
		Groups: []string{}, Certificates: []EndpointCertificate{}, Clients: []EndpointClient{}, Evidence: []EndpointEvidence{},
	}
	for _, v := range tlsready.Versions() {
		e.Versions[v] = tlsready.Unknown
	}
	return e
}
