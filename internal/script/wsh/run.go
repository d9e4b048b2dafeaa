package wsh

import (
	"maps"
	"slices"

	"tlsready/internal/script"
)

// Limits of following a script: real ones stay far below.
const (
	maxSteps = 100_000
	maxCalls = 30
	maxItems = 1000
	maxChars = 64 << 10
)

// Object is an object that a script made: the world's own.
type Object any

// Value is a value as far as it is known: nil if it is not, else a string, an
// int64, a bool, a []Value, an [Object] in a Handle, or code.
type Value any

// Handle holds an object of the world as a value.
type Handle struct{ Object Object }

// World is what a script acts on. It takes notes.
type World interface {
	// Create makes an object by its program id; known is false if the id is not known.
	// It gives nil for an id that it does not recognise.
	Create(r *Run, at script.Pos, id string, known bool) Object
	// Call calls a method of an object of the world.
	Call(r *Run, at script.Pos, o Object, name string, args []Value) Value
	// Set assigns to a property of an object, with the arguments that follow its name.
	Set(r *Run, at script.Pos, o Object, name string, args []Value, v Value)
	// Unclear takes note of code that is not known or cannot be read.
	Unclear(r *Run, at script.Pos, what string)
}

// code is a routine as a value.
type code struct{ *routine }

// Run follows one script.
type Run struct {
	s      *Script
	world  World
	vars   []map[string]Value // of the script, and of the routines that are being run
	known  map[string]*routine
	called map[*routine]bool
	calls  int
	steps  int
	maybe  int // how many unknown conditions enclose this
	with   Value
	result Value
}

// Sure says whether the script comes by this point whenever it runs.
func (r *Run) Sure() bool { return r.maybe == 0 }

// Follow goes through a script; others says that routines which it does not call
// itself are called from elsewhere, as those of a page are.
func Follow(s *Script, w World, others bool) {
	r := &Run{s: s, world: w, vars: []map[string]Value{{}}, known: map[string]*routine{}, called: map[*routine]bool{}}
	r.gather(s.body)
	r.block(s.body)
	if !others {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(r.known)) {
		if f := r.known[name]; !r.called[f] {
			r.invoke(f, nil, f.Pos)
		}
	}
}

// gather finds the routines of a block: they may be called above their place.
func (r *Run) gather(list []statement) {
	for _, s := range list {
		if f, ok := s.(*routine); ok {
			r.known[lower(f.name)] = f
		}
	}
}

// end is how a block ended: "" at its end.
type end string

func (r *Run) block(list []statement) end {
	for _, s := range list {
		if r.steps++; r.steps > maxSteps {
			if r.steps == maxSteps+1 {
				r.world.Unclear(r, s.at(), "…")
			}
			return "script"
		}
		if e := r.statement(s); e != "" {
			return e
		}
	}
	return ""
}

func (r *Run) statement(s statement) end {
	switch s := s.(type) {
	case *plain:
		r.plain(s)
	case *branch:
		return r.branch(s)
	case *turns:
		return r.turns(s)
	case *routine:
		r.known[lower(s.name)] = s
	case *leave:
		if len(s.value) > 0 {
			r.result = r.value(s.value)
		}
		return end(s.kind)
	case *guarded:
		e := r.block(s.body)
		r.perhaps(func() end { return r.block(s.caught) })
		if f := r.block(s.finally); f != "" {
			return f
		}
		return e
	case *within:
		before := r.with
		r.with = r.value(s.of)
		e := r.block(s.body)
		r.with = before
		return e
	case *unread:
		r.world.Unclear(r, s.Pos, s.text)
	}
	return ""
}

// perhaps runs what may or may not happen. Variables that differ after it are unknown.
func (r *Run) perhaps(f func() end) end {
	r.maybe++
	before := make([]map[string]Value, len(r.vars))
	for i, m := range r.vars {
		before[i] = maps.Clone(m)
	}
	e := f()
	r.maybe--
	for i := range min(len(before), len(r.vars)) {
		for name, v := range r.vars[i] {
			if old, ok := before[i][name]; ok && !same(old, v) {
				r.vars[i][name] = nil
			}
		}
	}
	return e
}

