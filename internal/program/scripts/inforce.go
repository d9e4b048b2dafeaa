package scripts

import (
	"slices"

	"tlsready"
	"tlsready/internal/program/protocol"
	"tlsready/internal/script"
	"tlsready/internal/script/powershell"
)

// setting is a value that ServicePointManager.SecurityProtocol may hold: bits that are
// given, and with base those of the default, less what was taken away.
type setting struct {
	base    bool
	on, off uint32
}

// choice is one of several values; as a value of a script it is an object.
type choice []setting

// maxChoice bounds what one value may be; beyond, it is not known.
const maxChoice = 16

func constant(n uint32) choice { return choice{{on: n}} }

// or, and, xor and not are the operators on bits; ok is false if the outcome depends
// on the default.
func or(a, b setting) (setting, bool) {
	off := a.off & b.off
	switch {
	case a.base && !b.base:
		off = a.off
	case b.base && !a.base:
		off = b.off
	}
	on := a.on | b.on
	return setting{a.base || b.base, on, off &^ on}, true
}

func and(a, b setting) (setting, bool) {
	if b.base {
		a, b = b, a
	}
	if b.base {
		return setting{}, false
	}
	if !a.base {
		return setting{on: a.on & b.on}, true
	}
	return setting{true, a.on & b.on, a.off | ^b.on}, true
}

func xor(a, b setting) (setting, bool) {
	if b.base {
		a, b = b, a
	}
	switch {
	case !a.base:
		return setting{on: a.on ^ b.on}, true
	case b.base || b.on&^a.on != 0: // toggles bits of the default
		return setting{}, b.on == 0
	}
	return setting{true, a.on &^ b.on, a.off | b.on}, true
}

// less takes bits away by subtraction, which is right only if all of them are set.
func less(a, b setting) (setting, bool) {
	if b.base || b.on&^a.on != 0 {
		return setting{}, false
	}
	return setting{a.base, a.on &^ b.on, (a.off | b.on)}, true
}

// operate applies an operator to every pair of possibilities.
func operate(op string, a, b choice) (choice, bool) {
	f := map[string]func(a, b setting) (setting, bool){"bor": or, "+": or, "band": and, "bxor": xor, "-": less}[op]
	if f == nil || len(a)*len(b) > maxChoice {
		return nil, false
	}
	var out choice
	for _, x := range a {
		for _, y := range b {
			one, ok := f(x, y)
			if !ok {
				return nil, false
			}
			if !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
	}
	return out, true
}

// value is the choice as a value of a script: a number if it is one.
func (c choice) value() powershell.Value {
	if len(c) == 1 && !c[0].base {
		return powershell.NumberValue(int64(c[0].on))
	}
	return powershell.Thing(c)
}

// Truth says whether the value is other than zero.
func (c choice) Truth() script.Known {
	some, none := false, false
	for _, s := range c {
		switch {
		case s.on != 0:
			some = true
		case !s.base || s.off == ^uint32(0):
			none = true
		default:
			return script.Unclear
		}
	}
	if some == none {
		return script.Unclear
	}
	return script.Of(some)
}

// holds is the condition that the value in force holds all bits of a mask.
type holds struct{ mask uint32 }

// Condition is what a value says as a condition: what is in force, cut down to bits of
// one version, is other than zero.
func (c choice) Condition() (powershell.Cond, bool) {
	if len(c) != 1 || !c[0].base || c[0].on != 0 {
		return powershell.Cond{}, false
	}
	mask := ^c[0].off
	list, ok := protocol.Framework(mask)
	if !ok || len(list) != 1 || protocol.Bits(list[0]) != mask {
		return powershell.Cond{}, false
	}
	return powershell.Cond{Of: holds{mask}}, true
}

// state is what a process has in force at a point of the script.
type state struct {
	alts  []alternative // at least one
	doubt *Place        // what may have changed it without being understood
}

// alternative is one value that may be in force, and where it was set.
type alternative struct {
	setting
	at   script.Pos // zero: the default, set nowhere
	only script.Pos // the condition on which it hangs, zero for none
}

func newState() *state { return &state{alts: []alternative{{setting: setting{base: true}}}} }

// Clone is a copy that grows apart.
func (s *state) Clone() powershell.State { return s.clone() }

func (s *state) clone() *state { return &state{slices.Clone(s.alts), s.doubt} }

// Join is what may be in force after either of two branches.
func (s *state) Join(other powershell.State, at script.Pos) powershell.State {
	o := other.(*state)
	out := s.clone()
	if out.doubt == nil {
		out.doubt = o.doubt
	}
	for _, a := range o.alts {
		i := slices.IndexFunc(out.alts, func(have alternative) bool { return have.setting == a.setting })
		switch {
		case i < 0:
			out.alts = append(out.alts, a)
		case out.alts[i].at.Line == 0: // one that is set says more than one that is assumed
			out.alts[i] = a
		}
	}
	if len(out.alts) > 1 && at != (script.Pos{}) {
		for i := range out.alts {
			if out.alts[i].only == (script.Pos{}) {
				out.alts[i].only = at
			}
		}
	}
	if len(out.alts) > maxChoice {
		out.alts = out.alts[:maxChoice]
		out.doubt = &Place{Pos: at, Code: "condition"}
	}
	return out
}

func (s *state) choice() choice {
	var c choice
	for _, a := range s.alts {
		c = append(c, a.setting)
	}
	return c
}

// assume keeps the possibilities for which a condition holds, or does not.
func (s *state) assume(mask uint32, is bool) {
	var kept []alternative
	for _, a := range s.alts {
		has := a.on&mask == mask
		if !has && a.base && a.off&mask == 0 {
			if is {
				a.on |= mask
			}
			kept = append(kept, a)
			continue
		}
		if has == is {
			kept = append(kept, a)
		}
	}
	if len(kept) > 0 {
		s.alts = kept
	}
}

// set takes a value into force.
func (s *state) set(c choice, at script.Pos) {
	s.alts, s.doubt = nil, nil
	for _, one := range c {
		s.alts = append(s.alts, alternative{setting: one, at: at})
	}
}

// use turns a setting into what it asks for; ok is false if that depends on the
// default.
func (s setting) use() (u Use, ok bool) {
	versions, known := protocol.Framework(s.on)
	u.Versions = versions
	if !s.base {
		u.Set = true
		return u, known
	}
	without, _ := protocol.Framework(s.off & 0x3ffc)
	newer := func(list []tlsready.Version) bool {
		return slices.ContainsFunc(list, func(v tlsready.Version) bool { return v.Rank() >= tlsready.TLS10.Rank() })
	}
	switch {
	case s.on == 0 && newer(without):
		return u, false // a version less than the default, whatever that is
	case s.on == 0:
		return Use{}, true // the default, at most without SSL
	}
	u.Set, u.Adds, u.Without = true, true, without
	return u, known
}
