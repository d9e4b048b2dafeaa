// Package hive reads registry hive files (regf) with their transaction logs;
// damage is an error, never an absent key.
package hive

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"
	"time"

	"tlsready/internal/message"
)

const (
	pageSize = 4096
	// none stands for "no cell" in every offset field.
	none = 0xffffffff
	// maxDepth is the registry's own limit on nested keys (Microsoft, "Registry
	// element size limits").
	maxDepth = 512
	// readFactor bounds how many bytes of values are read from one hive, as a
	// multiple of its size. An honest hive read once stays below 1; one whose
	// values all point to the same large cell would fill the memory.
	readFactor = 8
	// readFloor is granted on top of it, so that small hives may be read often.
	readFloor = 64 << 20
)

// DamageError says where a hive cannot be read. Offset counts from the
// beginning of the primary file.
type DamageError struct {
	Offset int64
	What   message.Text // without the offset
}

// Error is offset and message in English.
func (e *DamageError) Error() string { return message.English(e.Text()) }

// Text is offset and message.
func (e *DamageError) Text() message.Text { return message.AtOffset(e.Offset, e.What) }

// Hive is an open hive. It keeps the bytes that it was given and reads from
// them only what is asked for; several goroutines may use it at once.
type Hive struct {
	bins     []byte // the bins data; cell offsets count from its beginning
	root     uint32
	minor    uint32
	dirty    bool
	replay   Replay
	warnings []message.Text
	doubtful bool         // changes may be missing
	read     atomic.Int64 // bytes of values read so far
}

// Replay says what the transaction logs added to the primary file.
type Replay struct {
	Entries     int    // log entries applied; 1 for a log of the old format
	First, Last uint32 // sequence numbers of the first and the last of them
	Pages       int    // pages written
}

// Sniff says whether the beginning of a file looks like a primary hive file. A
// transaction log begins the same way but is not one.
func Sniff(head []byte) bool {
	return bytes.HasPrefix(head, []byte("regf")) && (len(head) < 32 || binary.LittleEndian.Uint32(head[28:]) == typePrimary)
}

// Open checks the base block and the chain of bins. If the hive is dirty, that is,
// was not written out whole, the logs given are replayed into a copy, in whatever
// order they come; an empty log is skipped. The bytes of a clean hive are not
// copied and must not change while the Hive is in use. The error for a file that
// is damaged or cut short is a *DamageError.
func Open(primary []byte, logs ...[]byte) (*Hive, error) {
	b, err := readBase(primary)
	if err != nil {
		return nil, err
	}
	h := &Hive{dirty: !b.sumOK || b.primarySeq != b.secondarySeq}
	file := primary
	if h.dirty {
		file, b = h.recover(primary, b, logs)
	}
	if !b.sumOK {
		return nil, &DamageError{508, message.New("hive.base-checksum")}
	}
	if err := b.check(int64(len(file))); err != nil {
		return nil, err
	}
	h.bins, h.root, h.minor = file[pageSize:pageSize+int(b.size)], b.root, b.minor
	if err := h.walkBins(); err != nil {
		return nil, err
	}
	if _, err := h.rootKey(); err != nil {
		return nil, err
	}
	return h, nil
}

// Dirty says that the primary file was not written out whole. With its logs
// replayed it is read as Windows would load it.
func (h *Hive) Dirty() bool { return h.dirty }

// Warnings are what a reader of the results should know: a dirty hive without
// logs that fit, logs that were skipped.
func (h *Hive) Warnings() []message.Text { return h.warnings }

// Replay says what was taken from the logs.
func (h *Hive) Replay() Replay { return h.replay }

// Doubtful says that changes may be missing: the hive is dirty, and its logs are not
// there, do not fit, or are not whole. What it holds may not be what Windows would
// load.
func (h *Hive) Doubtful() bool { return h.doubtful }

// doubt warns of something that makes the hive doubtful.
func (h *Hive) doubt(id string, args ...message.Arg) {
	h.doubtful = true
	h.warn(id, args...)
}

func (h *Hive) warn(id string, args ...message.Arg) {
	h.warnings = append(h.warnings, message.New(id, args...))
}

// walkBins follows the bins from header to header: they must fill the bins data
// without a gap.
func (h *Hive) walkBins() error {
	size := uint32(0)
	for at := 0; at < len(h.bins); at += int(size) {
		head := h.bins[at:]
		size = binary.LittleEndian.Uint32(head[8:])
		switch {
		case string(head[:4]) != "hbin":
			return damage(uint32(at), "hive.no-bin")
		case binary.LittleEndian.Uint32(head[4:]) != uint32(at):
			return damage(uint32(at), "hive.bin-offset")
		case size == 0 || size%pageSize != 0 || int64(size) > int64(len(head)):
			return damage(uint32(at), "hive.bin-size", message.Int("size", size))
		}
	}
	return nil
}

// damage makes an error at an offset in the bins data.
func damage(at uint32, id string, args ...message.Arg) *DamageError {
	return &DamageError{int64(at) + pageSize, message.New(id, args...)}
}

// cell gives the content of a cell in use that must have at least need bytes.
func (h *Hive) cell(at uint32, need int) ([]byte, error) {
	if at%8 != 0 || int64(at)+8 > int64(len(h.bins)) {
		return nil, damage(at, "hive.cell-place", message.Int("size", len(h.bins)))
	}
	size := int64(int32(binary.LittleEndian.Uint32(h.bins[at:])))
	switch {
	case size >= 0:
		return nil, damage(at, "hive.cell-free")
	case size%8 != 0 || int64(at)-size > int64(len(h.bins)):
		return nil, damage(at, "hive.cell-size", message.Int("size", -size))
	case -size-4 < int64(need):
		return nil, damage(at, "hive.cell-small", message.Int("size", -size), message.Int("need", need+4))
	}
	return h.bins[at+4 : int64(at)-size : int64(at)-size], nil
}

// spend counts bytes of values against the hive's limit.
func (h *Hive) spend(at uint32, n int) error {
	if h.read.Add(int64(n)) > readFactor*int64(len(h.bins))+readFloor {
		return damage(at, "hive.values-shared", message.Int("factor", readFactor))
	}
	return nil
}

// fileTime reads a FILETIME: 100 ns since 1601. Zero is the zero time.
func fileTime(raw []byte) time.Time {
	const secondsTo1970 = 11644473600
	n := binary.LittleEndian.Uint64(raw)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(int64(n/10_000_000)-secondsTo1970, int64(n%10_000_000)*100).UTC()
}
