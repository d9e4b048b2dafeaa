package hive

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf16"

	"tlsready/internal/message"
)

// fold brings the cases of a character together; upper case is what the registry
// sorts and hashes by.
func fold(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	if r < 0x80 {
		return r
	}
	if capital := unicode.ToUpper(r); capital >= 0x80 {
		return capital
	}
	return r // no character outside of ASCII has a capital within it
}

// hash is the name hash of an lh list.
func hash(name string) (h uint32) {
	for _, u := range utf16.Encode([]rune(name)) {
		h = 37*h + uint32(uint16(fold(rune(u))))
	}
	return h
}

// part is one li, lf or lh list with its entries.
type part struct {
	entries []byte
	step    int // bytes of an entry
	hashed  bool
}

func (p part) len() int            { return len(p.entries) / p.step }
func (p part) offset(i int) uint32 { return binary.LittleEndian.Uint32(p.entries[i*p.step:]) }
func (p part) hashAt(i int) uint32 { return binary.LittleEndian.Uint32(p.entries[i*p.step+4:]) }

// count is the number of subkeys that the key claims.
func (k *Key) count() int { return int(k.u32(keySubkeys)) }

// parts reads the key's subkey lists: one, or those that an ri names. Together
// they must hold as many entries as the key says it has subkeys.
func (k *Key) parts() ([]part, error) {
	if k.count() == 0 {
		return nil, k.unlisted()
	}
	if int64(k.count())*(keyName+4) > int64(len(k.hive.bins)) {
		return nil, damage(k.at, "hive.subkeys-many", message.Int("count", k.count()))
	}
	at := k.u32(keySubkeyList)
	c, err := k.hive.cell(at, 4)
	if err != nil {
		return nil, err
	}
	offsets := []uint32{at}
	if string(c[:2]) == "ri" {
		n := int(binary.LittleEndian.Uint16(c[2:]))
		if 4+4*n > len(c) {
			return nil, damage(at, "hive.lists-many", message.Int("count", n))
		}
		offsets = part{entries: c[4 : 4+4*n], step: 4}.offsets()
	}
	parts, found := make([]part, len(offsets)), 0
	for i, o := range offsets {
		if parts[i], err = k.hive.part(o); err != nil {
			return nil, err
		}
		if found += parts[i].len(); found > k.count() {
			break
		}
	}
	if found != k.count() {
		return nil, damage(k.at, "hive.subkeys-count", message.Int("count", k.count()), message.Int("found", found))
	}
	return parts, nil
}

// unlisted says whether a key without subkeys has a list of some all the same: the
// count was lost, and what is below would be taken for absent.
func (k *Key) unlisted() error {
	at := k.u32(keySubkeyList)
	if at == none || at == 0 {
		return nil
	}
	c, err := k.hive.cell(at, 4)
	if err != nil {
		return nil // it points to no cell: there is no list
	}
	switch string(c[:2]) {
	case "lf", "lh", "li", "ri":
		if binary.LittleEndian.Uint16(c[2:]) > 0 {
			return damage(k.at, "hive.subkeys-count", message.Int("count", 0), message.Int("found", binary.LittleEndian.Uint16(c[2:])))
		}
	}
	return nil
}

func (p part) offsets() []uint32 {
	list := make([]uint32, p.len())
	for i := range list {
		list[i] = p.offset(i)
	}
	return list
}

// part reads one list of subkeys.
func (h *Hive) part(at uint32) (part, error) {
	c, err := h.cell(at, 4)
	if err != nil {
		return part{}, err
	}
	p := part{step: 8}
	switch string(c[:2]) {
	case "lh":
		p.hashed = true
	case "lf":
	case "li":
		p.step = 4
	default:
		return part{}, damage(at, "hive.no-list")
	}
	n := int(binary.LittleEndian.Uint16(c[2:]))
	if 4+n*p.step > len(c) {
		return part{}, damage(at, "hive.list-many", message.Int("count", n))
	}
	p.entries = c[4 : 4+n*p.step]
	return p, nil
}

// Subkeys lists the keys directly below, in the order of the hive.
func (k *Key) Subkeys() ([]*Key, error) {
	parts, err := k.parts()
	if err != nil {
		return nil, err
	}
	keys := make([]Key, 0, k.count())
	list := make([]*Key, 0, k.count())
	for _, p := range parts {
		for i := range p.len() {
			sub, err := k.hive.key(p.offset(i), k)
			if err != nil {
				return nil, err
			}
			keys = append(keys, sub)
			list = append(list, &keys[len(keys)-1])
		}
	}
	if twice, ok := repeated(list); ok {
		return nil, damage(twice, "hive.subkey-twice")
	}
	return list, nil
}

func repeated(keys []*Key) (uint32, bool) {
	offsets := make([]uint32, len(keys))
	for i, k := range keys {
		offsets[i] = k.at
	}
	return repeatedOffset(offsets)
}

// repeatedOffset finds an offset that is listed twice; it sorts the list.
func repeatedOffset(offsets []uint32) (uint32, bool) {
	slices.Sort(offsets)
	for i := 1; i < len(offsets); i++ {
		if offsets[i] == offsets[i-1] {
			return offsets[i], true
		}
	}
	return 0, false
}

// Subkey finds a key directly below by its name, without regard to case. Hashes
// lead to it quickly; that it is absent is said only after every entry was
// read.
func (k *Key) Subkey(name string) (*Key, bool, error) {
	parts, err := k.parts()
	if err != nil {
		return nil, false, err
	}
	want := hash(name)
	hinted := func(p part, i int) bool { return p.hashed && p.hashAt(i) == want }
	for _, chosen := range []func(part, int) bool{hinted, func(part, int) bool { return true }} {
		if sub, ok, err := k.find(parts, name, chosen); ok || err != nil {
			return sub, ok, err
		}
	}
	return nil, false, nil
}

func (k *Key) find(parts []part, name string, chosen func(part, int) bool) (*Key, bool, error) {
	for _, p := range parts {
		for i := range p.len() {
			if !chosen(p, i) {
				continue
			}
			sub, err := k.hive.key(p.offset(i), k)
			if err != nil {
				return nil, false, err
			}
			if sameName(sub.rawName(), sub.latin(), name) {
				found := sub // only the one that is found goes to the heap
				return &found, true, nil
			}
		}
	}
	return nil, false, nil
}
