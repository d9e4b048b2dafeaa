package program

// operand is what follows an instruction's code.
type operand byte

const (
	noOperand   operand = iota
	oneByte             // a number or an index of one byte
	twoBytes            // an index of two bytes
	fourBytes           // a number of four bytes
	eightBytes          // a number of eight bytes
	token               // a metadata token
	shortBranch         // a distance of one byte
	longBranch          // a distance of four bytes
	switchTable         // a count and as many distances
)

// instruction is what an instruction takes from the evaluation stack and leaves
// on it. Calls do as their method says.
type instruction struct {
	known     bool
	arg       operand
	pop, push int
	call      bool
	ends      bool // what follows is not reached from here
}

// instructions are the CIL instructions of one byte and those after 0xfe
// (ECMA-335, III).
type instructions struct{ plain, extended [256]instruction }

// span fills a run of codes that are alike.
func span(t *[256]instruction, from, to int, arg operand, pop, push int) {
	for code := from; code <= to; code++ {
		t[code] = instruction{known: true, arg: arg, pop: pop, push: push}
	}
}

func newInstructions() *instructions {
	all := &instructions{}
	fillConstants(&all.plain)
	fillBranches(&all.plain)
	fillArithmetic(&all.plain)
	fillObjects(&all.plain)
	fillExtended(&all.extended)
	return all
}

// fillConstants covers arguments, locals and constants.
func fillConstants(t *[256]instruction) {
	span(t, 0x00, 0x01, noOperand, 0, 0)  // nop, break
	span(t, 0x02, 0x09, noOperand, 0, 1)  // ldarg.0 … ldloc.3
	span(t, 0x0a, 0x0d, noOperand, 1, 0)  // stloc.0 … stloc.3
	span(t, 0x0e, 0x0f, oneByte, 0, 1)    // ldarg.s, ldarga.s
	span(t, 0x10, 0x10, oneByte, 1, 0)    // starg.s
	span(t, 0x11, 0x12, oneByte, 0, 1)    // ldloc.s, ldloca.s
	span(t, 0x13, 0x13, oneByte, 1, 0)    // stloc.s
	span(t, 0x14, 0x1e, noOperand, 0, 1)  // ldnull, ldc.i4.m1 … ldc.i4.8
	span(t, 0x1f, 0x1f, oneByte, 0, 1)    // ldc.i4.s
	span(t, 0x20, 0x20, fourBytes, 0, 1)  // ldc.i4
	span(t, 0x21, 0x21, eightBytes, 0, 1) // ldc.i8
	span(t, 0x22, 0x22, fourBytes, 0, 1)  // ldc.r4
	span(t, 0x23, 0x23, eightBytes, 0, 1) // ldc.r8
	span(t, 0x25, 0x25, noOperand, 1, 2)  // dup
	span(t, 0x26, 0x26, noOperand, 1, 0)  // pop
}

// fillBranches covers calls and branches.
func fillBranches(t *[256]instruction) {
	span(t, 0x27, 0x29, token, 0, 0) // jmp, call, calli
	t[0x27].ends, t[0x28].call = true, true
	span(t, 0x2a, 0x2a, noOperand, 0, 0) // ret
	t[0x2a].ends = true
	for short, long := 0x2b, 0x38; short <= 0x37; short, long = short+1, long+1 {
		pop := 2
		if short == 0x2b {
			pop = 0 // br
		} else if short <= 0x2d {
			pop = 1 // brfalse, brtrue
		}
		span(t, short, short, shortBranch, pop, 0)
		span(t, long, long, longBranch, pop, 0)
	}
	t[0x2b].ends, t[0x38].ends = true, true
	span(t, 0x45, 0x45, switchTable, 1, 0)
	span(t, 0x7a, 0x7a, noOperand, 1, 0) // throw
	span(t, 0xdc, 0xdc, noOperand, 0, 0) // endfinally
	span(t, 0xdd, 0xdd, longBranch, 0, 0)
	span(t, 0xde, 0xde, shortBranch, 0, 0) // leave
	t[0x7a].ends, t[0xdc].ends, t[0xdd].ends, t[0xde].ends = true, true, true, true
}

