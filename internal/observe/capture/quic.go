package capture

import "encoding/binary"

// quicVersion says whether a version is one of QUIC (RFC 9000, RFC 9369), a draft of it,
// or one of Facebook's and Google's experiments with TLS. The rest is not QUIC, has
// cryptography of its own, or is reserved to be refused.
func quicVersion(v uint32) bool {
	return v == 1 || v == 0x6b3343cf || v>>8 == 0xff0000 || v>>4 == 0xfaceb00 || v == 0x54303530 || v == 0x54303531
}

// maxConnectionID is the longest id of a connection (RFC 9000 section 17.2).
const maxConnectionID = 20

// quic counts a connection by its Initial packets; they are not decrypted.
func (d *decoder) quic(key *flowKey, from, to uint16, b []byte) {
	if len(b) < 7 {
		return
	}
	version := binary.BigEndian.Uint32(b[1:])
	if !quicVersion(version) || int(b[5]) > maxConnectionID || len(b) < 7+int(b[5]) || int(b[6+int(b[5])]) > maxConnectionID {
		return
	}
	kind, initial := b[0]>>4&3, byte(0)
	if version == 0x6b3343cf {
		initial = 1 // RFC 9369 section 3.2
	}
	key.pa, key.pb, key.quic = from, to, true
	d.flows.quic(key, kind == initial, len(b), d.packet)
}

// minInitial is the least size of a datagram with an Initial packet of a client (RFC 9000
// section 14.1).
const minInitial = 1200

// quic takes a packet with a long header. The first Initial is the client's, unless it is
// too short to be.
func (t *flows) quic(key *flowKey, initial bool, size int, p *packet) {
	dir := key.order()
	f := t.table[*key]
	if f == nil {
		if !initial {
			return
		}
		f = t.open(key)
		f.live = t.fresh()
		client := dir
		if size < minInitial {
			client = 1 - dir
		}
		l := f.live
		l.packet = p.number
		l.begun(client, stamp{p.nanos, p.timed})
	}
	f.used = true
	if l := f.live; l != nil && dir != l.client {
		l.quicAnswered = true
		t.decide(f)
	}
}
