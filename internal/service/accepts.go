package service

import (
	"strings"

	"tlsready/internal/message"

	"go.yaml.in/yaml/v3"

	"tlsready"
)

// Accepts is the `accepts` of a phase. An axis that is left out takes anything,
// one that is null is unknown, a list is exactly that.
type Accepts struct{ acceptance tlsready.Acceptance }

// UnmarshalYAML reads the axes; unknown keys are refused with their line.
func (a *Accepts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return message.OnLine(n.Line, message.Error("service.accepts", message.Str("example", "{versions: [TLS 1.2]}")))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if err := a.axis(n.Content[i].Value, n.Content[i+1]); err != nil {
			return message.OnLine(n.Content[i].Line, err)
		}
	}
	return nil
}

func (a *Accepts) axis(key string, n *yaml.Node) (err error) {
	acc := &a.acceptance
	switch key {
	case "versions":
		acc.Versions, err = readAxis(n, tlsready.ParseVersion)
	case "suites":
		acc.Suites, err = readAxis(n, tlsready.ParseSuite)
	case "groups":
		acc.Groups, err = readAxis(n, tlsready.ParseGroup)
	case "signatureAlgorithms":
		acc.SignatureAlgorithms, err = readAxis(n, tlsready.ParseSignatureScheme)
	case "serverCertificate":
		acc.Certificate, err = readCertificate(n)
	case "dhBits":
		err = n.Decode(&acc.DHBits)
	default:
		err = message.Error("service.accepts-key", message.Str("key", key))
	}
	return err
}

func readAxis[T comparable](n *yaml.Node, parse func(string) (T, error)) (tlsready.Axis[T], error) {
	if n.Tag == "!!null" {
		return tlsready.UnknownOf[T](), nil
	}
	var names []string
	if err := n.Decode(&names); err != nil {
		return tlsready.Axis[T]{}, message.Error("service.list")
	}
	list := make([]T, len(names))
	for i, name := range names {
		item, err := parse(name)
		if err != nil {
			return tlsready.Axis[T]{}, err
		}
		list[i] = item
	}
	return tlsready.Only(list...), nil
}

func readCertificate(n *yaml.Node) (tlsready.Certificate, error) {
	var raw struct {
		KeyType   string `yaml:"keyType"`
		KeyBits   int    `yaml:"keyBits"`
		Signature string `yaml:"signature"`
	}
	if err := n.Decode(&raw); err != nil {
		return tlsready.Certificate{}, err
	}
	c := tlsready.Certificate{KeyType: strings.ToLower(raw.KeyType), KeyBits: raw.KeyBits}
	if c.KeyType != "" && c.KeyType != "rsa" && c.KeyType != "ecdsa" {
		return c, message.Error("service.key-type", message.Quote("text", raw.KeyType))
	}
	var err error
	if raw.Signature != "" {
		c.Signature, err = tlsready.ParseSignatureScheme(raw.Signature)
	}
	return c, err
}
