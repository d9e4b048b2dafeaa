package main

import (
	"encoding/binary"
	"errors"
)

var errWASM = errors.New("not a program as Go writes it")

// body is one function that is being rewritten.
type body struct {
	in, out []byte
	at      int
	number  int
	last    int64 // the last block
	depth   int   // of blocks
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
	case op == 0x0c, op == 0x0d, op == 0x10, op >= 0x20 && op <= 0x24:
		f.unsigned()
	case op == 0x11, op >= 0x28 && op <= 0x3e: // call_indirect; loads and stores
		f.unsigned()
		f.unsigned()
	case op == opI32Const, op == opI64Const:
		f.signed()
	case op == opTable:
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
