package fingerprint

import (
	"encoding/binary"

	"tlsready/internal/wire"
)

// maxKept is how many distinct hellos a [Reader] remembers. A network has some hundreds;
// more come only from clients that shuffle what they send, for which remembering is of no
// use.
const maxKept = 4096

// Print is what is known of a hello.
type Print struct {
	JA3, JA4 string
	Match    Match
	Known    bool // whether Match says anything
}

// Reader reads hellos and works each distinct one out once: a client sends the same one
// again and again, but for its random parts. It is not safe for concurrent use.
type Reader struct {
	table *Table
	kept  map[string]Print
	key   []byte
}

// NewReader makes a reader with a table; nil is a table without entries.
func NewReader(table *Table) *Reader { return &Reader{table: table, kept: map[string]Print{}} }

// Print is what is known of a hello.
func (r *Reader) Print(h *wire.ClientHello) Print {
	r.key = appendKey(r.key[:0], h)
	if p, ok := r.kept[string(r.key)]; ok {
		return p
	}
	p := Print{JA3: JA3(h), JA4: JA4(h)}
	if r.table != nil {
		p.Match, p.Known = r.table.Stack(h)
	}
	if len(r.kept) >= maxKept {
		clear(r.kept)
	}
	r.kept[string(r.key)] = p
	return p
}

// appendKey writes the hello without what differs between two hellos of the same client:
// random, session id, key shares, server name, tickets and padding.
func appendKey(b []byte, h *wire.ClientHello) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(h.Version))
	if h.SSL2 {
		b = append(b, 2)
	}
	for _, s := range h.Suites {
		b = binary.BigEndian.AppendUint32(b, uint32(s))
	}
	b = append(b, 0xff)
	for _, e := range h.Extensions {
		b = binary.BigEndian.AppendUint16(b, uint16(e.Type))
		switch e.Type {
		case wire.ExtServerName, wire.ExtKeyShare, wire.ExtSessionTicket, wire.ExtPreSharedKey, wire.ExtPadding, wire.ExtCookie, extECH:
			continue
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(e.Data)))
		b = append(b, e.Data...)
	}
	return b
}

// extECH is encrypted_client_hello (RFC 9849 section 5).
const extECH wire.ExtensionType = 0xfe0d
