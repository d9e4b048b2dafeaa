package hive

import (
	"encoding/binary"

	"tlsready/internal/message"
)

// Types of a base block.
const (
	typePrimary = 0
	typeOldLog  = 1
	typeOldLog2 = 2 // the second of two logs of the old format
	typeNewLog  = 6
)

func isLog(t uint32) bool { return t == typeOldLog || t == typeOldLog2 || t == typeNewLog }

// base is the base block, as the primary file and the logs begin with it.
type base struct {
	primarySeq, secondarySeq uint32
	timestamp                uint64
	major, minor             uint32
	kind, format             uint32
	root                     uint32
	size                     uint32 // of the bins data
	sumOK                    bool
}

// baseLength is how much of the base block a log holds.
const baseLength = 512

func parseBase(raw []byte) base {
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(raw[at:]) }
	return base{
		primarySeq: u32(4), secondarySeq: u32(8), timestamp: binary.LittleEndian.Uint64(raw[12:]),
		major: u32(20), minor: u32(24), kind: u32(28), format: u32(32), root: u32(36), size: u32(40),
		sumOK: u32(508) == checksum(raw),
	}
}

// checksum is the XOR of the first 508 bytes, which avoids 0 and -1.
func checksum(raw []byte) (sum uint32) {
	for i := 0; i < 508; i += 4 {
		sum ^= binary.LittleEndian.Uint32(raw[i:])
	}
	switch sum {
	case 0xffffffff:
		return 0xfffffffe
	case 0:
		return 1
	}
	return sum
}

func readBase(file []byte) (base, error) {
	switch {
	case len(file) < 4 || string(file[:4]) != "regf":
		return base{}, &DamageError{0, message.New("hive.no-hive")}
	case len(file) < pageSize:
		return base{}, &DamageError{int64(len(file)), message.New("hive.base-cut")}
	}
	b := parseBase(file)
	if b.sumOK && isLog(b.kind) {
		return base{}, &DamageError{28, message.New("hive.is-log")}
	}
	return b, nil
}

// check holds a base block against the file that it describes.
func (b base) check(length int64) error {
	switch {
	case b.major != 1 || b.minor < 3 || b.minor > 6:
		return &DamageError{20, message.New("hive.version", message.Int("major", b.major), message.Int("minor", b.minor))}
	case b.format != 1:
		return &DamageError{32, message.New("hive.format", message.Int("format", b.format))}
	case b.size == 0 || b.size%pageSize != 0:
		return &DamageError{40, message.New("hive.bins-size", message.Int("size", b.size))}
	case length < pageSize+int64(b.size):
		return &DamageError{length, message.New("hive.file-cut", message.Int("size", pageSize+int64(b.size)))}
	}
	return nil
}
