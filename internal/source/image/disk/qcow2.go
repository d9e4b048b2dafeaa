package disk

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"strings"

	"tlsready/internal/message"
)

// The layout is qemu's docs/interop/qcow2.rst; numbers are big-endian.
const (
	qcowMagic      = "QFI\xfb\x00\x00\x00" // the last byte of the version follows: 2 or 3
	qcowOffsetMask = 0x00fffffffffffe00
	qcowCompressed = 1 << 62
	qcowZero       = 1
	qcowEntry      = 8
	minClusterBits = 9
	maxClusterBits = 21
	// maxQcowHeader bounds header and extensions, which lie in the first cluster.
	maxQcowHeader = 1 << 16
)

// The incompatible features, bits of the header.
const (
	qcowCorrupt  = 1 << 1
	qcowExternal = 1 << 2
	qcowOtherZip = 1 << 3
	qcowExtended = 1 << 4
	qcowKnown    = 1 | qcowCorrupt | qcowExternal | qcowOtherZip | qcowExtended
)

type qcow struct {
	*file
	disk, cluster int64
	bits          uint
	table, tables int64 // L1: offset, entries
	version       uint32
	parent        layer
	zip           struct { // the compressed cluster that was read last
		entry uint64
		data  []byte
	}
}

func (q *qcow) size() int64 { return q.disk }

func openQcow(f *file, depth int) (*qcow, error) {
	h, err := f.bytes(0, 72)
	if err != nil {
		return nil, err
	}
	big := binary.BigEndian
	q := &qcow{file: f, version: big.Uint32(h[4:]), bits: uint(big.Uint32(h[20:])), table: int64(big.Uint64(h[40:])), tables: int64(big.Uint32(h[36:]))}
	if q.version != 2 && q.version != 3 {
		return nil, unsupported(f.path, hintConvert, "disk.qcow-version", message.Int("version", q.version))
	}
	if q.bits < minClusterBits || q.bits > maxClusterBits {
		return nil, damaged(f.path, "disk.qcow-clusters", message.Int("bits", q.bits))
	}
	q.cluster = 1 << q.bits
	if q.disk, err = bounded(f.path, big.Uint64(h[24:])); err != nil {
		return nil, err
	}
	if method := big.Uint32(h[32:]); method != 0 {
		return nil, unsupported(f.path, "disk.hint.qcow-key", "disk.qcow-encrypted", message.Int("method", method))
	}
	perTable := q.cluster / qcowEntry
	if need := (q.disk + q.cluster*perTable - 1) / (q.cluster * perTable); q.table < 0 || q.table > MaxSize || q.tables < need {
		return nil, damaged(f.path, "disk.qcow-table", message.Int("found", q.tables), message.Int("need", need))
	}
	if err := q.features(); err != nil {
		return nil, err
	}
	return q, q.openParent(big.Uint64(h[8:]), big.Uint32(h[16:]), depth)
}

// features refuses what would make the clusters mean something else.
func (q *qcow) features() error {
	if q.version < 3 {
		return nil
	}
	h, err := q.bytes(72, 8)
	if err != nil {
		return err
	}
	switch bits := binary.BigEndian.Uint64(h); {
	case bits&^uint64(qcowKnown) != 0:
		return unsupported(q.path, hintConvert, "disk.qcow-feature", message.Hex("bits", bits))
	case bits&qcowCorrupt != 0:
		return damaged(q.path, "disk.qcow-corrupt")
	case bits&qcowExternal != 0:
		return unsupported(q.path, hintConvert, "disk.qcow-external")
	case bits&qcowOtherZip != 0:
		return unsupported(q.path, hintConvert, "disk.qcow-zstd")
	case bits&qcowExtended != 0:
		return unsupported(q.path, hintConvert, "disk.qcow-subclusters")
	}
	return nil
}

func (q *qcow) openParent(off uint64, length uint32, depth int) error {
	if off == 0 {
		return nil
	}
	if off > maxQcowHeader || length == 0 || length > 1023 {
		return damaged(q.path, "disk.qcow-backing", message.Int("size", length), message.Hex("offset", off))
	}
	raw, err := q.bytes(int64(off), int(length))
	if err != nil {
		return err
	}
	format, err := q.parentFormat()
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(string(raw), "file:")
	path, ok := q.owner.beside(q.path, name)
	if !ok {
		return missing(q.path, name)
	}
	q.parent, _, err = q.owner.chain(path, format, depth+1)
	return err
}

// parentFormat is the format of the backing file, from the header extensions; ""
// if the image does not say.
func (q *qcow) parentFormat() (string, error) {
	const backingFormat = 0xe2792aca
	at := int64(72)
	if q.version >= 3 {
		h, err := q.bytes(100, 4)
		if err != nil {
			return "", err
		}
		at = int64(binary.BigEndian.Uint32(h))
	}
	for at+8 <= min(q.cluster, maxQcowHeader) {
		h, err := q.bytes(at, 8)
		if err != nil {
			return "", err
		}
		kind, length := binary.BigEndian.Uint32(h), int64(binary.BigEndian.Uint32(h[4:]))
		if kind == 0 || length > maxQcowHeader {
			return "", nil
		}
		if kind == backingFormat {
			text, err := q.bytes(at+8, int(length))
			return string(text), err
		}
		at += 8 + (length+7)&^7
	}
	return "", nil
}

func (q *qcow) read(p []byte, off int64) error {
	return inBlocks(p, off, q.cluster, func(p []byte, index, within int64) error {
		entry, err := q.entry(index)
		if err != nil {
			return err
		}
		switch data := int64(entry & qcowOffsetMask); {
		case entry&qcowCompressed != 0:
			return q.unzip(p, entry, within)
		case q.version >= 3 && entry&qcowZero != 0:
			clear(p)
			return nil
		case data == 0:
			return below(q.parent, p, index*q.cluster+within)
		default:
			return q.readAt(p, data+within)
		}
	})
}

// entry is the entry of a cluster, 0 if its whole table is absent. Only the two
// numbers are read: tables of a large disk have megabytes.
func (q *qcow) entry(index int64) (uint64, error) {
	perTable := q.cluster / qcowEntry
	h, err := q.bytes(q.table+index/perTable*qcowEntry, qcowEntry)
	if err != nil {
		return 0, err
	}
	table := int64(binary.BigEndian.Uint64(h) & qcowOffsetMask)
	if table == 0 {
		return 0, nil
	}
	if h, err = q.bytes(table+index%perTable*qcowEntry, qcowEntry); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(h), nil
}

// unzip reads a compressed cluster: the offset and, above it, the number of
// further sectors of 512 bytes.
func (q *qcow) unzip(p []byte, entry uint64, within int64) error {
	if q.zip.data == nil || q.zip.entry != entry {
		split := 62 - (q.bits - 8)
		off := int64(entry & (1<<split - 1))
		sectors := int64(entry&(qcowCompressed-1)>>split) + 1
		length := min(sectors*512-off&511, q.file.size-off) // the last sector may end with the file
		if length <= 0 {
			return cut(q.path, off, 1, q.file.size)
		}
		packed, err := q.bytes(off, int(length))
		if err != nil {
			return err
		}
		data := make([]byte, q.cluster)
		if _, err := io.ReadFull(flate.NewReader(bytes.NewReader(packed)), data); err != nil {
			return damaged(q.path, "disk.qcow-compressed", message.Hex("offset", off), message.Cause("why", err))
		}
		q.zip.entry, q.zip.data = entry, data
	}
	copy(p, q.zip.data[within:])
	return nil
}
