package wire

import (
	"encoding/binary"
	"fmt"

	"tlsready/internal/message"

	"tlsready"
)

// ContentType is what a record carries (RFC 8446 section 5.1).
type ContentType uint8

// The content types. ContentSSL2 is not on the wire: it marks the records of SSL
// 2.0, which have none.
const (
	ContentSSL2             ContentType = 0
	ContentChangeCipherSpec ContentType = 20
	ContentAlert            ContentType = 21
	ContentHandshake        ContentType = 22
	ContentApplicationData  ContentType = 23
	ContentHeartbeat        ContentType = 24 // RFC 6520
)

// maxFragment is the most content that one record may hold in clear (RFC 8446
// section 5.1).
const maxFragment = 1 << 14

// Records puts content into records of at most fragment bytes each; 0 and
// anything above the limit of the protocol stand for that limit.
func Records(kind ContentType, version tlsready.Version, content []byte, fragment int) []byte {
	if fragment <= 0 || fragment > maxFragment {
		fragment = maxFragment
	}
	out := make([]byte, 0, len(content)+5*(len(content)/fragment+1))
	for len(content) > 0 {
		n := min(fragment, len(content))
		out = append(out, byte(kind), byte(version>>8), byte(version), byte(n>>8), byte(n))
		out = append(out, content[:n]...)
		content = content[n:]
	}
	return out
}

// Message is one thing that a peer said, in clear or not.
type Message struct {
	Content       ContentType
	RecordVersion tlsready.Version // of the first record that it came in
	// Type is the kind of a handshake message, or of a message of SSL 2.0.
	Type HandshakeType
	// Data is the handshake message with its header, the message of SSL 2.0, or the
	// body of another record.
	Data []byte
	// Alert is what an alert in clear says.
	Alert Alert
	// Encrypted says that Data cannot be read: it came after the change of keys.
	Encrypted bool
	// Offset is where in the stream the message's first record began.
	Offset int64
}

// NotTLSError is the error of a stream that does not begin with a record.
type NotTLSError struct {
	First  []byte // the first bytes, at most 64
	Offset int64
}

// Error shows in English what came instead.
func (e *NotTLSError) Error() string { return message.English(e.Text()) }

// Text shows what came instead.
func (e *NotTLSError) Text() message.Text {
	return message.New("wire.no-record", message.Int("offset", e.Offset), message.Str("first", fmt.Sprintf("%.32q", e.First)))
}

// ErrTooLong is the error of a record or message over the limit.
var ErrTooLong error = message.Error("wire.too-long")

// Reader puts messages together from the bytes of one direction of a connection.
// The zero value is ready. It keeps no more than one record and one handshake
// message, and of those only what came.
type Reader struct {
	buf       []byte // received, not yet taken apart
	used      int    // of buf
	handshake []byte // content of handshake records, not yet complete
	start     int64  // where the record began that opened handshake
	version   tlsready.Version
	offset    int64 // of buf[used] in the stream
	empty     int
	changed   bool // change_cipher_spec came
	err       error
}

// Write takes bytes that came. It never fails.
func (r *Reader) Write(p []byte) (int, error) {
	if r.used > 0 {
		r.buf, r.used = r.buf[:copy(r.buf, r.buf[r.used:])], 0
	}
	r.buf = append(r.buf, p...)
	return len(p), nil
}

// Reset makes the reader ready for another stream. What it gave of handshake messages
// stays as it is; everything else was valid until now.
func (r *Reader) Reset() { *r = Reader{buf: r.buf[:0]} }

// Pending says whether bytes are kept that are not yet a message.
func (r *Reader) Pending() bool { return r.used < len(r.buf) || len(r.handshake) > 0 }

// Next is the next whole message; ok is false if more bytes are needed. After an error the
// stream is lost, and the same error comes again. Data is valid until the next Write.
func (r *Reader) Next() (m Message, ok bool, err error) {
	if r.err != nil {
		return Message{}, false, r.err
	}
	for {
		if m, ok, err = r.fromHandshake(); ok || err != nil {
			break
		}
		before := r.offset
		if m, ok, err = r.record(); ok || err != nil {
			break
		}
		if r.offset == before {
			return Message{}, false, nil
		}
	}
	r.err = err
	return m, ok, err
}

