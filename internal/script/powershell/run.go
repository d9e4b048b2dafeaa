// Package powershell follows PowerShell scripts without running them: it goes through
// each statement with the values that are known, and tells a [World] what it does.
// What does not fit the grammar of package syntax is reported too: nothing is skipped
// silently.
package powershell

import (
	"maps"
	"slices"

	"tlsready/internal/script"
	"tlsready/internal/script/powershell/syntax"
)

// Limits of following a script: real scripts stay far below. Once one is reached,
// the rest counts as not understood.
const (
	maxSteps = 200_000 // statements, calls and turns of loops
	maxCalls = 40      // calls within calls
	maxTurns = 1000    // turns of one loop
	maxItems = 10_000  // of one list
	maxChars = 64 << 10
)

// Mode says whether what is looked at would happen.
type Mode int

// The modes.
const (
	Live       Mode = iota
	Unreached       // after return or exit, or under a condition that is false
	Uncalled        // in a function that nobody calls
	OnError         // only if something before it fails
	Elsewhere       // on another machine
	rehearsing      // looked at to learn which variables a loop changes
)

// World is what a script acts on. It says what commands, types and objects do, and
// takes notes. What it answers with false is not known to it.
type World interface {
	// Command runs a command that is not part of the language itself.
	Command(r *Run, c *Call) (Value, bool)
	// Static reads [typ]::name, CallStatic calls it, SetStatic assigns to it; typ
	// and name are in lower case.
	Static(r *Run, typ, name string, at script.Pos) (Value, bool)
	CallStatic(r *Run, typ, name string, args []Value, at script.Pos) (Value, bool)
	SetStatic(r *Run, typ, name string, v Value, at script.Pos) bool
	// Get reads a property, Method calls a method of a value; Set assigns.
	Get(r *Run, x Value, name string, at script.Pos) (Value, bool)
	Method(r *Run, x Value, name string, args []Value, at script.Pos) (Value, bool)
	Set(r *Run, x Value, name string, v Value, at script.Pos) bool
	// Operate applies an operator, and Cast a cast, if an operand is an Object.
	Operate(r *Run, op string, a, b Value) (Value, bool)
	Cast(r *Run, typ string, v Value) (Value, bool)
	// Assume says that a condition holds, or not, in the branch that follows.
	Assume(r *Run, c Cond, holds bool)
	// Unclear takes note of something that may do anything.
	Unclear(r *Run, at script.Pos, what string)
	// Unparsed takes note of a statement that does not fit the grammar.
	Unparsed(r *Run, at script.Pos, text string)
}

// Processes is a [World] of which a part belongs to one process.
type Processes interface {
	// Enter is the state in which a separate process begins, Leave the state after it
	// in the process that started it.
	Enter(outer State) State
	Leave(outer, inner State) State
}

// Hosts is a [World] for which it matters whether a program is one of the 32-bit or of
// the 64-bit folder of Windows.
type Hosts interface {
	Within(program string, f func())
}

// Conditional is an object that says something about the world when it is used as
// a condition.
type Conditional interface {
	Truth() script.Known
	Condition() (Cond, bool)
}

// State is what a world remembers along a path through the script.
type State interface {
	Clone() State
	// Join is what is known at a point that the script reached by one of two ways, which
	// part at a condition.
	Join(other State, at script.Pos) State
}

// snap is everything that is known at one point of the script.
type snap struct {
	scopes []map[string]Value
	state  State
	split  script.Pos // the condition at which this way parted from others
}

func (s *snap) clone() *snap {
	if s == nil {
		return nil
	}
	c := &snap{scopes: make([]map[string]Value, len(s.scopes)), state: s.state.Clone(), split: s.split}
	for i, m := range s.scopes {
		c.scopes[i] = maps.Clone(m)
	}
	return c
}

// join is what is known after two ways; either may be nil if it was not taken.
func join(a, b *snap, at script.Pos) *snap {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	out := &snap{state: a.state.Join(b.state, at), split: a.split}
	for i := range min(len(a.scopes), len(b.scopes)) {
		m := maps.Clone(a.scopes[i])
		for name, v := range b.scopes[i] {
			if have, ok := m[name]; ok {
				m[name] = either(have, v)
			} else {
				m[name] = Value{}
			}
		}
		for name := range m {
			if _, ok := b.scopes[i][name]; !ok {
				m[name] = Value{}
			}
		}
		out.scopes = append(out.scopes, m)
	}
	return out
}

