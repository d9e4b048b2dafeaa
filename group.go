package tlsready

import (
	"fmt"
	"strings"
)

// Group is a key-exchange group by its code (IANA registry "TLS Supported
// Groups", RFC 8446 section 4.2.7): an elliptic curve, a finite field or a
// post-quantum pair.
type Group uint16

// The groups that clients and servers commonly speak.
const (
	Secp256r1          Group = 0x0017 // RFC 8422 section 5.1.1
	Secp384r1          Group = 0x0018
	Secp521r1          Group = 0x0019
	X25519             Group = 0x001d
	X448               Group = 0x001e
	FFDHE2048          Group = 0x0100 // RFC 7919 appendix A
	FFDHE3072          Group = 0x0101
	FFDHE4096          Group = 0x0102
	FFDHE6144          Group = 0x0103
	FFDHE8192          Group = 0x0104
	SecP256r1MLKEM768  Group = 0x11eb // draft-ietf-tls-ecdhe-mlkem
	X25519MLKEM768     Group = 0x11ec
	SecP384r1MLKEM1024 Group = 0x11ed
)

// String is the name in the registry, or "0x2a2a" for a code without one.
func (g Group) String() string { return rowName(groupTable[:], g) }

// ParseGroup reads what [Group.String] writes, without regard to case, the code
// of any group, and the names that NIST gives to its curves: "P-256", "P-384"
// and "P-521", also without the hyphen.
func ParseGroup(name string) (Group, error) {
	if g, ok := parseRow(groupTable[:], name); ok {
		return g, nil
	}
	switch strings.ToUpper(strings.Replace(name, "-", "", 1)) {
	case "P256":
		return Secp256r1, nil
	case "P384":
		return Secp384r1, nil
	case "P521":
		return Secp521r1, nil
	}
	return 0, &NameError{GroupName, name}
}

// FiniteField says that the group is one of the finite fields, for which RFC
// 7919 section 2 keeps a range of codes.
func (g Group) FiniteField() bool { return g>>8 == 0x01 }

// MarshalText writes the name; it makes groups readable in JSON and YAML.
func (g Group) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads the name or the code.
func (g *Group) UnmarshalText(text []byte) error {
	parsed, err := ParseGroup(string(text))
	if err == nil {
		*g = parsed
	}
	return err
}

// nameRow is one line of the generated tables that hold names alone.
type nameRow[T ~uint16] struct {
	code T
	name string
}

func rowName[T ~uint16](table []nameRow[T], code T) string {
	for i := range table {
		if table[i].code == code {
			return table[i].name
		}
	}
	return fmt.Sprintf("0x%04x", uint16(code))
}

func parseRow[T ~uint16](table []nameRow[T], name string) (T, bool) {
	for i := range table {
		if strings.EqualFold(table[i].name, name) {
			return table[i].code, true
		}
	}
	code, ok := parseCode(name, 4)
	return T(code), ok
}
