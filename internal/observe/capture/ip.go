package capture

import "encoding/binary"

// Protocols by their numbers (IANA registry "Protocol Numbers").
const (
	protoIPv4     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoGRE      = 47
	protoAH       = 51
	protoHopByHop = 0
	protoRouting  = 43
	protoFragment = 44
	protoOptions  = 60
	protoMobility = 135
	protoHIP      = 139
	protoShim6    = 140
)

// Ports of tunnels over UDP.
const (
	portVXLAN      = 4789
	portVXLANLinux = 8472 // what Linux took before there was a number
	portGeneve     = 6081
	portGTP        = 2152 // 3GPP TS 29.281
	portTeredo     = 3544 // RFC 4380
)

// decoder takes one packet apart and hands on what it carries.
type decoder struct {
	fragments fragments
	flows     *flows
	packet    *packet
}

// decode reads one packet.
func (d *decoder) decode(p *packet) {
	d.packet = p
	d.frame(p.link, p.data, 0)
}

// ip reads a packet of IPv4 or IPv6.
func (d *decoder) ip(b []byte, depth int) {
	if depth++; depth > maxNesting || len(b) < 20 {
		return
	}
	switch b[0] >> 4 {
	case 4:
		d.ipv4(b, depth)
	case 6:
		d.ipv6(b, depth)
	}
}

func (d *decoder) ipv4(b []byte, depth int) {
	header, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	if total == 0 { // the sending machine's card was to cut it into packets
		total = max(len(b), d.packet.length-(len(d.packet.data)-len(b)))
	}
	if header < 20 || total < header || len(b) < header {
		return
	}
	key := flowKey{}
	key.v4(b[12:16], b[16:20])
	payload, missing := trim(b[header:], total-header)
	place := binary.BigEndian.Uint16(b[6:])
	if more, at := place&0x2000 != 0, int(place&0x1fff)*8; more || at > 0 {
		id := fragmentKey{key.a, key.b, uint32(binary.BigEndian.Uint16(b[4:])), b[9]}
		if payload = d.fragments.add(id, at, payload, more, missing > 0); payload == nil {
			return
		}
		missing = 0
	}
	d.transport(b[9], &key, payload, missing, depth)
}

func (d *decoder) ipv6(b []byte, depth int) {
	if len(b) < 40 {
		return
	}
	key := flowKey{}
	copy(key.a[:], b[8:24])
	copy(key.b[:], b[24:40])
	next := b[6]
	total := int(binary.BigEndian.Uint16(b[4:]))
	if total == 0 && next != protoHopByHop { // as for IPv4; a jumbogram has an option
		total = max(len(b)-40, d.packet.length-(len(d.packet.data)-len(b))-40)
	}
	payload, missing := trim(b[40:], total)
	for range maxNesting {
		size := 0
		switch next {
		case protoHopByHop, protoRouting, protoOptions, protoMobility, protoHIP, protoShim6:
			if len(payload) >= 8 {
				size = 8 + 8*int(payload[1])
			}
		case protoAH:
			if len(payload) >= 8 {
				size = 8 + 4*int(payload[1])
			}
		case protoFragment:
			d.ipv6Fragment(&key, payload, missing, depth)
			return
		default:
			d.transport(next, &key, payload, missing, depth)
			return
		}
		if size == 0 || size > len(payload) {
			return
		}
		next, payload = payload[0], payload[size:]
	}
}

// ipv6Fragment reads a fragment header (RFC 8200 section 4.5).
func (d *decoder) ipv6Fragment(key *flowKey, b []byte, missing, depth int) {
	if len(b) < 8 {
		return
	}
	place := binary.BigEndian.Uint16(b[2:])
	more, at, payload := place&1 != 0, int(place&^7), b[8:]
	if more || at > 0 {
		id := fragmentKey{key.a, key.b, binary.BigEndian.Uint32(b[4:]), b[0]}
		if payload = d.fragments.add(id, at, payload, more, missing > 0); payload == nil {
			return
		}
		missing = 0
	}
	d.transport(b[0], key, payload, missing, depth)
}

// trim cuts off what a link put behind the packet, and says how much of it the capture
// does not have.
func trim(b []byte, length int) (payload []byte, missing int) {
	if len(b) > length {
		return b[:length], 0
	}
	return b, length - len(b)
}

// transport reads what IP carries.
func (d *decoder) transport(protocol byte, key *flowKey, b []byte, missing, depth int) {
	switch protocol {
	case protoTCP:
		d.tcp(key, b, missing)
	case protoUDP:
		d.udp(key, b, depth)
	case protoIPv4, protoIPv6:
		d.ip(b, depth)
	case protoGRE:
		d.gre(b, depth)
	}
}

// gre steps over the header (RFC 2784, RFC 2890; version 1: RFC 2637 section 4.1).
func (d *decoder) gre(b []byte, depth int) {
	if len(b) < 4 {
		return
	}
	flags, kind := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	size := 4
	for _, field := range []uint16{0xc000, 0x2000, 0x1000} { // checksum or routing, key, sequence
		if flags&field != 0 {
			size += 4
		}
	}
	if flags&7 == 1 && flags&0x80 != 0 { // acknowledgement
		size += 4
	}
	switch {
	case kind == etherERSPAN && flags&0x1000 != 0: // type II; type I has no header
		size += 8
	case kind == etherERSPAN3 && len(b) >= size+12:
		optional := b[size+11]&1 != 0
		if size += 12; optional {
			size += 8
		}
	}
	if len(b) <= size {
		return
	}
	if kind == etherERSPAN || kind == etherERSPAN3 {
		kind = etherBridge
	}
	d.content(kind, b[size:], depth)
}

// udp reads a tunnel or QUIC.
func (d *decoder) udp(key *flowKey, b []byte, depth int) {
	if len(b) < 16 {
		return
	}
	from, to := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	payload := b[8:]
	switch {
	case (to == portVXLAN || to == portVXLANLinux) && payload[0] == 8 && payload[7] == 0: // RFC 7348 section 5
		d.content(etherBridge, payload[8:], depth)
	case to == portGeneve && payload[0]>>6 == 0: // RFC 8926 section 3.4
		if size := 8 + 4*int(payload[0]&0x3f); len(payload) > size {
			d.content(binary.BigEndian.Uint16(payload[2:]), payload[size:], depth)
		}
	case (to == portGTP || from == portGTP) && payload[0]>>4 == 3 && payload[1] == 0xff:
		d.gtp(payload, depth)
	case (to == portTeredo || from == portTeredo) && payload[0]>>4 == 6:
		d.ip(payload, depth)
	case payload[0]&0xc0 == 0xc0: // a long header
		d.quic(key, from, to, payload)
	}
}

// gtp steps over the header of a mobile network's tunnel with its extensions, each of which
// says how many words it has and what follows (3GPP TS 29.281 section 5).
func (d *decoder) gtp(b []byte, depth int) {
	size, next := 8, byte(0)
	if b[0]&7 != 0 {
		size, next = 12, b[min(11, len(b)-1)]
	}
	for range maxNesting {
		if next == 0 || len(b) <= size {
			break
		}
		words := int(b[size])
		if size += 4 * words; words == 0 || len(b) <= size {
			return
		}
		next = b[size-1]
	}
	if len(b) > size {
		d.ip(b[size:], depth)
	}
}
