package program

import (
	"encoding/binary"
	"unicode/utf16"
)

// spec is a small PE image to build.
type spec struct {
	plus    bool
	dll     bool
	machine uint16
	imports []string
	delayed []string
	text    string // bytes that stand in the image
	clr     *clrSpec
}

// clrSpec is the .NET part of an image: one type with one method.
type clrSpec struct {
	version    string
	flags      uint32
	target     string   // text of TargetFrameworkAttribute; "" for none
	refs       []string // assemblies that it refers to
	code       []byte   // CIL of P.Main
	userString string
}

// Tokens that the code of a clrSpec may call.
const (
	tokSet  = 0x0a000002 // void ServicePointManager::set_SecurityProtocol(SecurityProtocolType)
	tokGet  = 0x0a000003 // SecurityProtocolType ServicePointManager::get_SecurityProtocol()
	tokAuth = 0x0a000004 // instance void SslStream::AuthenticateAsClient(string, SslProtocols, bool)
)

const sectionRVA, sectionRaw = 0x1000, 0x400

// build lays the image out in one section.
func (s spec) build() []byte {
	opt := 96 + 128
	if s.plus {
		opt += 16
	}
	head := make([]byte, 0x40+24+opt+40)
	copy(head, "MZ")
	le.PutUint32(head[0x3c:], 0x40)
	copy(head[0x40:], "PE\x00\x00")
	coff := head[0x44:]
	le.PutUint16(coff, s.machine)
	le.PutUint16(coff[2:], 1)
	le.PutUint16(coff[16:], uint16(opt))
	if s.dll {
		le.PutUint16(coff[18:], 0x2000)
	}
	o := coff[20:]
	dirs := o[96:]
	le.PutUint16(o, 0x10b)
	if s.plus {
		le.PutUint16(o, 0x20b)
		dirs = o[112:]
	}
	le.PutUint32(o[60:], sectionRaw)
	if s.plus {
		le.PutUint32(o[108:], 16)
	} else {
		le.PutUint32(o[92:], 16)
	}
	body := s.body(dirs)
	sec := head[0x40+24+opt:]
	copy(sec, ".text")
	le.PutUint32(sec[8:], uint32(len(body)))
	le.PutUint32(sec[12:], sectionRVA)
	le.PutUint32(sec[16:], uint32(len(body)))
	le.PutUint32(sec[20:], sectionRaw)
	return append(append(head, make([]byte, sectionRaw-len(head))...), body...)
}

// body is the section; the directories are filled in on the way.
func (s spec) body(dirs []byte) []byte {
	body := make([]byte, 16) // so that no table lies at the very beginning
	names := func(list []string) []uint32 {
		var at []uint32
		for _, n := range list {
			at = append(at, sectionRVA+uint32(len(body)))
			body = append(append(body, n...), 0)
		}
		return at
	}
	table := func(dir, size, field int, at []uint32, attribute uint32) {
		if len(at) == 0 {
			return
		}
		le.PutUint32(dirs[dir*8:], sectionRVA+uint32(len(body)))
		le.PutUint32(dirs[dir*8+4:], uint32(size*(len(at)+1)))
		for _, rva := range at {
			row := make([]byte, size)
			le.PutUint32(row, attribute)
			le.PutUint32(row[field:], rva)
			body = append(body, row...)
		}
		body = append(body, make([]byte, size)...)
	}
	table(dirImport, 20, 12, names(s.imports), 0)
	table(dirDelayImport, 32, 4, names(s.delayed), 1)
	body = append(body, s.text...)
	if s.clr != nil {
		body = s.clr.append(body, dirs)
	}
	return append(body, make([]byte, 64)...)
}

func u16(n int) []byte    { return binary.LittleEndian.AppendUint16(nil, uint16(n)) }
func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

// heap collects entries and gives their places.
type heap struct{ b []byte }

func (h *heap) text(s string) []byte {
	at := len(h.b)
	h.b = append(append(h.b, s...), 0)
	return u16(at)
}

func (h *heap) blob(b ...byte) []byte {
	at := len(h.b)
	h.b = append(append(h.b, byte(len(b))), b...)
	return u16(at)
}

// append writes the method's body, the metadata and the CLI header.
func (c *clrSpec) append(body, dirs []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	method := sectionRVA + uint32(len(body))
	fat := append(append(u16(0x3003), u16(8)...), append(u32(uint32(len(c.code))), u32(0)...)...)
	body = append(append(body, fat...), c.code...)
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	root := c.metadata(method)
	at := sectionRVA + uint32(len(body))
	body = append(body, root...)
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	header := make([]byte, cliHeaderSize)
	le.PutUint32(header, cliHeaderSize)
	le.PutUint32(header[8:], at)
	le.PutUint32(header[12:], uint32(len(root)))
	le.PutUint32(header[16:], c.flags)
	le.PutUint32(dirs[dirCLI*8:], sectionRVA+uint32(len(body)))
	le.PutUint32(dirs[dirCLI*8+4:], cliHeaderSize)
	return append(body, header...)
}

