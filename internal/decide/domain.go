package decide

import (
	"math"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// Kind says how a class of values is told.
type Kind int

// The kinds. They are tried in the order of a [Domain]; Other holds for whatever is
// there and was told by none before it, such as a value of a wrong type.
const (
	Absent Kind = iota // there is no such value
	Number             // a DWORD from Min to Max of which the bits of Mask are Bits
	Text               // a REG_SZ that is one of Words, whatever the case
	List               // a list that holds one of Words
	Other
)

// Class is a set of states of one value between which the model makes no difference.
type Class struct {
	Kind       Kind
	Min, Max   uint32
	Mask, Bits uint32
	Words      []string
}

// Domain are the classes of one value: every state that it can have is in the first
// that fits.
type Domain []Class

func number(from, to uint32) Class { return Class{Kind: Number, Min: from, Max: to} }

// samples are states of a class to ask the model about: nil is the absent value.
func (c Class) samples() []*host.Data {
	of := func(list ...host.Data) (p []*host.Data) {
		for i := range list {
			p = append(p, &list[i])
		}
		return p
	}
	switch c.Kind {
	case Absent:
		return []*host.Data{nil}
	case Number:
		if c.Mask != 0 {
			return of(host.Dword(max(c.Bits, 1)))
		}
		return of(host.Dword(c.Min))
	case Text:
		return of(host.String(c.Words[0]))
	case List:
		var list []host.Data
		for _, w := range c.Words {
			list = append(list, host.Multi(w))
		}
		return of(list...)
	}
	return of(host.String("1"), host.Multi("another"), host.Multi())
}

// maxBits bounds how many protocols of a value of bits are told apart: each doubles
// the number of classes.
const maxBits = 3

// domains knows what the readers of a value tell apart, on one system and for one
// acceptance.
type domains struct {
	bits   []uint32 // of the versions that the server takes
	suites []string // what the system offers by default, as its lists spell them
	words  []string // those of them that are looked for in the machine's list
}

func newDomains(accepts tlsready.Acceptance, standard tlsready.Offer) domains {
	var d domains
	for _, v := range tlsready.Versions() {
		if bit := stack.Bit(v); bit != 0 && accepts.Versions.Allows(v) != tlsready.No {
			d.bits = append(d.bits, bit)
		}
	}
	for _, s := range standard.Suites {
		name := s.Suite.String()
		if suffix := map[tlsready.Group]string{tlsready.Secp256r1: "_P256", tlsready.Secp384r1: "_P384", tlsready.Secp521r1: "_P521"}[s.Group]; suffix != "" {
			name += suffix
		}
		d.suites = append(d.suites, name)
	}
	return d
}

// of is the domain of a value. A value that nothing is known of is either absent or
// something else.
func (d domains) of(r host.Ref) Domain {
	other := Class{Kind: Other}
	switch name := strings.ToLower(r.Name); {
	case name == "enabled" || name == "disabledbydefault":
		return Domain{{}, number(0, 0), number(1, math.MaxUint32), other}
	case name == "schusestrongcrypto" || name == "systemdefaulttlsversions":
		return Domain{{}, number(0, 0), number(1, 1), number(2, math.MaxUint32), other}
	case name == "release":
		return append(append(Domain{{}}, releases()...), other)
	case (name == "defaultsecureprotocols" || name == "secureprotocols") && len(d.bits) <= maxBits:
		return append(append(Domain{{}, number(0, 0)}, d.bitClasses()...), other)
	case strings.HasPrefix(name, "switch."):
		return Domain{{}, {Kind: Text, Words: []string{"true"}}, {Kind: Text, Words: []string{"false"}}, other}
	case name == "functions" && r.Key == localSuites:
		return d.list()
	}
	return Domain{{}, other}
}

// localSuites is the key of the machine's own list of suites, which Windows' setup
// writes: it is there on every machine.
const localSuites = `HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002`

// list is the domain of the machine's list of suites: whether it holds one of the
// words, none of which makes a difference.
func (d domains) list() Domain {
	list := Domain{{}}
	if len(d.words) > 0 {
		list = append(list, Class{Kind: List, Words: d.words})
	}
	return append(list, Class{Kind: Other})
}

func releases() (list Domain) {
	from := uint32(0)
	for _, step := range stack.ReleaseSteps() {
		list, from = append(list, number(from, uint32(step)-1)), uint32(step)
	}
	return append(list, number(from, math.MaxInt32))
}

// bitClasses are the combinations of the bits that matter; the other bits may be
// whatever they are, as long as one is set.
func (d domains) bitClasses() (list Domain) {
	mask := uint32(0)
	for _, bit := range d.bits {
		mask |= bit
	}
	for n := range 1 << len(d.bits) {
		bits := uint32(0)
		for i, bit := range d.bits {
			if n&(1<<i) != 0 {
				bits |= bit
			}
		}
		list = append(list, Class{Kind: Number, Min: 1, Max: math.MaxUint32, Mask: mask, Bits: bits})
	}
	return list
}
