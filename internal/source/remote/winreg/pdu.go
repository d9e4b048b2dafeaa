package winreg

import (
	"encoding/binary"
	"io"

	"tlsready/internal/message"
)

// Limits on what a server may send.
const (
	// fragment is the largest fragment that either side sends; 4280 is what
	// Windows itself offers on named pipes.
	fragment = 4280
	// maxReply bounds a reply put together: the largest value plus its frame.
	maxReply = maxData + 1<<16
	// maxFragments bounds the fragments of a reply: empty ones must come to an end too.
	maxFragments = 2 * maxReply / 1024
)

// Types of protocol data units (C706, chapter 12).
const (
	typeRequest  = 0
	typeResponse = 2
	typeFault    = 3
	typeBind     = 11
	typeBindAck  = 12
	typeBindNak  = 13
)

const (
	flagFirst  = 1
	flagLast   = 2
	headerSize = 16
	// stubOffset is where a request's or response's own bytes begin.
	stubOffset = headerSize + 8
)

// pdu is one fragment: its header's fields and all after the header.
type pdu struct {
	kind, flags byte
	call        uint32
	body        []byte
}

// encode writes the fragment: version 5.0, little-endian, no authentication of
// its own since SMB signs the session.
func (p pdu) encode() []byte {
	out := []byte{5, 0, p.kind, p.flags, 0x10, 0, 0, 0}
	out = binary.LittleEndian.AppendUint16(out, uint16(headerSize+len(p.body)))
	out = binary.LittleEndian.AppendUint16(out, 0)
	out = binary.LittleEndian.AppendUint32(out, p.call)
	return append(out, p.body...)
}

// readPDU reads one fragment.
func readPDU(r io.Reader) (pdu, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return pdu{}, err
	}
	size := int(binary.LittleEndian.Uint16(head[8:]))
	switch {
	case head[0] != 5:
		return pdu{}, message.Error("winreg.version", message.Int("major", head[0]), message.Int("minor", head[1]))
	case head[4]&0xf0 != 0x10:
		return pdu{}, message.Error("winreg.big-endian")
	case size < headerSize || size > fragment:
		return pdu{}, message.Error("winreg.fragment-size", message.Int("size", size), message.Int("limit", fragment))
	case binary.LittleEndian.Uint16(head[10:]) != 0:
		return pdu{}, message.Error("winreg.authentication")
	}
	body := make([]byte, size-headerSize)
	if _, err := io.ReadFull(r, body); err != nil {
		return pdu{}, message.Error("winreg.fragment-cut", message.Cause("why", err))
	}
	return pdu{kind: head[2], flags: head[3], call: binary.LittleEndian.Uint32(head[12:]), body: body}, nil
}

// readReply puts the fragments of the answer to one call together.
func readReply(r io.Reader, call uint32) ([]byte, error) {
	var reply []byte
	for n := range maxFragments {
		p, err := readPDU(r)
		if err != nil {
			return nil, err
		}
		if p.call != call || (p.flags&flagFirst != 0) != (n == 0) {
			return nil, message.Error("winreg.fragment-call", message.Int("found", p.call), message.Int("want", call))
		}
		stub, err := p.stub()
		if err != nil {
			return nil, err
		}
		if len(reply)+len(stub) > maxReply {
			return nil, message.Error("winreg.reply-size", message.Int("limit", maxReply))
		}
		reply = append(reply, stub...)
		if p.flags&flagLast != 0 {
			return reply, nil
		}
	}
	return nil, message.Error("winreg.fragments", message.Int("limit", maxFragments))
}

// stub is what a response carries; a fault is an error.
func (p pdu) stub() ([]byte, error) {
	const fixed = stubOffset - headerSize
	switch {
	case p.kind == typeFault && len(p.body) >= fixed+4:
		return nil, Fault(binary.LittleEndian.Uint32(p.body[fixed:]))
	case p.kind != typeResponse:
		return nil, message.Error("winreg.not-response", message.Int("type", p.kind))
	case len(p.body) < fixed:
		return nil, errShort
	}
	return p.body[fixed:], nil
}

// requests cuts the arguments of a call into fragments of at most size bytes.
func requests(call uint32, opnum uint16, stub []byte, size int) [][]byte {
	var list [][]byte
	flags := byte(flagFirst)
	for {
		part := stub[:min(len(stub), size-stubOffset)]
		rest := stub[len(part):]
		if len(rest) == 0 {
			flags |= flagLast
		}
		body := binary.LittleEndian.AppendUint32(nil, uint32(len(stub)))
		body = binary.LittleEndian.AppendUint16(body, 0) // the one context that was bound
		body = binary.LittleEndian.AppendUint16(body, opnum)
		list = append(list, pdu{kind: typeRequest, flags: flags, call: call, body: append(body, part...)}.encode())
		if len(rest) == 0 {
			return list
		}
		stub, flags = rest, 0
	}
}

// bindRequest asks for winreg, 338cd001-2244-31f1-aaaa-900038001003 version 1.0
// (MS-RRP 1.9), in NDR, 8a885d04-1ceb-11c9-9fe8-08002b104860 version 2.0.
func bindRequest(call uint32) []byte {
	e := encoder{}
	e.u16(fragment)
	e.u16(fragment)
	e.u32(0)                          // a new association
	e.b = append(e.b, 1, 0, 0, 0)     // one context,
	e.b = append(e.b, 0, 0, 1, 0)     // number 0, with one transfer syntax
	e.b = append(e.b, interfaceID...) //
	e.u32(1)
	e.b = append(e.b, transferSyntax...)
	e.u32(2)
	return pdu{kind: typeBind, flags: flagFirst | flagLast, call: call, body: e.b}.encode()
}

const (
	interfaceID    = "\x01\xd0\x8c\x33\x44\x22\xf1\x31\xaa\xaa\x90\x00\x38\x00\x10\x03"
	transferSyntax = "\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00\x2b\x10\x48\x60"
)

// readBind reads the answer to a bind and gives the largest fragment that the
// server takes.
func readBind(p pdu) (int, error) {
	if p.kind == typeBindNak {
		return 0, message.Error("winreg.refused")
	}
	if p.kind != typeBindAck {
		return 0, message.Error("winreg.bind-answer", message.Int("type", p.kind))
	}
	d := decoder{b: p.body}
	d.u16()
	size := int(d.u16())
	d.u32()
	d.take(int(d.u16())) // the secondary address
	d.align()
	results := d.take(4)
	result, reason := d.u16(), d.u16()
	switch {
	case d.err != nil:
		return 0, d.err
	case results[0] == 0 || result != 0:
		return 0, message.Error("winreg.refused-why", message.Int("result", result), message.Int("reason", reason))
	case size < 2*stubOffset:
		return 0, message.Error("winreg.fragments-short", message.Int("size", size))
	}
	return min(size, fragment), nil
}
