package program

import (
	"bytes"
	"slices"
	"strings"

	"tlsready/internal/program/scripts"
)

// scanFactor bounds how much code is followed, as a multiple of the file's size:
// damaged tables can name the same body many times.
const scanFactor = 2

// maxHits bounds the places that are kept; a program that names versions in more
// has said enough.
const maxHits = 1000

// usesTLSEnums says whether the module knows the enumerations of TLS versions at
// all; without them no code has to be followed.
func (m *metadata) usesTLSEnums() bool {
	for row := uint32(1); row <= m.rows[tTypeRef]; row++ {
		if isTLSEnum(m.typeName(tTypeRef, row)) {
			return true
		}
	}
	return false
}

// protocolCode finds the places where the module's code hands TLS versions to
// something; whole is false if there was too much code to follow.
func (m *metadata) protocolCode(im *image) (hits []hit, whole bool) {
	if !m.usesTLSEnums() {
		return nil, true
	}
	a := &analysis{m: m, table: newInstructions(), fields: map[uint32]value{}, calls: map[uint32]call{}}
	budget := scanFactor * len(im.data)
	for _, report := range []bool{false, true} { // the first time to learn what fields hold
		left := budget
		for row := uint32(1); row <= m.rows[tMethodDef]; row++ {
			code := m.body(im, row)
			if left -= len(code); left < 0 || len(a.hits) > maxHits {
				return clientHits(a.hits), false
			}
			if code != nil {
				a.follow(code, m.methodName(row), report)
			}
		}
	}
	return clientHits(a.hits), true
}

// body is the code of a method (ECMA-335, II.25.4); nil if it has none.
func (m *metadata) body(im *image, row uint32) []byte {
	rva := m.cell(tMethodDef, row, 0)
	if rva == 0 {
		return nil
	}
	b := im.from(rva)
	if len(b) == 0 {
		return nil
	}
	size, head := 0, 0
	switch b[0] & 3 {
	case 2:
		size, head = int(b[0]>>2), 1
	case 3:
		if len(b) < 12 {
			return nil
		}
		size, head = int(le.Uint32(b[4:])), 12
	}
	if head == 0 || size > len(b)-head {
		return nil
	}
	return b[head : head+size]
}

// clientHits leaves out what concerns servers alone, and comparisons.
func clientHits(hits []hit) []hit {
	return slices.DeleteFunc(hits, func(h hit) bool {
		return strings.Contains(h.to, "AsServer") || strings.Contains(h.to, "ServerAuthentication") ||
			strings.HasPrefix(h.to, "System.Enum.") || strings.HasSuffix(h.to, ".op_Equality")
	})
}

// scriptStrings finds texts in the program that are PowerShell and name TLS
// versions.
func (m *metadata) scriptStrings() []named {
	var found []named
	want := []byte("S\x00e\x00c\x00u\x00r\x00i\x00t\x00y\x00P\x00r\x00o\x00t\x00o\x00c\x00o\x00l\x00")
	for text := range m.userStrings {
		if bytes.Contains(text, want) {
			for _, u := range scripts.PowerShell(utf16LE(text), false, nil).Uses {
				if u.Set && u.Stack == scripts.Framework {
					found = append(found, named{versions: u.Versions, adds: u.Adds, without: u.Without, to: u.To, line: u.Line})
				}
			}
		}
	}
	return found
}
