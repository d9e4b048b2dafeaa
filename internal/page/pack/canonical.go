package main

import "encoding/binary"

// What WebAssembly writes differently at each place, though it means the same, is the
// least packable part of a program. canonical writes instructions so that the same reads
// the same:
//
//   - The address at which a function goes on after each call is the function's own number
//     and a block of it, as one constant (cmd/internal/obj/wasm: PC_F and PC_B). The block
//     alone stays, as the distance from the one before.
//   - A branch counts blocks from the inside. Here it counts them from the outside: Go
//     leaves a function by the outermost, and goes to another block by the same loop.
//   - The number of the block to go to is given by its distance from the last one.
//   - The places of a table of branches rise by one mostly; the rise is written.
//   - The alignment of loads and stores, and that a block has no result, say nothing.
//
// restore.js is the way back in the browser, restored that of the tests and of pack.

const (
	opI32Const = 0x41
	opI64Const = 0x42
	opEnd      = 0x0b
	opBranch   = 0x0c
	opTable    = 0x0e
	// The following are numbers that WebAssembly gives to no instruction.
	opShort = 0x27 // an address of the function
	opBlock = 0xf8 // a block with a result: what block, and of what type
	opGoto  = 0xf9 // the number of a block that is gone to
	// firstFunction is PC_F of the first function of a program: imports do not count.
	firstFunction = 0x1000
	// noResult is the type of a block without a result.
	noResult = 0x40
)

// instruction is one with what belongs to it, as canonical writes it.
type instruction struct {
	op   byte
	with string
}

// function is what canonical makes of a function.
type function struct {
	locals       []byte
	instructions []instruction
}

// canonical reads the functions of a section.
func canonical(section []byte) []function {
	count, at := binary.Uvarint(section)
	all := make([]function, count)
	for number := range all {
		size, n := binary.Uvarint(section[at:])
		at += n
		f := &body{in: section[at : at+int(size)], number: number}
		f.locals()
		all[number].locals, f.out = f.out, nil
		for f.at < len(f.in) {
			all[number].instructions = append(all[number].instructions, f.canonical())
		}
		at += int(size)
	}
	return all
}

// canonical reads the next instruction of a function.
func (f *body) canonical() instruction {
	op := f.in[f.at]
	f.at++
	from := f.at
	switch {
	case isBlock(op):
		f.depth++
		f.at++
		if f.in[from] != noResult {
			return instruction{opBlock, string([]byte{op, f.in[from]})}
		}
		return instruction{op: op}
	case op == opEnd:
		f.depth--
		return instruction{op: op}
	case op == opBranch || op == opBranch+1:
		return instruction{op, string(binary.AppendUvarint(nil, uint64(f.depth)-f.unsigned()))}
	case op == opTable:
		return instruction{op, f.rises()}
	case isAccess(op):
		if f.unsigned() != uint64(alignment(op)) {
			panic(errWASM) // rewriteSection makes it an error
		}
		from = f.at
		f.unsigned()
		return instruction{op, string(f.in[from:f.at])}
	case op == opI32Const:
		return f.number32()
	case op == opI64Const:
		return f.address()
	}
	f.at = from
	f.out = f.out[:0]
	f.keep(op)
	return instruction{op, string(f.out[1:])}
}

func isBlock(op byte) bool  { return op >= 0x02 && op <= 0x04 }
func isAccess(op byte) bool { return op >= 0x28 && op <= 0x3e }

// alignment is what Go gives with a load or store: that of what is read, as a power of
// two (WebAssembly 2.0, section 5.4.7).
func alignment(op byte) byte {
	const powers = "\x02\x03\x02\x03\x00\x00\x01\x01\x00\x00\x01\x01\x02\x02\x02\x03\x02\x03\x00\x01\x00\x01\x02" // from i32.load on
	return powers[op-0x28]
}

// rises are the places of a table of branches.
func (f *body) rises() string {
	targets := f.unsigned()
	out := binary.AppendUvarint(nil, targets)
	last := int64(0)
	for range targets + 1 {
		place := int64(f.unsigned())
		out = appendSigned(out, place-last)
		last = place
	}
	return string(out)
}

// number32 tells the number of a block, which is put into the first local before a branch
// to the loop, from other numbers.
func (f *body) number32() instruction {
	from := f.at
	value := f.signed()
	if next := f.in[f.at:]; len(next) > 2 && next[0] == 0x21 && next[1] == 0 && next[2] == opBranch {
		return instruction{opGoto, string(appendSigned(nil, value-f.last))}
	}
	return instruction{opI32Const, string(f.in[from:f.at])}
}

func (f *body) address() instruction {
	from := f.at
	value := f.signed()
	if value>>16 != int64(f.number+firstFunction) {
		return instruction{opI64Const, string(f.in[from:f.at])}
	}
	block := value & 0xffff
	distance := block - f.last
	f.last = block
	return instruction{opShort, string(appendSigned(nil, distance))}
}
