package ntfs

import (
	"encoding/binary"
	"unicode/utf16"

	"tlsready/internal/message"
)

// The types of attributes that are looked at.
const (
	attrList    = 0x20
	attrVolume  = 0x70
	attrData    = 0x80
	attrRoot    = 0x90
	attrIndex   = 0xa0
	attrReparse = 0xc0
	attrEnd     = 0xffffffff
)

// record is a file record.
type record struct {
	number     uint64
	folder     bool
	attributes []attribute
}

// attribute is one attribute of a file, or a stretch of it.
type attribute struct {
	kind        uint32
	name        string
	flags       uint16
	nonresident bool
	value       []byte // resident
	first       int64  // the first cluster of the stretch
	last        int64
	size        int64 // in the first stretch alone
	initialized int64
	runs        []byte // as stored
}

// fix puts the last two bytes of each sector back, which tell whether all sectors
// of a record were written.
func (v *Volume) fix(p []byte, signature string) error {
	if string(p[:4]) != signature {
		return message.Because(ErrDamaged, "ntfs.signature", message.Quote("found", string(p[:4])), message.Quote("want", signature))
	}
	little := binary.LittleEndian
	at, n := int(little.Uint16(p[4:])), int(little.Uint16(p[6:]))
	// The stride is 512 bytes whatever the sectors of the disk have.
	if n < 1 || (n-1)*512 != len(p) || at+2*n > len(p) || at < 8 {
		return message.Because(ErrDamaged, "ntfs.sector-marks", message.Int("count", n), message.Int("offset", at), message.Int("size", len(p)))
	}
	for i := 1; i < n; i++ {
		end := p[i*512-2 : i*512]
		if end[0] != p[at] || end[1] != p[at+1] {
			return message.Because(ErrDamaged, "ntfs.torn")
		}
		copy(end, p[at+2*i:at+2*i+2])
	}
	return nil
}

// read reads a file record. A sequence other than 0 must be that of the record:
// it grows when the record is used for another file.
func (v *Volume) read(number uint64, sequence uint16) (*record, error) {
	if number > uint64(maxVolume/v.record) {
		return nil, message.Because(ErrDamaged, "ntfs.record", message.Int("n", number))
	}
	raw := make([]byte, v.record)
	if err := v.mft.read(raw, int64(number)*v.record); err != nil {
		return nil, message.Error("ntfs.record-why", message.Int("n", number), message.Cause("why", err))
	}
	if got := binary.LittleEndian.Uint16(raw[16:]); sequence != 0 && got != sequence {
		return nil, message.Because(ErrDamaged, "ntfs.record-reused", message.Int("n", number), message.Int("found", got), message.Int("want", sequence))
	}
	return v.parse(raw, number)
}

func (v *Volume) parse(raw []byte, number uint64) (*record, error) {
	if err := v.fix(raw, "FILE"); err != nil {
		return nil, message.Error("ntfs.record-why", message.Int("n", number), message.Cause("why", err))
	}
	little := binary.LittleEndian
	flags, at, used := little.Uint16(raw[22:]), int(little.Uint16(raw[20:])), int(little.Uint32(raw[24:]))
	if flags&1 == 0 {
		return nil, message.Because(ErrDamaged, "ntfs.record-unused", message.Int("n", number))
	}
	r := &record{number: number, folder: flags&2 != 0}
	if used > len(raw) {
		return nil, message.Because(ErrDamaged, "ntfs.record-size", message.Int("n", number), message.Int("size", used))
	}
	for raw = raw[:used]; ; {
		if at+4 > len(raw) {
			return nil, message.Because(ErrDamaged, "ntfs.record-open", message.Int("n", number))
		}
		if little.Uint32(raw[at:]) == attrEnd {
			return r, nil
		}
		a, length, ok := parseAttribute(raw[at:])
		if !ok {
			return nil, message.Because(ErrDamaged, "ntfs.attribute", message.Int("n", number), message.Int("offset", at))
		}
		r.attributes = append(r.attributes, a)
		at += length
	}
}

func parseAttribute(p []byte) (a attribute, length int, ok bool) {
	little := binary.LittleEndian
	if len(p) < 24 {
		return a, 0, false
	}
	length = int(little.Uint32(p[4:]))
	if length < 24 || length > len(p) {
		return a, 0, false
	}
	p = p[:length]
	a.kind, a.nonresident, a.flags = little.Uint32(p), p[8] != 0, little.Uint16(p[12:])
	at, n := int(little.Uint16(p[10:])), 2*int(p[9])
	if at+n > length {
		return a, 0, false
	}
	a.name = text(p[at : at+n])
	if !a.nonresident {
		size, off := int64(little.Uint32(p[16:])), int64(little.Uint16(p[20:]))
		if off+size > int64(length) {
			return a, 0, false
		}
		a.value = p[off : off+size]
		return a, length, true
	}
	if length < 64 {
		return a, 0, false
	}
	a.first, a.last = int64(little.Uint64(p[16:])), int64(little.Uint64(p[24:]))
	a.size, a.initialized = int64(little.Uint64(p[48:])), int64(little.Uint64(p[56:]))
	runs := int(little.Uint16(p[32:]))
	if runs > length || a.first < 0 || a.first > maxVolume || a.last < a.first-1 || a.last > maxVolume || a.size < 0 || a.size > maxVolume || a.initialized < 0 || a.initialized > a.size {
		return a, 0, false
	}
	a.runs = p[runs:]
	return a, length, true
}

// text decodes a name of UTF-16LE.
func text(p []byte) string {
	units := make([]uint16, len(p)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(p[2*i:])
	}
	return string(utf16.Decode(units))
}
