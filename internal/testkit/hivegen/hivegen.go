// Package hivegen builds registry hive files for tests.
package hivegen

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"tlsready/internal/host"
	"tlsready/internal/regdata"
)

const (
	page      = 4096
	none      = 0xffffffff
	segment   = 16344       // bytes in one part of big data
	listLimit = 500         // longer subkey lists are split below an ri
	epoch     = 11644473600 // seconds from 1601 to 1970
)

// Spec says what the hive holds and which of the format's variants it uses. The
// zero value gives a clean hive with the root key only, version 1.5, lh lists.
type Spec struct {
	Values   []host.Value // keys are paths below the root, such as Microsoft\.NETFramework; "" is the root
	Keys     []string     // keys without values
	Modified time.Time    // last-write time of every key; default 2021-06-15T05:00:00Z
	Minor    uint32       // 3 to 6; default 5. Big data are split only above 3
	List     string       // "lh" (default), "lf" or "li"
	Sequence [2]uint32    // default 1, 1; unequal makes the hive dirty
	Padding  int          // bytes after the last bin
}

// Build gives a clean hive with these values, and with these keys although they
// hold none. It panics for a value that no registry can hold: a mistake of
// the test.
func Build(values []host.Value, keys ...string) []byte {
	return Spec{Values: values, Keys: keys}.Build()
}

// Build gives the hive file.
func (s Spec) Build() []byte {
	s = s.withDefaults()
	b := &builder{spec: s}
	root := s.tree()
	b.security = b.securityCell()
	at := b.key(root, none, true)
	b.closeBin()
	return append(append(s.base(at, len(b.bins)), b.bins...), make([]byte, s.Padding)...)
}

func (s Spec) withDefaults() Spec {
	if s.Modified.IsZero() {
		s.Modified = time.Date(2021, 6, 15, 5, 0, 0, 0, time.UTC)
	}
	if s.Sequence == [2]uint32{} {
		s.Sequence = [2]uint32{1, 1}
	}
	s.Minor = cmp.Or(s.Minor, 5)
	s.List = cmp.Or(s.List, "lh")
	return s
}

func (s Spec) base(root uint32, size int) []byte {
	base := make([]byte, page)
	copy(base, "regf")
	put := binary.LittleEndian.PutUint32
	put(base[4:], s.Sequence[0])
	put(base[8:], s.Sequence[1])
	binary.LittleEndian.PutUint64(base[12:], FileTime(s.Modified))
	put(base[20:], 1)
	put(base[24:], s.Minor)
	put(base[32:], 1)
	put(base[36:], root)
	put(base[40:], uint32(size))
	put(base[44:], 1)
	copy(base[48:112], regdata.UTF16("hivegen"))
	SetChecksum(base)
	return base
}

// SetChecksum writes the checksum of a base block, after a test has changed it.
func SetChecksum(base []byte) {
	var sum uint32
	for i := 0; i < 508; i += 4 {
		sum ^= binary.LittleEndian.Uint32(base[i:])
	}
	switch sum {
	case 0xffffffff:
		sum = 0xfffffffe
	case 0:
		sum = 1
	}
	binary.LittleEndian.PutUint32(base[508:], sum)
}

// FileTime is a time as Windows counts it: 100 ns since 1601.
func FileTime(t time.Time) uint64 {
	return uint64(t.Unix()+epoch)*10_000_000 + uint64(t.Nanosecond()/100)
}

// node is one key of the tree.
type node struct {
	name     string
	values   []host.Value
	children map[string]*node // by upper-case name
}

func (s Spec) tree() *node {
	root := &node{name: "ROOT"}
	for _, k := range s.Keys {
		root.at(k)
	}
	for _, v := range s.Values {
		n := root.at(v.Key)
		n.values = append(n.values, v)
	}
	return root
}

