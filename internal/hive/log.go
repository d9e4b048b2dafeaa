package hive

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"

	"tlsready/internal/message"
)

// A log entry of the new format (Windows 8.1 and later): its header, then page
// references, then the pages.
const (
	entryHeader = 40
	sector      = 512
	hashSeed    = 0x82EF4D887A4E55C5
)

// journal is a transaction log whose base block is in order.
type journal struct {
	base    base
	raw     []byte
	entries []entry // new format only
	torn    bool    // an entry follows that is not whole
}

// entry is one log entry whose hashes are right.
type entry struct {
	sequence uint32
	size     uint32 // of the bins data after it
	raw      []byte
}

// change is one run of bytes that a log writes into the bins data.
type change struct {
	at   int64
	data []byte
}

// recover replays the logs that fit into a copy of the file. Without one that
// fits the file stays as it is, with a warning.
func (h *Hive) recover(primary []byte, b base, logs [][]byte) ([]byte, base) {
	var fresh, old []journal
	for i, raw := range logs {
		if len(raw) == 0 {
			continue
		}
		j, why := readJournal(raw)
		switch {
		case !why.IsZero():
			h.warn("hive.warn-log", message.Int("n", i+1), message.Sub("why", why))
		case j.base.kind == typeNewLog:
			fresh = append(fresh, j)
		default:
			old = append(old, j)
		}
	}
	r := &recovery{hive: h, primary: primary, base: b}
	switch {
	case len(fresh) > 0:
		r.replayNew(fresh)
	case len(old) > 0:
		r.replayOld(old)
	}
	switch {
	case r.file != nil:
		return r.file, r.base
	case len(logs) == 0:
		h.doubt("hive.warn-dirty-alone")
	default:
		h.doubt("hive.warn-dirty-logs")
	}
	return primary, b
}

func readJournal(raw []byte) (journal, message.Text) {
	if len(raw) < baseLength || string(raw[:4]) != "regf" {
		return journal{}, message.New("hive.log-no-base")
	}
	j := journal{base: parseBase(raw), raw: raw}
	switch {
	case !j.base.sumOK:
		return journal{}, message.New("hive.log-checksum")
	case !isLog(j.base.kind):
		return journal{}, message.New("hive.no-log")
	case j.base.kind == typeNewLog:
		j.entries, j.torn = readEntries(raw, j.base.primarySeq)
	}
	return j, message.Text{}
}

// readEntries takes the entries of a new log from its own sequence number on,
// each one more than the one before. What follows the last is left over from
// earlier use; torn says that it is the next entry, and not whole.
func readEntries(raw []byte, next uint32) (list []entry, torn bool) {
	for at := baseLength; at+entryHeader <= len(raw); next++ {
		e := raw[at:]
		size := int64(binary.LittleEndian.Uint32(e[4:]))
		sequence := binary.LittleEndian.Uint32(e[12:])
		if string(e[:4]) != "HvLE" || (sequence != next && (len(list) > 0 || sequence < next)) {
			return list, false
		}
		if size < entryHeader || size%sector != 0 || size > int64(len(e)) {
			return list, true
		}
		found := entry{sequence: sequence, size: binary.LittleEndian.Uint32(e[16:]), raw: e[:size]}
		if !found.whole() {
			return list, true
		}
		list, next = append(list, found), sequence
		at += int(size)
	}
	return list, false
}

// whole checks both hashes and that every page lies inside entry and bins data.
func (e entry) whole() bool {
	if marvin32(e.raw[:32]) != binary.LittleEndian.Uint64(e.raw[32:]) ||
		marvin32(e.raw[entryHeader:]) != binary.LittleEndian.Uint64(e.raw[24:]) {
		return false
	}
	return e.size%pageSize == 0 && e.changes() != nil
}

// changes lists the pages of an entry; nil if they do not fit.
func (e entry) changes() []change {
	n := int64(binary.LittleEndian.Uint32(e.raw[20:]))
	data := entryHeader + 8*n
	if data > int64(len(e.raw)) {
		return nil
	}
	list := make([]change, 0, n)
	for i := range n {
		ref := e.raw[entryHeader+8*i:]
		at, size := int64(binary.LittleEndian.Uint32(ref)), int64(binary.LittleEndian.Uint32(ref[4:]))
		if data+size > int64(len(e.raw)) || at+size > int64(e.size) {
			return nil
		}
		list = append(list, change{at, e.raw[data : data+size]})
		data += size
	}
	return list
}

// marvin32 is the checksum of log entries, low half first.
func marvin32(data []byte) uint64 {
	const seed uint64 = hashSeed
	lo, hi := uint32(seed&0xffffffff), uint32(seed>>32)
	mix := func(v uint32) {
		lo += v
		hi ^= lo
		lo = bits.RotateLeft32(lo, 20) + hi
		hi = bits.RotateLeft32(hi, 9) ^ lo
		lo = bits.RotateLeft32(lo, 27) + hi
		hi = bits.RotateLeft32(hi, 19)
	}
	for ; len(data) >= 4; data = data[4:] {
		mix(binary.LittleEndian.Uint32(data))
	}
	var tail [4]byte
	copy(tail[:], data)
	tail[len(data)] = 0x80
	mix(binary.LittleEndian.Uint32(tail[:]))
	mix(0)
	return uint64(hi)<<32 | uint64(lo)
}

