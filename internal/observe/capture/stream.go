package capture

import (
	"slices"
	"unsafe"

	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// unknownSide says that it is not known which direction is the client's.
const unknownSide = -1

// live is what is known of a connection that is not decided.
type live struct {
	half    [2]half
	client  int // direction of the client, or unknownSide
	counted int // bytes of it that the table counts
	packet  int // the number of its first packet with something in it

	nanos        int64
	timed        bool
	hello        *wire.ClientHello
	offered      *observe.Offered // in place of a hello that cannot be read
	records      int
	again        bool
	retried      bool // a HelloRetryRequest came
	negotiated   *observe.Negotiated
	alert        *observe.Alert
	refused      bool // the server ended the connection in place of an answer
	prior        prior
	serverCert   string
	quicAnswered bool
	clientCert   string
}

// half is one direction of a connection.
type half struct {
	started bool // next is known
	next    uint32
	got     int     // bytes that came in order
	pieces  []piece // what came ahead of its time
	waiting int     // bytes in pieces
	fin     bool
	finAt   uint32

	phase     phase
	buf       []byte // in clear: what is kept of it
	candidate int    // where in buf a hello may begin, -1: nowhere
	need      int    // bytes from there without which it is no use to look again
	squeezed  bool   // the middle of buf was left out
	tds       tds
	rec       records
}

// phase is what is expected of a direction.
type phase uint8

const (
	phaseClear   phase = iota // anything, a hello included
	phaseRecords              // records of TLS
	phaseOver                 // nothing of interest
)

// piece is a segment that came before one that belongs in front of it.
type piece struct {
	seq  uint32
	data []byte
	at   stamp
}

// stamp is when bytes came.
type stamp struct {
	nanos int64
	timed bool
}

// busy says whether anything came.
func (h *half) busy() bool { return h.got > 0 || len(h.pieces) > 0 }

// tls says whether anything of TLS was seen.
func (l *live) tls() bool { return l.clientSpoke() || l.negotiated != nil || l.alert != nil }

// clientSpoke says whether the client's hello was seen.
func (l *live) clientSpoke() bool { return l.hello != nil || l.offered != nil }

// incomplete says whether a hello began and was not seen to its end.
func (l *live) incomplete() bool {
	return !l.tls() && (l.half[0].pendingHello() || l.half[1].pendingHello())
}

func (h *half) pendingHello() bool {
	return h.phase == phaseClear && h.candidate >= 0 && startsHello(h.buf[h.candidate:])
}

// size is what the state keeps, in bytes.
func (l *live) size() int {
	n := int(unsafe.Sizeof(*l))
	for i := range l.half {
		h := &l.half[i]
		n += cap(h.buf) + h.waiting + cap(h.rec.message)
	}
	return n
}

// maxReused is the largest buffer that is kept for the next connection.
const maxReused = 8 << 10

// reset makes the state ready for another connection.
func (l *live) reset() {
	var kept [2]half
	for i := range l.half {
		h := &l.half[i]
		if cap(h.buf) <= maxReused {
			kept[i].buf = h.buf[:0]
		}
		if cap(h.rec.message) <= maxReused {
			kept[i].rec.message = h.rec.message[:0]
		}
		kept[i].pieces = h.pieces[:0]
		kept[i].candidate = -1
		clear(h.pieces[:cap(h.pieces)])
	}
	*l = live{half: kept, client: unknownSide}
}

// receive takes the data of a segment.
func (t *flows) receive(f *flow, dir int, s *segment, p *packet) {
	l := f.live
	h := &l.half[dir]
	seq := s.seq
	if s.flags&flagSYN != 0 {
		seq++
	}
	if len(s.data) > 0 || s.missing > 0 {
		if l.packet == 0 {
			l.packet = p.number
		}
		t.data(f, dir, seq, s.data, stamp{p.nanos, p.timed})
		if s.missing > 0 && f.live == l {
			t.gap(f, dir, seq+uint32(len(s.data)), s.missing)
		}
	}
	if f.live != l {
		return
	}
	if s.flags&(flagFIN|flagRST) != 0 && l.answerDue(dir) && h.started && h.next == seq+uint32(len(s.data)+s.missing) {
		l.refused = true
	}
	if s.flags&flagFIN != 0 {
		h.fin, h.finAt = true, seq+uint32(len(s.data)+s.missing)
	}
	if s.flags&flagRST != 0 && len(h.pieces) == 0 && len(l.half[1-dir].pieces) == 0 || l.closed() {
		t.finish(f)
		return
	}
	size := l.size()
	t.kept += size - l.counted
	l.counted = size
	for t.kept > maxKept && t.queue.from < t.queue.to {
		t.evict()
	}
}

// answerDue says whether an answer to the client's last hello is due from a direction: it
// chose nothing yet, asked for no other hello, and the client waits for it.
func (l *live) answerDue(dir int) bool {
	return l.clientSpoke() && l.client != dir && l.negotiated == nil && (!l.retried || l.again) && !l.half[l.client].fin
}

// closed says whether both directions came to their ends.
func (l *live) closed() bool {
	for i := range l.half {
		if h := &l.half[i]; !h.fin || h.next != h.finAt || !h.started {
			return false
		}
	}
	return true
}

// data puts the bytes of a direction in order.
func (t *flows) data(f *flow, dir int, seq uint32, b []byte, at stamp) {
	l := f.live
	h := &l.half[dir]
	if h.phase == phaseOver {
		if end := seq + uint32(len(b)); int32(end-h.next) > 0 {
			h.next = end
		}
		return
	}
	if !h.started {
		h.started, h.next = true, seq
	}
	ahead := int32(seq - h.next)
	switch {
	case ahead != 0 && h.got == 0 && (ahead < 0 || ahead > farAway):
		h.next = seq // the beginning was not seen, or was another one: several SYN-ACK
	case ahead > farAway || ahead < -farAway:
		if startsClientHello(b) && l.tls() { // another connection, without a SYN
			t.finish(f)
			f.anew()
			f.live = t.fresh()
			t.data(f, dir, seq, b, at)
		}
		return
	case ahead > 0:
		t.wait(f, dir, seq, b, at)
		return
	case ahead < 0:
		if int(-ahead) < len(b) {
			b = b[-ahead:]
			break
		}
		if !t.earlier(f, dir, seq, b) {
			return
		}
	}
	h.next += uint32(len(b))
	h.got += len(b)
	t.deliver(f, dir, b, at)
	if f.live == l && len(h.pieces) > 0 {
		t.drain(f, dir, maxPieces)
	}
}

// earlier begins anew with data that came late, where the capture has no beginning of the
// stream and no hello was found behind it.
func (t *flows) earlier(f *flow, dir int, seq uint32, b []byte) bool {
	h := &f.live.half[dir]
	if f.synced[dir] || h.phase != phaseClear || h.candidate >= 0 || !startsHello(b) {
		return false
	}
	h.next = seq
	h.buf = h.buf[:0]
	return true
}

// wait keeps a segment until what belongs before it comes, or is given up.
func (t *flows) wait(f *flow, dir int, seq uint32, b []byte, at stamp) {
	h := &f.live.half[dir]
	for _, other := range h.pieces {
		if other.seq == seq && len(other.data) >= len(b) {
			return
		}
	}
	h.pieces = append(h.pieces, piece{seq, slices.Clone(b), at})
	h.waiting += len(b)
	if len(h.pieces) > maxPieces || h.waiting > maxStream {
		t.drain(f, dir, len(h.pieces)/2)
	}
}

// drain takes what has come to its turn. It steps over gaps as long as more than limit
// pieces wait.
func (t *flows) drain(f *flow, dir, limit int) {
	l := f.live
	h := &l.half[dir]
	for len(h.pieces) > 0 {
		i := 0
		for j := range h.pieces {
			if int32(h.pieces[j].seq-h.pieces[i].seq) < 0 {
				i = j
			}
		}
		first := h.pieces[i]
		ahead := int32(first.seq - h.next)
		if ahead > 0 && len(h.pieces) <= limit {
			return
		}
		h.pieces = slices.Delete(h.pieces, i, i+1)
		h.waiting -= len(first.data)
		if ahead > 0 {
			t.gap(f, dir, h.next, int(ahead))
		}
		if skip := int(int32(h.next - first.seq)); skip < len(first.data) {
			b := first.data[skip:]
			h.next += uint32(len(b))
			h.got += len(b)
			if t.deliver(f, dir, b, first.at); f.live != l {
				return
			}
		}
	}
}

// gap steps over bytes that are not in the capture.
func (t *flows) gap(f *flow, dir int, from uint32, n int) {
	h := &f.live.half[dir]
	if from != h.next {
		return // behind something that is still waited for
	}
	h.next += uint32(n)
	h.got += n
	switch h.phase {
	case phaseClear:
		if h.pendingHello() {
			t.gaps++
			t.found.example(&t.found.gapAt, f.live.packet)
		}
		h.buf, h.candidate, h.need = h.buf[:0], -1, 0
		h.tds.lost()
	case phaseRecords:
		h.rec.gap(n)
		h.tds.lost()
	}
}
