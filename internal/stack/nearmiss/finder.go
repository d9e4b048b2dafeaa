package nearmiss

import (
	"slices"
	"strings"

	"tlsready/internal/host"
	"tlsready/internal/spelling"
	"tlsready/internal/stack"
)

// Finder finds values that are almost ones that Windows reads. It is immutable and safe
// for concurrent use.
type Finder struct {
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
	stack.Setting
	stripped string // key and name without what is easily mistyped
	name     string // the name alone, stripped
}

// New makes a finder for all that the model reads.
func New() *Finder {
	n := &Finder{exact: map[string]readValue{}, parent: map[string]host.Ref{}, skip: map[string]bool{}, tails: map[string][]int{}, called: algorithms()}
	for _, part := range neighbours() {
		n.skip[part] = true
	}
	for _, setting := range stack.Settings() {
		v := readValue{Setting: setting, name: spelling.Strip(setting.Ref.Name)}
		v.stripped = spelling.Strip(v.Ref.Key) + "|" + v.name
		n.exact[v.Ref.Folded()] = v
		n.tails[tailOf(v.Ref.Key, v.name)] = append(n.tails[tailOf(v.Ref.Key, v.name)], len(n.list))
		n.list = append(n.list, v)
		if !slices.Contains(n.names, v.name) {
			n.names = append(n.names, v.name)
		}
		if at := strings.LastIndexByte(v.Ref.Key, '\\'); at > 0 {
			above := host.NewRef(v.Ref.Key[:at], v.Ref.Name).Folded()
			if _, there := n.parent[above]; !there || strings.HasSuffix(v.Ref.Key, `\Client`) {
				n.parent[above] = v.Ref
			}
		}
	}
	return n
}

// tailOf is the last two parts of a key and a stripped name, which together say what a
// value is meant to be wherever it stands.
func tailOf(key, name string) string {
	parts := strings.Split(key, `\`)
	return spelling.Strip(strings.Join(parts[max(0, len(parts)-2):], "|")) + "|" + name
}
