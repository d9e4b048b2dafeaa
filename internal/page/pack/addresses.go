package main

import (
	"encoding/binary"
	"errors"
)

// Go's programs for WebAssembly push the address at which a function goes on after each
// call: the function's own number and a block of it, as one constant. Such constants
// differ everywhere, which makes them the least packable part of the program. shorten
// writes the block alone, as the distance from the one before, and lengthen puts it back.
// (cmd/internal/obj/wasm: PC_F and PC_B; the binary format: WebAssembly 2.0, section 5.)
//
// restore.js is lengthen in the browser.

const (
	opI64Const = 0x42
	// opShort is a number that WebAssembly gives to no instruction.
	opShort = 0x27
	// firstFunction is PC_F of the first function of a program: imports do not count.
	firstFunction = 0x1000
)

var errWASM = errors.New("not a program as Go writes it")

// shorten rewrites the code of a program.
func shorten(program []byte) ([]byte, error) {
	return rewriteCode(program, func(f *body, op byte) {
		if op != opI64Const {
			f.keep(op)
			return
		}
		from := f.at
		value := f.signed()
		if value>>16 != int64(f.number+firstFunction) {
			f.out = append(append(f.out, op), f.in[from:f.at]...)
			return
		}
		block := value & 0xffff
		f.out = appendSigned(append(f.out, opShort), block-f.last)
		f.last = block
	})
}

// lengthen is the inverse of shorten.
func lengthen(program []byte) ([]byte, error) {
	return rewriteCode(program, func(f *body, op byte) {
		if op != opShort {
			f.keep(op)
			return
		}
		f.last += f.signed()
		f.out = appendSigned(append(f.out, opI64Const), int64(f.number+firstFunction)<<16|f.last)
	})
}

// body is one function that is being rewritten.
type body struct {
	in, out []byte
	at      int
	number  int
	last    int64 // the last block
}

// codeSection is the id of the section with the functions.
const codeSection = 10

// rewriteCode gives each instruction of each function to one, which writes it anew.
func rewriteCode(program []byte, one func(f *body, op byte)) ([]byte, error) {
	return rewriteSection(program, codeSection, func(section []byte) ([]byte, error) {
		return rewriteBodies(section, one), nil
	})
}

func rewriteBodies(section []byte, one func(f *body, op byte)) []byte {
	count, at := binary.Uvarint(section)
	out := binary.AppendUvarint(nil, count)
	for number := range int(count) {
		size, n := binary.Uvarint(section[at:])
		at += n
		f := &body{in: section[at : at+int(size)], number: number}
		f.locals()
		for f.at < len(f.in) {
			op := f.in[f.at]
			f.at++
			one(f, op)
		}
		out = append(binary.AppendUvarint(out, uint64(len(f.out))), f.out...)
		at += int(size)
	}
	return out
}

// locals copies the kinds of a function's variables.
func (f *body) locals() {
	for groups := f.unsigned(); groups > 0; groups-- {
		f.unsigned()
		f.at++
	}
	f.out = append(f.out, f.in[:f.at]...)
}

// keep copies an instruction with what belongs to it.
func (f *body) keep(op byte) {
	from := f.at
	switch {
	case op >= 0x02 && op <= 0x04, op == 0x3f, op == 0x40: // block, loop, if; memory.size, memory.grow
		f.at++
	case op == 0x0c, op == 0x0d, op == 0x10, op >= 0x20 && op <= 0x24, op == 0x41, op == opI64Const, op == opShort:
		f.unsigned()
	case op == 0x11, op >= 0x28 && op <= 0x3e: // call_indirect; loads and stores
		f.unsigned()
		f.unsigned()
	case op == 0x0e: // br_table
		for targets := f.unsigned() + 1; targets > 0; targets-- {
			f.unsigned()
		}
	case op == 0x43: // f32.const
		f.at += 4
	case op == 0x44: // f64.const
		f.at += 8
	case op == 0xfc:
		switch f.unsigned() {
		case 8: // memory.init
			f.unsigned()
			f.at++
		case 10: // memory.copy
			f.at += 2
		case 11: // memory.fill
			f.at++
		}
	}
	f.out = append(append(f.out, op), f.in[from:f.at]...)
}

func (f *body) unsigned() uint64 {
	value, n := binary.Uvarint(f.in[f.at:])
	f.at += max(n, 1)
	return value
}

// signed reads a number in signed LEB128.
func (f *body) signed() int64 {
	var value int64
	for shift := uint(0); ; shift += 7 {
		b := f.in[f.at]
		f.at++
		value |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 && shift+7 < 64 {
				value |= -1 << (shift + 7)
			}
			return value
		}
	}
}

func appendSigned(out []byte, value int64) []byte {
	for {
		b := byte(value & 0x7f)
		value >>= 7
		if value == 0 && b&0x40 == 0 || value == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}
