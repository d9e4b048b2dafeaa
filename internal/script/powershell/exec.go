package powershell

import (
	"tlsready/internal/script"
	"tlsready/internal/script/powershell/syntax"
)

// statement runs one statement.
func (r *Run) statement(s syntax.Statement) exits {
	switch s := s.(type) {
	case *syntax.Pipeline:
		r.output(r.pipeline(s))
	case *syntax.Assign:
		return r.assign(s)
	case *syntax.If:
		return r.ifStatement(s.Clauses, s.Else)
	case *syntax.Loop:
		return r.loop(s)
	case *syntax.Switch:
		return r.switchStatement(s)
	case *syntax.Function:
		r.all = append(r.all, s)
		r.Assign("function:"+s.Name, Value{Kind: Code, Block: s.Body})
	case *syntax.Try:
		return r.try(s)
	case *syntax.Trap:
		r.aside(OnError, func() { r.block(s.Body) })
	case *syntax.Flow:
		return r.flow(s)
	case *syntax.Unparsed:
		r.world.Unparsed(r, s.Pos, s.Text)
	}
	return exits{}
}

// output adds what a statement gives to the output of the block.
func (r *Run) output(v Value) {
	if v.Kind != Nothing && len(*r.out) < maxItems {
		*r.out = append(*r.out, v)
	}
}

// collect runs f and gives what it put out, as a variable would hold it.
func (r *Run) collect(f func() exits) (Value, exits) {
	saved := r.out
	var list []Value
	r.out = &list
	e := f()
	r.out = saved
	switch len(list) {
	case 0:
		return Value{Kind: Nothing}, e
	case 1:
		return list[0], e
	}
	var all []Value
	for _, v := range list {
		all = append(all, v.Each()...)
	}
	return listOf(all), e
}

func (r *Run) assign(s *syntax.Assign) exits {
	var v Value
	var e exits
	if p, ok := s.Value.(*syntax.Pipeline); ok {
		v = r.pipeline(p)
	} else if a, ok := s.Value.(*syntax.Assign); ok { // $a = $b = 1
		e = r.assign(a)
		if r.cur != nil {
			v = r.eval(a.Target)
		}
	} else {
		v, e = r.collect(func() exits { return r.statement(s.Value) })
	}
	if r.cur == nil {
		return e
	}
	if v.Kind == Nothing {
		v = Value{Kind: Null}
	}
	if s.Op != "=" {
		if s.Op == "??=" {
			v = either(r.eval(s.Target), v)
		} else {
			v = r.operate(s.Op[:1], r.eval(s.Target), v)
		}
	}
	r.store(s.Target, v, s.Pos)
	return e
}

// store assigns to whatever stands on the left.
func (r *Run) store(target syntax.Expr, v Value, at script.Pos) {
	switch t := target.(type) {
	case *syntax.Variable:
		r.Assign(t.Name, v)
	case *syntax.Cast:
		r.store(t.X, r.cast(t.Type, v), at)
	case *syntax.List:
		for i, one := range t.Items {
			item := Value{Kind: Null}
			if !v.Known() {
				item = Value{}
			} else if items := v.Each(); i < len(items) {
				item = items[i]
			}
			r.store(one, item, at)
		}
	case *syntax.Member:
		r.storeMember(t, v, at)
	case *syntax.Index:
		if x, ok := t.X.(*syntax.Variable); ok {
			r.storeIndex(x.Name, r.eval(t.I), v)
		}
	}
}

func (r *Run) storeMember(m *syntax.Member, v Value, at script.Pos) {
	name, ok := r.eval(m.Name).Text()
	if !ok {
		r.world.Unclear(r, at, "")
		return
	}
	name = lower(name)
	if m.Call && len(m.Args) == 1 { // x.Option(9) = …
		if index, ok := r.eval(m.Args[0]).Text(); ok {
			name += "(" + index + ")"
		}
	}
	if typ, isType := r.typeOf(m); isType {
		if !r.world.SetStatic(r, typ.Name, name, v, at) {
			r.world.Unclear(r, at, "["+typ.Name+"]::"+name)
		}
		return
	}
	x := r.eval(m.X)
	if variable, ok := m.X.(*syntax.Variable); ok && x.Kind == Table {
		r.storeIndex(variable.Name, TextValue(name), v)
		return
	}
	if !r.world.Set(r, x, name, v, at) && x.Kind == Object {
		r.world.Unclear(r, at, name)
	}
}

