package main

import "encoding/binary"

// rewriteSection gives a program whose section of an id is as change makes it (WebAssembly
// 2.0, section 5.5: each section has its id, its size and its content).
func rewriteSection(program []byte, id byte, change func(section []byte) ([]byte, error)) (result []byte, err error) {
	defer func() {
		if recover() != nil { // an index out of range: what is cut is no program
			result, err = nil, errWASM
		}
	}()
	const header = 8
	result = append(result, program[:header]...)
	for rest := program[header:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 {
			return nil, errWASM
		}
		start, end := 1+n, 1+n+int(size)
		if rest[0] != id {
			result = append(result, rest[:end]...)
		} else {
			section, err := change(rest[start:end])
			if err != nil {
				return nil, err
			}
			result = append(binary.AppendUvarint(append(result, id), uint64(len(section))), section...)
		}
		rest = rest[end:]
	}
	return result, nil
}
