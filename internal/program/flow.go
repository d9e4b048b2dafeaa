package program

import "slices"

// Limits of following values through a method: what is beyond them counts as
// not constant.
const (
	maxStack     = 64   // values followed on the evaluation stack
	maxConstants = 8    // constants that one place may hold
	maxTargets   = 4096 // branches under way at a time
)

// value is what a place may hold: one of several constants, the setting that is
// in force, or something that cannot be told.
type value struct {
	consts []uint32
	base   bool // the setting in force, with the constants added to it
	other  bool
}

func constant(n int32) value { return value{consts: []uint32{uint32(n)}} }

func unknownValue() value { return value{other: true} }

// join is what a place holds that is reached in two ways.
func (v value) join(w value) value {
	all := slices.Compact(slices.Sorted(slices.Values(slices.Concat(v.consts, w.consts))))
	if len(all) > maxConstants {
		return unknownValue()
	}
	return value{consts: all, base: v.base || w.base, other: v.other || w.other}
}

// or is the bitwise or of two values.
func (v value) or(w value) value {
	if v.base && len(v.consts) == 0 {
		v.consts = []uint32{0}
	}
	if w.base && len(w.consts) == 0 {
		w.consts = []uint32{0}
	}
	sum := value{base: v.base || w.base, other: v.other || w.other}
	for _, a := range v.consts {
		for _, b := range w.consts {
			sum = sum.join(value{consts: []uint32{a | b}})
		}
	}
	return sum
}

// hit is a place in the code that hands TLS versions to something.
type hit struct {
	where string // "Namespace.Type.Method"
	to    string // what it calls
	value value
}

// analysis follows constants through all methods of a module. Locals and fields
// hold whatever is stored into them anywhere.
type analysis struct {
	m      *metadata
	table  *instructions
	fields map[uint32]value // by token
	calls  map[uint32]call  // by token
	hits   []hit
}

type call struct {
	method
	ok bool
}

// walker is one method being followed.
type walker struct {
	*analysis
	code   []byte
	where  string
	locals map[int]value
	stack  []value
	ahead  map[int][]value // stacks at the targets of forward branches
	report bool
}

func (a *analysis) callee(token uint32) call {
	c, known := a.calls[token]
	if !known {
		c.method, c.ok = a.m.callee(token)
		a.calls[token] = c
	}
	return c
}

// follow goes through a method's code twice: the first time to learn what its
// locals hold.
func (a *analysis) follow(code []byte, where string, report bool) {
	w := &walker{analysis: a, code: code, where: where, locals: map[int]value{}}
	w.run()
	if report {
		w.report = true
		w.run()
	}
}

func (w *walker) run() {
	w.stack, w.ahead = nil, map[int][]value{}
	reached := true
	for at := 0; at < len(w.code); {
		if stack, ok := w.ahead[at]; ok {
			w.arrive(stack, reached)
			delete(w.ahead, at)
		} else if !reached {
			w.stack = nil // a handler, or reached from further down: nothing is known
		}
		size, ends := w.step(at)
		if size == 0 {
			return // no instruction: the rest cannot be told apart
		}
		at += size
		reached = !ends
	}
}

// arrive joins the stack of a branch with that of the code before it.
func (w *walker) arrive(stack []value, reached bool) {
	if !reached || len(stack) != len(w.stack) {
		w.stack = slices.Clone(stack)
		return
	}
	for i := range w.stack {
		w.stack[i] = w.stack[i].join(stack[i])
	}
}

func (w *walker) push(v value) {
	if len(w.stack) < maxStack {
		w.stack = append(w.stack, v)
		return
	}
	// Deeper than any compiler goes: forget what lies at the bottom.
	w.stack = append(w.stack[1:], v)
}

func (w *walker) pop() value {
	if len(w.stack) == 0 {
		return unknownValue()
	}
	v := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	return v
}

// step follows one instruction and returns its length, 0 if there is no instruction.
func (w *walker) step(at int) (size int, ends bool) {
	code, head := int(w.code[at]), 1
	in := w.table.plain[code]
	if code == 0xfe && at+1 < len(w.code) {
		code, head = 0x100|int(w.code[at+1]), 2
		in = w.table.extended[w.code[at+1]]
	}
	arg := w.code[at+head:]
	length, ok := argLength(in.arg, arg)
	if !in.known || !ok {
		return 0, false
	}
	size = head + length
	switch {
	case in.call:
		w.call(le.Uint32(arg), code == 0x73)
	case code == 0x29:
		w.stack = nil // calli: the signature stands elsewhere
	case !w.moves(code, arg):
		w.plain(code, in)
	}
	w.branch(in.arg, arg, at+size)
	if code == 0x2a || code == 0xdd || code == 0xde {
		w.stack = nil
	}
	return size, in.ends
}