// storeIndex sets an entry of a table in a variable; anything else is not known
// from then on.
func (r *Run) storeIndex(variable string, index, v Value) {
	x := r.lookup(variable)
	key, ok := index.Text()
	if x.Kind != Table || !ok {
		r.Assign(variable, Value{})
		return
	}
	r.Assign(variable, x.with(key, v))
}

// condition evaluates a condition.
func (r *Run) condition(s syntax.Statement) (Value, script.Known) {
	v, _ := r.collect(func() exits { return r.statement(s) })
	if r.cur == nil { // a condition that leaves the script
		return v, script.Unclear
	}
	return v, v.Truth()
}

// branch begins a way that is taken only if a condition holds, or does not.
func (r *Run) branch(from *snap, cond Value, holds bool, at script.Pos) {
	r.cur = from.clone()
	r.cur.split = at
	c, ok := cond.Object.(Cond)
	if x, is := cond.Object.(Conditional); is {
		c, ok = x.Condition()
	}
	if ok {
		r.world.Assume(r, c, holds != c.Negated)
	}
}

func (r *Run) ifStatement(clauses []syntax.Clause, otherwise *syntax.Block) exits {
	if len(clauses) == 0 {
		return r.block(otherwise)
	}
	at := clauses[0].Cond.At()
	cond, known := r.condition(clauses[0].Cond)
	if r.cur == nil {
		return exits{}
	}
	switch known {
	case script.Yes:
		e := r.block(clauses[0].Body)
		r.aside(Unreached, func() { r.ifStatement(clauses[1:], otherwise) })
		return e
	case script.No:
		r.aside(Unreached, func() { r.block(clauses[0].Body) })
		return r.ifStatement(clauses[1:], otherwise)
	}
	base := r.cur
	r.branch(base, cond, true, at)
	e := r.block(clauses[0].Body)
	yes := r.cur
	r.branch(base, cond, false, at)
	e.add(r.ifStatement(clauses[1:], otherwise))
	r.cur = rejoin(yes, r.cur, base, at)
	return e
}

// rejoin joins two ways that parted at a condition and go on as one.
func rejoin(a, b, base *snap, at script.Pos) *snap {
	s := join(a, b, at)
	if s != nil && a != nil && b != nil {
		s.split = base.split
	}
	return s
}

// maybe runs f as something that may happen or not.
func (r *Run) maybe(at script.Pos, f func() exits) exits {
	base := r.cur
	r.branch(base, Value{}, true, at)
	e := f()
	r.cur = rejoin(r.cur, base, base, at)
	return e
}

func (r *Run) try(s *syntax.Try) exits {
	e := r.block(s.Body)
	thrown := e.throw
	e.throw = nil
	next := r.cur
	if thrown != nil {
		r.cur = thrown.clone()
		for i, c := range s.Catches {
			if i == 0 {
				e.add(r.block(c))
			} else {
				r.aside(OnError, func() { r.block(c) })
			}
		}
		if len(s.Catches) == 0 {
			e.throw, r.cur = thrown, nil
		}
		r.cur = join(next, r.cur, thrown.split)
	} else {
		for _, c := range s.Catches {
			r.aside(OnError, func() { r.block(c) })
		}
	}
	if s.Finally == nil {
		return e
	}
	if r.cur == nil {
		r.aside(Live, func() { r.block(s.Finally) })
		return e
	}
	e.add(r.block(s.Finally))
	return e
}

func (r *Run) flow(s *syntax.Flow) exits {
	if s.Value != nil {
		v, _ := r.collect(func() exits { return r.statement(s.Value) })
		if s.Kind == "return" && r.cur != nil {
			r.output(v)
		}
	}
	var e exits
	if r.cur == nil {
		return e
	}
	switch s.Kind {
	case "return":
		e.ret = r.cur
	case "exit":
		e.exit = r.cur
	case "throw":
		e.throw = r.cur
	case "break":
		e.brk = r.cur
	default:
		e.cont = r.cur
	}
	r.last, r.cur = r.cur, nil
	return e
}

func (r *Run) loop(s *syntax.Loop) exits {
	switch s.Kind {
	case syntax.Foreach:
		list, _ := r.collect(func() exits { return r.statement(s.Cond) })
		if r.cur == nil {
			return exits{}
		}
		if !list.Known() && list.Kind != Array || len(list.Each()) > maxTurns {
			return r.unknownTurns(s.Pos, func() exits {
				r.Assign(s.Var, Value{})
				return r.block(s.Body)
			})
		}
		if list.Kind == Null {
			list.Kind = Nothing
		}
		return r.turns(list.Each(), s.Var, s.Body)
	case syntax.For:
		if s.Init != nil {
			r.statement(s.Init)
		}
	}
	return r.conditional(s)
}

