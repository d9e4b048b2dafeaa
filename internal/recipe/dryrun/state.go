// Package dryrun says what a script would do to the registry, without running it:
// which values it writes on every path through it, which only on some, and where it
// does something that is not understood.
package dryrun

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"

	"tlsready/internal/host"
	"tlsready/internal/script"
	"tlsready/internal/script/powershell"
)

// effect is one thing that a script does to the registry.
type effect struct {
	change host.Change
	data   bool       // the data are known; always with Delete
	at     script.Pos // the statement
	maybe  script.Pos // the condition on which it hangs; zero: it happens

	ifAbsent bool // not if the value is already there
	keepType bool // a value that is there keeps its type
}

// id is the same for effects on the same value, or on the same whole key.
func (e effect) id() string {
	if e.change.Tree {
		return host.Fold(e.change.Key) + "\x00\x00"
	}
	return host.ValueID(e.change.Key, e.change.Name)
}

// same says whether two effects have the same result.
func (e effect) same(o effect) bool {
	return e.alike(o) && e.ifAbsent == o.ifAbsent && e.keepType == o.keepType
}

// alike says whether two effects have the same result if they happen.
func (e effect) alike(o effect) bool {
	return e.data && o.data && e.maybe == o.maybe && e.id() == o.id() &&
		e.change.Delete == o.change.Delete && (e.change.Delete || e.change.Equal(o.change.Data))
}

// chain is the effects of a way, the last one first. Ways that parted share what
// they did before.
type chain struct {
	effect
	before *chain
	n      int    // how many
	sum    uint64 // a hash of all of them
}

// add is the chain with one effect more.
func (c *chain) add(e effect) *chain {
	next := &chain{effect: e, before: c, n: 1}
	h := fnv.New64a()
	if c != nil {
		next.n = c.n + 1
		_ = binary.Write(h, binary.LittleEndian, c.sum) // a hash does not fail
	}
	fmt.Fprintf(h, "%s %v %v %v %v %v %v %v", e.id(), e.change.Data, e.change.Delete, e.data, e.at, e.maybe, e.ifAbsent, e.keepType)
	next.sum = h.Sum64()
	return next
}

func (c *chain) len() int {
	if c == nil {
		return 0
	}
	return c.n
}

// since lists the effects behind an earlier point, the first one first.
func (c *chain) since(earlier *chain) []effect {
	var list []effect
	for ; c != earlier && c != nil; c = c.before {
		list = append(list, c.effect)
	}
	slices.Reverse(list)
	return list
}

// parted is the point where two ways parted.
func parted(a, b *chain) *chain {
	for a != b {
		if a.len() >= b.len() {
			a = a.before
		} else {
			b = b.before
		}
	}
	return a
}

// state is what a script has done up to a point.
type state struct {
	effects *chain
	absent  []string // folded keys that do not exist on this way, as a condition says
	where   string   // the current location if it is a key; "" elsewhere
	drives  map[string]string
}

func newState() *state { return &state{} }

// Clone is a copy that grows apart.
func (s *state) Clone() powershell.State { return s.clone() }

func (s *state) clone() *state {
	return &state{s.effects, slices.Clip(s.absent), s.where, s.drives}
}

// Join keeps what both ways do; what one does alone hangs on the condition at
// which they parted.
func (s *state) Join(other powershell.State, at script.Pos) powershell.State {
	return s.join(other.(*state), at)
}

func (s *state) join(o *state, at script.Pos) *state {
	base := parted(s.effects, o.effects)
	mine, theirs := s.effects.since(base), o.effects.since(base)
	out := &state{effects: s.effects}
	if !slices.EqualFunc(mine, theirs, effect.same) {
		out.effects = base
		for _, e := range either(mine, theirs, at) {
			out.effects = out.effects.add(e)
		}
	}
	for _, key := range s.absent {
		if slices.Contains(o.absent, key) {
			out.absent = append(out.absent, key)
		}
	}
	if s.where == o.where {
		out.where = s.where
	}
	out.drives = s.drives
	if len(o.drives) < len(s.drives) {
		out.drives = o.drives
	}
	return out
}

// either are the effects of one of two ways. What both end with, for one value, is
// sure; all others hang on the condition.
func either(mine, theirs []effect, at script.Pos) []effect {
	last := func(list []effect) map[string]effect {
		m := map[string]effect{}
		for _, e := range list {
			m[e.id()] = e
		}
		return m
	}
	a, b := last(mine), last(theirs)
	var out, sure []effect
	settled := map[string]bool{}
	for i, e := range slices.Concat(mine, theirs) {
		id := e.id()
		x, inA := a[id]
		y, inB := b[id]
		if inA && inB && x.alike(y) && x.maybe == (script.Pos{}) {
			if i < len(mine) && !settled[id] {
				settled[id] = true
				x.ifAbsent, x.keepType = x.ifAbsent && y.ifAbsent, x.keepType && y.keepType
				sure = append(sure, x)
			}
			continue
		}
		if e.maybe == (script.Pos{}) {
			e.maybe = at
		}
		out = append(out, e)
	}
	return append(out, sure...)
}

// sameAs says whether two ways led to the same state, so that the rest is followed only
// once.
func (s *state) sameAs(o *state) bool {
	return s.where == o.where && s.effects.len() == o.effects.len() && (s.effects == o.effects || s.effects.sum == o.effects.sum) &&
		slices.Equal(s.absent, o.absent)
}