// recovery builds the file as it is after the logs.
type recovery struct {
	hive    *Hive
	primary []byte
	base    base
	file    []byte // nil: nothing has been replayed
}

// replayNew applies the entries of one or two logs of the new format, the older
// log first, up to the first gap: what comes after it was written onto pages that
// are missing.
func (r *recovery) replayNew(logs []journal) {
	slices.SortStableFunc(logs, func(a, b journal) int { return cmp.Compare(a.base.primarySeq, b.base.primarySeq) })
	var pending []entry
	for i, j := range logs {
		whole := true
		if pending, whole = r.collect(pending, j); !whole {
			break
		}
		if len(j.entries) == 0 && i < len(logs)-1 && !r.stale(j.base.primarySeq) {
			r.hive.doubt("hive.warn-older-log")
			break
		}
	}
	if len(pending) > 0 {
		r.applyAll(logs[0].base, pending)
	}
}

// collect adds the entries of one log; false if the chain breaks.
func (r *recovery) collect(pending []entry, j journal) ([]entry, bool) {
	for _, e := range j.entries {
		if r.stale(e.sequence) {
			continue
		}
		if n := len(pending); n > 0 && e.sequence != pending[n-1].sequence+1 {
			r.hive.doubt("hive.warn-log-gap", message.Int("sequence", e.sequence), message.Int("last", pending[n-1].sequence))
			return pending, false
		}
		pending = append(pending, e)
	}
	if !j.torn || r.stale(j.next()) {
		return pending, true
	}
	r.hive.doubt("hive.warn-log-torn", message.Int("sequence", j.next()))
	return pending, false
}

// next is the sequence number that follows the log's last whole entry.
func (j journal) next() uint32 {
	if n := len(j.entries); n > 0 {
		return j.entries[n-1].sequence + 1
	}
	return j.base.primarySeq
}

// stale says that an entry is from before the file's last complete write, and
// so in it already.
func (r *recovery) stale(sequence uint32) bool {
	return r.base.sumOK && sequence < r.base.secondarySeq
}

func (r *recovery) applyAll(from base, pending []entry) {
	size := pending[len(pending)-1].size
	var changes []change
	for _, e := range pending {
		changes = append(changes, e.changes()...)
	}
	if !r.write(from, size, changes) {
		return
	}
	r.hive.replay.Entries = len(pending)
	r.hive.replay.First, r.hive.replay.Last = pending[0].sequence, pending[len(pending)-1].sequence
}

// replayOld applies the newest log of the old format that belongs to the file: its
// sequence numbers agree, and its time is the file's.
func (r *recovery) replayOld(logs []journal) {
	logs = slices.DeleteFunc(logs, func(j journal) bool {
		return j.base.primarySeq != j.base.secondarySeq || (r.base.sumOK && j.base.timestamp != r.base.timestamp)
	})
	if len(logs) == 0 {
		return
	}
	j := slices.MaxFunc(logs, func(a, b journal) int { return cmp.Compare(a.base.primarySeq, b.base.primarySeq) })
	changes, ok := j.dirtySectors()
	if !ok {
		r.hive.warn("hive.warn-bitmap")
		return
	}
	if r.write(j.base, j.base.size, changes) {
		r.hive.replay.Entries = 1
		r.hive.replay.First, r.hive.replay.Last = j.base.primarySeq, j.base.primarySeq
	}
}

// dirtySectors reads the bitmap of an old log, one bit for each 512 bytes of bins
// data, and the sectors that follow it.
func (j journal) dirtySectors() ([]change, bool) {
	length := int64(j.base.size) / sector / 8
	start := int64(baseLength + 4)
	data := (start + length + sector - 1) / sector * sector
	if data > int64(len(j.raw)) || string(j.raw[baseLength:start]) != "DIRT" {
		return nil, false
	}
	var changes []change
	for i := range length * 8 {
		if j.raw[start+i/8]>>(i%8)&1 == 0 {
			continue
		}
		if data+sector > int64(len(j.raw)) {
			return nil, false
		}
		changes = append(changes, change{i * sector, j.raw[data : data+sector]})
		data += sector
	}
	return changes, true
}

// write makes the copy and writes the changes into it. What the file gains in
// length must come from the log whole, else a gap of zeros would pass for
// data.
func (r *recovery) write(from base, size uint32, changes []change) bool {
	have := int64(r.base.size)
	if !r.base.sumOK {
		have = int64(from.size)
	}
	have = min(have, int64(len(r.primary))-pageSize)
	if !covered(changes, have, int64(size)) {
		r.hive.warn("hive.warn-longer")
		return false
	}
	file := make([]byte, pageSize+max(int64(size), have))
	copy(file, r.primary[:pageSize+have])
	for _, c := range changes {
		if c.at+int64(len(c.data)) > int64(len(file))-pageSize {
			continue // an earlier entry wrote beyond what a later one cut off
		}
		copy(file[pageSize+c.at:], c.data)
	}
	r.file, r.hive.replay.Pages = file, len(changes)
	if !r.base.sumOK {
		r.base = from
	}
	r.base.size, r.base.kind, r.base.sumOK = size, typePrimary, true
	return true
}

// covered says whether the changes fill the bins data from have to size.
func covered(changes []change, have, size int64) bool {
	runs := slices.Clone(changes)
	slices.SortFunc(runs, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	for _, c := range runs {
		if end := c.at + int64(len(c.data)); c.at <= have && end > have {
			have = end
		}
	}
	return have >= size
}
