package program

import (
	"bytes"
	"encoding/binary"

	"tlsready/internal/message"
)

// Data directories of a PE image that are read here (PE format, "Optional
// Header Data Directories").
const (
	dirImport      = 1
	dirDelayImport = 13
	dirCLI         = 14
	dirCount       = 16
)

// Machine types (PE format, "Machine Types").
const (
	machineX86   = 0x014c
	machineX64   = 0x8664
	machineARM64 = 0xaa64
)

// Limits of an image. Windows itself refuses more than 96 sections; no program
// has a thousand import tables.
const (
	maxSections = 96
	maxImports  = 1024
	maxName     = 512
)

// image is a PE file whose headers were checked.
type image struct {
	data     []byte
	machine  uint16
	plus     bool // PE32+: 64-bit
	dll      bool
	base     uint64
	headers  uint32 // size of the headers
	dirs     [dirCount]directory
	sections []section
}

type directory struct{ rva, size uint32 }

type section struct{ rva, size, raw, rawSize uint32 }

var le = binary.LittleEndian

func openImage(data []byte) (*image, error) {
	if len(data) < 0x40 {
		return nil, message.Error("program-file.dos-cut", message.Hex("offset", len(data)))
	}
	at := uint64(le.Uint32(data[0x3c:]))
	if at+24 > uint64(len(data)) {
		return nil, message.Error("program-file.pe-outside", message.Hex("at", at))
	}
	if !bytes.Equal(data[at:at+4], []byte("PE\x00\x00")) {
		return nil, message.Error("program-file.no-pe", message.Hex("offset", at))
	}
	coff := data[at+4:]
	im := &image{data: data, machine: le.Uint16(coff), dll: le.Uint16(coff[18:])&0x2000 != 0}
	count, optional := int(le.Uint16(coff[2:])), uint64(le.Uint16(coff[16:]))
	if at+24+optional > uint64(len(data)) {
		return nil, message.Error("program-file.optional-cut", message.Hex("offset", at+24))
	}
	if err := im.readOptional(coff[20:20+optional], at+24); err != nil {
		return nil, err
	}
	return im, im.readSections(count, at+24+optional)
}

func (im *image) readOptional(opt []byte, at uint64) error {
	if len(opt) < 2 {
		return message.Error("program-file.no-optional", message.Hex("offset", at))
	}
	dirs := 96
	switch le.Uint16(opt) {
	case 0x10b:
	case 0x20b:
		im.plus, dirs = true, 112
	default:
		return message.Error("program-file.optional-kind", message.Hex("offset", at), message.Hex("kind", le.Uint16(opt)))
	}
	if len(opt) < dirs {
		return message.Error("program-file.optional-short", message.Hex("offset", at))
	}
	if im.plus {
		im.base = le.Uint64(opt[24:])
	} else {
		im.base = uint64(le.Uint32(opt[28:]))
	}
	im.headers = le.Uint32(opt[60:])
	n := min(le.Uint32(opt[dirs-4:]), dirCount, uint32(len(opt)-dirs)/8)
	for i := range n {
		d := opt[dirs+int(i)*8:]
		im.dirs[i] = directory{le.Uint32(d), le.Uint32(d[4:])}
	}
	return nil
}

func (im *image) readSections(count int, at uint64) error {
	if count > maxSections {
		return message.Error("program-file.sections", message.Hex("offset", at), message.Int("count", count))
	}
	if at+uint64(count)*40 > uint64(len(im.data)) {
		return message.Error("program-file.section-table", message.Hex("offset", at))
	}
	for i := range count {
		s := im.data[at+uint64(i)*40:]
		im.sections = append(im.sections, section{
			size: le.Uint32(s[8:]), rva: le.Uint32(s[12:]), rawSize: le.Uint32(s[16:]), raw: le.Uint32(s[20:]),
		})
	}
	return nil
}

// from gives the bytes from a virtual address to the end of what the file holds
// of its section; nil if the address is in no section.
func (im *image) from(rva uint32) []byte {
	if rva < im.headers && uint64(rva) < uint64(len(im.data)) {
		return im.data[rva:min(uint64(im.headers), uint64(len(im.data)))]
	}
	for _, s := range im.sections {
		if rva < s.rva || rva-s.rva >= s.rawSize {
			continue
		}
		start := uint64(s.raw) + uint64(rva-s.rva)
		end := min(uint64(s.raw)+uint64(s.rawSize), uint64(len(im.data)))
		if start >= end {
			return nil
		}
		return im.data[start:end]
	}
	return nil
}

// at gives size bytes from a virtual address on; nil if the file does not hold them.
func (im *image) at(rva, size uint32) []byte {
	b := im.from(rva)
	if uint64(size) > uint64(len(b)) {
		return nil
	}
	return b[:size]
}

// name reads a zero-ended string.
func (im *image) name(rva uint32) string {
	b := im.from(rva)
	end := bytes.IndexByte(b[:min(len(b), maxName)], 0)
	if end < 0 {
		return ""
	}
	return string(b[:end])
}

// imports names the libraries that the image binds to, at once or on first use.
func (im *image) imports() []string {
	var names []string
	add := func(name string) {
		if name != "" {
			names = append(names, name)
		}
	}
	table := im.from(im.dirs[dirImport].rva)
	for i := 0; im.dirs[dirImport].rva != 0 && i < maxImports && len(table) >= 20 && le.Uint32(table[12:]) != 0; i++ {
		add(im.name(le.Uint32(table[12:])))
		table = table[20:]
	}
	table = im.from(im.dirs[dirDelayImport].rva)
	for i := 0; im.dirs[dirDelayImport].rva != 0 && i < maxImports && len(table) >= 32 && le.Uint32(table[4:]) != 0; i++ {
		at := uint64(le.Uint32(table[4:]))
		if le.Uint32(table)&1 == 0 && at > im.base { // old linkers wrote addresses with the base
			at -= im.base
		}
		add(im.name(uint32(at)))
		table = table[32:]
	}
	return names
}

// bits is the width of native code in the image.
func (im *image) bits() string {
	if im.plus {
		return "x64"
	}
	return "x86"
}
