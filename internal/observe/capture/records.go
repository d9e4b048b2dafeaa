package capture

import (
	"crypto/x509"
	"encoding/binary"

	"tlsready"
	"tlsready/internal/observe"
	"tlsready/internal/wire"
)

// records walks the records of one direction after its hello, as far as they are in
// clear. It keeps only messages that say something: all others are counted through.
type records struct {
	head    [5]byte
	have    int  // bytes of head
	left    int  // bytes of the record's content that are to come
	lost    bool // where the next record begins is not known
	message []byte
	want    int // bytes of the message, its header included; 0: the header is not whole
	skip    int // bytes of a message of no interest that are to come
}

// gap steps over n bytes that are not in the capture.
func (r *records) gap(n int) {
	if r.have == 5 && n <= r.left && (wire.ContentType(r.head[0]) != wire.ContentHandshake || n <= r.skip) {
		r.left -= n
		r.skip = max(0, r.skip-n)
		return
	}
	*r = records{lost: true, message: r.message[:0]}
}

// tlsRecords takes bytes of a direction in which TLS has begun. They begin a segment.
func (t *flows) tlsRecords(f *flow, dir int, b []byte) {
	l := f.live
	h := &l.half[dir]
	if h.rec.lost {
		if !isRecord(b) {
			return
		}
		h.rec.lost, h.rec.have, h.rec.left = false, 0, 0
	}
	for len(b) > 0 && f.live == l && h.phase == phaseRecords {
		if h.rec.have < 5 {
			n := copy(h.rec.head[h.rec.have:], b)
			h.rec.have += n
			b = b[n:]
			if h.rec.have == 5 && !t.header(f, dir) {
				return
			}
			continue
		}
		n := min(h.rec.left, len(b))
		part := b[:n]
		b = b[n:]
		h.rec.left -= n
		t.body(f, dir, part)
		if f.live == l && h.rec.left == 0 {
			h.rec.have = 0
		}
	}
}

// header looks at the header of a record: whether what follows is of interest.
func (t *flows) header(f *flow, dir int) bool {
	h := &f.live.half[dir]
	r := &h.rec
	r.left = int(binary.BigEndian.Uint16(r.head[3:]))
	switch kind := wire.ContentType(r.head[0]); {
	case r.left > wire.MaxRecord || r.head[1] != 3 && r.head[1] != 0x7f:
	case kind == wire.ContentHandshake:
		return t.rest(r)
	case kind == wire.ContentAlert && r.left == 2:
		r.message = r.message[:0]
		return true
	case kind == wire.ContentChangeCipherSpec && f.live.retried && f.live.negotiated == nil:
		return t.rest(r) // for middleboxes, between the two hellos (RFC 8446 appendix D.4)
	}
	h.phase = phaseOver
	t.over(f)
	return false
}

// rest makes ready for the content of a record, which may be empty.
func (t *flows) rest(r *records) bool {
	if r.left == 0 {
		r.have = 0
	}
	return true
}

// body takes a part of a record's content.
func (t *flows) body(f *flow, dir int, b []byte) {
	h := &f.live.half[dir]
	switch wire.ContentType(h.rec.head[0]) {
	case wire.ContentHandshake:
		t.handshake(f, dir, b)
	case wire.ContentAlert:
		if h.rec.message = append(h.rec.message, b...); len(h.rec.message) == 2 {
			alert := wire.Alert{Level: wire.AlertLevel(h.rec.message[0]), Description: wire.AlertDescription(h.rec.message[1])}
			h.rec.message = h.rec.message[:0]
			t.alertCame(f, dir, alert)
		}
	}
}

// alertCame keeps the first fatal alert, which ends the connection.
func (t *flows) alertCame(f *flow, dir int, alert wire.Alert) {
	l := f.live
	switch {
	case alert.Level == wire.Fatal:
		l.alert = &observe.Alert{Alert: alert, FromServer: dir != l.client}
		t.decide(f)
	case alert.Level != wire.Warning: // two bytes of something encrypted
		l.half[dir].phase = phaseOver
		t.over(f)
	}
}