func same(a, b Value) bool {
	switch a := a.(type) {
	case string, int64, bool:
		return a == b
	case Handle:
		h, ok := b.(Handle)
		return ok && a.Object == h.Object
	}
	return a == nil && b == nil
}

func (r *Run) branch(s *branch) end {
	unknown, ends, closed := false, []end(nil), false
	for i, cond := range s.conds {
		if i >= len(s.bodies) {
			break
		}
		holds := script.Unclear
		if !s.either {
			if holds = script.Yes; cond != nil {
				holds = truth(r.value(cond))
			}
		}
		switch {
		case holds == script.No:
			continue
		case holds == script.Yes && !unknown:
			return r.block(s.bodies[i])
		}
		unknown = true
		body := s.bodies[i]
		ends = append(ends, r.perhaps(func() end { return r.block(body) }))
		if holds == script.Yes {
			closed = true
			break
		}
	}
	if closed && len(ends) > 0 && !slices.ContainsFunc(ends, func(e end) bool { return e != ends[0] }) {
		return ends[0]
	}
	return ""
}

func (r *Run) turns(s *turns) end {
	if s.init != nil {
		r.block(s.init)
	}
	if s.each {
		if list, ok := r.value(s.cond).([]Value); ok && s.name != "" {
			for _, item := range list {
				r.set(s.name, item)
				if e := r.block(s.body); e != "" {
					return leaves(e)
				}
			}
			return ""
		}
		return r.perhaps(func() end {
			if s.name != "" {
				r.set(s.name, nil)
			}
			return leaves(r.block(s.body))
		})
	}
	holds := script.Yes
	if len(s.cond) > 0 && !s.late {
		if holds = truth(r.value(s.cond)); s.till {
			holds = holds.Not()
		}
	}
	switch holds {
	case script.No:
		return ""
	case script.Yes:
		return leaves(r.block(s.body))
	}
	r.perhaps(func() end { return r.block(s.body) })
	return ""
}

// leaves is how a loop ended: leaving the loop ends it alone.
func leaves(e end) end {
	if e == "loop" {
		return ""
	}
	return e
}

// set gives a variable its value: that of the routine, or of the script.
func (r *Run) set(name string, v Value) {
	if text, ok := v.(string); ok && len(text) > maxChars {
		v = nil
	}
	name = r.fold(name)
	for i := len(r.vars) - 1; i >= 0; i-- {
		if _, ok := r.vars[i][name]; ok || i == 0 {
			r.vars[i][name] = v
			return
		}
	}
}

func (r *Run) fold(name string) string {
	if r.s.js {
		return name
	}
	return lower(name)
}

// get reads a variable; ok is false if there is none.
func (r *Run) get(name string) (Value, bool) {
	name = r.fold(name)
	for i := len(r.vars) - 1; i >= 0; i-- {
		if v, ok := r.vars[i][name]; ok {
			return v, true
		}
	}
	return nil, false
}

// invoke runs a routine.
func (r *Run) invoke(f *routine, args []Value, at script.Pos) Value {
	if r.calls >= maxCalls {
		r.world.Unclear(r, at, f.name)
		return nil
	}
	r.calls++
	r.called[f] = true
	scope := map[string]Value{}
	for i, p := range f.params {
		var v Value
		if i < len(args) {
			v = args[i]
		}
		scope[r.fold(p)] = v
	}
	if !r.s.js && f.name != "" {
		scope[lower(f.name)] = nil // what it gives
	}
	before := r.result
	r.result = nil
	r.vars = append(r.vars, scope)
	r.gather(f.body)
	if e := r.block(f.body); e == "script" && r.maybe == 0 {
		r.steps = max(r.steps, maxSteps+1) // nothing comes after it
	}
	r.vars = r.vars[:len(r.vars)-1]
	v := r.result
	if !r.s.js {
		v = scope[lower(f.name)]
	}
	r.result = before
	r.calls--
	return v
}
