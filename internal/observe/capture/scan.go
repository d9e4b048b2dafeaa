package capture

import (
	"bytes"
	"encoding/binary"

	"tlsready"
	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// deliver takes bytes of a direction that are in order.
func (t *flows) deliver(f *flow, dir int, b []byte, at stamp) {
	h := &f.live.half[dir]
	if !h.tds.tried && h.phase == phaseClear && h.got >= tdsLook {
		if h.tds.tried = true; len(h.buf) > 0 && len(h.buf) < tdsLook {
			b = append(h.buf, b...)
		}
		if h.tds.begin(b); h.tds.on {
			h.buf, h.candidate, h.need = nil, -1, 0
		} else {
			b = b[len(h.buf):]
		}
	}
	if !h.tds.on {
		t.content(f, dir, b, at)
		return
	}
	l := f.live
	for len(b) > 0 && f.live == l {
		var part []byte
		if part, b = h.tds.next(b); len(part) > 0 {
			t.content(f, dir, part, at)
		}
	}
}

// content takes bytes that are not packed any more.
func (t *flows) content(f *flow, dir int, b []byte, at stamp) {
	switch h := &f.live.half[dir]; h.phase {
	case phaseClear:
		t.clear(f, dir, b, at)
	case phaseRecords:
		t.tlsRecords(f, dir, b)
	}
}

// Limits of what is kept in clear of a direction, so that one can tell afterwards what
// went before TLS: its beginning, and its last words.
const (
	keptHead = 512
	keptTail = 512
	keptMost = 4 << 10
)

// clear looks for a hello in a direction that is not encrypted. b begins a segment or a
// packet of a protocol, where a message may begin.
func (t *flows) clear(f *flow, dir int, b []byte, at stamp) {
	l := f.live
	h := &l.half[dir]
	if len(h.buf) == 0 && h.candidate < 0 {
		if t.fast(f, dir, b, at) {
			return
		}
	}
	from := len(h.buf)
	h.buf = append(h.buf, b...)
	if h.candidate < 0 && nothingToCome(h.buf, dir, l) {
		t.nothing(f, dir)
		return
	}
	if h.candidate < 0 {
		h.seek(l, dir, from)
	}
	if kept := len(h.buf) - h.candidate; h.candidate >= 0 && kept < h.need && kept < maxStream {
		return
	}
	for h.candidate >= 0 {
		h.need = 0
		switch s := t.try(f, dir, h.buf[h.candidate:], at); {
		case s == whole:
			return
		case s == more && len(h.buf)-h.candidate < maxStream:
			return
		}
		h.elsewhere(l, dir, from)
	}
	if h.squeeze(); h.got > maxStream {
		t.nothing(f, dir)
	}
}

// nothing ends the search in a direction.
func (t *flows) nothing(f *flow, dir int) {
	h := &f.live.half[dir]
	if isRecord(h.buf) && !f.live.clientSpoke() && !f.midway {
		f.midway = true
		t.midway++
	}
	h.phase, h.buf = phaseOver, h.buf[:0]
	t.over(f)
}

// doubt is how many bytes a place may look like the beginning of a hello and turn out not
// to be, while segments begin behind it.
const doubt = 16

// elsewhere looks for another place after the candidate failed: where segments began
// while it was in doubt, and then as usual.
func (h *half) elsewhere(l *live, dir, from int) {
	failed := h.candidate
	h.candidate, h.need = -1, 0
	for i := failed + 1; i < min(from, failed+doubt); i++ {
		if mayBegin(h.buf[i:], l, dir) {
			h.candidate = i
			return
		}
	}
	h.seek(l, dir, max(from, failed+1))
}

// fast is clear for the case of nearly all: the hello begins the segment and ends in it.
func (t *flows) fast(f *flow, dir int, b []byte, at stamp) bool {
	if len(b) < 11 || b[0] != byte(wire.ContentHandshake) && b[0]&0x80 == 0 && b[0] != byte(wire.ContentAlert) {
		return false
	}
	return t.try(f, dir, b, at) == whole
}

// seek looks for the next place in buf, from an offset on, where a hello may begin: there
// itself, behind the end of a line or of an element, or behind a message of a protocol that goes before
// TLS.
func (h *half) seek(l *live, dir, from int) {
	b := h.buf
	if from < len(b) && mayBegin(b[from:], l, dir) {
		h.candidate = from
		return
	}
	for i := from; i < len(b); {
		n := bytes.IndexAny(b[i:], "\n>")
		if n < 0 {
			break
		}
		if i += n + 1; i < len(b) && mayBegin(b[i:], l, dir) {
			h.candidate = i
			return
		}
	}
	if h.squeezed || from > maxUnits {
		return
	}
	for i := unit(b); i > 0 && i < len(b); {
		if i >= from && mayBegin(b[i:], l, dir) {
			h.candidate = i
			return
		}
		n := unit(b[i:])
		if n == 0 {
			return
		}
		i += n
	}
}

// maxUnits is how far into a direction messages are followed one by one: those before TLS
// are few and short.
const maxUnits = 1 << 10

// mayBegin says whether a message of TLS may begin here. An alert is one only if a hello
// of the other side came before.
func mayBegin(b []byte, l *live, dir int) bool {
	if handshakeHead(b, wire.TypeClientHello) != no || handshakeHead(b, wire.TypeServerHello) != no || ssl2ClientHello(b) != no || ssl2ServerHello(b) != no {
		return true
	}
	return l.client == 1-dir && l.clientSpoke() && alertHead(b) != no
}

// alertHead checks what there is of an alert in clear.
func alertHead(b []byte) status {
	head := [...]byte{byte(wire.ContentAlert), 3}
	for i := range min(len(b), len(head)) {
		if b[i] != head[i] {
			return no
		}
	}
	switch {
	case len(b) < 7:
		return more
	case b[3] != 0 || b[4] != 2 || b[5] != byte(wire.Warning) && b[5] != byte(wire.Fatal):
		return no
	}
	return whole
}

// try takes a hello that begins at b.
func (t *flows) try(f *flow, dir int, b []byte, at stamp) status {
	l := f.live
	unsure := false
	for _, kind := range []wire.HandshakeType{wire.TypeClientHello, wire.TypeServerHello} {
		head := handshakeHead(b, kind)
		if head == no {
			continue
		}
		j, s := join(b)
		if s == whole && messageHead(j.message, kind) == whole && j.message[0] == byte(kind) && t.hello(f, dir, kind, j, at) {
			if f.live == l {
				t.enter(f, dir, j.rest, b[j.used:])
			}
			return whole
		}
		if s == more {
			unsure, l.half[dir].need = true, j.need
		}
	}
	switch ssl2ClientHello(b) {
	case whole:
		if t.ssl2Hello(f, dir, b, at) {
			return whole
		}
	case more:
		unsure = true
	}
	switch ssl2ServerHello(b) {
	case whole:
		if t.ssl2Answer(f, dir, b, at) {
			return whole
		}
	case more:
		unsure = true
	}
	if l.client == 1-dir && l.clientSpoke() {
		switch alertHead(b) {
		case whole:
			t.enter(f, dir, nil, b)
			return whole
		case more:
			unsure = true
		}
	}
	if unsure {
		return more
	}
	return no
}

// enter goes on with the records of a direction whose first message was found: with the
// rest of its last record, and with what follows.
func (t *flows) enter(f *flow, dir int, rest, b []byte) {
	l := f.live
	h := &l.half[dir]
	h.phase, h.candidate = phaseRecords, -1
	if len(rest) > 0 {
		t.handshake(f, dir, rest)
	}
	if f.live == l && len(b) > 0 {
		t.tlsRecords(f, dir, b)
	}
	if f.live == l {
		h.buf = h.buf[:0]
	}
}

// hello takes a ClientHello or a ServerHello; false if it is none after all.
func (t *flows) hello(f *flow, dir int, kind wire.HandshakeType, j joined, at stamp) bool {
	l := f.live
	if kind == wire.TypeServerHello {
		return t.serverHello(f, dir, j.message, at)
	}
	if l.client == 1-dir && l.negotiated != nil && !l.clientSpoke() && l.half[1-dir].phase != phaseClear {
		return false // both sides cannot be clients
	}
	h, err := wire.ParseClientHello(bytes.Clone(j.message))
	if err != nil {
		return t.damaged(f, dir, j, err, at)
	}
	h.RecordVersion = j.version
	l.hello, l.records = h, j.records
	l.begun(dir, at)
	l.prior = before(&l.half[dir], &l.half[1-dir])
	return true
}

// damaged takes a ClientHello whose lists cannot be read. It is one all the same if it
// fills its record exactly and its fixed parts are right: a client that sends it is to be
// seen. Of its versions it tells only a maximum below TLS 1.2, which has no extension that
// could raise it.
func (t *flows) damaged(f *flow, dir int, j joined, err error, at stamp) bool {
	l := f.live
	t.found.unreadable(l.packet, err)
	const session = 4 + 2 + 32
	if len(j.rest) > 0 || len(j.message) <= session || j.message[session] > 32 {
		return false
	}
	l.offered = &observe.Offered{}
	if v := tlsready.Version(binary.BigEndian.Uint16(j.message[4:])); v < tlsready.TLS12 {
		l.offered.Max, l.offered.Versions = v, []tlsready.Version{v}
	}
	l.begun(dir, at)
	l.prior = before(&l.half[dir], &l.half[1-dir])
	return true
}

// begun notes whose hello was first, and when.
func (l *live) begun(client int, at stamp) {
	l.client = client
	l.nanos, l.timed = at.nanos, at.timed
}

func (t *flows) ssl2Hello(f *flow, dir int, b []byte, at stamp) bool {
	l := f.live
	n := 2 + int(b[0]&0x7f)<<8 + int(b[1])
	h, err := wire.ParseSSL2ClientHello(bytes.Clone(b[2:n]))
	if err != nil {
		return false
	}
	h.RecordVersion = tlsready.SSL20
	l.hello = h
	l.begun(dir, at)
	l.prior = before(&l.half[dir], &l.half[1-dir])
	t.enter(f, dir, nil, b[n:])
	return true
}

func (t *flows) ssl2Answer(f *flow, dir int, b []byte, at stamp) bool {
	l := f.live
	n := 2 + int(b[0]&0x7f)<<8 + int(b[1])
	h, err := wire.ParseSSL2ServerHello(b[2:n])
	if err != nil || l.client == dir {
		return false
	}
	l.negotiated = &observe.Negotiated{Version: h.Version}
	if !l.clientSpoke() {
		l.begun(1-dir, at)
	}
	l.half[dir].phase = phaseOver
	t.over(f)
	return true
}

// serverHello takes a ServerHello. A HelloRetryRequest chooses nothing yet.
func (t *flows) serverHello(f *flow, dir int, message []byte, at stamp) bool {
	l := f.live
	h, err := wire.ParseServerHello(message)
	if err != nil || l.client == dir && l.clientSpoke() {
		return false
	}
	if !l.clientSpoke() {
		l.begun(1-dir, at)
	}
	if h.IsRetry() {
		l.retried = true
		return true
	}
	l.negotiated = &observe.Negotiated{Version: h.Selected(), Suite: h.Suite, HasSuite: true, Group: h.Group()}
	return true
}

// squeeze leaves out the middle of what is kept in clear.
func (h *half) squeeze() {
	if len(h.buf) > keptMost {
		h.buf = append(h.buf[:keptHead], h.buf[len(h.buf)-keptTail:]...)
		h.squeezed = true
	}
}

// over decides a flow if nothing is to come of it: both directions are encrypted, or one
// of them rules TLS out. One that is encrypted is not enough: the other may still say in
// clear why it refuses.
func (t *flows) over(f *flow) {
	l := f.live
	if l == nil {
		return
	}
	first, second := l.half[0].phase == phaseOver, l.half[1].phase == phaseOver
	if first && second || (first || second) && !l.tls() {
		t.decide(f)
	}
}
