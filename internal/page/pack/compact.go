package main

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The code of a program, written to be packed: the symbols (symbols.go), then four
// streams, each behind its length. What belongs to instructions stands behind the symbol
// that they are in, or, of kinds that follow a law of their own, in a stream of theirs.

// Streams.
const (
	streamSymbols = iota // and whatever has no other
	streamOffsets        // of loads and stores
	streamNumbers        // of 64 bits
	streamGotos
	streams
)

func streamOf(op byte) int {
	switch {
	case isAccess(op):
		return streamOffsets
	case op == opI64Const:
		return streamNumbers
	case op == opGoto:
		return streamGotos
	}
	return streamSymbols
}

// compact writes a program with its code made small for packing, and makes sure that it
// comes back. It also gives the program as it does. Go writes the length of the code with
// more digits than it needs, which do not.
func compact(program []byte) (small, same []byte, err error) {
	if same, err = rewriteCode(program, (*body).keep); err != nil {
		return nil, nil, err
	}
	small, err = rewriteSection(program, codeSection, func(section []byte) ([]byte, error) {
		return compactCode(canonical(section)), nil
	})
	if err != nil {
		return nil, nil, err
	}
	if back, err := restored(small); err != nil || !bytes.Equal(back, same) {
		return nil, nil, errors.New("the program does not come back as it was")
	}
	return small, same, nil
}

func compactCode(functions []function) []byte {
	s := findSymbols(functions)
	out := binary.AppendUvarint(nil, uint64(len(functions)))
	out = s.append(out)
	var parts [streams][]byte
	for i, f := range functions {
		parts[streamSymbols] = append(parts[streamSymbols], f.locals...)
		at := 0
		for _, symbol := range s.text[i] {
			parts[streamSymbols] = append(parts[streamSymbols], byte(symbol))
			for _, one := range s.all[symbol] {
				if !one.fixed {
					to := streamOf(one.op)
					parts[to] = append(parts[to], f.instructions[at].with...)
				}
				at++
			}
		}
	}
	for _, part := range parts {
		out = append(binary.AppendUvarint(out, uint64(len(part))), part...)
	}
	return out
}

// restored is the inverse of compact.
func restored(program []byte) ([]byte, error) {
	return rewriteSection(program, codeSection, func(section []byte) ([]byte, error) {
		r := &restorer{}
		in := &body{in: section}
		count := in.unsigned()
		r.symbols = readSymbols(in)
		for i := range r.streams {
			size := int(in.unsigned())
			r.streams[i] = &body{in: in.in[in.at : in.at+size]}
			in.at += size
		}
		out := binary.AppendUvarint(nil, count)
		for number := range int(count) {
			code := r.function(number)
			out = append(binary.AppendUvarint(out, uint64(len(code))), code...)
		}
		return out, nil
	})
}

type restorer struct {
	symbols [][]part
	streams [streams]*body
	depth   int
	last    int64
	number  int
	out     []byte
}

func (r *restorer) function(number int) []byte {
	main := r.streams[streamSymbols]
	rest := &body{in: main.in[main.at:]}
	rest.locals()
	main.at += rest.at
	r.out, r.depth, r.last, r.number = rest.out, 0, 0, number
	for r.depth >= 0 {
		symbol := r.symbols[main.in[main.at]]
		main.at++
		for _, one := range symbol {
			from := r.streams[streamOf(one.op)]
			if one.fixed {
				from = &body{in: []byte(one.with)}
			}
			r.instruction(one.op, from)
		}
	}
	return r.out
}

// instruction writes one as WebAssembly has it.
func (r *restorer) instruction(op byte, from *body) {
	switch {
	case isBlock(op):
		r.depth++
		r.out = append(r.out, op, noResult)
	case op == opBlock:
		r.depth++
		r.out = append(r.out, from.in[from.at:from.at+2]...)
		from.at += 2
	case op == opEnd:
		r.depth--
		r.out = append(r.out, op)
	case op == opBranch || op == opBranch+1:
		r.out = binary.AppendUvarint(append(r.out, op), uint64(r.depth)-from.unsigned())
	case op == opTable:
		r.table(from)
	case isAccess(op):
		r.out = binary.AppendUvarint(append(r.out, op, alignment(op)), from.unsigned())
	case op == opGoto:
		r.out = appendSigned(append(r.out, opI32Const), r.last+from.signed())
	case op == opShort:
		r.last += from.signed()
		r.out = appendSigned(append(r.out, opI64Const), int64(r.number+firstFunction)<<16|r.last)
	default:
		from.out = from.out[:0]
		from.keep(op)
		r.out = append(r.out, from.out...)
	}
}

func (r *restorer) table(from *body) {
	targets := from.unsigned()
	r.out = binary.AppendUvarint(append(r.out, opTable), targets)
	place := int64(0)
	for range targets + 1 {
		place += from.signed()
		r.out = binary.AppendUvarint(r.out, uint64(place))
	}
}