// argLength is how many bytes follow an instruction's code.
func argLength(kind operand, arg []byte) (int, bool) {
	n := 0
	switch kind {
	case oneByte, shortBranch:
		n = 1
	case twoBytes:
		n = 2
	case fourBytes, token, longBranch:
		n = 4
	case eightBytes:
		n = 8
	case switchTable:
		if len(arg) < 4 || uint64(le.Uint32(arg)) > uint64(len(arg))/4 {
			return 0, false
		}
		n = 4 + 4*int(le.Uint32(arg))
	}
	return n, n <= len(arg)
}

// branch remembers the stack for the targets that lie ahead.
func (w *walker) branch(kind operand, arg []byte, next int) {
	switch kind {
	case shortBranch:
		w.target(next + int(int8(arg[0])))
	case longBranch:
		w.target(next + int(int32(le.Uint32(arg))))
	case switchTable:
		for i := range le.Uint32(arg) {
			w.target(next + int(int32(le.Uint32(arg[4+4*i:]))))
		}
	}
}

func (w *walker) target(at int) {
	old, ok := w.ahead[at]
	if !ok && len(w.ahead) >= maxTargets {
		return
	}
	if !ok || len(old) != len(w.stack) {
		w.ahead[at] = slices.Clone(w.stack)
		return
	}
	for i := range old {
		old[i] = old[i].join(w.stack[i])
	}
}

// plain pops and pushes what the instruction's numbers say, with unknown values.
func (w *walker) plain(code int, in instruction) {
	switch {
	case code == 0x60: // or
		w.push(w.pop().or(w.pop()))
	case code == 0x5f: // and: takes something away from the setting in force
		a, b := w.pop(), w.pop()
		w.push(value{base: a.base || b.base, other: !a.base && !b.base})
	case code >= 0x67 && code <= 0x6e || code == 0x25: // conversions, dup
		v := w.pop()
		for range in.push {
			w.push(v)
		}
	default:
		for range in.pop {
			w.pop()
		}
		for range in.push {
			w.push(unknownValue())
		}
	}
}

// moves handles constants, locals and fields; false if the instruction is none
// of these.
func (w *walker) moves(code int, arg []byte) bool {
	switch {
	case code >= 0x15 && code <= 0x1e:
		w.push(constant(int32(code) - 0x16))
	case code == 0x1f:
		w.push(constant(int32(int8(arg[0]))))
	case code == 0x20:
		w.push(constant(int32(le.Uint32(arg))))
	case code >= 0x06 && code <= 0x09:
		w.push(w.load(code - 0x06))
	case code >= 0x0a && code <= 0x0d:
		w.store(code - 0x0a)
	case code == 0x11:
		w.push(w.load(int(arg[0])))
	case code == 0x13:
		w.store(int(arg[0]))
	case code == 0x10c:
		w.push(w.load(int(le.Uint16(arg))))
	case code == 0x10e:
		w.store(int(le.Uint16(arg)))
	case code == 0x7b || code == 0x7e: // ldfld, ldsfld
		if code == 0x7b {
			w.pop()
		}
		w.push(w.field(le.Uint32(arg)))
	case code == 0x7d || code == 0x80: // stfld, stsfld
		w.storeField(le.Uint32(arg), w.pop())
		if code == 0x7d {
			w.pop()
		}
	default:
		return false
	}
	return true
}

func (w *walker) load(local int) value {
	if v, ok := w.locals[local]; ok {
		return v
	}
	return unknownValue()
}

func (w *walker) store(local int) {
	v := w.pop()
	if old, ok := w.locals[local]; ok {
		v = v.join(old)
	}
	w.locals[local] = v
}

func (w *walker) field(token uint32) value {
	if v, ok := w.fields[token]; ok {
		return v
	}
	return unknownValue()
}

func (w *walker) storeField(token uint32, v value) {
	if old, ok := w.fields[token]; ok {
		v = v.join(old)
	}
	w.fields[token] = v
}

// call takes the arguments off the stack and looks at those that are TLS
// versions.
func (w *walker) call(token uint32, creates bool) {
	c := w.callee(token)
	if !c.ok {
		w.stack = nil
		return
	}
	args := make([]value, c.params)
	for i := c.params - 1; i >= 0; i-- {
		args[i] = w.pop()
	}
	if c.hasThis && !creates {
		w.pop()
	}
	if w.report {
		for _, i := range c.tls {
			w.hits = append(w.hits, hit{where: w.where, to: c.name, value: args[i]})
		}
	}
	switch {
	case creates:
		w.push(unknownValue())
	case c.current && c.params == 0:
		w.push(value{base: true})
	case c.returns:
		w.push(unknownValue())
	}
}