// record takes one record from the buffer. A handshake record only adds to the
// message that is put together, and gives none itself.
func (r *Reader) record() (Message, bool, error) {
	b := r.buf[r.used:]
	if len(b) == 0 {
		return Message{}, false, nil
	}
	if r.offset == 0 && b[0]&0x80 != 0 {
		return r.ssl2Record(b)
	}
	if b[0] < byte(ContentChangeCipherSpec) || b[0] > byte(ContentHeartbeat) ||
		len(b) > 1 && b[1] != 3 && b[1] != 0x7f {
		return Message{}, false, &NotTLSError{First: append([]byte(nil), b[:min(len(b), 64)]...), Offset: r.offset}
	}
	if len(b) < 5 {
		return Message{}, false, nil
	}
	n := int(binary.BigEndian.Uint16(b[3:]))
	if n > MaxRecord {
		return Message{}, false, message.Error("wire.record-size", message.Int("offset", r.offset), message.Int("size", n), message.Cause("why", ErrTooLong), message.Int("limit", MaxRecord))
	}
	if len(b) < 5+n {
		return Message{}, false, nil
	}
	at := r.offset
	r.take(5 + n)
	return r.content(ContentType(b[0]), tlsready.Version(binary.BigEndian.Uint16(b[1:])), b[5:5+n], at)
}

func (r *Reader) take(n int) {
	r.used += n
	r.offset += int64(n)
}

// content looks at the body of one record.
func (r *Reader) content(kind ContentType, version tlsready.Version, body []byte, at int64) (Message, bool, error) {
	if len(body) == 0 {
		if r.empty++; r.empty > MaxEmptyRecords {
			return Message{}, false, message.Error("wire.empty-records", message.Int("offset", at), message.Int("limit", MaxEmptyRecords))
		}
		return Message{}, false, nil
	}
	r.empty = 0
	m := Message{Content: kind, RecordVersion: version, Data: body, Offset: at}
	switch kind {
	case ContentHandshake:
		if r.changed && len(r.handshake) == 0 && !looksLikeHello(body) {
			m.Encrypted = true
			return m, true, nil
		}
		if len(r.handshake) == 0 {
			r.start, r.version = at, version
		}
		r.handshake = append(r.handshake, body...)
		return Message{}, false, nil
	case ContentChangeCipherSpec:
		r.changed = true
	case ContentAlert:
		m.Encrypted = len(body) != 2
		if !m.Encrypted {
			m.Alert = Alert{AlertLevel(body[0]), AlertDescription(body[1])}
		}
	default:
		m.Encrypted = true
	}
	return m, true, nil
}

// looksLikeHello recognises the second hello after a HelloRetryRequest: it comes
// in clear although a change_cipher_spec may stand before it (RFC 8446 appendix
// D.4).
func looksLikeHello(body []byte) bool {
	if len(body) < 6 || body[0] != byte(TypeClientHello) && body[0] != byte(TypeServerHello) {
		return false
	}
	return body[4] == 3 && body[1] == 0 && uint24(body[1:]) <= MaxHandshake
}

func uint24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }

// fromHandshake takes one whole handshake message from the content of records.
func (r *Reader) fromHandshake() (Message, bool, error) {
	h := r.handshake
	if len(h) < 4 {
		return Message{}, false, nil
	}
	n := uint24(h[1:])
	if n > MaxHandshake {
		return Message{}, false, message.Error("wire.handshake-size", message.Int("offset", r.start), message.Int("size", n), message.Cause("why", ErrTooLong), message.Int("limit", MaxHandshake))
	}
	if len(h) < 4+n {
		return Message{}, false, nil
	}
	m := Message{Content: ContentHandshake, RecordVersion: r.version, Type: HandshakeType(h[0]), Data: h[: 4+n : 4+n], Offset: r.start}
	r.handshake = h[4+n:]
	if len(r.handshake) == 0 {
		r.handshake = nil
	}
	return m, true, nil
}

// ssl2Record takes a record of SSL 2.0 with a two-byte header. Only the first of a
// stream is looked for: what follows a hello of SSL 2.0 is either encrypted or TLS.
func (r *Reader) ssl2Record(b []byte) (Message, bool, error) {
	if len(b) < 3 {
		return Message{}, false, nil
	}
	n := int(binary.BigEndian.Uint16(b) & 0x7fff)
	kind := b[2]
	if n < 3 || kind != ssl2Error && kind != ssl2ClientHello && kind != ssl2ServerHello {
		return Message{}, false, &NotTLSError{First: append([]byte(nil), b[:min(len(b), 64)]...), Offset: r.offset}
	}
	if len(b) < 2+n {
		return Message{}, false, nil
	}
	r.take(2 + n)
	return Message{Content: ContentSSL2, RecordVersion: tlsready.SSL20, Type: HandshakeType(kind), Data: b[2 : 2+n]}, true, nil
}
