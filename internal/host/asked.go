package host

import (
	"maps"
	"slices"
	"strings"
)

// Asked keeps by name what was looked up through a view: who makes questions of a
// judgement, to be asked elsewhere, goes by it. It is not safe for concurrent use.
type Asked struct {
	values  map[string]Ref // by their folded refs
	granted map[string]bool
}

// Asking is the view with what is looked up kept.
func (v *View) Asking() (*View, *Asked) {
	next := *v
	next.asked = &Asked{values: map[string]Ref{}, granted: map[string]bool{}}
	return &next, next.asked
}

func (a *Asked) value(r Ref) {
	if a != nil {
		a.values[r.folded] = r
	}
}

func (a *Asked) grant(id string) {
	if a != nil {
		a.granted[id] = true
	}
}

// Values are the values that were looked up, sorted by key and name.
func (a *Asked) Values() []Ref {
	return slices.SortedFunc(maps.Values(a.values), func(x, y Ref) int { return strings.Compare(x.folded, y.folded) })
}

// Granted are the ids of updates and certificates after which was asked, sorted.
func (a *Asked) Granted() []string { return slices.Sorted(maps.Keys(a.granted)) }
