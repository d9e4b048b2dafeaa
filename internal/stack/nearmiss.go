package stack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tlsready"
	"tlsready/internal/host"
	"tlsready/internal/message"
)

// NearMiss is a value that almost is one that Windows reads, so that somebody
// believes it set.
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
	SlipName    Slip = "name"    // the value's name is misspelled
	SlipKey     Slip = "key"     // a part of the key is misspelled
	SlipLevel   Slip = "level"   // the value stands one key too high
	SlipDecimal Slip = "decimal" // a hexadecimal number was typed as a decimal one, or the other way round
	SlipType    Slip = "type"    // a text in place of a number
	SlipView    Slip = "view"    // set for 64-bit programs alone
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
		"sha512", "sha224", "v1.1.4322", "v3.0", "v3.5", "v4.0",
	}
}

// NearMisses finds the values of a host that almost are ones that the model reads:
// misspelled names and keys, a level too high, a number in the wrong base, a text in
// place of a number. What is set for 64-bit programs alone is found by [Model.ViewMisses],
// since it matters only to a 32-bit one.
func (m *Model) NearMisses(v *host.View) []NearMiss {
	n := m.near
	var found []NearMiss
	for _, val := range v.Registry {
		ref := host.NewRef(val.Key, val.Name)
		if known, ok := n.exact[ref.Folded()]; ok {
			if miss, ok := n.value(known, val); ok {
				found = append(found, miss)
			}
			continue
		}
		if miss, ok := n.spelling(val); ok {
			found = append(found, miss)
		}
	}
	return found
}

// ViewMisses are the values that a 32-bit stack does not see because they are set for
// 64-bit programs alone.
func (m *Model) ViewMisses(v *host.View, s Stack) []NearMiss {
	if !s.Wow || v.OS.X86() {
		return nil
	}
	var found []NearMiss
	for _, pair := range m.refs.viewPairs(s) {
		data, state := v.Lookup(pair[0])
		if _, other := v.Lookup(pair[1]); state == host.Present && other == host.Absent {
			found = append(found, NearMiss{Slip: SlipView, Key: pair[0].Key, Name: pair[0].Name, Data: data, Meant: pair[1], Value: data})
		}
	}
	return found
}

// viewPairs are the values that a stack reads in the two views.
func (r *refs) viewPairs(s Stack) [][2]host.Ref {
	switch {
	case s.Kind == WinHTTP:
		return [][2]host.Ref{{r.winhttp[0], r.winhttp[1]}}
	case s.Kind != DotNet && s.Kind != PowerShell:
		return nil
	case s.CLR2:
		return [][2]host.Ref{{r.dotnet[0].system2, r.dotnet[1].system2}}
	}
	return [][2]host.Ref{{r.dotnet[0].system4, r.dotnet[1].system4}, {r.dotnet[0].strong4, r.dotnet[1].strong4}}
}

// nearIndex is what the model reads, made ready for comparison.
type nearIndex struct {
	exact  map[string]readValue // by folded ref
	list   []readValue
	names  []string            // the names of values, stripped
	parent map[string]host.Ref // parent key and name, folded, of values that are read one level lower
	skip   map[string]bool     // neighbours
}

// readValue is a value that the model reads.
type readValue struct {
	ref      host.Ref
	stripped string // key and name without what is easily mistyped
	name     string // the name alone, stripped
	number   bool   // a REG_DWORD
	bits     bool   // a set of protocol bits
}

func newNearIndex(r *refs) *nearIndex {
	n := &nearIndex{exact: map[string]readValue{}, parent: map[string]host.Ref{}, skip: map[string]bool{}}
	for _, part := range neighbours() {
		n.skip[part] = true
	}
	for _, v := range r.readValues() {
		v.stripped, v.name = strip(v.ref.Key)+"|"+strip(v.ref.Name), strip(v.ref.Name)
		n.exact[v.ref.Folded()] = v
		n.list = append(n.list, v)
		if !slices.Contains(n.names, v.name) {
			n.names = append(n.names, v.name)
		}
		if at := strings.LastIndexByte(v.ref.Key, '\\'); at > 0 {
			above := host.NewRef(v.ref.Key[:at], v.ref.Name).Folded()
			if _, there := n.parent[above]; !there || strings.HasSuffix(v.ref.Key, `\Client`) {
				n.parent[above] = v.ref
			}
		}
	}
	return n
}

