package capture

import (
	"encoding/binary"

	"tlsready"
	"tlsready/internal/wire"
)

// status is what bytes are that may be a message.
type status uint8

const (
	no    status = iota // they are not
	more                // they may be, if more follows
	whole               // they are
)

// Bounds of the messages that are looked for: the fixed parts of a hello with one suite,
// and more than any hello in use has.
const (
	minClientHello = 2 + 32 + 1 + 2 + 2 + 1 + 1
	minServerHello = 2 + 32 + 2 // a draft of TLS 1.3
	maxHello       = maxStream - 1024
)

// isRecord says whether b may begin with the header of a record of TLS in clear: a
// content type, a version, a length that is allowed.
func isRecord(b []byte) bool {
	return len(b) >= 5 && b[0] >= byte(wire.ContentChangeCipherSpec) && b[0] <= byte(wire.ContentHeartbeat) &&
		b[1] == 3 && b[2] <= 4 && binary.BigEndian.Uint16(b[3:]) <= wire.MaxRecord && (b[3] != 0 || b[4] != 0)
}

// handshakeHead checks what there is of the first record of a handshake whose first
// message is of a kind.
func handshakeHead(b []byte, kind wire.HandshakeType) status {
	head := [...]byte{byte(wire.ContentHandshake), 3}
	for i := range min(len(b), len(head)) {
		if b[i] != head[i] {
			return no
		}
	}
	switch {
	case len(b) < 6:
		return more
	case b[2] > 4 || b[5] != byte(kind) || binary.BigEndian.Uint16(b[3:]) > 1<<14 || b[3] == 0 && b[4] == 0:
		return no
	case len(b) < 11 || b[3] == 0 && b[4] < 6: // tiny records are put together first
		return more
	}
	return messageHead(b[5:], kind)
}

// messageHead checks the length and the version of a hello.
func messageHead(b []byte, kind wire.HandshakeType) status {
	if len(b) < 6 {
		return more
	}
	n, least := int(b[1])<<16|int(b[2])<<8|int(b[3]), minServerHello
	if kind == wire.TypeClientHello {
		least = minClientHello
	}
	if n < least || n > maxHello || b[4] != 3 && (b[4] != 0x7f || kind == wire.TypeClientHello) {
		return no
	}
	return whole
}

// startsClientHello says whether b surely looks like the beginning of a ClientHello.
func startsClientHello(b []byte) bool {
	return handshakeHead(b, wire.TypeClientHello) == whole || ssl2ClientHello(b) == whole
}

// startsHello says the same of either hello.
func startsHello(b []byte) bool {
	return startsClientHello(b) || handshakeHead(b, wire.TypeServerHello) == whole
}

// ssl2ClientHello checks a hello in the form of SSL 2.0. All its lengths are known, which
// makes a false one next to impossible (RFC 5246 appendix E.2).
func ssl2ClientHello(b []byte) status {
	const header = 11
	if len(b) > 0 && b[0]&0x80 == 0 || len(b) > 2 && b[2] != 1 || len(b) > 4 && (b[3] != 3 || b[4] > 4) && (b[3] != 0 || b[4] != 2) {
		return no
	}
	if len(b) < header {
		return more
	}
	n := int(b[0]&0x7f)<<8 | int(b[1])
	suites, session, challenge := int(b[5])<<8|int(b[6]), int(b[7])<<8|int(b[8]), int(b[9])<<8|int(b[10])
	switch {
	case suites == 0 || suites%3 != 0 || session != 0 && session != 16 || challenge < 16 || challenge > 32 || n != header-2+suites+session+challenge:
		return no
	case len(b) < 2+n:
		return more
	}
	return whole
}

// ssl2ServerHello checks the answer of SSL 2.0
// (draft-hickman-netscape-ssl-00 section 2.6).
func ssl2ServerHello(b []byte) status {
	const header = 13
	if len(b) > 0 && b[0]&0x80 == 0 || len(b) > 2 && b[2] != 4 || len(b) > 6 && (b[3] > 1 || b[5] != 0 || b[6] != 2) {
		return no
	}
	if len(b) < header {
		return more
	}
	n := int(b[0]&0x7f)<<8 | int(b[1])
	cert, suites, connection := int(b[7])<<8|int(b[8]), int(b[9])<<8|int(b[10]), int(b[11])<<8|int(b[12])
	switch {
	case suites%3 != 0 || connection > 32 || n != header-2+cert+suites+connection:
		return no
	case len(b) < 2+n:
		return more
	}
	return whole
}

// joined is the first message of a handshake that was put together from records.
type joined struct {
	message []byte // with its header; refers to the stream if it came in one record
	records int
	used    int // bytes of the stream, to the end of the record with the message's end
	// rest is the content of the last record behind the message.
	rest    []byte
	version tlsready.Version // of the first record
	need    int              // bytes of the stream without which it is no use to try again
}

// join puts the first handshake message of a stream together.
func join(b []byte) (j joined, s status) {
	for {
		rest := b[j.used:]
		if len(rest) < 5 {
			j.need = j.used + 5
			return j, more
		}
		n := int(binary.BigEndian.Uint16(rest[3:]))
		if !isRecord(rest) || rest[0] != byte(wire.ContentHandshake) || n > 1<<14 {
			return j, no
		}
		if len(rest) < 5+n {
			j.need = j.used + 5 + n
			return j, more
		}
		if j.records++; j.records == 1 {
			j.message, j.version = rest[5:5+n:5+n], tlsready.Version(binary.BigEndian.Uint16(rest[1:]))
		} else {
			j.message = append(j.message, rest[5:5+n]...)
		}
		j.used += 5 + n
		if m := j.message; len(m) >= 4 {
			size := 4 + (int(m[1])<<16 | int(m[2])<<8 | int(m[3]))
			if size > maxHello {
				return j, no
			}
			if len(m) >= size {
				j.message, j.rest = m[:size:size], m[size:]
				return j, whole
			}
		}
	}
}
