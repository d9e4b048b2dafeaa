package stack

import (
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/spelling"
)

// nearIndex is what the model reads, made ready for comparison.
type nearIndex struct {
	exact  map[string]readValue // by folded ref
	list   []readValue
	names  []string            // the names of values, stripped
	parent map[string]host.Ref // parent key and name, folded, of values that are read one level lower
	skip   map[string]bool     // neighbours
	called map[string]string   // what people call algorithms
	tails  map[string][]int    // places in list by the last two parts of the key and the name, stripped
}

// readValue is a value that the model reads.
type readValue struct {
	ref      host.Ref
	stripped string // key and name without what is easily mistyped
	name     string // the name alone, stripped
	number   bool   // a REG_DWORD
	text     bool   // a REG_SZ
	bits     bool   // a set of protocol bits
}

func newNearIndex(r *refs) *nearIndex {
	n := &nearIndex{exact: map[string]readValue{}, parent: map[string]host.Ref{}, skip: map[string]bool{}, tails: map[string][]int{}, called: algorithms()}
	for _, part := range neighbours() {
		n.skip[part] = true
	}
	for _, v := range r.readValues() {
		v.stripped, v.name = spelling.Strip(v.ref.Key)+"|"+spelling.Strip(v.ref.Name), spelling.Strip(v.ref.Name)
		n.exact[v.ref.Folded()] = v
		n.tails[tailOf(v.ref.Key, v.name)] = append(n.tails[tailOf(v.ref.Key, v.name)], len(n.list))
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
			list = append(list, readValue{ref: ref, text: true})
		}
	}
	return list
}

// tailOf is the last two parts of a key and a stripped name, which together say what a
// value is meant to be wherever it stands.
func tailOf(key, name string) string {
	parts := strings.Split(key, `\`)
	return spelling.Strip(strings.Join(parts[max(0, len(parts)-2):], "|")) + "|" + name
}