// exits are the ways out of a block other than its end.
type exits struct{ brk, cont, ret, throw, exit *snap }

func (e *exits) add(o exits) {
	merge := func(a, b *snap) *snap {
		if a == nil || b == nil {
			return join(a, b, script.Pos{})
		}
		return join(a, b, b.split)
	}
	e.brk, e.cont, e.ret = merge(e.brk, o.brk), merge(e.cont, o.cont), merge(e.ret, o.ret)
	e.throw, e.exit = merge(e.throw, o.throw), merge(e.exit, o.exit)
}

// Run follows one script.
type Run struct {
	world World
	cur   *snap // nil: this point is not reached
	last  *snap // what was known where the script was last reached
	out   *[]Value
	mode  Mode
	steps int
	calls int
	tired bool // a limit was met and noted
	all   []*syntax.Function

	pending exits // ways out of the expressions of the statement at hand
	called  map[*syntax.Block]bool
}

// Follow goes through a script from its first statement to its end and gives the
// state there. The parameters of the script are at their defaults; given are
// variables that are set before it begins, by their names in lower case.
func Follow(b *syntax.Block, w World, start State, given map[string]Value) State {
	r := &Run{world: w, called: map[*syntax.Block]bool{}}
	scope := maps.Clone(given)
	if scope == nil {
		scope = map[string]Value{}
	}
	r.cur = &snap{scopes: []map[string]Value{scope}, state: start}
	r.last = r.cur
	var out []Value
	r.out = &out
	r.bind(b.Params, nil)
	e := r.block(b)
	end := r.cur
	for _, s := range []*snap{e.ret, e.throw, e.exit, e.brk, e.cont} {
		if s != nil {
			end = join(end, s, s.split)
		}
	}
	if end == nil {
		end = r.last
	}
	for _, f := range r.all {
		if !r.called[f.Body] {
			r.aside(Uncalled, func() { r.invoke(f.Body, nil, Value{Kind: Nothing}) })
		}
	}
	return end.state
}

// Tired says that a limit was met: the rest of the script is not looked at.
func (r *Run) Tired() bool { return r.tired }

// State is what the world remembers at this point; if that is not reached, what it
// remembered at the last point that was.
func (r *Run) State() State {
	if r.cur == nil {
		return r.last.state
	}
	return r.cur.state
}

// Sure says whether the script comes by this point whenever it runs: it hangs on no
// condition. Within a function that is what holds for its caller too.
func (r *Run) Sure() bool { return r.cur != nil && r.cur.split == (script.Pos{}) }

// Do runs a script block that a command was given: once for sure, or not always.
func (r *Run) Do(b *syntax.Block, at script.Pos, sure bool) Value {
	if sure {
		return r.invoke(b, nil, Value{Kind: Nothing})
	}
	r.maybe(at, func() exits { r.invoke(b, nil, Value{}); return exits{} })
	return Value{}
}

// Include runs the text of another file: in the scope at hand, as a dot does, or in
// one of its own. All of its places are at.
func (r *Run) Include(text string, at script.Pos, inScope bool) Value {
	if inScope {
		return r.inline(text, at)
	}
	v := r.invoke(syntax.ParseInside(text, at), nil, Value{Kind: Nothing})
	ended := r.pending
	r.pending = exits{throw: ended.throw} // exit ends the other file alone
	r.cur = join(r.cur, ended.exit, splitOf(ended.exit))
	return v
}

// apart runs what belongs to a process of its own.
func (r *Run) apart(f func()) {
	p, ok := r.world.(Processes)
	if !ok || r.cur == nil {
		f()
		return
	}
	outer := r.cur.state
	r.cur.state = p.Enter(outer.Clone())
	f()
	if r.cur != nil {
		r.cur.state = p.Leave(outer, r.cur.state)
	}
}

