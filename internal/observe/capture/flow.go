package capture

import (
	"encoding/binary"
	"net/netip"
)

// flowKey is the two ends of a connection, the lower one first.
type flowKey struct {
	a, b   [16]byte
	pa, pb uint16
	quic   bool
}

// v4 takes two addresses of IPv4.
func (k *flowKey) v4(from, to []byte) {
	k.a[10], k.a[11], k.b[10], k.b[11] = 0xff, 0xff, 0xff, 0xff
	copy(k.a[12:], from)
	copy(k.b[12:], to)
}

// order puts the lower end first, and gives the direction of a packet that went from a
// to b.
func (k *flowKey) order() (dir int) {
	if !k.swapped() {
		return 0
	}
	k.a, k.b, k.pa, k.pb = k.b, k.a, k.pb, k.pa
	return 1
}

func (k *flowKey) swapped() bool {
	for i := 0; i < 16; i += 8 {
		if a, b := binary.BigEndian.Uint64(k.a[i:]), binary.BigEndian.Uint64(k.b[i:]); a != b {
			return a > b
		}
	}
	return k.pa > k.pb
}

// end is the end that packets of a direction come from.
func (k *flowKey) end(dir int) netip.AddrPort {
	if dir == 0 {
		return netip.AddrPortFrom(netip.AddrFrom16(k.a).Unmap(), k.pa)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(k.b).Unmap(), k.pb)
}

// flow is one connection. One that is decided keeps its place, so that its bulk is not
// looked at again.
type flow struct {
	key     flowKey
	used    bool  // since it last stood at the head of the queue
	tls     bool  // it was decided that it is TLS
	live    *live // nil: nothing came yet, or it is decided
	decided bool
	midway  bool // it was counted as one that had begun before
	// isn and next are what is known of the two directions' sequence numbers; next is
	// kept when the flow is decided.
	isn    [2]uint32
	synced [2]bool // isn is known
	next   [2]uint32
}

// segment is one TCP segment.
type segment struct {
	seq     uint32
	flags   byte
	data    []byte
	missing int // bytes that the capture left out behind data
}

const (
	flagFIN = 1
	flagSYN = 2
	flagRST = 4
	flagACK = 16
)

// tcp reads a TCP header.
func (d *decoder) tcp(key *flowKey, b []byte, missing int) {
	if len(b) < 20 {
		return
	}
	header := int(b[12]>>4) * 4
	if header < 20 || header > len(b) {
		return
	}
	key.pa, key.pb = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	dir := key.order()
	s := segment{seq: binary.BigEndian.Uint32(b[4:]), flags: b[13], data: b[header:], missing: missing}
	d.flows.segment(key, dir, &s, d.packet)
}

// flows is the table of connections, bounded in number and in what it keeps.
type flows struct {
	table map[flowKey]*flow
	queue queue
	kept  int // bytes that live flows keep
	pool  []*live
	found *found
	// Counts of what was not followed.
	evicted, gaps, midway int
}

func newFlows(found *found) *flows {
	return &flows{table: make(map[flowKey]*flow), queue: queue{ring: make([]*flow, 64)}, found: found}
}

// segment takes one TCP segment.
func (t *flows) segment(key *flowKey, dir int, s *segment, p *packet) {
	f := t.table[*key]
	if f == nil {
		if len(s.data) == 0 && s.flags&flagSYN == 0 {
			return
		}
		f = t.open(key)
	}
	f.used = true
	if f.decided {
		if !f.reopens(dir, s) {
			return
		}
		f.anew()
	}
	if s.flags&flagSYN != 0 {
		t.syn(f, dir, s)
	}
	if f.live == nil {
		if len(s.data) == 0 && s.missing == 0 {
			return
		}
		f.live = t.fresh()
		for dir := range f.live.half {
			if f.synced[dir] {
				f.live.half[dir].started, f.live.half[dir].next = true, f.isn[dir]+1
			}
		}
	}
	t.receive(f, dir, s, p)
}

// anew makes the flow ready for another connection between its ends.
func (f *flow) anew() { f.decided, f.tls, f.synced = false, false, [2]bool{} }

// open adds a flow, and makes room for it first.
func (t *flows) open(key *flowKey) *flow {
	if len(t.table) >= maxFlows {
		t.evict()
	}
	f := &flow{key: *key}
	t.table[*key] = f
	t.queue.push(f)
	return f
}

