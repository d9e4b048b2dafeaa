package batch

import (
	"maps"
	"strconv"
	"strings"

	"tlsready/internal/script"
)

// exec runs a command on a way and gives the ways that lead on from it.
func (r *Run) exec(n node, w *way) []outcome {
	switch n := n.(type) {
	case nil:
		return []outcome{{way: w}}
	case *simple:
		if !r.step(n.Pos) {
			return []outcome{{way: w}}
		}
		r.now = w
		return r.simple(n, w)
	case *sequence:
		return r.sequence(n, w)
	case *condition:
		if !r.step(n.Pos) {
			return []outcome{{way: w}}
		}
		return r.condition(n, w)
	case *loop:
		return r.loop(n, w)
	case *broken:
		r.now = w
		r.world.Unclear(r, n.Pos, n.text)
	}
	return []outcome{{way: w}}
}

// then runs a command after others; ways that jump bypass it.
func (r *Run) then(list []outcome, f func(*way) []outcome) []outcome {
	var out []outcome
	for _, o := range list {
		if o.kind == onward {
			out = append(out, f(o.way)...)
		} else {
			out = append(out, o)
		}
	}
	return fold(out)
}

// fold keeps one of several ways that go on together and came to the same.
func fold(list []outcome) []outcome {
	var out []outcome
next:
	for _, o := range list {
		for _, have := range out {
			if have.jump == o.jump && have.way.same(o.way) {
				continue next
			}
		}
		out = append(out, o)
	}
	for len(out) > maxStates { // too many: the last two become one
		a, b := out[len(out)-2], out[len(out)-1]
		if a.jump != b.jump {
			break
		}
		out = append(out[:len(out)-2], outcome{join(a.way, b.way, b.split), a.jump})
	}
	return out
}

func (r *Run) sequence(s *sequence, w *way) []outcome {
	if len(s.parts) == 0 {
		return []outcome{{way: w}}
	}
	list := r.exec(s.parts[0], w)
	for i, part := range s.parts[1:] {
		op := "&"
		if i < len(s.ops) {
			op = s.ops[i]
		}
		list = r.then(list, func(w *way) []outcome { return r.chained(op, s.parts[i], part, w) })
	}
	return list
}

// chained runs what follows an operator.
func (r *Run) chained(op string, before, part node, w *way) []outcome {
	switch op {
	case "&&", "||":
		holds := script.Unclear
		if w.known {
			holds = script.Of((w.status == 0) == (op == "&&"))
		}
		return r.either(holds, position(part), part, nil, w, op == "||")
	case "|":
		list := r.exec(part, w)
		if s, ok := before.(*simple); ok && strings.HasPrefix(strings.ToLower(strings.TrimSpace(s.text)), "whoami") {
			for _, o := range list { // asks whether the script runs as an administrator
				o.status, o.known = 0, true
			}
		}
		return list
	}
	return r.exec(part, w)
}

// position is the place of a command.
func position(n node) script.Pos {
	switch n := n.(type) {
	case *simple:
		return n.Pos
	case *condition:
		return n.Pos
	case *loop:
		return n.Pos
	case *broken:
		return n.Pos
	case *sequence:
		if len(n.parts) > 0 {
			return position(n.parts[0])
		}
	}
	return script.Pos{Line: 1, Column: 1}
}

// aside looks at a command that does not run.
func (r *Run) aside(m Mode, n node, w *way) {
	if n == nil {
		return
	}
	mode, ended := r.mode, r.ended
	if r.mode == Live {
		r.mode = m
	}
	r.exec(n, w.clone())
	r.mode, r.ended = mode, ended
}

// either runs one of two commands, or both if it is not known which.
func (r *Run) either(holds script.Known, at script.Pos, then, other node, w *way, onError bool) []outcome {
	m := Unreached
	if onError {
		m = OnError
	}
	switch holds {
	case script.Yes:
		r.aside(Unreached, other, w)
		return r.exec(then, w)
	case script.No:
		r.aside(m, then, w)
		return r.exec(other, w)
	}
	yes, no := w.clone(), w.clone()
	yes.split, no.split = at, at
	a, b := r.exec(then, yes), r.exec(other, no)
	if len(a) == 1 && len(b) == 1 && a[0].kind == onward && b[0].kind == onward {
		one := a[0].way
		if !one.same(b[0].way) {
			one = join(one, b[0].way, at)
		}
		one.split = w.split
		return []outcome{{way: one}}
	}
	return fold(append(a, b...))
}

func (r *Run) condition(c *condition, w *way) []outcome {
	holds := r.holds(c, w)
	if c.not {
		holds = holds.Not()
	}
	return r.either(holds, c.Pos, c.then, c.other, w, false)
}

// holds evaluates a condition.
func (r *Run) holds(c *condition, w *way) script.Known {
	left, right := r.finish(c.left, w), r.finish(c.right, w)
	if strings.Contains(left+right, Unknown) && c.kind != "defined" {
		return script.Unclear
	}
	switch c.kind {
	case "==":
		if c.fold {
			return script.Of(strings.EqualFold(left, right))
		}
		return script.Of(left == right)
	case "defined":
		v, set := w.vars[strings.ToLower(left)]
		switch {
		case strings.Contains(left, Unknown) || !set || strings.Contains(v, Unknown):
			return script.Unclear
		}
		return script.Of(v != "")
	case "errorlevel":
		n, err := strconv.Atoi(left)
		if err != nil || !w.known {
			return script.Unclear
		}
		return script.Of(w.status >= n)
	case "equ", "neq", "lss", "leq", "gtr", "geq":
		return compared(c.kind, left, right, c.fold)
	}
	return script.Unclear
}