func (n *node) at(path string) *node {
	for part := range strings.SplitSeq(path, `\`) {
		if part == "" {
			continue
		}
		if n.children == nil {
			n.children = map[string]*node{}
		}
		upper := strings.ToUpper(part)
		if n.children[upper] == nil {
			n.children[upper] = &node{name: part}
		}
		n = n.children[upper]
	}
	return n
}

func (n *node) sorted() []*node {
	list := make([]*node, 0, len(n.children))
	for _, c := range n.children {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *node) int { return cmp.Compare(strings.ToUpper(a.name), strings.ToUpper(b.name)) })
	return list
}

// builder lays cells into bins.
type builder struct {
	spec     Spec
	bins     []byte
	bin      int // where the open bin begins
	free     int // where its next cell begins; 0: no bin is open
	security uint32
}

// cell reserves a cell for n bytes and gives its offset and its content.
func (b *builder) cell(n int) (uint32, []byte) {
	size := (n + 4 + 7) &^ 7
	if b.free == 0 || b.free+size > len(b.bins) {
		b.closeBin()
		b.openBin(size)
	}
	at := b.free
	b.free += size
	binary.LittleEndian.PutUint32(b.bins[at:], uint32(-int32(size)))
	return uint32(at), b.bins[at+4 : at+4+n]
}

func (b *builder) openBin(need int) {
	size := (need + 32 + page - 1) &^ (page - 1)
	b.bin = len(b.bins)
	b.bins = append(b.bins, make([]byte, size)...)
	head := b.bins[b.bin:]
	copy(head, "hbin")
	binary.LittleEndian.PutUint32(head[4:], uint32(b.bin))
	binary.LittleEndian.PutUint32(head[8:], uint32(size))
	b.free = b.bin + 32
}

// closeBin makes what is left of the open bin a free cell.
func (b *builder) closeBin() {
	if b.free != 0 && b.free < len(b.bins) {
		binary.LittleEndian.PutUint32(b.bins[b.free:], uint32(len(b.bins)-b.free))
	}
	b.free = 0
}

// content finds a cell again: the slices that cell gives do not survive the
// next call.
func (b *builder) content(at uint32) []byte { return b.bins[at+4:] }

// securityCell writes one empty security descriptor, shared by all keys.
func (b *builder) securityCell() uint32 {
	at, c := b.cell(40)
	copy(c, "sk")
	binary.LittleEndian.PutUint32(c[4:], at)
	binary.LittleEndian.PutUint32(c[8:], at)
	binary.LittleEndian.PutUint32(c[12:], 1)
	binary.LittleEndian.PutUint32(c[16:], 20)
	c[20], c[23] = 1, 0x80 // revision 1, self-relative
	return at
}

func (b *builder) key(n *node, parent uint32, root bool) uint32 {
	name, latin := encodeName(n.name)
	at, c := b.cell(76 + len(name))
	put := binary.LittleEndian.PutUint32
	copy(c, "nk")
	flags := uint16(0)
	if latin {
		flags |= 0x20
	}
	if root {
		flags |= 0x04 | 0x08
	}
	binary.LittleEndian.PutUint16(c[2:], flags)
	binary.LittleEndian.PutUint64(c[4:], FileTime(b.spec.Modified))
	put(c[16:], parent)
	for _, field := range []int{28, 32, 40, 48} {
		put(c[field:], none)
	}
	put(c[44:], b.security)
	binary.LittleEndian.PutUint16(c[72:], uint16(len(name)))
	copy(c[76:], name)

	b.values(at, n.values)
	if children := n.sorted(); len(children) > 0 {
		list := b.subkeys(at, children)
		put(b.content(at)[20:], uint32(len(children)))
		put(b.content(at)[28:], list)
	}
	return at
}

// encodeName writes a name as Latin-1 if it can.
func encodeName(s string) (raw []byte, latin bool) {
	for _, r := range s {
		if r > 0xff {
			return regdata.UTF16(s), false
		}
		raw = append(raw, byte(r))
	}
	return raw, true
}

func (b *builder) subkeys(parent uint32, children []*node) uint32 {
	var lists []uint32
	longest := 0
	for chunk := range slices.Chunk(children, listLimit) {
		offsets := make([]uint32, len(chunk))
		for i, c := range chunk {
			offsets[i] = b.key(c, parent, false)
			longest = max(longest, 2*len([]rune(c.name)))
		}
		lists = append(lists, b.list(chunk, offsets))
	}
	binary.LittleEndian.PutUint32(b.content(parent)[52:], uint32(longest))
	if len(lists) == 1 {
		return lists[0]
	}
	at, c := b.cell(4 + 4*len(lists))
	copy(c, "ri")
	binary.LittleEndian.PutUint16(c[2:], uint16(len(lists)))
	for i, l := range lists {
		binary.LittleEndian.PutUint32(c[4+4*i:], l)
	}
	return at
}

func (b *builder) list(keys []*node, offsets []uint32) uint32 {
	step := 8
	if b.spec.List == "li" {
		step = 4
	}
	at, c := b.cell(4 + step*len(keys))
	copy(c, b.spec.List)
	binary.LittleEndian.PutUint16(c[2:], uint16(len(keys)))
	for i, k := range keys {
		entry := c[4+step*i:]
		binary.LittleEndian.PutUint32(entry, offsets[i])
		switch b.spec.List {
		case "lf":
			if name, latin := encodeName(k.name); latin {
				copy(entry[4:8], name)
			}
		case "lh":
			binary.LittleEndian.PutUint32(entry[4:], hash(k.name))
		}
	}
	return at
}

func hash(name string) (h uint32) {
	for _, u := range utf16.Encode([]rune(name)) {
		h = 37*h + uint32(unicode.ToUpper(rune(u)))
	}
	return h
}

func (b *builder) values(key uint32, values []host.Value) {
	if len(values) == 0 {
		return
	}
	list, _ := b.cell(4 * len(values))
	longestName, longestData := 0, 0
	for i, v := range values {
		number, raw, err := regdata.Encode(v.Data)
		if err != nil {
			panic(fmt.Sprintf("hivegen: %s %s: %v", v.Key, v.Name, err))
		}
		at := b.value(v.Name, number, raw)
		binary.LittleEndian.PutUint32(b.content(list)[4*i:], at)
		longestName, longestData = max(longestName, 2*len([]rune(v.Name))), max(longestData, len(raw))
	}
	c := b.content(key)
	binary.LittleEndian.PutUint32(c[36:], uint32(len(values)))
	binary.LittleEndian.PutUint32(c[40:], list)
	binary.LittleEndian.PutUint32(c[60:], uint32(longestName))
	binary.LittleEndian.PutUint32(c[64:], uint32(longestData))
}

func (b *builder) value(name string, number uint32, raw []byte) uint32 {
	encoded, latin := encodeName(name)
	at, c := b.cell(20 + len(encoded))
	copy(c, "vk")
	binary.LittleEndian.PutUint16(c[2:], uint16(len(encoded)))
	binary.LittleEndian.PutUint32(c[12:], number)
	if latin && name != "" {
		c[16] = 1
	}
	copy(c[20:], encoded)
	size := uint32(len(raw))
	if len(raw) <= 4 {
		copy(c[8:12], raw)
		binary.LittleEndian.PutUint32(c[4:], size|1<<31)
		return at
	}
	binary.LittleEndian.PutUint32(c[4:], size)
	data := b.data(raw)
	binary.LittleEndian.PutUint32(b.content(at)[8:], data)
	return at
}

// data writes the content of a value: one cell, or above 16344 bytes the parts
// that a db record lists.
func (b *builder) data(raw []byte) uint32 {
	if len(raw) <= segment || b.spec.Minor <= 3 {
		at, c := b.cell(len(raw))
		copy(c, raw)
		return at
	}
	var parts []uint32
	for part := range slices.Chunk(raw, segment) {
		at, c := b.cell(segment + 4) // Windows leaves four bytes unused
		copy(c, part)
		parts = append(parts, at)
	}
	list, c := b.cell(4 * len(parts))
	for i, p := range parts {
		binary.LittleEndian.PutUint32(c[4*i:], p)
	}
	at, c := b.cell(8)
	copy(c, "db")
	binary.LittleEndian.PutUint16(c[2:], uint16(len(parts)))
	binary.LittleEndian.PutUint32(c[4:], list)
	return at
}