// handshake takes a part of the content of handshake records.
func (t *flows) handshake(f *flow, dir int, b []byte) {
	l := f.live
	r := &l.half[dir].rec
	for len(b) > 0 && f.live == l {
		if r.skip > 0 {
			n := min(r.skip, len(b))
			r.skip -= n
			b = b[n:]
			continue
		}
		if r.want == 0 && len(r.message) == 0 {
			if n := wholeMessage(b); n > 0 { // the case of most: nothing is to be put together
				if t.wanted(l, dir, wire.HandshakeType(b[0]), n-4) {
					t.handshakeMessage(f, dir, b[:n])
				}
				b = b[n:]
				continue
			}
		}
		if r.want == 0 {
			n := min(4-len(r.message), len(b))
			r.message = append(r.message, b[:n]...)
			b = b[n:]
			if len(r.message) < 4 {
				return
			}
			size := int(r.message[1])<<16 | int(r.message[2])<<8 | int(r.message[3])
			if !t.wanted(l, dir, wire.HandshakeType(r.message[0]), size) {
				r.skip, r.message = size, r.message[:0]
				continue
			}
			r.want = 4 + size
		}
		n := min(r.want-len(r.message), len(b))
		r.message = append(r.message, b[:n]...)
		b = b[n:]
		if len(r.message) == r.want {
			message := r.message
			r.message, r.want = r.message[:0], 0
			t.handshakeMessage(f, dir, message)
		}
	}
}

// wholeMessage is the length of the handshake message that b begins with; 0 if it is not
// whole.
func wholeMessage(b []byte) int {
	if len(b) < 4 {
		return 0
	}
	if n := 4 + (int(b[1])<<16 | int(b[2])<<8 | int(b[3])); n <= len(b) {
		return n
	}
	return 0
}

// wanted says whether a message of a kind and a size is read.
func (t *flows) wanted(l *live, dir int, kind wire.HandshakeType, size int) bool {
	fromClient := dir == l.client
	switch kind {
	case wire.TypeClientHello:
		return fromClient && size <= maxHello
	case wire.TypeServerHello:
		return !fromClient && size <= maxHello
	case wire.TypeCertificate:
		return size <= maxCertificate && l.negotiated != nil && l.negotiated.Version.Rank() < tlsready.TLS13.Rank()
	case wire.TypeServerKeyExchange:
		return size <= maxCertificate && !fromClient && l.negotiated != nil
	}
	return false
}

// handshakeMessage takes a whole message, which lasts until the next one.
func (t *flows) handshakeMessage(f *flow, dir int, message []byte) {
	l := f.live
	switch wire.HandshakeType(message[0]) {
	case wire.TypeClientHello:
		l.again = l.again || l.retried
	case wire.TypeServerHello:
		t.serverHello(f, dir, message, stamp{l.nanos, l.timed})
	case wire.TypeCertificate:
		subject := t.found.subject(message)
		if dir == l.client {
			l.clientCert = subject
		} else {
			l.serverCert = subject
		}
	case wire.TypeServerKeyExchange:
		if k, err := wire.ParseServerKeyExchange(message, l.negotiated.Suite, l.negotiated.Version); err == nil && k.Group != 0 {
			l.negotiated.Group = k.Group
		}
	}
}

// maxSubjects is how many certificates are remembered by their subject: a site has some
// hundreds.
const maxSubjects = 1 << 10

// subject is the subject of the first certificate of a message; "" if it cannot be read.
func (f *found) subject(message []byte) string {
	chain, err := wire.ParseCertificate(message)
	if err != nil || len(chain) == 0 {
		return ""
	}
	if known, ok := f.subjects[string(chain[0])]; ok {
		return known
	}
	subject := ""
	if c, err := x509.ParseCertificate(chain[0]); err == nil {
		subject = c.Subject.String()
	}
	if len(f.subjects) == maxSubjects {
		clear(f.subjects)
	}
	f.subjects[string(chain[0])] = subject
	return subject
}
