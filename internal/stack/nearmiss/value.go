package nearmiss

import (
	"encoding/binary"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/stack"
)

// value looks at a value that stands in its right place.
func (n *Finder) value(known readValue, val host.Value) (NearMiss, bool) {
	miss := NearMiss{Key: val.Key, Name: val.Name, Data: val.Data, Meant: known.Ref}
	switch {
	case known.Kind.Number() && val.Data.Type != host.DWORD:
		miss.Slip = SlipType
		if number, ok := numberIn(val.Data, known.Kind == stack.Bits); ok {
			miss.Value = host.Dword(number)
		}
		return miss, true
	case known.Kind == stack.Text && val.Data.Type != host.SZ:
		miss.Slip = SlipText
		return miss, true
	case known.Kind == stack.Bits:
		if meant, ok := otherBase(uint32(val.Data.Number)); ok {
			miss.Slip, miss.Value = SlipDecimal, host.Dword(meant)
			return miss, true
		}
		if n := uint32(val.Data.Number); n != allBits && n&^bitsOf(tlsready.Versions()) != 0 {
			miss.Slip = SlipBits
			return miss, true
		}
	}
	return NearMiss{}, false
}

// allBits is what people write who mean everything.
const allBits = 0xffffffff

// numberIn is the number that data of another type was meant to be. A set of protocols that
// makes sense only in hexadecimal was typed in hexadecimal.
func numberIn(d host.Data, bits bool) (uint32, bool) {
	text := strings.TrimSpace(d.Text)
	switch {
	case d.Type == host.QWORD && d.Number <= 1<<32-1:
		return uint32(d.Number), true
	case d.Type == host.Binary && len(d.Bytes) == 4:
		return binary.LittleEndian.Uint32(d.Bytes), true
	}
	if len(text) == 8 && text[0] == '0' { // as a .reg file spells a dword
		text = "0x" + text
	}
	n, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		n, err = strconv.ParseUint(text, 16, 32)
	} else if meant, ok := otherBase(uint32(n)); bits && ok {
		n = uint64(meant)
	}
	return uint32(n), err == nil
}

// otherBase reads a number that names no sensible set of protocols as it would have
// been typed in the other base: 800 for 0x800, 0x2048 for 2048.
func otherBase(n uint32) (uint32, bool) {
	all, tls := bitsOf(tlsready.Versions()), bitsOf([]tlsready.Version{tlsready.TLS10, tlsready.TLS11, tlsready.TLS12, tlsready.TLS13})
	sensible := func(bits uint64) bool {
		return bits != 0 && bits&^uint64(all) == 0 && bits&uint64(tls) != 0
	}
	if sensible(uint64(n)) || n == 0 {
		return 0, false
	}
	if meant, err := strconv.ParseUint(strconv.FormatUint(uint64(n), 10), 16, 32); err == nil && sensible(meant) {
		return uint32(meant), true
	}
	if meant, err := strconv.ParseUint(strconv.FormatUint(uint64(n), 16), 10, 32); err == nil && sensible(meant) {
		return uint32(meant), true
	}
	return 0, false
}

// bitsOf are the bits of protocols in DefaultSecureProtocols and SecureProtocols.
func bitsOf(list []tlsready.Version) (bits uint32) {
	for _, v := range list {
		bits |= stack.Bit(v)
	}
	return bits
}
