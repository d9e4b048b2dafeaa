package hivegen

import (
	"encoding/binary"
	"math/bits"
)

// Page is a run of bytes that a log writes into the bins data.
type Page struct {
	Offset uint32 // in the bins data; a multiple of 512
	Data   []byte
}

// Entry is one entry of a log of the new format.
type Entry struct {
	Sequence uint32
	Size     uint32 // of the bins data after it
	Pages    []Page
}

// NewLog builds a .LOG1 or .LOG2 of the new format (Windows 8.1 and later) for a
// hive. It begins at the sequence number of its first entry.
func NewLog(primary []byte, entries ...Entry) []byte {
	log := logBase(primary, 6, entries[0].Sequence)
	for _, e := range entries {
		log = append(log, e.bytes()...)
	}
	return log
}

func logBase(primary []byte, kind, sequence uint32) []byte {
	base := append([]byte(nil), primary[:512]...)
	binary.LittleEndian.PutUint32(base[4:], sequence)
	binary.LittleEndian.PutUint32(base[8:], sequence)
	binary.LittleEndian.PutUint32(base[28:], kind)
	SetChecksum(base)
	return base
}

func (e Entry) bytes() []byte {
	raw := make([]byte, 40)
	copy(raw, "HvLE")
	put := binary.LittleEndian.PutUint32
	put(raw[12:], e.Sequence)
	put(raw[16:], e.Size)
	put(raw[20:], uint32(len(e.Pages)))
	for _, p := range e.Pages {
		raw = binary.LittleEndian.AppendUint32(raw, p.Offset)
		raw = binary.LittleEndian.AppendUint32(raw, uint32(len(p.Data)))
	}
	for _, p := range e.Pages {
		raw = append(raw, p.Data...)
	}
	raw = append(raw, make([]byte, -len(raw)&511)...)
	put(raw[4:], uint32(len(raw)))
	binary.LittleEndian.PutUint64(raw[24:], marvin(raw[40:]))
	binary.LittleEndian.PutUint64(raw[32:], marvin(raw[:32]))
	return raw
}

// OldLog builds a .LOG of the old format (up to Windows 8) for a hive whose bins
// data become after: it holds the sectors of 512 bytes that differ.
func OldLog(primary, after []byte) []byte {
	log := logBase(primary, 1, binary.LittleEndian.Uint32(primary[4:]))
	binary.LittleEndian.PutUint32(log[40:], uint32(len(after)))
	SetChecksum(log)
	bitmap := make([]byte, len(after)/4096)
	var sectors []byte
	before := primary[4096:]
	for i := 0; i < len(after); i += 512 {
		if i+512 <= len(before) && string(before[i:i+512]) == string(after[i:i+512]) {
			continue
		}
		bitmap[i/512/8] |= 1 << (i / 512 % 8)
		sectors = append(sectors, after[i:i+512]...)
	}
	log = append(append(log, "DIRT"...), bitmap...)
	log = append(log, make([]byte, -len(log)&511)...)
	return append(log, sectors...)
}

// marvin is the Marvin32 checksum with the seed of registry logs.
func marvin(data []byte) uint64 {
	data = append(append([]byte(nil), data...), 0x80)
	data = append(data, make([]byte, -len(data)&3+4)...)
	lo, hi := uint32(0x7A4E55C5), uint32(0x82EF4D88)
	for ; len(data) > 0; data = data[4:] {
		lo += binary.LittleEndian.Uint32(data)
		hi ^= lo
		lo = bits.RotateLeft32(lo, 20) + hi
		hi = bits.RotateLeft32(hi, 9) ^ lo
		lo = bits.RotateLeft32(lo, 27) + hi
		hi = bits.RotateLeft32(hi, 19)
	}
	return uint64(lo) | uint64(hi)<<32
}
