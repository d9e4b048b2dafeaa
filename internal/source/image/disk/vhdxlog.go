package disk

import (
	"encoding/binary"

	"tlsready/internal/message"
)

// The log of a VHDX is a ring of entries, [MS-VHDX] 2.3. An image that was not
// closed, since its host failed, is only whole with what stands there.
const (
	logSector     = 4096
	logHeader     = 64
	logDescriptor = 32
	maxLog        = 64 << 20 // 1 MB is usual
	maxZeroes     = 1 << 40
)

// patch is what the log puts over a stretch of the file.
type patch struct {
	off, length int64
	data        []byte // nil: zeros
}

// patched puts what the log says over p, which was read at off.
func (f *file) patched(p []byte, off int64) {
	for _, c := range f.patches {
		from, to := max(off, c.off), min(off+int64(len(p)), c.off+c.length)
		switch {
		case from >= to:
		case c.data == nil:
			clear(p[from-off : to-off])
		default:
			copy(p[from-off:to-off], c.data[from-c.off:])
		}
	}
}

// vhdxLog is the ring of a VHDX.
type vhdxLog struct {
	ring []byte
	id   string
	// budget is how many bytes may still be checked: entries do not overlap, so
	// that a sound ring takes each sector twice.
	budget int
	seen   map[int]bool // places that are part of a sequence already
}

// logEntry is one sound entry.
type logEntry struct {
	at, length, tail int
	sequence         uint64
	flushed          int64 // the file is at least as long
	raw              []byte
}

// replay finds the newest sequence of entries and keeps its changes for reading;
// the file itself is not changed.
func (v *vhdx) replay(id string, off uint64, length uint32) error {
	if length == 0 || length > maxLog || length%logSector != 0 || off > MaxSize {
		return damaged(v.path, "disk.vhdx-log-size", message.Int("size", length), message.Hex("at", off))
	}
	ring, err := v.bytes(int64(off), int(length))
	if err != nil {
		return err
	}
	list := (&vhdxLog{ring, id, 4 * len(ring), map[int]bool{}}).active()
	if len(list) == 0 {
		return damaged(v.path, "disk.vhdx-log", message.Hex("offset", off))
	}
	if last := list[len(list)-1]; last.flushed > v.file.size {
		return cut(v.path, v.file.size, int(last.flushed-v.file.size), v.file.size)
	}
	for _, e := range list {
		more, err := e.patches()
		if err != nil {
			return damaged(v.path, "disk.at", message.Hex("offset", int64(off)+int64(e.at)), message.Cause("why", err))
		}
		v.patches = append(v.patches, more...)
	}
	return nil
}

// active are the entries of the sequence that ends with the highest number, from
// the one on that its last entry names as the first.
func (l *vhdxLog) active() []logEntry {
	var best []logEntry
	for at := 0; at < len(l.ring); at += logSector {
		if l.seen[at] {
			continue // its sequence is the end of one that was looked at
		}
		list := l.sequence(at)
		for n := len(list); n > 0; n-- {
			last := list[n-1]
			first := -1
			for i := range list[:n] {
				if list[i].at == last.tail {
					first = i
				}
			}
			if first >= 0 {
				if best == nil || last.sequence > best[len(best)-1].sequence {
					best = list[first:n]
				}
				break
			}
		}
	}
	return best
}

// sequence are the entries from one on that follow each other.
func (l *vhdxLog) sequence(at int) []logEntry {
	var list []logEntry
	total := 0
	for {
		e, ok := l.entry(at)
		if !ok || len(list) > 0 && e.sequence != list[len(list)-1].sequence+1 {
			return list
		}
		if total += e.length; total > len(l.ring) {
			return list
		}
		list = append(list, e)
		l.seen[at] = true
		at = (at + e.length) % len(l.ring)
	}
}

// entry reads the entry at a place of the ring, which may go on at its beginning.
func (l *vhdxLog) entry(at int) (logEntry, bool) {
	little := binary.LittleEndian
	h := l.ring[at:]
	e := logEntry{at: at, length: int(little.Uint32(h[8:])), tail: int(little.Uint32(h[12:])), sequence: little.Uint64(h[16:])}
	if string(h[:4]) != "loge" || e.length < logSector || e.length > len(l.ring) || e.length%logSector != 0 || guid(h[32:]) != l.id {
		return e, false
	}
	flushed := little.Uint64(h[48:])
	if l.budget -= e.length; l.budget < 0 || flushed > MaxSize {
		return e, false
	}
	e.flushed = int64(flushed)
	e.raw = append(e.raw, h[:min(e.length, len(h))]...)
	e.raw = append(e.raw, l.ring[:e.length-len(e.raw)]...)
	return e, sound(e.raw, "loge")
}

var errLogEntry = message.Error("disk.vhdx-log-entry")

// patches are the changes that an entry describes.
func (e logEntry) patches() ([]patch, error) {
	little := binary.LittleEndian
	n := int64(little.Uint32(e.raw[24:]))
	next := (logHeader + logDescriptor*n + logSector - 1) / logSector * logSector // the first data sector
	if next > int64(len(e.raw)) {
		return nil, errLogEntry
	}
	var list []patch
	for i := range n {
		d := e.raw[logHeader+logDescriptor*i:][:logDescriptor]
		length, off := little.Uint64(d[8:]), little.Uint64(d[16:])
		if off > MaxSize || little.Uint64(d[24:]) != e.sequence {
			return nil, errLogEntry
		}
		switch string(d[:4]) {
		case "zero":
			if length > maxZeroes {
				return nil, errLogEntry
			}
			list = append(list, patch{off: int64(off), length: int64(length)})
		case "desc":
			if next+logSector > int64(len(e.raw)) {
				return nil, errLogEntry
			}
			s := e.raw[next : next+logSector]
			if string(s[:4]) != "data" || uint64(little.Uint32(s[4:]))<<32|uint64(little.Uint32(s[logSector-4:])) != e.sequence {
				return nil, errLogEntry
			}
			// The descriptor keeps the bytes that the marks of the sector displaced.
			data := make([]byte, logSector)
			copy(data, d[8:16])
			copy(data[8:], s[8:logSector-4])
			copy(data[logSector-4:], d[4:8])
			list = append(list, patch{int64(off), logSector, data})
			next += logSector
		default:
			return nil, errLogEntry
		}
	}
	return list, nil
}
