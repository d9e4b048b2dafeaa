// Package nearmiss finds values that are almost ones that Windows reads: misspelled, in
// another place, in the wrong base or of the wrong type. They make somebody believe that a
// setting is in force which no program ever sees.
package nearmiss

import (
	"fmt"

	"tlsready/internal/host"
	"tlsready/internal/message"
	"tlsready/internal/stack"
)

// NearMiss is a value that is almost one that Windows reads, which makes somebody believe that
// it is set.
type NearMiss struct {
	Slip  Slip
	Key   string // what stands there
	Name  string
	Data  host.Data
	Meant host.Ref  // what is read
	Value host.Data // what the value was meant to be; zero if it may be right as it is
}

// Text says what almost is right, and what was meant.
func (n NearMiss) Text() message.Text {
	return message.New("near."+string(n.Slip), message.Str("key", n.Key), message.Str("name", n.Name), message.Str("value", bothBases(n.Data)),
		message.Str("meantKey", n.Meant.Key), message.Str("meantName", n.Meant.Name), message.Str("meantValue", bothBases(n.Value)))
}

// bothBases is a number in both bases, since one was taken for the other.
func bothBases(d host.Data) string {
	if d.Type != host.DWORD {
		return ""
	}
	return fmt.Sprintf("%d (0x%x)", d.Number, d.Number)
}

// Slip is the kind of mistake.
type Slip string

// The slips.
const (
	SlipName       Slip = "name"        // the value's name is misspelled
	SlipKey        Slip = "key"         // a part of the key is misspelled, or the value stands in another place
	SlipBlank      Slip = "blank"       // blanks too many or too few, or full-width characters
	SlipLevel      Slip = "level"       // the value stands one key too high
	SlipControlSet Slip = "control-set" // set in a control set that is not the current one
	SlipDefault    Slip = "default"     // the key's unnamed value is set, or a key is named as the value should be
	SlipDecimal    Slip = "decimal"     // a hexadecimal number was typed as a decimal one, or the other way round
	SlipBits       Slip = "bits"        // a set of protocols of which some bits stand for none
	SlipType       Slip = "type"        // a text or a 64-bit number in place of a REG_DWORD
	SlipText       Slip = "text"        // a number in place of a text
	SlipView       Slip = "view"        // set for 64-bit programs alone
)

// maxSlip is how many letters a misspelled key and name may be away from the right
// ones: more would find what is meant to be something else.
const maxSlip = 2

// neighbours are parts of keys that differ from ones the model reads by a letter or
// two and are right as they are (KB245030, "TLS registry settings").
func neighbours() []string {
	return []string{
		"dtls 1.0", "dtls 1.2", "dtls 1.3", "pct 1.0", "multi-protocol unified hello", "null",
		"rc4 40/128", "rc4 56/128", "rc4 64/128", "rc2 40/128", "rc2 56/128", "rc2 128/128", "des 56/56",
		"sha512", "sha224", "v1.1.4322",
	}
}

// In finds the values of a host that are almost ones that the model reads: misspelled
// names and keys, a level too high, a number in the wrong base, a text instead of a number.
// Values set only for 64-bit programs are found by [OfViews], because they matter only to a
// 32-bit one.
func (n *Finder) In(v *host.View) []NearMiss {
	var found []NearMiss
	for i, val := range v.Registry {
		if known, ok := n.exact[v.FoldedAt(i)]; ok {
			if miss, ok := n.value(known, val); ok {
				found = append(found, miss)
			}
			continue
		}
		if miss, ok := n.spelling(val); ok && !rightToo(v, miss) {
			found = append(found, miss)
		}
	}
	return found
}

// rightToo says that a value in a wrong place stands in the right one as well: it is a
// copy that does no harm, such as another control set of the same machine.
func rightToo(v *host.View, miss NearMiss) bool {
	data, state := v.Lookup(miss.Meant)
	switch miss.Slip {
	case SlipDefault: // whatever the named value is, it is what is read
		return state == host.Present
	case SlipKey, SlipControlSet:
		return state == host.Present && data.Equal(miss.Data)
	}
	return false
}

// OfViews are the values that a 32-bit stack does not see because they are set only for
// 64-bit programs.
func OfViews(m *stack.Model, v *host.View, s stack.Stack) []NearMiss {
	if !s.Wow || v.OS.X86() {
		return nil
	}
	var found []NearMiss
	for _, pair := range m.ViewPairs(s) {
		data, state := v.Lookup(pair[0])
		if _, other := v.Lookup(pair[1]); state == host.Present && other == host.Absent {
			found = append(found, NearMiss{Slip: SlipView, Key: pair[0].Key, Name: pair[0].Name, Data: data, Meant: pair[1], Value: data})
		}
	}
	return found
}
