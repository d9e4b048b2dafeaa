package program

import (
	"bytes"
	"math/bits"

	"tlsready/internal/message"
)

// Limits of metadata: a stream name has at most 32 characters (ECMA-335,
// II.24.2.2), a version string 255 bytes (II.24.2.1); five streams are defined.
const (
	maxStreams     = 16
	maxVersion     = 255
	maxRows        = 1 << 24 // what an index of 3 bytes in a token reaches
	metadataMagic  = 0x424a5342
	cliHeaderSize  = 72
	maxIdentifier  = 1023 // the longest name that compilers write
	maxUserStrings = 1 << 20
)

// Flags of the CLI header (ECMA-335, II.25.3.3.1, and CorFlags).
const (
	flagILOnly         = 0x1
	flag32BitRequired  = 0x2
	flag32BitPreferred = 0x20000
)

// metadata is the CLI metadata of an image, ready to look into.
type metadata struct {
	flags   uint32 // of the CLI header
	version string // metadata root version: "v4.0.30319"
	strings []byte
	blobs   []byte
	user    []byte // user strings
	rows    [64]uint32
	tables  [tableCount]table
}

// table is one metadata table: its bytes and where its columns lie.
type table struct {
	data   []byte
	size   int // of a row
	at     []int
	width  []int
	layout []column
}

// damaged is the error of metadata that cannot be read.
func damaged(id string, args ...message.Arg) error {
	return message.Error("program-file.metadata", message.Sub("why", message.New(id, args...)))
}

// openMetadata reads the CLI header and the metadata root (ECMA-335, II.25.3.3,
// II.24.2).
func openMetadata(im *image) (*metadata, error) {
	header := im.at(im.dirs[dirCLI].rva, cliHeaderSize)
	if header == nil {
		return nil, damaged("program-file.cli-header", message.Hex("at", im.dirs[dirCLI].rva))
	}
	rva, size := le.Uint32(header[8:]), le.Uint32(header[12:])
	root := im.at(rva, size)
	if len(root) < 20 || le.Uint32(root) != metadataMagic {
		return nil, damaged("program-file.no-metadata", message.Hex("at", rva))
	}
	m := &metadata{flags: le.Uint32(header[16:])}
	length := le.Uint32(root[12:])
	if length > maxVersion+1 || uint64(length)+20 > uint64(len(root)) {
		return nil, damaged("program-file.version-length", message.Int("size", length))
	}
	version, _, _ := bytes.Cut(root[16:16+length], []byte{0})
	m.version = string(version)
	return m, m.readStreams(root, int(16+length))
}

func (m *metadata) readStreams(root []byte, at int) error {
	count := int(le.Uint16(root[at+2:]))
	if count > maxStreams {
		return damaged("program-file.streams", message.Int("count", count))
	}
	headers := root[at+4:]
	var tables []byte
	for range count {
		if len(headers) < 12 {
			return damaged("program-file.streams-cut")
		}
		offset, size := uint64(le.Uint32(headers)), uint64(le.Uint32(headers[4:]))
		name, _, ok := bytes.Cut(headers[8:min(len(headers), 40)], []byte{0})
		if !ok || offset+size > uint64(len(root)) {
			return damaged("program-file.stream-outside", message.Int("size", size), message.Hex("offset", offset))
		}
		content := root[offset : offset+size]
		switch string(name) {
		case "#Strings":
			m.strings = content
		case "#Blob":
			m.blobs = content
		case "#US":
			m.user = content
		case "#~", "#-":
			tables = content
		}
		headers = headers[min(len(headers), 8+(len(name)+4)&^3):]
	}
	if tables == nil {
		return damaged("program-file.no-tables")
	}
	return m.readTables(tables)
}

// readTables cuts the stream of tables (ECMA-335, II.24.2.6).
func (m *metadata) readTables(data []byte) error {
	if len(data) < 24 {
		return damaged("program-file.tables-cut")
	}
	wide, valid := data[6], le.Uint64(data[8:])
	rest := data[24:]
	if len(rest) < 4*bits.OnesCount64(valid) {
		return damaged("program-file.rows-cut")
	}
	for i := range 64 {
		if valid&(1<<i) == 0 {
			continue
		}
		if m.rows[i] = le.Uint32(rest); m.rows[i] > maxRows {
			return damaged("program-file.table-rows", message.Hex("table", i), message.Int("rows", m.rows[i]))
		}
		rest = rest[4:]
	}
	if wide&0x40 != 0 { // edit-and-continue leaves a number here
		rest = rest[min(4, len(rest)):]
	}
	for i, layout := range schema() {
		t := &m.tables[i]
		t.layout = layout
		for _, c := range layout {
			w := c.width(&m.rows, wide)
			t.at, t.width, t.size = append(t.at, t.size), append(t.width, w), t.size+w
		}
		size := uint64(m.rows[i]) * uint64(t.size)
		if size > uint64(len(rest)) {
			return damaged("program-file.table-outside", message.Hex("table", i), message.Int("rows", m.rows[i]))
		}
		t.data, rest = rest[:size], rest[size:]
	}
	return nil
}