// fresh is an empty state, of those that were used before if there are any.
func (t *flows) fresh() *live {
	if n := len(t.pool); n > 0 {
		l := t.pool[n-1]
		t.pool = t.pool[:n-1]
		return l
	}
	l := &live{}
	l.reset()
	return l
}

// farAway is a distance of sequence numbers that no window of one connection spans.
const farAway = 1 << 24

// reopens says whether a segment on a decided flow begins a new connection between the
// same ends: with a SYN of its own, or, where the capture has no SYN, with a hello that is
// not the old one again.
func (f *flow) reopens(dir int, s *segment) bool {
	if s.flags&(flagSYN|flagACK) == flagSYN {
		return !f.synced[dir] || f.isn[dir] != s.seq
	}
	if !f.tls || len(s.data) < 11 || s.data[0] != 0x16 && s.data[0]&0x80 == 0 {
		return false
	}
	ahead := int32(s.seq - f.next[dir])
	return (ahead >= 0 || ahead < -farAway) && startsClientHello(s.data)
}

// syn takes a SYN. A second one with another number is a new connection if the old one
// has said something; before that, it is a connection that is tried again.
func (t *flows) syn(f *flow, dir int, s *segment) {
	if s.flags&flagACK == 0 && f.synced[dir] && f.isn[dir] != s.seq && f.live != nil {
		t.finish(f)
		f.anew()
	}
	if f.live != nil {
		if h := &f.live.half[dir]; !h.busy() {
			h.started, h.next = true, s.seq+1
		}
	}
	f.isn[dir], f.synced[dir] = s.seq, true
}

// finish ends a connection: what waits is looked at in spite of the gaps before it, and
// what is known goes out.
func (t *flows) finish(f *flow) {
	l := f.live
	if l == nil {
		return
	}
	first := 0
	if l.client == 1 {
		first = 1
	}
	for _, dir := range []int{first, 1 - first} {
		if f.live != nil {
			t.drain(f, dir, 0)
		}
	}
	if f.live != nil {
		t.decide(f)
	}
}

// decide takes the state off a flow and hands out what it found.
func (t *flows) decide(f *flow) {
	l := f.live
	f.live, f.decided = nil, true
	for dir := range l.half {
		f.next[dir] = l.half[dir].next
	}
	f.tls = l.tls()
	t.kept -= l.counted
	if l.incomplete() {
		t.gaps++
		t.found.example(&t.found.gapAt, l.packet)
	}
	t.found.connection(f, l)
	l.reset()
	if len(t.pool) < 256 {
		t.pool = append(t.pool, l)
	}
}

// evict drops the flow that was silent for longest.
func (t *flows) evict() {
	f := t.queue.oldest()
	if f == nil {
		return
	}
	if f.live != nil {
		if !f.live.tls() {
			t.evicted++
		}
		t.finish(f)
	}
	delete(t.table, f.key)
}

// end finishes all flows, the oldest first.
func (t *flows) end() {
	for f := t.queue.pop(); f != nil; f = t.queue.pop() {
		t.finish(f)
	}
	clear(t.table)
}

// queue holds the flows in the order in which they came, in a ring.
type queue struct {
	ring     []*flow
	from, to int // to-from are in it
}

func (q *queue) push(f *flow) {
	if q.to-q.from == len(q.ring) {
		larger := make([]*flow, 2*len(q.ring))
		for i := q.from; i < q.to; i++ {
			larger[i-q.from] = q.ring[i%len(q.ring)]
		}
		q.ring, q.to, q.from = larger, q.to-q.from, 0
	}
	q.ring[q.to%len(q.ring)] = f
	q.to++
}

func (q *queue) pop() *flow {
	if q.from == q.to {
		return nil
	}
	f := q.ring[q.from%len(q.ring)]
	q.ring[q.from%len(q.ring)] = nil
	q.from++
	return f
}

// oldest takes out the flow that was not used since it last stood at the head. One that
// was gets a second chance.
func (q *queue) oldest() *flow {
	for f := q.pop(); f != nil; f = q.pop() {
		if !f.used {
			return f
		}
		f.used = false
		q.push(f)
	}
	return nil
}