func cat(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// metadata lays out the tables by hand, as ECMA-335, II.22 and II.24 have them,
// all indexes two bytes wide.
func (c *clrSpec) metadata(method uint32) []byte {
	str, blob := &heap{b: []byte{0}}, &heap{b: []byte{0}}
	typeRef := func(space, name string) []byte { // in the first assembly
		return cat(u16(1<<2|2), str.text(name), str.text(space))
	}
	enum, ssl := byte(2<<2|1), byte(3<<2|1) // TypeRef rows 2 and 3 as TypeDefOrRef
	memberRef := func(row int, name string, sig ...byte) []byte {
		return cat(u16(row<<3|1), str.text(name), blob.blob(sig...))
	}
	var refs []byte
	for _, name := range append([]string{"mscorlib"}, c.refs...) {
		refs = append(refs, cat(make([]byte, 12), u16(0), str.text(name), u16(0), u16(0))...)
	}
	var attribute []byte
	rows := 0
	if c.target != "" {
		value := cat([]byte{1, 0, byte(len(c.target))}, []byte(c.target), []byte{0, 0})
		attribute, rows = cat(u16(1<<5|14), u16(1<<3|3), blob.blob(value...)), 1
	}
	tables := []struct {
		id, rows int
		data     []byte
	}{
		{tModule, 1, cat(u16(0), str.text("p.exe"), u16(0), u16(0), u16(0))},
		{tTypeRef, 5, cat(
			typeRef("System.Runtime.Versioning", "TargetFrameworkAttribute"),
			typeRef("System.Net", "SecurityProtocolType"),
			typeRef("System.Security.Authentication", "SslProtocols"),
			typeRef("System.Net", "ServicePointManager"),
			typeRef("System.Net.Security", "SslStream"))},
		{tTypeDef, 1, cat(u32(0), str.text("P"), str.text("Demo"), u16(0), u16(1), u16(1))},
		{tMethodDef, 1, cat(u32(method), u16(0), u16(0), str.text("Main"), blob.blob(0, 0, 1), u16(1))},
		{tMemberRef, 4, cat(
			memberRef(1, ".ctor", 0x20, 1, 1, 0x0e),
			memberRef(4, "set_SecurityProtocol", 0, 1, 1, 0x11, enum),
			memberRef(4, "get_SecurityProtocol", 0, 0, 0x11, enum),
			memberRef(5, "AuthenticateAsClient", 0x20, 3, 1, 0x0e, 0x11, ssl, 0x02))},
		{tCustomAttribute, rows, attribute},
		{tAssembly, 1, cat(make([]byte, 16), u16(0), str.text("p"), u16(0))},
		{tAssemblyRef, 1 + len(c.refs), refs},
	}
	var valid uint64
	var counts, data []byte
	for _, t := range tables {
		if t.rows > 0 {
			valid |= 1 << t.id
			counts, data = append(counts, u32(uint32(t.rows))...), append(data, t.data...)
		}
	}
	stream := cat(make([]byte, 8), binary.LittleEndian.AppendUint64(nil, valid), make([]byte, 8), counts, data)
	return c.root(stream, str.b, blob.b)
}

// root writes the metadata root with its streams.
func (c *clrSpec) root(tables, strings, blobs []byte) []byte {
	user := []byte{0}
	if c.userString != "" {
		var b []byte
		for _, u := range utf16.Encode([]rune(c.userString)) {
			b = append(b, u16(int(u))...)
		}
		user = cat(user, []byte{0x80 | byte((len(b)+1)>>8), byte(len(b) + 1)}, b, []byte{0})
	}
	version := make([]byte, 12)
	copy(version, c.version)
	head := cat(u32(metadataMagic), u16(1), u16(1), u32(0), u32(12), version, u16(0), u16(4))
	streams := []struct {
		name string
		data []byte
	}{{"#~\x00\x00", tables}, {"#Strings\x00\x00\x00\x00", strings}, {"#Blob\x00\x00\x00", blobs}, {"#US\x00", user}}
	size := len(head)
	for _, s := range streams {
		size += 8 + len(s.name)
	}
	var list, content []byte
	for _, s := range streams {
		list = append(list, cat(u32(uint32(size+len(content))), u32(uint32(len(s.data))), []byte(s.name))...)
		content = append(content, s.data...)
		for len(content)%4 != 0 {
			content = append(content, 0)
		}
	}
	return cat(head, list, content)
}

// il writes code: numbers are instructions, uint32 an argument of four bytes.
func il(parts ...any) []byte {
	var code []byte
	for _, p := range parts {
		switch v := p.(type) {
		case int:
			code = append(code, byte(v))
		case uint32:
			code = append(code, u32(v)...)
		}
	}
	return code
}