// cell is one number of a row; rows count from 1. A row that is not there is
// all zero.
func (m *metadata) cell(tab int, row uint32, col int) uint32 {
	t := &m.tables[tab]
	if row == 0 || row > m.rows[tab] || tab >= tableCount {
		return 0
	}
	at := int(row-1)*t.size + t.at[col]
	if t.width[col] == 2 {
		return uint32(le.Uint16(t.data[at:]))
	}
	return le.Uint32(t.data[at:])
}

// coded is a cell that points into one of several tables; the table is none
// if the cell points nowhere.
func (m *metadata) coded(tab int, row uint32, col int) (to byte, index uint32) {
	c := &m.tables[tab].layout[col]
	return c.decode(m.cell(tab, row, col))
}

func (c *column) decode(n uint32) (to byte, index uint32) {
	tag := int(n & (1<<c.tag - 1))
	if tag >= len(c.tables) {
		return none, 0
	}
	return c.tables[tag], n >> c.tag
}

// text is a string of the strings heap.
func (m *metadata) text(at uint32) string {
	if uint64(at) >= uint64(len(m.strings)) {
		return ""
	}
	b := m.strings[at:]
	b = b[:min(len(b), maxIdentifier)]
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return string(b)
}

// blob is an entry of the blob heap (ECMA-335, II.24.2.4).
func (m *metadata) blob(at uint32) []byte {
	if uint64(at) >= uint64(len(m.blobs)) {
		return nil
	}
	n, b, ok := compressed(m.blobs[at:])
	if !ok || uint64(n) > uint64(len(b)) {
		return nil
	}
	return b[:n]
}

// compressed reads a number of one, two or four bytes (ECMA-335, II.23.2).
func compressed(b []byte) (n uint32, rest []byte, ok bool) {
	switch {
	case len(b) >= 1 && b[0]&0x80 == 0:
		return uint32(b[0]), b[1:], true
	case len(b) >= 2 && b[0]&0xc0 == 0x80:
		return uint32(b[0]&0x3f)<<8 | uint32(b[1]), b[2:], true
	case len(b) >= 4 && b[0]&0xe0 == 0xc0:
		return uint32(b[0]&0x1f)<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), b[4:], true
	}
	return 0, nil, false
}

// typeName is the full name of a type by its table and row; "" for others than
// TypeDef and TypeRef.
func (m *metadata) typeName(tab byte, row uint32) string {
	if tab != tTypeRef && tab != tTypeDef {
		return ""
	}
	// Both tables hold name and namespace in columns 1 and 2.
	name, space := m.text(m.cell(int(tab), row, 1)), m.text(m.cell(int(tab), row, 2))
	if space == "" {
		return name
	}
	return space + "." + name
}

// ownerOf is the TypeDef row that holds a method: the last whose list of methods
// begins at or before it.
func (m *metadata) ownerOf(method uint32) uint32 {
	low, high := uint32(1), m.rows[tTypeDef]+1
	for low < high {
		mid := low + (high-low)/2
		if m.cell(tTypeDef, mid, 5) <= method {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low - 1
}

// methodName is "Namespace.Type.Method".
func (m *metadata) methodName(method uint32) string {
	name := m.text(m.cell(tMethodDef, method, 3))
	if owner := m.typeName(tTypeDef, m.ownerOf(method)); owner != "" {
		return owner + "." + name
	}
	return name
}

// targetFramework is the text of the assembly's TargetFrameworkAttribute
// (ECMA-335, II.22.10 and II.23.3), such as ".NETFramework,Version=v4.7.2".
func (m *metadata) targetFramework() (text string, found bool) {
	for row := uint32(1); row <= m.rows[tCustomAttribute]; row++ {
		if to, _ := m.coded(tCustomAttribute, row, 0); to != tAssembly {
			continue
		}
		if m.attributeType(row) != "System.Runtime.Versioning.TargetFrameworkAttribute" {
			continue
		}
		b := m.blob(m.cell(tCustomAttribute, row, 2))
		if len(b) < 3 || b[0] != 1 || b[1] != 0 {
			return "", true
		}
		n, rest, ok := compressed(b[2:])
		if !ok || uint64(n) > uint64(len(rest)) {
			return "", true
		}
		return string(rest[:n]), true
	}
	return "", false
}

func (m *metadata) attributeType(row uint32) string {
	switch to, index := m.coded(tCustomAttribute, row, 1); to {
	case tMemberRef:
		tab, owner := m.coded(tMemberRef, index, 0)
		return m.typeName(tab, owner)
	case tMethodDef:
		return m.typeName(tTypeDef, m.ownerOf(index))
	}
	return ""
}

// names lists one text column of a table.
func (m *metadata) names(tab, col int) []string {
	var list []string
	for row := uint32(1); row <= m.rows[tab]; row++ {
		list = append(list, m.text(m.cell(tab, row, col)))
	}
	return list
}

// userStrings yields the texts that the program's code holds (ECMA-335,
// II.24.2.4), as UTF-16LE.
func (m *metadata) userStrings(yield func([]byte) bool) {
	rest := m.user
	for range maxUserStrings {
		n, b, ok := compressed(rest)
		if !ok || uint64(n) > uint64(len(b)) {
			return
		}
		if n > 1 && !yield(b[:n-1]) { // the last byte is a flag
			return
		}
		rest = b[n:]
		if len(rest) == 0 {
			return
		}
	}
}
