// Package policy holds what a server may accept at most and has to accept at
// least: recommended configurations as data, and the user's own.
package policy

import (
	"embed"
	"slices"

	"tlsready"
	"tlsready/internal/message"
	"tlsready/internal/strictyaml"
)

// Schema is the name of the policy format (docs/probe.md).
const Schema = "tlsready.policy/v1"

//go:embed data/*.yaml
var files embed.FS

// Policy is one set of demands. What is left out demands nothing.
type Policy struct {
	Schema      string                `yaml:"schema"`
	ID          string                `yaml:"id"`
	Name        map[string]string     `yaml:"name"`
	AsOf        string                `yaml:"asOf"`     // YYYY-MM-DD: when the source was read
	Versions    []Version             `yaml:"versions"` // no other may be accepted
	Requires    []Version             `yaml:"requires"` // each of these has to be accepted
	Suites      []tlsready.Suite      `yaml:"suites"`   // no other may be accepted
	Groups      []Group               `yaml:"groups"`   // no other may be accepted
	DHBits      int                   `yaml:"dhBits"`   // least size of a finite field
	Certificate Certificate           `yaml:"certificate"`
	Citations   []strictyaml.Citation `yaml:"citations"`
}

// Certificate is what is demanded of the server's own certificate.
type Certificate struct {
	KeyTypes   []string `yaml:"keyTypes"`   // rsa, ecdsa
	RSABits    int      `yaml:"rsaBits"`    // least size of an RSA key
	ECDSABits  []int    `yaml:"ecdsaBits"`  // sizes of elliptic-curve keys
	Signatures []Scheme `yaml:"signatures"` // how it may be signed
	MaxDays    int      `yaml:"maxDays"`    // longest validity
}

// Version is a version as a policy file spells it.
type Version tlsready.Version

// UnmarshalText reads "TLS 1.2".
func (v *Version) UnmarshalText(text []byte) error { return (*tlsready.Version)(v).UnmarshalText(text) }

// Group is a group as a policy file spells it.
type Group tlsready.Group

// UnmarshalText reads "x25519" and the other names of [tlsready.ParseGroup].
func (g *Group) UnmarshalText(text []byte) error {
	parsed, err := tlsready.ParseGroup(string(text))
	*g = Group(parsed)
	return err
}

// Scheme is a signature algorithm as a policy file spells it.
type Scheme tlsready.SignatureScheme

// UnmarshalText reads "rsa_pkcs1_sha256".
func (s *Scheme) UnmarshalText(text []byte) error {
	parsed, err := tlsready.ParseSignatureScheme(string(text))
	*s = Scheme(parsed)
	return err
}

func folder() strictyaml.Folder { return strictyaml.Folder{FS: files} }

// IDs lists the policies that are built in.
func IDs() []string { return folder().IDs() }

// ByID reads a built-in policy; ok is false if there is none with that name.
func ByID(id string) (p *Policy, ok bool, err error) {
	data, ok := folder().Data(id)
	if !ok {
		return nil, false, nil
	}
	p, err = Parse(data)
	return p, true, err
}

// Parse reads a policy file, YAML or JSON. The error names the line or the key.
func Parse(data []byte) (*Policy, error) {
	p := &Policy{}
	if err := strictyaml.Decode(data, p); err != nil {
		return nil, err
	}
	switch {
	case p.Schema != Schema:
		return nil, message.Error("problem.schema", message.Quote("found", p.Schema), message.Quote("want", Schema))
	case p.ID == "":
		return nil, message.Error("policy.no-id")
	case p.DHBits < 0 || p.Certificate.RSABits < 0 || p.Certificate.MaxDays < 0:
		return nil, message.Error("policy.size")
	}
	for _, v := range p.Requires {
		if len(p.Versions) > 0 && !slices.Contains(p.Versions, v) {
			return nil, message.Error("policy.requires", message.Str("version", tlsready.Version(v).String()))
		}
	}
	for _, k := range p.Certificate.KeyTypes {
		if k != "rsa" && k != "ecdsa" {
			return nil, message.Error("policy.key-types", message.Quote("text", k))
		}
	}
	return p, nil
}
