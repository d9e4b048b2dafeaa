package main

import (
	"bytes"
	"encoding/binary"
)

// withMemory gives a program whose memory begins as change makes it (WebAssembly 2.0, section
// 5.5.14: Go writes its data as pieces at constant places, between which it is zero).
func withMemory(program []byte, change func(memory []byte) error) ([]byte, error) {
	return rewriteSection(program, dataSection, func(section []byte) ([]byte, error) {
		memory := readPieces(section)
		if err := change(memory); err != nil {
			return nil, err
		}
		return appendPieces(nil, memory), nil
	})
}

// dataSection is the id of the section with the data.
const dataSection = 11

// readPieces puts the pieces of a section into memory.
func readPieces(section []byte) []byte {
	var memory []byte
	b := &body{in: section}
	for count := b.unsigned(); count > 0; count-- {
		b.at += 2 // memory 0, i32.const
		at := int(b.signed())
		b.at++ // end
		size := int(b.unsigned())
		memory = append(memory, make([]byte, max(0, at+size-len(memory)))...)
		copy(memory[at:], b.in[b.at:b.at+size])
		b.at += size
	}
	return memory
}

// appendPieces writes memory as pieces without its longer runs of zeros.
func appendPieces(out, memory []byte) []byte {
	const run = 64 // bytes; a piece costs ten
	var pieces []byte
	count := uint64(0)
	for at := 0; ; {
		for at < len(memory) && memory[at] == 0 {
			at++
		}
		if at == len(memory) {
			break
		}
		size := bytes.Index(memory[at:], make([]byte, run))
		if size < 0 {
			size = len(memory) - at
		}
		pieces = append(appendSigned(append(pieces, 0, 0x41), int64(at)), 0x0b)
		pieces = append(binary.AppendUvarint(pieces, uint64(size)), memory[at:at+size]...)
		count++
		at += size
	}
	return append(binary.AppendUvarint(out, count), pieces...)
}