// turns runs a body once for each item.
func (r *Run) turns(items []Value, name string, body *syntax.Block) exits {
	var all exits
	for _, item := range items {
		if r.cur == nil || !r.step(script.Pos{Line: 1, Column: 1}) {
			break
		}
		r.Assign(name, item)
		all.add(r.turn(func() exits { return r.block(body) }, &all))
	}
	if len(items) == 0 {
		r.aside(Unreached, func() { r.block(body) })
	}
	r.cur = join(r.cur, all.brk, splitOf(all.brk))
	all.brk = nil
	return all
}

// turn runs one turn of a loop; continue ends it.
func (r *Run) turn(f func() exits, all *exits) exits {
	e := f()
	r.cur = join(r.cur, e.cont, splitOf(e.cont))
	e.cont = nil
	return e
}

func splitOf(s *snap) script.Pos {
	if s == nil {
		return script.Pos{}
	}
	return s.split
}

// conditional runs while, for and do loops as long as their condition is known.
func (r *Run) conditional(s *syntax.Loop) exits {
	var all exits
	first := s.Kind == syntax.DoWhile || s.Kind == syntax.DoUntil
	body := func() exits {
		e := r.block(s.Body)
		if s.Step != nil && r.cur != nil {
			e.add(r.statement(s.Step))
		}
		return e
	}
	for n := 0; r.cur != nil; n++ {
		known := script.Yes
		if !first && s.Cond != nil {
			_, known = r.condition(s.Cond)
		}
		if s.Kind == syntax.DoUntil && !first {
			known = known.Not()
		}
		if known == script.No {
			if n == 0 {
				r.aside(Unreached, func() { r.block(s.Body) })
			}
			break
		}
		if known == script.Unclear || n >= maxTurns || r.cur == nil || !r.step(s.Pos) {
			if r.cur != nil {
				all.add(r.unknownTurns(s.Pos, body))
			}
			break
		}
		first = false
		all.add(r.turn(body, &all))
		if all.brk != nil && all.brk.split == (script.Pos{}) && r.cur == nil {
			break
		}
	}
	r.cur = join(r.cur, all.brk, splitOf(all.brk))
	all.brk = nil
	return all
}

// unknownTurns runs the body of a loop that may turn any number of times. A first
// look finds the variables that it changes; they are not known in it.
func (r *Run) unknownTurns(at script.Pos, body func() exits) exits {
	if r.calls >= maxCalls {
		r.world.Unclear(r, at, "")
		return exits{}
	}
	r.calls++
	defer func() { r.calls-- }()
	before := r.cur.clone()
	mode := r.mode
	r.mode = rehearsing
	r.aside(rehearsing, func() {
		body()
		if r.cur == nil {
			r.cur = r.last
		}
		for i := range min(len(before.scopes), len(r.cur.scopes)) {
			for name, v := range r.cur.scopes[i] {
				if have, ok := before.scopes[i][name]; !ok || !same(have, v) {
					before.scopes[i][name] = Value{}
				}
			}
		}
	})
	r.mode = mode
	r.cur = before
	e := r.maybe(at, func() exits {
		e := body()
		r.cur = join(join(r.cur, e.cont, at), e.brk, at)
		e.cont, e.brk = nil, nil
		return e
	})
	return e
}

func (r *Run) switchStatement(s *syntax.Switch) exits {
	v, _ := r.condition(s.Value)
	if r.cur == nil {
		return exits{}
	}
	var all exits
	matched, unsure := false, !v.Known() || !s.Plain || v.Kind == Array
	for _, c := range s.Cases {
		pattern := r.eval(c.Pattern)
		text, ok := pattern.Text()
		have, okHave := v.Text()
		switch {
		case r.cur == nil:
			r.aside(Unreached, func() { r.block(c.Body) })
		case unsure || !ok || !okHave:
			unsure = true
			all.add(r.maybe(c.Body.First(s.Pos), func() exits { return r.block(c.Body) }))
		case lower(text) == lower(have):
			matched = true
			all.add(r.block(c.Body))
		default:
			r.aside(Unreached, func() { r.block(c.Body) })
		}
	}
	switch {
	case s.Default == nil:
	case unsure && r.cur != nil:
		all.add(r.maybe(s.Default.First(s.Pos), func() exits { return r.block(s.Default) }))
	case !matched && r.cur != nil:
		all.add(r.block(s.Default))
	default:
		r.aside(Unreached, func() { r.block(s.Default) })
	}
	r.cur = join(r.cur, all.brk, splitOf(all.brk))
	all.brk = nil
	return all
}