func compared(op, left, right string, fold bool) script.Known {
	sign := strings.Compare(left, right)
	if fold {
		sign = strings.Compare(strings.ToLower(left), strings.ToLower(right))
	}
	a, errA := strconv.ParseInt(left, 0, 64)
	b, errB := strconv.ParseInt(right, 0, 64)
	if errA == nil && errB == nil {
		switch {
		case a < b:
			sign = -1
		case a > b:
			sign = 1
		default:
			sign = 0
		}
	}
	switch op {
	case "equ":
		return script.Of(sign == 0)
	case "neq":
		return script.Of(sign != 0)
	case "lss":
		return script.Of(sign < 0)
	case "leq":
		return script.Of(sign <= 0)
	case "gtr":
		return script.Of(sign > 0)
	}
	return script.Of(sign >= 0)
}

// finish replaces the variables of for and, if delayed expansion is on, !NAME!.
func (r *Run) finish(text string, w *way) string {
	if len(r.letters) > 0 && strings.Contains(text, "%") {
		text = r.withLetters(text)
	}
	if !w.delayed || !strings.Contains(text, "!") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "!")
		b.WriteString(before)
		if !found || b.Len() > maxText {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "!")
		if !closed {
			b.WriteString(rest)
			return b.String()
		}
		if v, ok := expandName(name, w.vars, w); ok {
			b.WriteString(v)
		} else {
			b.WriteString(Unknown)
		}
		text = after
	}
}

func (r *Run) withLetters(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' || b.Len() > maxText {
			b.WriteByte(text[i])
			continue
		}
		n := i + 1
		if n < len(text) && text[n] == '~' {
			for n++; n+1 < len(text) && strings.IndexByte("fdpnxsatz", text[n]|0x20) >= 0 && isLetter(text[n+1]); n++ {
			}
		}
		if n >= len(text) {
			b.WriteByte(text[i])
			continue
		}
		v, ok := r.letters[text[n:n+1]]
		switch {
		case !ok:
			b.WriteByte(text[i])
			continue
		case n > i+2: // a part of a path
			v = Unknown
		case n > i+1:
			v = strings.Trim(v, `"`)
		}
		b.WriteString(v)
		i = n
	}
	return b.String()
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// loop runs for.
func (r *Run) loop(l *loop, w *way) []outcome {
	items, known := r.items(l, w)
	saved := maps.Clone(r.letters)
	defer func() { r.letters = saved }()
	set := func(value string) {
		r.letters = maps.Clone(saved)
		r.letters[l.variable] = value
		if l.option == "/f" && strings.Contains(value, Unknown) { // tokens=1,2,*
			for c := l.variable[0] + 1; c < l.variable[0]+26 && isLetter(c); c++ {
				r.letters[string(c)] = Unknown
			}
		}
	}
	if !known {
		set(Unknown)
		// Twice: the second time with the variables that the first changed.
		body := func(w *way) []outcome { return r.exec(l.body, w) }
		once := r.either(script.Unclear, l.Pos, l.body, nil, w, false)
		return r.then(once, func(w *way) []outcome {
			if r.mode != Live {
				return []outcome{{way: w}}
			}
			before := w.clone()
			list := body(w)
			if len(list) == 1 && list[0].kind == onward && !list[0].way.same(before) {
				return []outcome{{way: join(before, list[0].way, l.Pos)}}
			}
			return append(list, outcome{way: before})
		})
	}
	list := []outcome{{way: w}}
	for _, item := range items {
		if !r.step(l.Pos) {
			break
		}
		set(item)
		list = r.then(list, func(w *way) []outcome { return r.exec(l.body, w) })
	}
	if len(items) == 0 {
		set(Unknown)
		r.aside(Unreached, l.body, w)
	}
	return list
}

// items are what a loop goes over, if the script says so itself.
func (r *Run) items(l *loop, w *way) ([]string, bool) {
	set := r.finish(l.set, w)
	if strings.Contains(set, Unknown) {
		return nil, false
	}
	switch l.option {
	case "":
		if strings.ContainsAny(set, "*?") {
			return nil, false
		}
		return setItems(set), true
	case "/l":
		return span(set)
	case "/f":
		text := strings.TrimSpace(set)
		if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' && l.options == "" {
			fields := strings.Fields(text[1 : len(text)-1])
			if len(fields) == 0 {
				return nil, true
			}
			return fields[:1], true
		}
	}
	return nil, false
}

// setItems takes the set of a plain for apart: blanks, commas, semicolons and equals
// signs separate, quotes keep together and stay.
func setItems(set string) []string {
	var list []string
	var b strings.Builder
	quoted := false
	flush := func() {
		if b.Len() > 0 {
			list = append(list, b.String())
			b.Reset()
		}
	}
	for i := range len(set) {
		c := set[i]
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && isBlank(c) {
			flush()
			continue
		}
		b.WriteByte(c)
	}
	flush()
	return list
}

// span is the set of for /l: start, step, end.
func span(set string) ([]string, bool) {
	parts := setItems(set)
	if len(parts) != 3 {
		return nil, false
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil {
			return nil, false
		}
		n[i] = v
	}
	var list []string
	for i := n[0]; n[1] > 0 && i <= n[2] || n[1] < 0 && i >= n[2]; i += n[1] {
		if list = append(list, strconv.Itoa(i)); len(list) > maxTurns {
			return nil, false
		}
	}
	return list, true
}