// Mode says whether what is being looked at would happen.
func (r *Run) Mode() Mode { return r.mode }

// Rehearsing says that the same statements will be looked at again, and that no
// notes should be taken yet.
func (r *Run) Rehearsing() bool { return r.mode == rehearsing }

// step counts, and says whether there is strength left.
func (r *Run) step(at script.Pos) bool {
	r.steps++
	if r.steps <= maxSteps {
		return true
	}
	if !r.tired {
		r.tired = true
		r.world.Unclear(r, at, "")
	}
	return false
}

// aside looks at code in a mode without keeping what it does.
func (r *Run) aside(m Mode, f func()) {
	cur, last, out, mode, pending := r.cur, r.last, r.out, r.mode, r.pending
	if r.cur == nil {
		r.cur = r.last.clone()
	} else {
		r.cur = r.cur.clone()
	}
	var ignored []Value
	r.out, r.last, r.pending = &ignored, r.cur.clone(), exits{}
	if r.mode == Live {
		r.mode = m
	}
	f()
	r.cur, r.last, r.out, r.mode, r.pending = cur, last, out, mode, pending
}

// block runs the statements of a block in the scope at hand.
func (r *Run) block(b *syntax.Block) exits {
	var e exits
	if b == nil {
		return e
	}
	for i, s := range b.Statements {
		if r.cur == nil {
			rest := b.Statements[i:]
			r.aside(Unreached, func() {
				for _, s := range rest {
					if r.cur == nil {
						r.cur = r.last.clone()
					}
					r.statement(s)
				}
			})
			break
		}
		if !r.step(s.At()) {
			break
		}
		e.add(r.statement(s))
		e.add(r.pending)
		if r.pending = (exits{}); r.cur != nil {
			r.last = r.cur
		}
	}
	return e
}

// lookup reads a variable.
func (r *Run) lookup(name string) Value {
	bare := name
	if scope, rest, ok := cutScope(name); ok {
		bare = rest
		if scope == "global" || scope == "script" {
			if v, ok := r.cur.scopes[0][bare]; ok {
				return v
			}
			return r.unset(bare)
		}
	}
	for _, m := range slices.Backward(r.cur.scopes) {
		if v, ok := m[bare]; ok {
			return v
		}
	}
	return r.unset(bare)
}

// cutScope takes local:, script:, global: and private: off a name; env: and
// function: are part of it.
func cutScope(name string) (scope, rest string, ok bool) {
	for _, s := range []string{"global", "script", "local", "private", "using"} {
		if len(name) > len(s) && name[len(s)] == ':' && name[:len(s)] == s {
			return s, name[len(s)+1:], true
		}
	}
	return "", name, false
}

// unset is a variable that the script has not set: whoever starts it may have.
func (r *Run) unset(name string) Value {
	switch name {
	case "true", "?":
		return Truth(true)
	case "false", "whatifpreference":
		return Truth(false)
	case "null":
		return Value{Kind: Null}
	case "lastexitcode":
		return NumberValue(0)
	case "args":
		return listOf(nil)
	case "env:windir", "env:systemroot":
		return TextValue(`C:\Windows`)
	case "env:systemdrive":
		return TextValue("C:")
	case "psdefaultparametervalues":
		return Value{Kind: Table, Table: map[string]Value{}}
	case "env:computername":
		return Value{Object: ThisMachine{}}
	}
	return Value{}
}

// ThisMachine is the name of the machine that the script runs on.
type ThisMachine struct{}

// Assign sets a variable.
func (r *Run) Assign(name string, v Value) {
	if len(v.Str) > maxChars || len(v.Items) > maxItems {
		v = Value{}
	}
	scope, bare, _ := cutScope(name)
	at := len(r.cur.scopes) - 1
	if scope == "global" || scope == "script" {
		at = 0
	}
	r.cur.scopes[at][bare] = v
}

// Open says that code from elsewhere ran in this scope: what its variables hold is
// not known from then on.
func (r *Run) Open() {
	for _, m := range r.cur.scopes {
		for name := range m {
			m[name] = Value{}
		}
	}
}

// Variable reads a variable.
func (r *Run) Variable(name string) Value { return r.lookup(name) }