// readValues lists what the model reads and people set by hand.
func (r *refs) readValues() []readValue {
	var list []readValue
	number := func(refs ...host.Ref) {
		for _, ref := range refs {
			list = append(list, readValue{ref: ref, number: true})
		}
	}
	for i := range r.enabled {
		number(r.enabled[i][:]...)
		number(r.byDefault[i][:]...)
	}
	for _, d := range r.dotnet {
		number(d.strong4, d.system4, d.system2)
	}
	for _, o := range r.removers {
		number(o.ref)
	}
	number(r.fips, r.minDH, r.maxDH, r.minRSA, r.maxRSA, r.serverMinDH, r.rootUpdateOff)
	for _, ref := range append(slices.Clone(r.wininet), r.winhttp[:]...) {
		list = append(list, readValue{ref: ref, number: true, bits: true})
	}
	for _, ref := range []host.Ref{r.suitesPolicy, r.suitesLocal, r.curvesPolicy, r.curvesLocal, r.signaturesLocal} {
		list = append(list, readValue{ref: ref})
	}
	for _, c := range r.appContext {
		for _, ref := range []host.Ref{c.strongOff, c.systemOff, c.wcfOff} {
			list = append(list, readValue{ref: ref})
		}
	}
	return list
}

// strip drops case, blanks, dots and backslashes, which are lost most easily.
func strip(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .\\\t", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// value looks at a value that stands in its right place.
func (n *nearIndex) value(known readValue, val host.Value) (NearMiss, bool) {
	miss := NearMiss{Key: val.Key, Name: val.Name, Data: val.Data, Meant: known.ref}
	switch {
	case known.number && val.Data.Type != host.DWORD:
		miss.Slip = SlipType
		if number, err := strconv.ParseUint(strings.TrimSpace(val.Data.Text), 0, 32); err == nil && val.Data.Text != "" {
			miss.Value = host.Dword(uint32(number))
		}
		return miss, true
	case known.bits:
		if meant, ok := otherBase(uint32(val.Data.Number)); ok {
			miss.Slip, miss.Value = SlipDecimal, host.Dword(meant)
			return miss, true
		}
	}
	return NearMiss{}, false
}

// otherBase reads a number that names no sensible set of protocols as it would have
// been typed in the other base: 800 for 0x800, 0x2048 for 2048.
func otherBase(n uint32) (uint32, bool) {
	all := bitsOf(tlsready.Versions())
	sensible := func(bits uint64) bool {
		return bits != 0 && bits&^uint64(all) == 0 && bits&(bitTLS10|bitTLS11|bitTLS12|bitTLS13) != 0
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

// spelling looks for the value that a misspelled one was meant to be.
func (n *nearIndex) spelling(val host.Value) (NearMiss, bool) {
	miss := NearMiss{Key: val.Key, Name: val.Name, Data: val.Data}
	if meant, ok := n.parent[host.NewRef(val.Key, val.Name).Folded()]; ok {
		miss.Slip, miss.Meant = SlipLevel, meant
		return miss, true
	}
	name := strip(val.Name)
	if !slices.ContainsFunc(n.names, func(known string) bool { return distance(name, known) <= maxSlip }) || n.neighbour(val.Key) {
		return NearMiss{}, false
	}
	best, at := maxSlip+1, -1
	whole := strip(val.Key) + "|" + name
	for i, known := range n.list {
		if d := distance(whole, known.stripped); d < best || (d == best && at >= 0 && n.preferred(i, at)) {
			best, at = d, i
		}
	}
	if at < 0 || best > maxSlip {
		return NearMiss{}, false
	}
	miss.Meant, miss.Slip = n.list[at].ref, SlipKey
	if strings.EqualFold(n.list[at].ref.Key, val.Key) {
		miss.Slip = SlipName
	}
	return miss, true
}

// preferred prefers TLS 1.2 and the client, which people most likely meant.
func (n *nearIndex) preferred(a, b int) bool {
	weight := func(i int) int {
		key := n.list[i].ref.Key
		return 2*b2i(strings.Contains(key, `\TLS 1.2\`)) + b2i(strings.HasSuffix(key, `\Client`))
	}
	return weight(a) > weight(b)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (n *nearIndex) neighbour(key string) bool {
	for part := range strings.SplitSeq(strings.ToLower(key), `\`) {
		if n.skip[part] {
			return true
		}
	}
	return false
}

// distance is the number of letters put in, left out, changed or swapped with the next
// between two words; more than maxSlip is maxSlip+1.
func distance(a, b string) int {
	const far = maxSlip + 1
	if len(a)-len(b) > maxSlip || len(b)-len(a) > maxSlip {
		return far
	}
	if a == b {
		return 0
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+b2i(a[i-1] != b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > maxSlip {
			return far
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], far)
}
