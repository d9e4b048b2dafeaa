package winreg

import (
	"encoding/binary"

	"tlsready/internal/message"
	"tlsready/internal/regdata"
)

// errShort: an answer ends before what it announces.
var errShort = message.Error("winreg.cut")

// encoder writes NDR 2.0, little-endian (C706, chapter 14).
type encoder struct {
	b   []byte
	ref uint32 // number of the last pointer
}

func (e *encoder) align() {
	for len(e.b)%4 != 0 {
		e.b = append(e.b, 0)
	}
}

func (e *encoder) u16(n uint16) { e.b = binary.LittleEndian.AppendUint16(e.b, n) }

func (e *encoder) u32(n uint32) {
	e.align()
	e.b = binary.LittleEndian.AppendUint32(e.b, n)
}

// pointer writes a pointer that is not null; what it points to follows.
func (e *encoder) pointer() {
	e.ref += 4
	e.u32(0x20000 + e.ref)
}

func (e *encoder) null() { e.u32(0) }

func (e *encoder) handle(h Handle) { e.align(); e.b = append(e.b, h[:]...) }

// number writes a pointer to a DWORD.
func (e *encoder) number(n uint32) {
	e.pointer()
	e.u32(n)
}

// text writes an RRP_UNICODE_STRING (MS-RRP 2.2.4) with its NUL.
func (e *encoder) text(s string) {
	raw := append(regdata.UTF16(s), 0, 0)
	e.align()
	e.u16(uint16(len(raw)))
	e.u16(uint16(len(raw)))
	e.pointer()
	e.u32(uint32(len(raw) / 2))
	e.u32(0)
	e.u32(uint32(len(raw) / 2))
	e.b = append(e.b, raw...)
	e.align()
}

// room writes an empty RRP_UNICODE_STRING with room for size bytes.
func (e *encoder) room(size uint16) {
	e.align()
	e.u16(0)
	e.u16(size)
	if size == 0 {
		e.null()
		return
	}
	e.pointer()
	e.u32(uint32(size / 2))
	e.u32(0)
	e.u32(0)
}

// space writes the four pointers with which a value is asked for: type, data,
// size of the data and length of what is sent.
func (e *encoder) space(size uint32) {
	e.number(0)
	e.pointer()
	e.u32(size)
	e.u32(0)
	e.u32(0)
	e.number(size)
	e.number(0)
}

// decoder reads NDR 2.0. The first error stays; what is read after it is zero.
type decoder struct {
	b   []byte
	at  int
	err error
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = &message.Problem{What: message.AtOffset(d.at, message.CauseOf(err)), Err: err}
	}
}

// take gives the next n bytes.
func (d *decoder) take(n int) []byte {
	if d.err != nil || n < 0 || n > len(d.b)-d.at {
		d.fail(errShort)
		return nil
	}
	d.at += n
	return d.b[d.at-n : d.at : d.at]
}

func (d *decoder) align() {
	if over := d.at % 4; over != 0 {
		d.take(4 - over)
	}
}

func (d *decoder) u16() uint16 {
	if raw := d.take(2); raw != nil {
		return binary.LittleEndian.Uint16(raw)
	}
	return 0
}

func (d *decoder) u32() uint32 {
	d.align()
	if raw := d.take(4); raw != nil {
		return binary.LittleEndian.Uint32(raw)
	}
	return 0
}

func (d *decoder) handle() Handle {
	d.align()
	var h Handle
	copy(h[:], d.take(len(h)))
	return h
}

// number reads a pointer to a DWORD; a null pointer is 0.
func (d *decoder) number() uint32 {
	if d.u32() == 0 {
		return 0
	}
	return d.u32()
}

// array reads a conformant varying array of elements of some bytes each and
// gives what was sent of it.
func (d *decoder) array(element int) []byte {
	most, offset, sent := d.u32(), d.u32(), d.u32()
	if d.err == nil && (offset != 0 || sent > most) {
		d.fail(message.Error("winreg.array-part", message.Int("sent", sent), message.Int("most", most), message.Int("first", offset)))
	}
	if sent > maxReply {
		d.fail(message.Error("winreg.array", message.Int("count", sent)))
		return nil
	}
	return d.take(int(sent) * element)
}

// text reads an RRP_UNICODE_STRING, without its NUL.
func (d *decoder) text() string {
	d.align()
	length, most, at := int(d.u16()), int(d.u16()), d.u32()
	if at == 0 {
		return ""
	}
	raw := d.array(2)
	if d.err == nil && (length > most || length > len(raw)) {
		d.fail(message.Error("winreg.text-size", message.Int("size", length), message.Int("found", len(raw))))
		return ""
	}
	raw = raw[:min(length, len(raw))]
	for len(raw) > 1 && raw[len(raw)-2] == 0 && raw[len(raw)-1] == 0 {
		raw = raw[:len(raw)-2]
	}
	return regdata.Text(raw)
}

// bytes reads a pointer to an array of bytes, as values come.
func (d *decoder) bytes() []byte {
	if d.u32() == 0 {
		return nil
	}
	return d.array(1)
}