// fillArithmetic covers indirection, arithmetic and conversion.
func fillArithmetic(t *[256]instruction) {
	span(t, 0x46, 0x50, noOperand, 1, 1) // ldind
	span(t, 0x51, 0x57, noOperand, 2, 0) // stind
	span(t, 0x58, 0x64, noOperand, 2, 1) // add … shr.un
	span(t, 0x65, 0x6e, noOperand, 1, 1) // neg, not, conv
	span(t, 0x76, 0x76, noOperand, 1, 1) // conv.r.un
	span(t, 0x82, 0x8b, noOperand, 1, 1) // conv.ovf….un
	span(t, 0xb3, 0xba, noOperand, 1, 1) // conv.ovf
	span(t, 0xc3, 0xc3, noOperand, 1, 1) // ckfinite
	span(t, 0xd1, 0xd5, noOperand, 1, 1) // conv
	span(t, 0xd6, 0xdb, noOperand, 2, 1) // add.ovf … sub.ovf.un
	span(t, 0xdf, 0xdf, noOperand, 2, 0) // stind.i
	span(t, 0xe0, 0xe0, noOperand, 1, 1) // conv.u
}

// fillObjects covers objects, fields and arrays.
func fillObjects(t *[256]instruction) {
	span(t, 0x6f, 0x6f, token, 0, 0)     // callvirt
	span(t, 0x70, 0x70, token, 2, 0)     // cpobj
	span(t, 0x71, 0x71, token, 1, 1)     // ldobj
	span(t, 0x72, 0x72, token, 0, 1)     // ldstr
	span(t, 0x73, 0x73, token, 0, 0)     // newobj
	span(t, 0x74, 0x75, token, 1, 1)     // castclass, isinst
	span(t, 0x79, 0x79, token, 1, 1)     // unbox
	span(t, 0x7b, 0x7c, token, 1, 1)     // ldfld, ldflda
	span(t, 0x7d, 0x7d, token, 2, 0)     // stfld
	span(t, 0x7e, 0x7f, token, 0, 1)     // ldsfld, ldsflda
	span(t, 0x80, 0x80, token, 1, 0)     // stsfld
	span(t, 0x81, 0x81, token, 2, 0)     // stobj
	span(t, 0x8c, 0x8d, token, 1, 1)     // box, newarr
	span(t, 0x8e, 0x8e, noOperand, 1, 1) // ldlen
	span(t, 0x8f, 0x8f, token, 2, 1)     // ldelema
	span(t, 0x90, 0x9a, noOperand, 2, 1) // ldelem
	span(t, 0x9b, 0xa2, noOperand, 3, 0) // stelem
	span(t, 0xa3, 0xa3, token, 2, 1)     // ldelem
	span(t, 0xa4, 0xa4, token, 3, 0)     // stelem
	span(t, 0xa5, 0xa5, token, 1, 1)     // unbox.any
	span(t, 0xc2, 0xc2, token, 1, 1)     // refanyval
	span(t, 0xc6, 0xc6, token, 1, 1)     // mkrefany
	span(t, 0xd0, 0xd0, token, 0, 1)     // ldtoken
	t[0x6f].call, t[0x73].call = true, true
}

// fillExtended covers the instructions after 0xfe.
func fillExtended(t *[256]instruction) {
	span(t, 0x00, 0x00, noOperand, 0, 1) // arglist
	span(t, 0x01, 0x05, noOperand, 2, 1) // ceq … clt.un
	span(t, 0x06, 0x06, token, 0, 1)     // ldftn
	span(t, 0x07, 0x07, token, 1, 1)     // ldvirtftn
	span(t, 0x09, 0x0a, twoBytes, 0, 1)  // ldarg, ldarga
	span(t, 0x0b, 0x0b, twoBytes, 1, 0)  // starg
	span(t, 0x0c, 0x0d, twoBytes, 0, 1)  // ldloc, ldloca
	span(t, 0x0e, 0x0e, twoBytes, 1, 0)  // stloc
	span(t, 0x0f, 0x0f, noOperand, 1, 1) // localloc
	span(t, 0x11, 0x11, noOperand, 1, 0) // endfilter
	span(t, 0x12, 0x12, oneByte, 0, 0)   // unaligned.
	span(t, 0x13, 0x14, noOperand, 0, 0) // volatile., tail.
	span(t, 0x15, 0x15, token, 1, 0)     // initobj
	span(t, 0x16, 0x16, token, 0, 0)     // constrained.
	span(t, 0x17, 0x18, noOperand, 3, 0) // cpblk, initblk
	span(t, 0x19, 0x19, oneByte, 0, 0)   // no.
	span(t, 0x1a, 0x1a, noOperand, 0, 0) // rethrow
	span(t, 0x1c, 0x1c, token, 0, 1)     // sizeof
	span(t, 0x1d, 0x1d, noOperand, 1, 1) // refanytype
	span(t, 0x1e, 0x1e, noOperand, 0, 0) // readonly.
	t[0x11].ends, t[0x1a].ends = true, true
}
